from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.metadata_age import Settings, metadata_age
from itaudit.facts.updates import Archive, PackageManager
from itaudit.facts.updates.listed import unseen


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, api.Status.OK), (7, api.Status.OK), (8, api.Status.WARN), (30, api.Status.WARN), (31, api.Status.FAIL)],
)
def test_the_older_the_list_the_worse(machine: api.Machine, days: int, expected: api.Status) -> None:
    archive = Archive("Debian", "Debian-Security", "x-security", machine.now - timedelta(days=days))
    found = metadata_age(PackageManager("apt", (), (archive,)), machine, Settings())
    assert (found.status, found.measurements[0].value) == (expected, days)
    assert f"{days} days old" in found.summary


def test_one_day_is_one_day(machine: api.Machine) -> None:
    archive = Archive("Debian", "Debian-Security", "x-security", machine.now - timedelta(days=1))
    assert metadata_age(PackageManager("apt", (), (archive,)), machine, Settings()).summary.endswith("is 1 day old.")


def test_the_remedy_does_not_overwrite_the_file_that_switches_automatic_updates_on(machine: api.Machine) -> None:
    found = metadata_age(PackageManager("apt", (), ()), machine, Settings())
    assert found.remedy is not None
    assert not any("20auto-upgrades" in step for step in found.remedy.steps)


def test_a_manager_that_could_not_be_asked_says_why_and_what_to_do(machine: api.Machine) -> None:
    silent = unseen("snap", "programs from snap", api.Unreachable("no such host"), "snap refresh --list")
    found = metadata_age(silent, machine, Settings())
    assert (found.status, found.unlock) == (api.Status.UNKNOWN, silent.refresh)
    assert "no such host" in found.detail


def test_a_machine_that_never_looked_fails(machine: api.Machine) -> None:
    found = metadata_age(PackageManager("apt", (), ()), machine, Settings())
    assert found.status is api.Status.FAIL
    assert found.remedy is not None


def test_lists_without_a_date_are_unknown(machine: api.Machine) -> None:
    archives = (Archive("Vendor", "Vendor", "stable"),)
    assert metadata_age(PackageManager("apt", (), archives), machine, Settings()).status is api.Status.UNKNOWN


def test_to_verify_it_nothing_is_installed(machine: api.Machine) -> None:
    """Of pacman, the command that fetches the list installs all that waits in the same step."""
    archive = Archive("pacman", "pacman", "core", machine.now - timedelta(days=90))
    found = metadata_age(PackageManager("pacman", (), (archive,), refresh="sudo pacman -Syu"), machine, Settings())
    assert found.remedy is not None
    assert (found.remedy.steps, found.remedy.verify) == (("sudo pacman -Syu",), "itaudit scan --only patches")
