"""Until when the names to look after are paid, and in what state their registration is.

Asked is the registry (RDAP, RFC 9083). Many registries of countries do not tell the day: then the owner may say it himself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.certificate_places import NOT_PUBLIC
from itaudit.facts.names import names_of
from itaudit.facts.public_suffixes import organisation_of, registered
from itaudit.facts.targets import Targets, readable

NAMES_AT_MOST = 50
SAY_IT = "Write the day that stands on its bill into itaudit.toml ([targets] registrations)."
RESERVED = ("test", "example", "invalid", "localhost", "onion", *NOT_PUBLIC)
"""Endings that no registry sells (RFC 6761, and those of networks of one's own)."""
FEWER = "Scan the other names with a configuration of their own."
NOT_SOLD = "nobody sells names with this ending"
SHARED = "it was given out by a provider under a name of its own"


@dataclass(frozen=True, slots=True)
class RegisteredName:
    """expires: the last day that is paid for, None where nobody tells it.

    states: in lower case with spaces ("client hold", RFC 8056).

    said_by_owner: `expires` stands in the configuration, because the registry does not tell it.
    """

    subject: str
    name: str
    expires: date | None
    since: date | None = None
    states: tuple[str, ...] = ()
    registrar: str = ""
    said_by_owner: bool = False


class _Event(BaseModel):
    eventAction: str  # noqa: N815 - as RFC 9083 spells it
    eventDate: str  # noqa: N815 - as RFC 9083 spells it


class _Body(BaseModel):
    status: list[str] = []
    events: list[_Event] = []
    registrar: str = ""


@api.provider("linux", "windows", "macos", seconds=40)
def registrations(ask: api.Ask, targets: Targets) -> api.Facts[RegisteredName]:
    """Each registered name once, however many names lie under it. Raises NotApplicable when there are none."""
    bought: dict[str, None] = {}
    for name in names_of(ask, targets):
        own = bought_name(name)
        if not own or (_is_reserved(own) and not targets.registry_url):
            yield api.Gap(readable(name), api.NotApplicable(NOT_SOLD if own else SHARED))
        else:
            bought[own] = None
    names, beyond = list(bought)[:NAMES_AT_MOST], list(bought)[NAMES_AT_MOST:]
    answers = ask.many([api.Registration(name, targets.registry_url) for name in names])
    for name, answer in zip(names, answers, strict=True):
        yield _found(name, answer, _said(targets, name))
    for name in beyond:
        yield api.Gap(readable(name), api.Unreadable(f"registries are asked for {NAMES_AT_MOST} names at most", FEWER))


def bought_name(name: str) -> str:
    """What a registry sold: example.co.uk for www.example.co.uk; "" for what a provider gave out (shop.github.io).

    An ending that is on no list counts as a registry's: it may be new, or a network's own.
    """
    sold, organisation = registered(name), organisation_of(name)
    return organisation if organisation and sold in ("", organisation) else ""


def _is_reserved(name: str) -> bool:
    return name.endswith(tuple(f".{ending}" for ending in RESERVED)) or name in RESERVED


def _said(targets: Targets, name: str) -> date | None:
    return next((day for written, day in targets.registrations.items() if bought_name(written) == name), None)


def _found(name: str, answer: api.Answer, said: date | None) -> RegisteredName | api.Gap:
    try:
        body = _Body.model_validate(answer.json)
    except (api.Missing, ValidationError) as error:
        if said:
            return RegisteredName(readable(name), name, said, said_by_owner=True)
        return api.Gap(readable(name), _helped(error))
    days = [day for event in body.events if event.eventAction.lower() == "expiration" and (day := day_of(event.eventDate))]
    begun = [day for event in body.events if event.eventAction.lower() == "registration" and (day := day_of(event.eventDate))]
    states = tuple(sorted({state_of(written) for written in body.status}))
    return RegisteredName(
        readable(name),
        name,
        min(days, default=said),
        min(begun, default=None),
        states,
        "".join(sign for sign in body.registrar[:100] if sign.isprintable()),
        said_by_owner=bool(said) and not days,
    )


def state_of(written: str) -> str:
    """ "clientHold" (RFC 5731), as some registries write it, and "Client Hold" are "client hold" (RFC 8056)."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written).lower().split())[:60]


def _helped(error: api.Missing | ValidationError) -> api.Missing:
    """The same failure; where scanning again would not help, with what would."""
    if isinstance(error, ValidationError):
        return api.Unreadable("the registry's answer has an unknown form", SAY_IT)
    if isinstance(error, api.TimedOut | api.Unreachable):
        return error
    return type(error)(error.detail, SAY_IT)


def day_of(written: str) -> date | None:
    """The day (UTC) of a date and time as RFC 3339 has it, None for anything else."""
    try:
        moment = datetime.fromisoformat(written.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None
