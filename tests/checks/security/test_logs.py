from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.security.logs import Settings, logs
from itaudit.facts.logging import Logs


def judged(machine: api.Machine, **more: Any) -> api.Verdict:
    usual = Logs("auto", True, (), machine.now - timedelta(minutes=1), False, None, ("the journal",), 10**9)
    return logs(replace(usual, **more), machine, Settings())


def test_a_usual_machine_is_well(machine: api.Machine) -> None:
    assert judged(machine).status is api.Status.OK
    assert judged(machine, journal=False, files=("/var/log/syslog",), logins=("/var/log/auth.log",)).status is api.Status.OK


@pytest.mark.parametrize(
    ("more", "summary"),
    [
        ({"journal": False, "logins": (), "newest": None}, "The machine forgets its record at every restart."),
        ({"journal": False, "storage": "none", "logins": ()}, "The machine keeps no record."),
        ({"in_memory": True}, "The machine forgets its record at every restart."),
        ({"free_bytes": 0}, "The place where the machine keeps its record is full."),
    ],
)
def test_a_lost_record_fails(more: dict[str, Any], summary: str, machine: api.Machine) -> None:
    verdict = judged(machine, **more)
    assert (verdict.status, verdict.summary, verdict.severity) == (api.Status.FAIL, summary, None)


def test_a_disk_without_any_record_is_unknown(machine: api.Machine) -> None:
    """The folder of logs may lie on another disk, which is not mounted."""
    assert judged(machine, journal=False, in_memory=None).status is api.Status.UNKNOWN
    assert judged(machine, journal=False, in_memory=None, files=("/var/log/syslog",)).status is api.Status.OK


@pytest.mark.parametrize(("days", "status"), [(2.9, api.Status.OK), (3.1, api.Status.WARN), (14.1, api.Status.FAIL)])
def test_a_record_without_new_lines_is_a_fault_of_a_running_machine_only(
    days: float, status: api.Status, machine: api.Machine
) -> None:
    newest = machine.now - timedelta(days=days)
    assert judged(machine, newest=newest).status is status
    assert judged(machine, newest=newest, in_memory=None).status is api.Status.OK


@pytest.mark.parametrize(
    ("days", "status"), [(None, api.Status.OK), (28.0, api.Status.OK), (27.0, api.Status.WARN), (2.0, api.Status.FAIL)]
)
def test_a_journal_that_is_kept_for_days_only_is_named(days: float | None, status: api.Status, machine: api.Machine) -> None:
    verdict = judged(machine, kept_days=days)
    assert verdict.status is status
    assert judged(machine, kept_days=days, files=("/var/log/syslog",)).status is api.Status.OK


def test_logins_that_nobody_records_are_a_warning(machine: api.Machine) -> None:
    verdict = judged(machine, journal=False, files=("/var/log/syslog",), logins=())
    assert (verdict.status, verdict.summary) == (api.Status.WARN, "The machine does not record who comes in.")


def test_a_disk_that_does_not_run_needs_no_free_place(machine: api.Machine) -> None:
    """An image that is read only has none."""
    assert judged(machine, free_bytes=0, in_memory=None).status is api.Status.OK


def test_one_day_is_no_plural(machine: api.Machine) -> None:
    assert judged(machine, kept_days=1.0).summary == "The machine keeps its record for 1 day only."
