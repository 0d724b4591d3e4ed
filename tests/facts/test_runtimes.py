from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.runtimes import Runtime, package_runtimes, parse_suites, recognise, suites_question
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
    found = package_runtimes.function(ask, machine, section, packages, [PackageManager("apt", (), archives)])
    return [runtime for runtime in found if isinstance(runtime, Runtime)]


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


@given(st.text(), st.text())
def test_hostile_text_is_recognised_or_not(name: str, version: str) -> None:
    found = recognise(package(name, version))
    assert found is None or len(found) == 2
    assert isinstance(parse_suites(name), dict)
