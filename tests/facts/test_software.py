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
    unpacked_sites,
    wordpress_version,
)
from itaudit.facts.software_makers import indexes_question, parse_indexes, parse_policy
from itaudit.facts.software_names import numbers_of, recognise
from itaudit.facts.updates import Archive, InstalledPackage, PackageManager, Patches
from itaudit.facts.updates.apt import policy_question

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
        ("MariaDB-server", "10.6.12-1.el8", ("mariadb", "10.6")),  # as its own maker calls it on Red Hat's family
        ("php74-php-common", "7.4.33-25.el9.remi", ("php", "7.4")),
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


def test_a_foreign_archive_that_names_its_suite_as_the_systems_maker_does_is_still_foreign(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    """As Ubuntu's "noble" and a PPA's, or Debian's "stable" and Google's."""
    lab = empty_apt_lab
    lab.publish("noble", "Ubuntu", {"python3.12-minimal": "3.12.3"}, DATE, origin="Ubuntu")
    lab.publish("ppa", "PPA for PHP", {"php8.1-common": "8.1.34"}, DATE, origin="LP-PPA-ondrej-php")
    lab.publish("jammy-apps-security", "UbuntuESMApps", {"nodejs": "12.22.9"}, DATE, origin="UbuntuESMApps")
    release = lab.folder / "repository" / "dists" / "ppa" / "Release"
    release.write_text(release.read_text().replace("Suite: ppa", "Suite: noble"))
    installed = {"python3.12-minimal": "3.12.3", "php8.1-common": "8.1.30", "nodejs": "12.22.9"}
    for name, version in installed.items():
        lab.install(name, version)
    lab.update()
    packages = [package(name, version) for name, version in installed.items()]
    found = runtimes_of(live, machine, lab.section, packages, DEBIAN)
    assert {one.subject: one.with_system for one in found} == {"Node.js 12": True, "PHP 8.1": False, "Python 3.12": True}


def test_where_no_archive_is_of_a_known_maker_nobody_can_say_who_mends_it(recorded: Recorder, machine: api.Machine) -> None:
    policy = "nodejs:\n  Candidate: 18\n  Version table:\n *** 18 500\n        500 http://m.example x/main amd64 Packages\n"
    questions = (policy_question(Patches(), ("nodejs",), admin=True), indexes_question(Patches(), admin=True))
    ask = recorded(dict(zip(questions, (policy, "Own mirror|http://m.example x/main amd64 Packages\n"), strict=True)))
    (found,) = runtimes_of(ask, machine, Patches(), [package("nodejs", "18.20.4")], Archive("Own mirror", "", "x", DATE))
    assert found.with_system is None


def test_two_packages_of_one_release_are_one_runtime(recorded: Recorder, machine: api.Machine) -> None:
    names = ("mariadb-server",)
    ask = recorded({policy_question(Patches(), names, admin=True): "", indexes_question(Patches(), admin=True): ""})
    packages = [package("mariadb-server-10.11", "1:10.11.6"), package("mariadb-server", "1:10.11.6")]
    assert [runtime.subject for runtime in runtimes_of(ask, machine, Patches(), packages, DEBIAN)] == ["MariaDB 10.11"]


def test_without_lists_nobody_can_say_who_mends_it(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.NotFound):
        runtimes_of(recorded({}), machine, Patches(), [package("nodejs", "18.1")])


def test_a_machine_without_any_has_nothing_to_judge(recorded: Recorder, machine: api.Machine) -> None:
    assert runtimes_of(recorded({}), machine, Patches(), [package("bash", "5.2")], DEBIAN) == []


POLICY = """nodejs:
  Installed: 20.20.2-1nodesource1
  Candidate: 20.20.2-1nodesource1
  Version table:
 *** 20.20.2-1nodesource1 100
        100 /var/lib/dpkg/status
     18.20.4+dfsg-1~deb12u2 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
python3.11-minimal:
  Installed: 3.11.2-6
  Candidate: 3.11.2-6+deb12u6
  Version table:
     3.11.2-6+deb12u6 500 (phased 20%)
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 3.11.2-6 100
        100 /var/lib/dpkg/status
"""


def test_the_archives_of_a_package_are_those_of_the_version_that_apt_would_install() -> None:
    assert parse_policy(POLICY) == {
        "nodejs": {"/var/lib/dpkg/status"},
        "python3.11-minimal": {
            "http://deb.debian.org/debian-security bookworm-security/main amd64 Packages",
            "http://deb.debian.org/debian bookworm/main amd64 Packages",
        },
    }


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


@pytest.mark.parametrize(
    ("vendor", "with_system"),
    [
        ("Oracle America", True),
        ("Oracle and/or its affiliates", False),  # of MySQL's own packages
        ("SUSE LLC <https://www.suse.com/>", True),
        ("openSUSE", True),
        ("obs://build.opensuse.org/home:somebody", False),
        ("Fedora Copr - user somebody", False),
        ("Fedora Project COPR (somebody/nginx)", False),
        ("Red Hat, Inc.", True),
        ("Alibaba Cloud", True),  # nearly all packages of this machine are from there
    ],
)
def test_the_makers_of_systems_are_told_from_those_who_build_for_them(
    recorded: Recorder, machine: api.Machine, vendor: str, with_system: bool
) -> None:
    packages = [InstalledPackage(f"base{number}", "1", "x86_64", "Alibaba Cloud") for number in range(60)]
    packages.append(InstalledPackage("nginx", "1.24.0-1", "x86_64", vendor))
    (found,) = software_of(recorded({}), machine, packages, [DNF])
    assert isinstance(found, Software)
    assert found.with_system is with_system


@pytest.mark.parametrize("manager", ["apk", "pacman"])
def test_where_the_systems_own_archives_are_the_usual_ones_its_maker_mends_all(
    recorded: Recorder, machine: api.Machine, manager: str
) -> None:
    packages = [InstalledPackage("nginx", "1.26.3-r0", "x86_64", "Somebody <somebody@example.org>" if manager == "apk" else "")]
    (found,) = software_of(recorded({}), machine, packages, [PackageManager(manager, (), ())])
    assert isinstance(found, Software)
    assert found.with_system is True


def test_an_empty_package_that_stands_for_a_snap_is_no_program() -> None:
    assert recognise(package("firefox", "1:1snap1-0ubuntu5")) is None
    assert recognise(package("firefox", "145.0+build2-0ubuntu0.22.04.1~mt1")) == ("firefox", "145")


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
    assert isinstance(parse_policy(f"{name}\n{version}"), dict)
    assert isinstance(parse_policy(POLICY.replace("18.20.4", name).replace("bookworm", version)), dict)
    assert isinstance(parse_indexes(f"{name}|{version}"), set)
    assert set(numbers_of(version)) <= set("0123456789.")
    with contextlib.suppress(api.Missing):
        assert wordpress_version(f"$wp_version = '{version}'")
