"""Only those who need it can change everything.

An administrator can install anything, read all files and remove all traces. Each one more is one more password to steal,
and a new one that nobody asked for is often the first sign of a burglar.
"""

from datetime import timedelta

from itaudit import api
from itaudit.facts.administrators import Administrator, Administrators


class Settings(api.CheckSettings):
    expected: tuple[str, ...] = ()
    """Names of the accounts that may be administrators. Without any, those of the first scan are taken as they are."""
    new_days: int = 30
    """Days for which an administrator that an earlier scan did not see is told of as new."""


FIX = api.Remedy(
    "Make sure that every administrator is wanted, and take the right away from the others.",
    api.Effort.MINUTES,
    steps=(
        "Ask each person named whether they need it; for a name that nobody knows, treat the machine as broken into.",
        "sudo gpasswd --delete NAME GROUP   # for the group named in the detail; first see that one who gets in stays",
        "sudo visudo -f FILE   # for a rule named in the detail; one of doas: with an editor",
        "An account with number 0: sudo vipw, then sudo vipw --shadow; take out its line, or give it another number.",
        "Wanted: name them in itaudit.toml, [checks.security.admins] expected = [...]",
    ),
    undo="sudo gpasswd --add NAME GROUP",
    verify="sudo -l -U NAME says that NAME is not allowed to run sudo; getent group GROUP does not list NAME.",
    if_you_wait="An account that should not have this right can be used to take over the machine, unseen.",
)
_COUNT = "administrators"
_MEASURED = 100


def _is_new(person: Administrator, past: api.History, machine: api.Machine, days: int) -> bool:
    """Not there at the first scan that looked, and seen for the first time lately or now."""
    scans = past.series(_COUNT)
    if not scans:
        return False
    seen = past.series(_series(person))
    if seen and seen[0].when <= scans[0].when:
        return seen[-1].when < scans[-1].when  # taken away meanwhile, and given again
    return not seen or machine.now - seen[0].when < timedelta(days=days)


def _series(person: Administrator) -> str:
    return f"administrator {person.name}"


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 5.4, 6.8", "sudoers(5), passwd(5)"))
def admins(administrators: Administrators, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    """A second account of number 0, and rules for everybody, are faults; one that is not expected, or new, is a warning."""
    people = administrators.people
    measured = [api.Measurement(_COUNT, len(people), api.Unit.COUNT)]
    measured += [api.Measurement(_series(one), 1, api.Unit.COUNT) for one in people[:_MEASURED]]
    new = [one for one in people[:_MEASURED] if one.name not in limits.expected and _is_new(one, past, machine, limits.new_days)]
    unexpected = [one for one in people if limits.expected and one.name not in limits.expected and not one.closed]
    status, words, severity = _judged(administrators, unexpected, new)
    unlock = "Look at what the detail names; sudo visudo --check finds faults." if status is api.Status.UNKNOWN else ""
    return api.verdict(status, words, *measured, detail=_detail(administrators), fix=FIX, severity=severity, unlock=unlock)


def _judged(
    administrators: Administrators, unexpected: list[Administrator], new: list[Administrator]
) -> tuple[api.Status, str, api.Severity | None]:
    """The worst that there is."""
    if zero := [one for one in administrators.people if one.number_zero]:
        words = f"{_names(zero)} can do everything, like the built-in administrator, under another name."
        return api.Status.FAIL, words, api.Severity.HIGH
    if administrators.everybody:
        return api.Status.FAIL, "Every account of this machine can become administrator.", api.Severity.HIGH
    if unexpected:
        words = f"{_names(unexpected)} can change everything on this machine, and should not by your own list."
        return api.Status.FAIL, words, None
    if new:
        words = f"{_names(new)} can change everything on this machine, and could not before: make sure that this is wanted."
        return api.Status.WARN, words, None
    if administrators.unread:
        return api.Status.UNKNOWN, "Not all could be read that makes somebody an administrator.", None
    return api.Status.OK, _well(len(administrators.people)), None


def _well(many: int) -> str:
    if not many:
        return "Nobody but the built-in administrator can change everything here."
    who, new = ("One account", "it is not new") if many == 1 else (f"{many} accounts", "none is new")
    return f"{who} can change everything here, beside the built-in administrator; {new}."


def _detail(administrators: Administrators) -> str:
    people = administrators.people
    lines = [f"{one.name}{' (closed)' if one.closed else ''}: {'; '.join(one.ways[:3])}" for one in people[:40]]
    lines += [f"... and {len(people) - 40} more"] if len(people) > 40 else []
    unread = [f"not read: {line}" for line in administrators.unread[:10]]
    return "\n".join(filter(None, [*lines, *administrators.everybody[:5], *unread, administrators.unseen]))


def _names(people: list[Administrator]) -> str:
    """Never first in a sentence: a capital letter would make another name of it."""
    names = [one.name for one in people]
    some = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    return f"The account{'' if len(names) == 1 else 's'} {some}"
