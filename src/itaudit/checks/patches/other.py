"""Ordinary updates do not pile up.

They mend faults and crashes. The more of them wait, the bigger the change on the day when they must be installed in a hurry.
"""

from dataclasses import replace

from itaudit import api
from itaudit.checks.patches._ages import oldest_age
from itaudit.checks.patches._install import INSTALL, with_commands_of
from itaudit.facts.updates import PackageManager


class Settings(api.CheckSettings):
    pending: api.AtMost = api.AtMost(warn=10, fail=30)
    """Waiting updates that are no security updates; held packages and updates that are not offered to everybody do not count."""
    waiting_days: int = 30
    """Days that an ordinary update may wait; beyond it, even a single one is a warning."""
    lists_days: int = 30
    """Package lists older than this many days prove nothing."""


SERIES = "other_pending"
FIX = replace(
    INSTALL,
    if_you_wait="Faults that are long mended keep costing time, and the next upgrade becomes bigger and riskier.",
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 7.3, 7.4", "our own choice of numbers"))
def other(manager: PackageManager, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    count = len(manager.other_pending)
    status = limits.pending.judge(count)
    age = manager.list_age_days(machine.now)
    if status is api.Status.OK and (age is None or age > limits.lists_days):
        summary = "How many ordinary updates wait is not known: this machine's list of updates is missing or too old."
        return api.verdict(api.Status.UNKNOWN, summary, unlock=manager.refresh)
    waiting = f"{count} ordinary {'update waits' if count == 1 else 'updates wait'} to be installed"
    oldest = oldest_age(manager.other_pending, manager, past, machine, SERIES)
    if oldest and oldest.days > limits.waiting_days:
        status = api.worst(status, api.Status.WARN)
        waiting += f"; the oldest has been out for at least {api.readable_days(oldest.days)}, {oldest.basis}"
    return api.verdict(
        status,
        f"{waiting}.",
        api.Measurement(SERIES, count, api.Unit.COUNT),
        detail=", ".join(f"{update.package} {update.candidate}" for update in manager.other_pending[:40]),
        fix=with_commands_of(manager, FIX),
    )
