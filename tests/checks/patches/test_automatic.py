from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.patches.automatic import Settings, automatic
from itaudit.facts.updates import AutomaticUpdates
from itaudit.facts.updates.automatic import parse_settings


def working(machine: api.Machine, days: float | None = 1) -> AutomaticUpdates:
    last = None if days is None else machine.now - timedelta(days=days)
    return AutomaticUpdates(installer=True, looks=True, installs=True, timer="enabled", covers_security=True, last_run=last)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, api.Status.OK), (7, api.Status.OK), (8, api.Status.WARN), (31, api.Status.FAIL), (None, api.Status.WARN)],
)
def test_it_must_also_run(machine: api.Machine, days: float | None, expected: api.Status) -> None:
    assert automatic(working(machine, days), machine, Settings()).status is expected


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"installer": False}, "program that installs them is missing"),
        ({"looks": False}, "not told to look"),
        ({"installs": False}, "not told to install"),
        ({"covers_security": False}, "not among those allowed"),
        ({"timer": "masked"}, "nothing starts it"),
        ({"timer": ""}, "nothing starts it"),
    ],
)
def test_each_fault_fails_and_is_said(machine: api.Machine, fault: dict[str, Any], words: str) -> None:
    found = automatic(replace(working(machine), **fault), machine, Settings())
    assert found.status is api.Status.FAIL
    assert words in found.summary


def test_without_systemd_cron_starts_it(machine: api.Machine) -> None:
    assert automatic(replace(working(machine), timer="cron"), machine, Settings()).status is api.Status.OK


@pytest.mark.parametrize(("runs", "expected"), [(2, api.Status.OK), (3, api.Status.WARN), (7, api.Status.FAIL)])
def test_attempts_that_fail_one_after_the_other_are_said_with_their_reason(
    machine: api.Machine, runs: int, expected: api.Status
) -> None:
    found = automatic(replace(working(machine), failed_runs=runs, error="no space left"), machine, Settings())
    assert found.status is expected
    assert ("no space left" in found.detail) is (expected is not api.Status.OK)


def test_what_was_switched_off_by_hand_is_switched_on_by_the_remedy(machine: api.Machine, tmp_path: Path) -> None:
    """dpkg-reconfigure keeps a "0" that stands in the file; and a timer that is masked cannot be enabled."""
    found = automatic(replace(working(machine), installs=False), machine, Settings())
    assert found.remedy is not None
    (write,) = (step for step in found.remedy.steps if "tee" in step)
    file = tmp_path / "20auto-upgrades"
    file.write_text('APT::Periodic::Unattended-Upgrade "0";\n')
    there = write.replace("sudo ", "").replace("/etc/apt/apt.conf.d/20auto-upgrades", str(file))
    subprocess.run(["/bin/sh", "-c", there], check=True, capture_output=True, timeout=20)
    settings = dict(parse_settings(file.read_text()))
    assert settings == {"APT::Periodic::Update-Package-Lists": "1", "APT::Periodic::Unattended-Upgrade": "1"}
    steps = " ".join(found.remedy.steps)
    assert 0 < steps.index("systemctl unmask apt-daily.timer apt-daily-upgrade.timer") < steps.index("systemctl enable")


def test_another_program_has_its_own_commands(machine: api.Machine) -> None:
    other = replace(working(machine), name="dnf-automatic", setup=("sudo dnf install dnf-automatic",), looks=False)
    found = automatic(other, machine, Settings())
    assert found.remedy is not None
    assert found.remedy.steps == ("sudo dnf install dnf-automatic",)
    assert found.detail.startswith("dnf-automatic")
