"""backups.restore_proven"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from itaudit.checks.backups.restore_proven import Settings, restore_proven
from itaudit.facts.backups.drills import Drill
from itaudit.facts.backups.fact import Backup
from itaudit.model import Machine, Severity, Status


def drill(machine: Machine, days: float, **more: Any) -> Drill:
    return Drill(machine.now - timedelta(days=days), "office", **{"restored": 20, **more}, seconds=2520.0)


@pytest.mark.parametrize(
    ("days", "status"), [(19, Status.OK), (75, Status.OK), (76, Status.WARN), (90, Status.WARN), (91, Status.FAIL)]
)
def test_a_restore_is_proven_for_a_quarter(backup_of: Callable[..., Backup], machine: Machine, days: int, status: Status) -> None:
    verdict = restore_proven(backup_of(6, drills=(drill(machine, 200), drill(machine, days))), machine, Settings())
    assert (verdict.status, verdict.severity) == (status, None)


def test_the_owner_reads_the_day_and_how_long_it_took(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = restore_proven(backup_of(6, drills=(drill(machine, 19),)), machine, Settings())
    assert verdict.summary == "Files were last brought back from office on 3 November 2026, 19 days ago; it took 42 minutes."


def test_never_tested_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert restore_proven(backup_of(6), machine, Settings()).status is Status.FAIL


@pytest.mark.parametrize(
    ("outcome", "severity", "words"),
    [
        ({"different": 1}, Severity.CRITICAL, "1 of 20 files came back"),
        ({"failed": 3}, Severity.HIGH, "3 files could not be brought back"),
        ({"restored": 0}, Severity.HIGH, "not one file came back"),
    ],
)
def test_a_test_that_went_wrong_outweighs_earlier_good_ones(
    backup_of: Callable[..., Backup], machine: Machine, outcome: dict[str, int], severity: Severity, words: str
) -> None:
    backup = backup_of(6, drills=(drill(machine, 1, **outcome), drill(machine, 2)))
    verdict = restore_proven(backup, machine, Settings())
    assert (verdict.status, verdict.severity) == (Status.FAIL, severity)
    assert words in verdict.summary


def test_a_test_dated_in_the_future_proves_nothing(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert restore_proven(backup_of(6, drills=(drill(machine, -30),)), machine, Settings()).status is Status.FAIL


def test_a_log_that_could_not_be_read_is_unknown(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert restore_proven(backup_of(6, drills=None), machine, Settings()).status is Status.UNKNOWN


def test_a_note_that_was_changed_proves_nothing_and_hides_no_other(backup_of: Callable[..., Backup], machine: Machine) -> None:
    changed = replace(drill(machine, 1), altered=True)
    verdict = restore_proven(backup_of(6, drills=(drill(machine, 2), changed)), machine, Settings())
    assert verdict.status is Status.UNKNOWN
    assert "was changed after it was written" in verdict.summary
    later = restore_proven(backup_of(6, drills=(changed, drill(machine, 0.5))), machine, Settings())
    assert later.status is Status.OK
    assert "less than a day ago" in later.summary
