"""Security updates are installed soon after they appear.

Once a fix is published, anybody can read from it how to break in: most break-ins use holes for which a fix was already there.
"""

from itaudit import api
from itaudit.checks.patches._ages import FRESH_DAYS, age_of, at_most, seen_age
from itaudit.checks.patches._install import INSTALL, with_commands_of
from itaudit.facts.exploited import KnownExploited
from itaudit.facts.updates import PackageManager, Update

SHOWN = 40
SERIES = "security_pending"


class Settings(api.CheckSettings):
    waiting_days: int = 14
    """Days that a security update may wait. Beyond it, waiting updates are critical."""
    minor_waiting_days: int = 30
    """The same for holes that their maker calls medium or low; beyond it, the finding is a serious one."""
    lists_days: int = 30
    """Package lists older than this many days prove nothing: then "no updates" is unknown."""

    def allowed(self, update: Update) -> int:
        return self.minor_waiting_days if update.severity in ("medium", "low") else self.waiting_days


def _none_pending(manager: PackageManager, machine: api.Machine, limits: Settings) -> api.Verdict:
    age = manager.list_age_days(machine.now)
    if age is None or age > limits.lists_days:
        known = "is missing or undated" if age is None else f"is {api.readable_days(age)} old"
        summary = f"Whether security updates wait is not known: this machine's list of updates {known}."
        return api.verdict(api.Status.UNKNOWN, summary, unlock=manager.refresh)
    kept = (api.Measurement(SERIES, 0, api.Unit.COUNT),) if age <= FRESH_DAYS else ()
    if untold := tuple(update for update in manager.pending if update.security is None):
        whose = "its maker does" if len(untold) == 1 else "their makers do"
        summary = f"No update that waits is known to close a hole, but of {len(untold)} {whose} not say ({untold[0].package})."
        unlock = "; ".join(manager.install)
        return api.verdict(api.Status.UNKNOWN, summary, *kept, detail=_detail(manager, untold, machine), unlock=unlock)
    return api.verdict(api.Status.OK, f"No security updates wait (by a list that is {api.readable_days(age)} old).", *kept)


def _untold(manager: PackageManager, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Updates wait, and their maker does not say which of them close holes. What nobody installs for weeks is a failure."""
    number = len(manager.pending)
    many = f"{number} updates wait; which of them close holes, their makers do not say"
    waiting = "1 update waits; whether it closes holes, its maker does not say" if number == 1 else many
    count = api.Measurement(SERIES, number, api.Unit.COUNT)
    detail = _detail(manager, manager.pending, machine)
    age = seen_age(manager, past, machine, SERIES)
    if age and age.days > limits.waiting_days:
        summary = f"{waiting}. {'It has' if number == 1 else 'They have'} waited for at least {api.readable_days(age.days)}."
        return api.verdict(api.Status.FAIL, summary, count, detail=detail, fix=with_commands_of(manager, INSTALL))
    summary = f"{waiting}, so whether one that matters waits is not known."
    return api.verdict(api.Status.UNKNOWN, summary, count, detail=detail, unlock="; ".join(manager.install))


def _detail(manager: PackageManager, updates: tuple[Update, ...], machine: api.Machine) -> str:
    lines = []
    for update in updates[:SHOWN]:
        age = age_of(update, machine)
        notes = (
            "held" if update.held else "",
            update.severity,
            ", ".join(update.advisories[:3]),
            f"out for at least {api.readable_days(age.days)} {age.basis}" if age else "",
        )
        noted = ", ".join(note for note in notes if note)
        lines.append(f"{update.package} {update.installed} -> {update.candidate}{f' ({noted})' if noted else ''}")
    more = [f"... and {len(updates) - SHOWN} more"] if len(updates) > SHOWN else []
    return "\n".join([f"{manager.name}, {len(updates)} pending:", *lines, *more])


def _exploited(updates: tuple[Update, ...], lists: list[KnownExploited]) -> dict[str, list[str]]:
    """{package: holes of it that are used}."""
    known = frozenset[str]().union(*(one.holes for one in lists))
    return {update.package: used for update in updates if (used := sorted(known.intersection(update.holes)))}


def _of_the_list(updates: tuple[Update, ...], lists: list[KnownExploited], machine: api.Machine) -> str:
    """What the list of exploited holes can say here, in a line for the technician."""
    told = sum(1 for update in updates if update.holes)
    if not lists:
        return "No list of exploited holes is here: itaudit data update fetches it."
    problem = next((one.problem for one in lists if one.problem), "")
    released = max((one.released for one in lists if one.released), default=None)
    if problem or not released:
        return f"The list of exploited holes could not be read: {problem}"
    age = api.readable_days(max(0, (machine.now.date() - released).days))
    return f"The list of exploited holes is of {released} ({age} ago); {told} of {len(updates)} updates name their holes."


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 7.3", "Cyber Essentials: security update management, 14 days"))
def security(
    manager: PackageManager, exploited: list[KnownExploited], past: api.History, machine: api.Machine, limits: Settings
) -> api.Verdict:
    """Fails with any that may be too old, critically once one surely is or attackers use it; a warning where all are young."""
    updates = manager.security_pending
    if not updates:
        untold = manager.pending and not manager.tells_security
        return _untold(manager, past, machine, limits) if untold else _none_pending(manager, machine, limits)
    status, severity, age = _judged(updates, manager, past, machine, limits)
    used = _exploited(updates, exploited)
    if used:
        many = f"{len(used)} of them close" if len(used) > 1 else "one of them closes"
        age += f"; {many} a hole that attackers are known to use"
        status, severity = api.Status.FAIL, api.Severity.CRITICAL
    waiting = f"{len(updates)} security {'update waits' if len(updates) == 1 else 'updates wait'} to be installed"
    lines = [_detail(manager, updates, machine), _of_the_list(updates, exploited, machine)]
    lines += [f"used by attackers: {package}: {', '.join(holes[:5])}" for package, holes in used.items()]
    return api.verdict(
        status,
        f"{waiting}; {age}.",
        api.Measurement(SERIES, len(updates), api.Unit.COUNT),
        detail="\n".join(lines),
        fix=with_commands_of(manager, INSTALL),
        severity=severity,
        flags=(api.Flag.EXPLOITED,) if used else (),
    )


def _judged(
    updates: tuple[Update, ...], manager: PackageManager, past: api.History, machine: api.Machine, limits: Settings
) -> tuple[api.Status, api.Severity | None, str]:
    """Status, severity and the age in words. Which one was seen to wait is not known: it may be the least of them."""
    ages = {update: age for update in updates if (age := age_of(update, machine))}
    late = {update: age for update, age in ages.items() if age.days > limits.allowed(update)}
    seen = seen_age(manager, past, machine, SERIES)
    if seen and seen.days <= max(map(limits.allowed, updates)):
        seen = None
    known = [*late.values(), *([seen] if seen else [])]
    if known:
        oldest = max(known, key=lambda age: age.days)
        grave = any(limits.allowed(update) == limits.waiting_days for update in (updates if seen else late))
        words = f"the oldest has been out for at least {api.readable_days(oldest.days)}, {oldest.basis}"
        return api.Status.FAIL, api.Severity.CRITICAL if grave else None, words
    young = at_most(updates, past, machine, SERIES)
    if young is not None and (young <= limits.waiting_days or all(update.released for update in updates)):
        return api.Status.WARN, None, f"none is older than {api.readable_days(young)}"
    return api.Status.FAIL, None, "since when is not known"
