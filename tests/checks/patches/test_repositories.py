from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.repositories import Settings, repositories
from itaudit.facts.updates.sources import Source, Sources

MAIN = Source("http://deb.debian.org/debian", "bookworm", "Debian", "bookworm")
SECURITY = Source("http://deb.debian.org/debian-security", "bookworm-security", "Debian", "bookworm-security")
VENDOR = Source("https://apt.vendor.test", "stable", "Vendor", "stable")
NOVEL = Source("http://deb.debian.org/debian", "trixie", "Debian", "trixie")
SID = Source("http://deb.debian.org/debian", "sid", "Debian", "sid")


def judged(machine: api.Machine, *sources: Source, codename: str = "bookworm", fault: str = "") -> api.Verdict:
    return repositories(Sources(sources, codename, fault), machine, Settings())


def until(machine: api.Machine, source: Source, days: float) -> Source:
    return replace(source, expired=machine.now + timedelta(days=days))


def test_a_machine_as_it_is_installed_is_ok(machine: api.Machine) -> None:
    assert judged(machine, MAIN, until(machine, SECURITY, 5), VENDOR).status is api.Status.OK


def test_a_mistake_in_the_list_fails(machine: api.Machine) -> None:
    found = judged(machine, fault="E: Malformed entry 2 in list file /etc/apt/sources.list (Suite)")
    assert (found.status, found.severity) == (api.Status.FAIL, None)
    assert "entry 2" in found.detail


def test_one_that_proves_nothing_fails(machine: api.Machine) -> None:
    found = judged(machine, MAIN, replace(VENDOR, unsigned=True))
    assert (found.status, found.severity) == (api.Status.FAIL, None)
    assert "1 source of programs does not prove" in found.summary
    assert "apt.vendor.test" in found.detail
    assert "deb.debian.org" not in found.detail


@pytest.mark.parametrize("scheme", ["file:/srv/packages", "cdrom:[Debian]/", "copy:/srv"])
def test_a_folder_of_ones_own_needs_no_proof(machine: api.Machine, scheme: str) -> None:
    own = Source(scheme, "./", unsigned=True, fetched=False)
    assert judged(machine, MAIN, own).status is api.Status.OK


def test_one_that_never_answered_fails_a_degree_less(machine: api.Machine) -> None:
    found = judged(machine, MAIN, replace(VENDOR, fetched=False))
    assert (found.status, found.severity) == (api.Status.FAIL, api.Severity.MEDIUM)


def test_where_nothing_was_ever_fetched_nothing_is_known(machine: api.Machine) -> None:
    assert judged(machine, replace(MAIN, fetched=False)).status is api.Status.UNKNOWN
    assert judged(machine).status is api.Status.UNKNOWN


@pytest.mark.parametrize(("days", "status"), [(-6, api.Status.OK), (-8, api.Status.FAIL)])
def test_one_whose_list_ended_while_another_is_fresh_does_not_answer(
    machine: api.Machine, days: float, status: api.Status
) -> None:
    other = until(machine, replace(MAIN, release="bookworm-updates", codename="bookworm-updates"), 5)
    assert judged(machine, MAIN, until(machine, SECURITY, days), other).status is status


def test_where_all_lists_are_old_it_is_the_machine_that_does_not_look(machine: api.Machine) -> None:
    """That is said by another check."""
    assert judged(machine, until(machine, MAIN, -90), until(machine, SECURITY, -90)).status is api.Status.OK


def test_one_of_another_release_beside_the_own_is_a_warning(machine: api.Machine) -> None:
    found = judged(machine, MAIN, NOVEL)
    assert found.status is api.Status.WARN
    assert "(trixie, not bookworm)" in found.summary


def test_a_system_whose_sources_are_all_of_another_release_fails(machine: api.Machine) -> None:
    assert judged(machine, NOVEL, VENDOR).status is api.Status.FAIL


def test_archives_without_a_release_and_systems_without_a_name_are_left_alone(machine: api.Machine) -> None:
    assert judged(machine, MAIN, SID).status is api.Status.OK
    assert judged(machine, NOVEL, codename="").status is api.Status.OK
