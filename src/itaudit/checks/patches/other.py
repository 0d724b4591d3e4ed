"""Ordinary updates do not pile up.

They mend faults and crashes. The more of them wait, the bigger the change on the day when they must be installed in a hurry.
"""

from dataclasses import replace

from itaudit import api
from itaudit.checks.patches._install import INSTALL
from itaudit.facts.updates import PackageManager


class Settings(api.CheckSettings):
    pending: api.AtMost = api.AtMost(warn=10, fail=30)
    """Waiting updates that are no security updates; held packages and updates that are not offered to everybody do not count."""
    lists_days: int = 30
    """Package lists older than this many days prove nothing."""


FIX = replace(
    INSTALL,
    if_you_wait="Faults that are long mended keep costing time, and the next upgrade becomes bigger and riskier.",
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 7.3, 7.4", "our own choice of numbers"))
def other(manager: PackageManager, machine: api.Machine, limits: Settings) -> api.Verdict:
    count = len(manager.other_pending)
    status = limits.pending.judge(count)
    age = manager.list_age_days(machine.now)
    if status is api.Status.OK and (age is None or age > limits.lists_days):
        summary = "How many ordinary updates wait is not known: this machine's list of updates is too old."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="sudo apt-get update")
    return api.verdict(
        status,
        f"{count} ordinary {'update waits' if count == 1 else 'updates wait'} to be installed.",
        api.Measurement("other_pending", count, api.Unit.COUNT),
        detail=", ".join(f"{update.package} {update.candidate}" for update in manager.other_pending[:40]),
        fix=FIX,
    )
