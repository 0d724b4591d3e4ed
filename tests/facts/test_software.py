from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask, Gap
from itaudit.facts.software import (
    WORDPRESS,
    Runtime,
    Software,
    linux_programs,
    parse_suites,
    suites_question,
    unpacked_sites,
    wordpress_version,
)
from itaudit.facts.software_names import numbers_of, recognise
from itaudit.facts.updates import Archive, InstalledPackage, PackageManager, Patches

if TYPE_CHECKING:
    from lab.apt import AptLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
DATE = datetime(2026, 11, 21, tzinfo=UTC)
DEBIAN = Archive("Debian", "Debian", "oldstable", DATE)
SURY = Archive("deb.sury.org", "deb.sury.org", "bookworm", DATE)


def package(name: str, version: str) -> InstalledPackage:
    return InstalledPackage(name, version, "amd64")


def runtimes_of(
    ask: Ask, machine: api.Machine, section: Patches, packages: list[InstalledPackage], *archives: Archive
) -> list[Runtime]:
    found = linux_programs.function(ask, machine, section, packages, [PackageManager("apt", (), archives)])
    return [runtime for runtime in found if isinstance(runtime, Runtime)]


def no_sites(**more: str) -> dict[api.Question, api.Answer | str]:
    """A machine without WordPress, or with these: {folder: text of version.php}."""
    files = {f"/var/www/{folder}/wp-includes/version.php": text for folder, text in more.items()}
    globs: dict[api.Question, api.Answer | str] = dict.fromkeys(WORDPRESS, "[]")
    globs[WORDPRESS[0]] = json.dumps(list(files))
    return {**globs, **{api.ReadFile(path, limit_bytes=65536): text for path, text in files.items()}}


def software_of(
    ask: Ask, machine: api.Machine, packages: list[InstalledPackage], managers: list[PackageManager]
) -> list[Software | Runtime | Gap]:
    return list(linux_programs.function(ask, machine, Patches(), packages, managers))


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("php7.4-common", "1:7.4.33-1+0~20240606", ("php", "7.4")),
        ("python3.11-minimal", "3.11.2-6+deb12u5", ("python", "3.11")),
        ("python2.7-minimal", "2.7.18-8", ("python", "2.7")),
        ("postgresql-13", "13.16-0+deb11u1", ("postgresql", "13")),
        ("mariadb-server", "1:10.11.6-0+deb12u1", ("mariadb", "10.11")),
        ("mysql-server-8.0", "8.0.40-0ubuntu0.24.04.1", ("mysql", "8.0")),
        ("nodejs", "18.20.4-1nodesource1", ("nodejs", "18")),
        ("php7.4-common-data", "1", None),
        ("postgresql-common", "248", None),
        ("bash", "5.2", None),
        ("php-common", "2:93", None),  # of Debian: the version of its packaging
        ("php-common", "8.0.30-1.el9", ("php", "8.0")),
        ("postgresql-server", "13.18-1.el9", ("postgresql", "13")),
        ("postgresql16-server", "16.4-1PGDG.rhel9", ("postgresql", "16")),
        ("libssl1.1", "1.1.1w-0+deb11u1", ("openssl", "1.1.1")),
        ("libssl3t64", "3.0.13-0ubuntu3.4", ("openssl", "3.0")),
        ("nginx", "1.26.2-1~bookworm", ("nginx", "1.26")),
        ("httpd", "2.4.62-1.el9", ("apache", "2.4")),
        ("samba", "2:4.17.12+dfsg-0+deb12u1", ("samba", "4.17")),
        ("google-chrome-stable", "151.0.6998.35-1", ("chrome", "151")),
        ("dotnet-runtime-8.0", "8.0.11-1", ("dotnet", "8")),
        ("mssql-server", "16.0.4165.4-1", ("mssqlserver", "16.0")),
        ("pve-manager", "8.2.7", ("proxmox-ve", "8")),
        ("nodejs", "not a version", ("nodejs", "")),
    ],
)
def test_packages_are_recognised_by_name(name: str, version: str, expected: tuple[str, str] | None) -> None:
    assert recognise(package(name, version)) == expected


