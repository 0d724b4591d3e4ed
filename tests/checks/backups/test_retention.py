"""backups.retention"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from itaudit.checks.backups.retention import Settings, retention
from itaudit.contributions import History
from itaudit.facts.backups.fact import Backup
from itaudit.model import Machine, Status
from itaudit.trend import Point

DAY = 24


def seen(machine: Machine, days_ago: float, reach: float) -> History:
    """A scan so many days ago found an oldest copy that was so many days old then."""
    return History(lambda name: [Point(machine.now - timedelta(days=days_ago), reach)] if name == "reach" else [])


def test_a_backup_that_was_begun_yesterday_is_no_finding(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = retention(backup_of(DAY, 1), History(), machine, Settings())
    assert verdict.status is Status.OK
    assert verdict.summary == "The copies in office go back 1 day so far, and we have seen none thrown away."


def test_a_backup_that_still_grows_is_no_finding(backup_of: Callable[..., Backup], machine: Machine) -> None:
    # Ten days ago the oldest copy was 2 days old; today it is 12 days old: the same copy.
    verdict = retention(backup_of(12 * DAY, 1), seen(machine, 10, 2), machine, Settings())
    assert verdict.status is Status.OK


@pytest.mark.parametrize(
    ("oldest_days", "status"), [(3, Status.FAIL), (6.9, Status.FAIL), (7, Status.WARN), (27.9, Status.WARN), (28, Status.OK)]
)
def test_once_copies_are_thrown_away_the_reach_is_judged(
    backup_of: Callable[..., Backup], machine: Machine, oldest_days: float, status: Status
) -> None:
    # Twenty days ago the oldest was 25 days old: it would be 45 days old today, and is gone.
    verdict = retention(backup_of(oldest_days * DAY, 1), seen(machine, 20, 25), machine, Settings())
    assert verdict.status is status
    assert verdict.measurements[0].value == pytest.approx(oldest_days)


def test_a_single_copy_that_is_replaced_every_night_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = retention(backup_of(6), seen(machine, 3, 0.25), machine, Settings())
    assert (verdict.status, verdict.summary) == (Status.FAIL, "The copies in office go back less than a day.")


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), -5.0, 1e300])
def test_wild_numbers_in_the_memory_are_passed_over(backup_of: Callable[..., Backup], machine: Machine, wild: float) -> None:
    assert retention(backup_of(6), seen(machine, 3, wild), machine, Settings()).status is Status.OK


def test_a_backup_without_a_copy_of_this_machine_is_skipped(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert retention(backup_of(), History(), machine, Settings()).status is Status.SKIPPED


def test_dumps_beside_the_data_are_not_judged(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dumps = backup_of(6, beside_the_data=True)
    assert retention(dumps, seen(machine, 20, 25), machine, Settings()).status is Status.SKIPPED
