"""Battery units carry the machines through a power cut.

Without one, a short power cut stops every machine in the middle of its work and can damage what is being saved.
Their batteries wear out within three to five years, and nobody notices until the power fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from itaudit import api


class UpsServer(api.Section):
    """Where the battery units are known."""

    table: ClassVar[str] = "ups"

    server: str = Field("localhost:3493", pattern=r"^[A-Za-z0-9\[][A-Za-z0-9.:\]-]*$")
    """Computer that runs the server of Network UPS Tools (upsd), as host or host:port."""


@dataclass(frozen=True, slots=True)
class Ups:
    """One battery unit. flags: its own words, see ups.status in the manual of Network UPS Tools (OL, OB, RB, ...)."""

    name: str
    model: str
    flags: frozenset[str]
    runtime_seconds: float | None
    """None where it does not say how long it lasts."""

    @property
    def subject(self) -> str:
        return f"UPS {self.name}"


def list_question(server: str) -> api.Command:
    return api.Command(("upsc", "-l", server))


def unit_question(name: str, server: str) -> api.Command:
    return api.Command(("upsc", f"{name}@{server}"))


def printed(answer: api.Answer) -> str:
    """What upsc printed. Raises the recorded Missing, or Unreachable when upsc says that it got no answer."""
    text = answer.text
    if answer.exit_code != 0:
        last_line = (answer.errors.strip().splitlines() or ["upsc said nothing"])[-1]
        raise api.Unreachable(last_line, unlock="See that the cable is in and that upsd runs: upsc -l")
    return text


def read_ups(name: str, text: str) -> Ups:
    """Type the `name: value` lines of upsc. Raises Unreadable when they hold no status, TimedOut while none has come yet."""
    values = {key: value.strip() for key, _, value in (line.partition(": ") for line in text.splitlines())}
    flags = frozenset(values.get("ups.status", "").split())
    if not flags:
        raise api.Unreadable("no ups.status in the output of upsc")
    if "WAIT" in flags:
        raise api.TimedOut("ups.status WAIT: upsd has just started", unlock="Scan again in a minute.")
    seconds = values.get("battery.runtime", "")
    model = f"{values.get('ups.mfr', '')} {values.get('ups.model', '')}".strip()
    return Ups(name, model, flags, float(seconds) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", seconds) else None)


@api.provider("linux", "macos", seconds=30)
def units(ask: api.Ask, where: UpsServer) -> api.Facts[Ups]:
    """Every unit that the server knows; none where it knows none."""
    names = [line.strip() for line in printed(ask(list_question(where.server))).splitlines() if line.strip()]
    answers = ask.many([unit_question(name, where.server) for name in names])
    for name, answer in zip(names, answers, strict=True):
        try:
            yield read_ups(name, printed(answer))
        except api.Missing as error:
            yield api.Gap(f"UPS {name}", error)


class Settings(api.CheckSettings):
    runtime_minutes: api.AtLeast = api.AtLeast(warn=10, fail=5)
    """Minutes that the machines go on running from the battery: enough to save and shut down in order."""


FIX = api.Remedy(
    "Replace the battery of the UPS, or connect fewer machines to it.",
    api.Effort.MINUTES,
    cost=(30, 200),
    steps=("upsc NAME shows the model (ups.model) and often the type of the battery (battery.type).",),
    verify="upsc NAME battery.runtime, after it was charged for a day",
    if_you_wait="The next power cut stops the machines at once, and unsaved work is lost.",
    lead=api.LeadTime.COMPUTER,
)
SWITCH_ON = api.Remedy(
    "Switch the UPS so that its battery stands in when the power fails.",
    steps=("Press its power button, or leave bypass mode; ups.status then shows OL.",),
    verify="upsc NAME ups.status",
    if_you_wait=FIX.if_you_wait,
)
WITHOUT_BATTERY = {"OFF", "BYPASS"}
"""Words of ups.status for a unit whose battery carries nothing."""


@api.check(severity=api.Severity.HIGH, sources=("Network UPS Tools developer guide: ups.status; the minutes are our own choice",))
def ups_battery(ups: Ups, limits: Settings) -> api.Verdict:
    status, words, fix = judged(ups, limits)
    seconds = ups.runtime_seconds
    return api.verdict(
        status,
        f"The battery unit {ups.name} {words}.",
        *([] if seconds is None else [api.Measurement("runtime", seconds, api.Unit.SECONDS)]),
        detail=f"{ups.model or 'unknown model'}; ups.status {' '.join(sorted(ups.flags))}",
        fix=fix,
        unlock="Pull its plug while somebody watches, and note how long it lasts." if status is api.Status.UNKNOWN else "",
    )


def judged(ups: Ups, limits: Settings) -> tuple[api.Status, str, api.Remedy]:
    """The status, its reason in the owner's words, and what mends it."""
    if "RB" in ups.flags:
        return api.Status.FAIL, "asks for a new battery", FIX
    if ups.flags & WITHOUT_BATTERY:
        return api.Status.FAIL, "is switched so that its battery carries nothing", SWITCH_ON
    if ups.runtime_seconds is None:
        # Not ok: nobody has seen that the battery holds.
        return api.Status.UNKNOWN, "does not say how long its battery lasts", FIX
    minutes = ups.runtime_seconds / 60
    return limits.runtime_minutes.judge(minutes), f"lasts {int(minutes)} min when the power fails", FIX