def test_a_lab_tells_the_systems_own_from_foreign_and_left_over_ones(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    lab = empty_apt_lab
    lab.publish("oldstable", "Debian", {"python3.11-minimal": "3.11.2"}, DATE)
    lab.publish("bookworm", "deb.sury.org", {"php8.1-common": "8.1.34"}, DATE, origin="deb.sury.org")
    installed = {"python3.11-minimal": "3.11.2", "php8.1-common": "8.1.30", "postgresql-13": "13.16"}
    for name, version in installed.items():
        lab.install(name, version)
    lab.update()
    packages = [package(name, version) for name, version in installed.items()]
    found = runtimes_of(live, machine, lab.section, packages, DEBIAN, SURY)
    assert {runtime.subject: (runtime.with_system, runtime.support_end) for runtime in found} == {
        "Python 3.11": (True, date(2027, 10, 31)),
        "PHP 8.1": (False, date(2025, 12, 31)),
        "PostgreSQL 13": (False, date(2025, 11, 13)),
    }


def test_two_packages_of_one_release_are_one_runtime(recorded: Recorder, machine: api.Machine) -> None:
    names = ("mariadb-server",)
    text = "Listing...\nmariadb-server/oldstable,now 1:10.11.6-0+deb12u1 all [installed]\n"
    ask = recorded({suites_question(Patches(), names, admin=True): text})
    packages = [package("mariadb-server-10.11", "1:10.11.6"), package("mariadb-server", "1:10.11.6")]
    assert [runtime.subject for runtime in runtimes_of(ask, machine, Patches(), packages, DEBIAN)] == ["MariaDB 10.11"]


def test_without_lists_nobody_can_say_who_mends_it(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.NotFound):
        runtimes_of(recorded({}), machine, Patches(), [package("nodejs", "18.1")])


def test_a_machine_without_any_has_nothing_to_judge(recorded: Recorder, machine: api.Machine) -> None:
    assert runtimes_of(recorded({}), machine, Patches(), [package("bash", "5.2")], DEBIAN) == []


def test_a_package_that_no_archive_has_is_local() -> None:
    text = "Listing...\npostgresql-13/now 13.16 amd64 [installed,local]\nphp8.2-common/oldstable,now 8.2 all [installed]\n"
    assert parse_suites(text) == {"postgresql-13": {"now"}, "php8.2-common": {"oldstable", "now"}}


DNF = PackageManager("dnf", (), ())
FEDORA, PGDG = "Fedora Project", "PostgreSQL Global Development Group"


def test_without_apt_the_vendor_of_a_package_tells_who_mends_it(recorded: Recorder, machine: api.Machine) -> None:
    packages = [
        InstalledPackage("nginx", "1.24.0-1.fc40", "x86_64", FEDORA),
        InstalledPackage("postgresql13-server", "13.16-1PGDG", "x86_64", PGDG),
        InstalledPackage("nodejs", "18.20.4-1", "x86_64"),
    ]
    found = software_of(recorded({}), machine, packages, [DNF])
    assert {one.subject: one.with_system for one in found if not isinstance(one, Gap)} == {
        "nginx 1.24": True,
        "PostgreSQL 13": False,
        "Node.js 18": None,
    }


def test_wordpress_is_found_where_web_servers_keep_sites(recorded: Recorder) -> None:
    text = "<?php\n/** @global string $wp_version */\n$wp_version = '6.4.3';\n$wp_db_version = 56657;\n"
    ask = recorded(no_sites(shop=text, blog="<?php\n$wp_version = '99.1';", broken="<?php"))
    shop, blog, broken = unpacked_sites.function(ask)
    assert isinstance(shop, Software)
    assert (shop.subject, shop.support_end) == ("WordPress 6.4 in /var/www/shop", date(2024, 4, 2))
    assert isinstance(blog, Software)
    assert (blog.cycle, blog.support_end, blog.known) == ("99.1", None, True)  # newer than the table: not at its end
    assert isinstance(broken, Gap)
    assert broken.subject == "WordPress in /var/www/broken"


def test_a_folder_that_cannot_be_listed_is_a_gap(recorded: Recorder) -> None:
    (gap,) = unpacked_sites.function(recorded({WORDPRESS[0]: api.Answer.missing(api.TimedOut("a dead mount"))}))
    assert isinstance(gap, Gap)
    assert gap.error.kind == "timed_out"


def test_a_version_that_is_none_is_not_known(recorded: Recorder, machine: api.Machine) -> None:
    packages = [InstalledPackage("nodejs", "latest", "x86_64", "NodeSource")]
    (found,) = software_of(recorded({}), machine, packages, [DNF])
    assert isinstance(found, Runtime)
    assert (found.known, found.support_end) == (False, None)


@given(st.text(), st.text())
def test_hostile_text_is_recognised_or_not(name: str, version: str) -> None:
    found = recognise(package(name, version))
    assert found is None or len(found) == 2
    assert isinstance(parse_suites(name), dict)
    assert set(numbers_of(version)) <= set("0123456789.")
    with contextlib.suppress(api.Missing):
        assert wordpress_version(f"$wp_version = '{version}'")
