from __future__ import annotations

import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from itaudit import api
from itaudit.checks.services.uptime_crashes import Settings, uptime_crashes
from itaudit.facts.crashes import Crashes, Kind

if TYPE_CHECKING:
    from lab.journal import JournalLab

WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def judged(kind: Kind, count: int, known_days: float = 30) -> api.Verdict:
    moments = tuple(WHEN - timedelta(days=number) for number in range(count))
    return uptime_crashes(Crashes(kind, moments, ("record",) * bool(count), known_days), Settings())


@pytest.mark.parametrize(
    ("kind", "warned", "failed"),
    [(Kind.SHUTDOWNS, 1, 3), (Kind.KERNEL, 1, 2), (Kind.MEMORY, 1, 3), (Kind.HARDWARE, 1, 2)],
)
def test_one_is_a_warning_and_more_are_a_failure(kind: Kind, warned: int, failed: int) -> None:
    assert judged(kind, 0).status is api.Status.OK
    assert judged(kind, warned).status is api.Status.WARN
    assert judged(kind, failed - 1).status is api.Status.WARN
    assert judged(kind, failed).status is api.Status.FAIL


def test_it_says_when_and_how_often() -> None:
    verdict = judged(Kind.SHUTDOWNS, 3)
    assert verdict.summary == "3 times in the last 30 days, the machine went off without being shut down."
    assert "2026-11-20 08:30 UTC" in verdict.detail
    assert verdict.severity is None
    assert judged(Kind.MEMORY, 1).summary == "Once in the last 30 days, memory ran out and a program was killed."


def test_it_does_not_speak_of_days_that_it_cannot_see() -> None:
    assert judged(Kind.SHUTDOWNS, 0, 2.5).summary == "The machine has not gone off without being shut down in the last 2 days."
    assert judged(Kind.SHUTDOWNS, 0, 0.2).summary.endswith("in the last day.")


def test_the_commands_of_the_advice_show_what_was_found_before_the_last_start(journal_lab: JournalLab) -> None:
    """journalctl -k shows the run of the machine that goes on only, and a kernel that failed starts a new one."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    kernel = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "3"}
    journal_lab.say(hour_ago, "Out of memory: Killed process 7, Hardware Error, Kernel panic", boot=1, **kernel)
    journal_lab.say(hour_ago + timedelta(minutes=5), "Linux version 6.1", boot=2, **kernel)
    journal_lab.write()
    remedies = [verdict.remedy for kind in (Kind.KERNEL, Kind.MEMORY, Kind.HARDWARE) if (verdict := judged(kind, 9)).remedy]
    told = [line for remedy in remedies for line in (*remedy.steps, remedy.verify) if line.startswith("journalctl")]
    assert len(told) == 5
    for line in told:
        command = [*shlex.split(line), f"--directory={journal_lab.folder}", "--no-pager"]
        assert "Kernel panic" in subprocess.run(command, capture_output=True, text=True, check=False).stdout, line
