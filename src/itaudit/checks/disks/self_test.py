"""Drives test themselves, and find nothing.

A drive can read through all that it stores while the computer works on. A place that went bad unseen comes to light in time,
and not on the day on which another drive has failed and everything must be read.
"""

from __future__ import annotations

from pydantic import PositiveInt

from itaudit import api
from itaudit.checks.disks._replace import replace_drive
from itaudit.facts.drive import Drive

HOURS_A_DAY = 24


class Settings(api.CheckSettings):
    days: PositiveInt = 365
    """A hard disk that has run for longer than this since its last test without an error is warned of."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("smartctl(8), exit status bit 7 and option -t", "itaudit's own choice: a year of running; a late test is low"),
)
def self_test(drive: Drive, limits: Settings) -> api.Verdict:
    tests = drive.tests
    hours = drive.hours if tests.never else tests.hours_ago
    detail = f"{drive.record}: {'failed' if tests.failed else 'not failed'}, {_age(drive)}"
    if tests.failed:
        words = f"{drive.title} has found an error when it tested itself."
        flags = (api.Flag.EARLY_WARNING,)
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=replace_drive(drive), flags=flags)
    if hours is None:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} does not tell when it last tested itself.", detail=detail)
    days = hours // HOURS_A_DAY
    # A drive without moving parts reads through its store by itself; its maker's test adds little.
    late = days > limits.days and drive.spinning is True
    words = f"has never tested itself in {days} days of running" if tests.never else f"tested itself {days} days of running ago"
    return api.verdict(
        api.Status.WARN if late else api.Status.OK,
        f"{drive.title} {words}.",
        *(() if tests.never else (api.Measurement("days", days, api.Unit.DAYS),)),
        detail=detail,
        fix=_test(drive),
        severity=api.Severity.LOW,
    )


def _age(drive: Drive) -> str:
    if drive.tests.never:
        return f"no test passed in {drive.hours} hours"
    return f"last passed {drive.tests.hours_ago} hours ago" if drive.tests.hours_ago is not None else "no readable log of tests"


def _test(drive: Drive) -> api.Remedy:
    how, _, device = drive.way.rpartition(" ")
    return api.Remedy(
        f"Have the drive {drive.name} test itself, and then every month.",
        steps=(
            f"smartctl -t long {drive.way}",
            f"every month by smartd, a line in /etc/smartd.conf: {device} {how} -a -s L/../01/./03",
        ),
        verify=f"smartctl -l selftest {drive.way}, some hours later",
        if_you_wait="Places that went bad show only when they are needed, which may be too late.",
    )
