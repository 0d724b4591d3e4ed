from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.patches.held import held
from itaudit.facts.updates import InstalledPackage, PackageManager, Update
from itaudit.facts.updates.pins import Pin, Pins

FREE = InstalledPackage("bash", "5.2", "amd64")
HELD = InstalledPackage("mariadb-server", "10.5", "amd64", held=True)


def manager(*, security: bool) -> PackageManager:
    return PackageManager("apt", (Update("mariadb-server", "10.5", "10.6", (), security=security, held=True),), ())


def test_nothing_held_is_ok() -> None:
    assert held([FREE], [manager(security=True)], []).status is api.Status.OK


def test_a_held_program_fails_at_its_usual_low_severity() -> None:
    found = held([FREE, HELD], [manager(security=False)], [])
    assert (found.status, found.severity) == (api.Status.FAIL, None)
    assert "1 program is kept" in found.summary


def test_a_held_program_for_which_a_security_update_waits_is_high() -> None:
    found = held([FREE, HELD], [manager(security=True)], [])
    assert (found.status, found.severity) == (api.Status.FAIL, api.Severity.HIGH)
    assert "mariadb-server" in found.summary


def test_a_pinned_program_is_named_with_the_place_of_its_pin() -> None:
    pin = Pin("bash", "version 5.1*", 1001, "/etc/apt/preferences.d/bash")
    found = held([FREE], [manager(security=False)], [Pins((pin,))])
    assert (found.status, found.severity) == (api.Status.FAIL, None)
    assert "pinned to version 5.1*, priority 1001, in /etc/apt/preferences.d/bash" in found.detail


@pytest.mark.parametrize("name", ["apt", "dnf", "zypper", "pacman", "apk"])
def test_the_remedy_has_a_way_for_each_manager_that_tells_of_held_programs(name: str) -> None:
    found = held([FREE, HELD], [manager(security=False)], [])
    assert found.remedy is not None
    assert any(name in step.partition(")")[0] for step in found.remedy.steps)
