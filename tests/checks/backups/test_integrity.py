"""backups.integrity"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itaudit.checks.backups.integrity import Settings, integrity
from itaudit.facts.backups.drills import Drill
from itaudit.facts.backups.examinations import Examination
from itaudit.facts.backups.fact import Backup
from itaudit.model import Machine, Severity, Status


def examined(machine: Machine, days_ago: float, *, sound: bool = True, now: bool = False) -> Examination:
    when = machine.now - timedelta(days=days_ago)
    return Examination("office", "restic", "/mnt/usb", when, sound, now, "" if sound else "pack ab12: does not exist")


@pytest.mark.parametrize(
    ("days", "status"), [(0, Status.OK), (30, Status.OK), (30.1, Status.WARN), (90, Status.WARN), (90.1, Status.FAIL)]
)
def test_the_age_of_the_examination_is_judged(
    backup_of: Callable[..., Backup], machine: Machine, days: float, status: Status
) -> None:
    verdict = integrity(examined(machine, days), [backup_of(6)], machine, Settings())
    assert (verdict.status, verdict.severity) == (status, None)
    assert verdict.measurements == (), "what is only remembered must not renew itself"


def test_damage_is_critical_and_told_in_the_words_of_the_program(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = integrity(examined(machine, 0, sound=False, now=True), [backup_of(6)], machine, Settings())
    assert (verdict.status, verdict.severity) == (Status.FAIL, Severity.CRITICAL)
    assert "pack ab12: does not exist" in verdict.detail
    assert [measurement.value for measurement in verdict.measurements] == [0.0]


def test_damage_stays_known_until_it_is_found_sound_again(backup_of: Callable[..., Backup], machine: Machine) -> None:
    drill = Drill(machine.now, "office", restored=20)
    verdict = integrity(examined(machine, 200, sound=False), [backup_of(6, drills=(drill,))], machine, Settings())
    assert (verdict.status, verdict.severity) == (Status.FAIL, Severity.CRITICAL)


def test_a_sound_one_is_remembered(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = integrity(examined(machine, 0, now=True), [backup_of(6)], machine, Settings())
    assert (verdict.status, verdict.summary) == (Status.OK, "office was examined today and found sound.")
    assert [(measurement.name, measurement.value) for measurement in verdict.measurements] == [("sound", 1.0)]


def test_never_examined_is_a_warning(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = integrity(Examination("office", "restic", "/mnt/usb"), [backup_of(6)], machine, Settings())
    assert verdict.status is Status.WARN


@pytest.mark.parametrize(
    ("drill", "status"),
    [({"restored": 20}, Status.OK), ({"restored": 20, "different": 1}, Status.WARN), ({"restored": 0}, Status.WARN)],
)
def test_a_restore_test_without_a_fault_counts(
    backup_of: Callable[..., Backup], machine: Machine, drill: dict[str, Any], status: Status
) -> None:
    backup = backup_of(6, drills=(Drill(machine.now - timedelta(days=3), "office", **drill),))
    assert integrity(Examination("office", "restic", "/mnt/usb"), [backup], machine, Settings()).status is status


def test_one_that_did_not_open_is_unknown(machine: Machine) -> None:
    assert integrity(Examination("office", "restic", "/mnt/usb"), [], machine, Settings()).status is Status.UNKNOWN
