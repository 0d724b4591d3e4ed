"""Battery units (UPS), as Network UPS Tools knows them: `upsc -l` names them, `upsc NAME` prints what each says of itself."""

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
