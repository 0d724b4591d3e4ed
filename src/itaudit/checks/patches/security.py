"""Security updates are installed soon after they appear.

Once a fix is published, anybody can read from it how to break in: most break-ins use holes for which a fix was already there.
"""

from datetime import timedelta

from itaudit import api
from itaudit.checks.patches._install import INSTALL
from itaudit.facts.updates import PackageManager

FRESH_DAYS = 7
"""With package lists older than this, a count of none is not kept: later it would pass for proof that nothing waited."""
SHOWN = 40


class Settings(api.CheckSettings):
    waiting_days: int = 14
    """Days that a security update may wait. Beyond it, waiting updates are critical."""
    lists_days: int = 30
    """Package lists older than this many days prove nothing: then "no updates" is unknown."""


def _oldest_days(manager: PackageManager, past: api.History, machine: api.Machine) -> float:
    """Days that some update has waited at least: by the date of an archive that holds it, or because it waited at an earlier
    scan and nothing was installed since."""
    moments = [update.released_by for update in manager.security_pending if update.released_by]
    if manager.changed:
        moments += [p.when for p in past.series("security_pending") if p.value > 0 and p.when > manager.changed]
    return (machine.now - min(moments)) / timedelta(days=1) if moments else 0.0


def _young_days(past: api.History, machine: api.Machine) -> float | None:
    """Days that every update has waited at most: an earlier scan, with lists a week old at most, found none. None: not known."""
    clean = [point.when for point in past.series("security_pending") if point.value == 0]
    return (machine.now - max(clean)) / timedelta(days=1) + FRESH_DAYS if clean else None


def _none_pending(age: float | None, limits: Settings) -> api.Verdict:
    if age is None or age > limits.lists_days:
        known = "is missing or undated" if age is None else f"is {age:.0f} days old"
        summary = f"Whether security updates wait is not known: this machine's list of updates {known}."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="sudo apt-get update")
    kept = (api.Measurement("security_pending", 0, api.Unit.COUNT),) if age <= FRESH_DAYS else ()
    return api.verdict(api.Status.OK, f"No security updates wait (by a list that is {age:.0f} days old).", *kept)


def _detail(manager: PackageManager) -> str:
    lines = [f"{u.package} {u.installed} -> {u.candidate}{' (held)' if u.held else ''}" for u in manager.security_pending]
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([f"{manager.name}, {len(lines)} pending:", *lines[:SHOWN], *more])


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 7.3", "Cyber Essentials: security update management, 14 days"))
def security(manager: PackageManager, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Fails with any that may be too old, critically once one surely is; a warning only where all are proved to be young."""
    number = len(manager.security_pending)
    if not number:
        return _none_pending(manager.list_age_days(machine.now), limits)
    waiting = f"{number} security {'update waits' if number == 1 else 'updates wait'} to be installed"
    oldest, young = _oldest_days(manager, past, machine), _young_days(past, machine)
    status, severity = api.Status.FAIL, None
    if oldest > limits.waiting_days:
        severity, age = api.Severity.CRITICAL, f"the oldest has been out for at least {oldest:.0f} days"
    elif young is not None and young <= limits.waiting_days:
        status, age = api.Status.WARN, f"none is older than {young:.0f} days"
    else:
        age = "since when is not known"
    count = api.Measurement("security_pending", number, api.Unit.COUNT)
    return api.verdict(status, f"{waiting}; {age}.", count, detail=_detail(manager), fix=INSTALL, severity=severity)
