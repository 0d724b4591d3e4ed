"""Only what must be reachable can be reached.

Each port at which a program waits for others is a door. Some lead straight to data and passwords, and a new one that nobody
ordered may be an intruder's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from itaudit import api
from itaudit.checks.security._never_open import Danger, danger_of
from itaudit.facts.filter_rules import Passage
from itaudit.facts.listening import COUNTED, COUNTED_BY_ROOT, Door, Reach

SEEN = "listening"


class Settings(api.CheckSettings):
    new_days: int = 30
    """Days for which a port that was not there when this machine was first looked at stays a warning."""


FIX = api.Remedy(
    "Close the ports that nobody needs, or let only those in who need them.",
    api.Effort.HOURS,
    steps=(
        "sudo ss --listening --numeric --processes --KIND 'sport = :PORT'   # which program it is",
        "systemctl status PID   # which unit; not needed: sudo systemctl disable --now UNIT",
        "Needed by this machine alone: bind it to 127.0.0.1 in its own settings (bind, listen_addresses, bind-address).",
        "Needed by some: let only their addresses in: sudo ufw allow from 192.168.1.0/24 to any port PORT proto KIND",
        'Meant to be so: name it in itaudit.toml, [security] expected_ports = ["PORT/KIND"]',
    ),
    undo="sudo systemctl enable --now UNIT, or take the rule back.",
    verify="sudo ss --listening --numeric --KIND 'sport = :PORT' shows only 127.0.0.1 or [::1], or others get no answer.",
    if_you_wait="Whoever reaches this door can try passwords and known faults on it, day and night.",
)
_UNLOCK = "Run itaudit as root (sudo itaudit scan)."
_UNLOCK_ROOT = "Have your IT person try the port from another computer of the network."
_WHO = {Reach.NETWORK: "Every device in its network", Reach.INTERNET: "Everybody on the internet"}


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 4.4, 4.5, 4.8", "our own choice of services and of 30 days"))
def ports(door: Door, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    """The gravest of: it should never be open, it is not expected, it is new."""
    if door.reach is Reach.MACHINE:
        return _inside(door, machine)
    seen = api.Measurement(SEEN, 1, api.Unit.COUNT)
    if door.passage is Passage.NOBODY:
        summary = f"{_waits(door)}, and the firewall lets nobody through."
        return api.verdict(api.Status.OK, summary, seen, detail=_detail(door))
    danger = danger_of(door)
    status, why = _judged(door, danger, past, machine, limits)
    if door.passage is Passage.UNKNOWN and (status is api.Status.FAIL or (danger and status is api.Status.WARN)):
        unlock = _UNLOCK_ROOT if machine.admin else _UNLOCK
        return api.verdict(api.Status.UNKNOWN, _words(door, why), seen, detail=_detail(door), unlock=unlock)
    return api.verdict(
        status,
        _words(door, why),
        seen,
        detail=_detail(door),
        fix=_fix(door, danger),
        severity=None if status is api.Status.FAIL else api.Severity.MEDIUM,
        flags=(api.Flag.REACHABLE,) if _reach(door) is Reach.INTERNET and door.passage is Passage.EVERYBODY else (),
    )


def _words(door: Door, why: str) -> str:
    if door.passage is Passage.UNKNOWN:
        return f"{_waits(door)}{why}; whether a firewall shields it could not be seen."
    who = "Those whom the firewall names" if door.passage is Passage.SOME else _WHO[door.reach]
    return f"{who} can reach {_program(door)} at {door.subject}{why}."


def _waits(door: Door) -> str:
    named = _program(door)
    named = named if door.programs else named.capitalize()
    return f"{named} {'wait' if len(door.programs) > 1 else 'waits'} at {door.subject}"


def _inside(door: Door, machine: api.Machine) -> api.Verdict:
    names = (COUNTED, COUNTED_BY_ROOT) if machine.admin else (COUNTED,)
    counts = (api.Measurement(name, door.count, api.Unit.COUNT) for name in names)
    summary = f"{door.count} {'port waits' if door.count == 1 else 'ports wait'} for this machine itself, out of others' reach."
    return api.verdict(api.Status.OK, summary, *counts, detail=", ".join(door.programs))


def _reach(door: Door) -> Reach:
    """Whom the firewall names (an address, a network) is not everybody on the internet."""
    return Reach.NETWORK if door.passage is Passage.SOME else door.reach


def _judged(
    door: Door, danger: Danger | None, past: api.History, machine: api.Machine, limits: Settings
) -> tuple[api.Status, str]:
    """(status, what to say behind the place)"""
    if danger and (status := _danger_status(door, danger)) is not api.Status.OK:
        return status, f", which is {danger.what}"
    if door.expected or door.incidental:
        return api.Status.OK, ""
    if door.expected is False:
        status = api.Status.FAIL if _reach(door) is Reach.INTERNET else api.Status.WARN
        return status, ", which is not among the expected ports"
    since = _new_since(door, past, machine, limits)
    if since:
        return api.Status.WARN, f", which is new since {since:%d %B %Y}"
    return api.Status.OK, ""


def _danger_status(door: Door, danger: Danger) -> api.Status:
    """What the owner expects, or lets only named ones reach, is well; but not what trusts everybody."""
    if danger.inside is api.Status.FAIL and door.passage is not Passage.SOME:
        return api.Status.FAIL
    if door.expected:
        return api.Status.OK
    if door.passage is Passage.SOME:
        return api.Status.WARN if danger.inside is api.Status.FAIL else api.Status.OK
    return api.Status.FAIL if door.reach is Reach.INTERNET else danger.inside


def _new_since(door: Door, past: api.History, machine: api.Machine, limits: Settings) -> datetime | None:
    """When it was first seen, if that is later than the first look at this machine and not long ago."""
    first = min((point.when for point in past.series(SEEN)), default=machine.now)
    watched = door.watched_since or first
    return first if watched < first and machine.now - first <= timedelta(days=limits.new_days) else None


def _program(door: Door) -> str:
    return ", ".join(door.programs[:3]) or "an unknown program"


def _detail(door: Door) -> str:
    reach = {Reach.MACHINE: "loopback", Reach.NETWORK: "private network", Reach.INTERNET: "any, with a public address"}[
        door.reach
    ]
    let = {Passage.EVERYBODY: "everybody", Passage.SOME: "those named by address or the like", Passage.NOBODY: "nobody"}
    passage = let.get(door.passage, "not known")
    packages = f"; package {', '.join(door.packages)}" if door.packages else ""
    program = f"program {_program(door)}" if door.programs else _program(door)
    return f"{', '.join(door.addresses)}; {program}{packages}; reach: {reach}; host firewall lets in: {passage}"


def _fix(door: Door, danger: Danger | None) -> api.Remedy:
    """With the port in place of the words; one that changes stays PORT. To expect what trusts everybody would not help."""
    hopeless = danger is not None and danger.inside is api.Status.FAIL and door.passage is not Passage.SOME
    steps = FIX.steps[:-1] if hopeless else FIX.steps

    def named(text: str) -> str:
        return text.replace("KIND", door.protocol).replace("PORT", str(door.port or "PORT"))

    return replace(FIX, steps=tuple(map(named, steps)), verify=named(FIX.verify))
