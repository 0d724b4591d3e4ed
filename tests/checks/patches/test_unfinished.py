from __future__ import annotations

from itaudit import api
from itaudit.checks.patches.unfinished import unfinished
from itaudit.facts.updates import InstalledPackage

WHOLE = InstalledPackage("bash", "5.2", "amd64")
TORN = InstalledPackage("php8.2-fpm", "8.2", "amd64", state="half-configured")


def test_complete_programs_are_ok() -> None:
    assert unfinished([WHOLE]).status is api.Status.OK


def test_a_half_installed_program_fails_and_is_named() -> None:
    found = unfinished([WHOLE, TORN])
    assert found.status is api.Status.FAIL
    assert "1 program was only half installed (php8.2-fpm)" in found.summary
    assert found.detail == "php8.2-fpm: half-configured"


def test_the_remedy_says_which_system_each_command_is_for() -> None:
    found = unfinished([TORN])
    assert found.remedy is not None
    assert any("apk fix" in step for step in found.remedy.steps)
    assert all("#" in step for step in found.remedy.steps)
