"""The questions put to every address of a name server, and what came back.

Each is one that anybody may ask. The name that a server cannot be in charge of is the root of all names itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from pydantic import BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.lookups import Lookups, Reply, outcome


class Probe(Enum):
    """One question to one address; the value says what is asked, for technicians."""

    START = "SOA over UDP"
    START_OVER_TCP = "SOA over TCP"
    START_WITHOUT_EDNS = "SOA without EDNS"
    NAMES = "NS"
    MIXED = "AAAA with upper- and lower-case letters mixed"
    FOREIGN = "SOA of the root, with recursion desired"
    VERSION = "version.bind"
    TRANSFER = "AXFR"


FIRST_TRY_SECONDS = 1.5
SECOND_TRY_SECONDS = 2.5
BASIC = (Probe.START, Probe.START_OVER_TCP, Probe.NAMES)
FURTHER = {
    Probe.MIXED: FIRST_TRY_SECONDS,
    Probe.FOREIGN: FIRST_TRY_SECONDS,
    Probe.VERSION: FIRST_TRY_SECONDS,
    Probe.TRANSFER: SECOND_TRY_SECONDS,
}
"""Asked of an address once it has answered anything at all, with the seconds to wait."""
AGAIN = (Probe.START, Probe.START_OVER_TCP, Probe.NAMES, Probe.MIXED, Probe.FOREIGN)
"""Asked a second time where the first question was lost. Of the others silence says enough: it shows and hands out nothing."""
EDNS_REFUSED = ("FORMERR", "NOTIMP", "BADVERS")


@dataclass(frozen=True, slots=True)
class Transfer:
    """The answer to the wish for the whole zone: how many records came, 0 when it was refused."""

    rcode: str
    records: int


Result: TypeAlias = Reply | Transfer | api.Missing
Results: TypeAlias = dict[tuple[str, Probe], Result]
"""By address and question."""


class _TransferBody(BaseModel):
    rcode: str = Field(max_length=40)
    records: int = Field(ge=0)


def still_wanted(results: Results, tried_again: Collection[tuple[str, Probe]]) -> dict[tuple[str, Probe], float]:
    """What to ask in the next round, with the seconds to wait; empty at the end."""
    wanted = {
        key: SECOND_TRY_SECONDS
        for key, result in results.items()
        if key[1] in AGAIN and isinstance(result, api.Missing) and key not in tried_again
    }
    for (address, probe), result in results.items():
        if probe is Probe.START and may_refuse_edns(result) and (address, Probe.START_WITHOUT_EDNS) not in results:
            wanted[address, Probe.START_WITHOUT_EDNS] = SECOND_TRY_SECONDS
    for address in dict.fromkeys(address for address, _ in replies(results, Probe)):
        wanted |= {(address, probe): FURTHER[probe] for probe in FURTHER if (address, probe) not in results}
    return wanted


def may_refuse_edns(result: Result) -> bool:
    """Is a question without EDNS worth a try?"""
    return isinstance(result, api.Missing) or (isinstance(result, Reply) and result.rcode in EDNS_REFUSED)


def ask_probes(lookups: Lookups, zone: str, wanted: Mapping[tuple[str, Probe], float]) -> Results:
    """Ask all at once; `wanted` says whom, what, and for how many seconds to wait."""
    port = lookups.targets.authoritative_port
    questions = [_question(probe, address, port, zone, seconds) for (address, probe), seconds in wanted.items()]
    answers = lookups.ask.many(questions)
    return {
        (address, probe): _transfer(answer) if probe is Probe.TRANSFER else outcome(answer)
        for (address, probe), answer in zip(wanted, answers, strict=True)
    }


def _question(probe: Probe, address: str, port: int, zone: str, seconds: float) -> api.Question:
    match probe:
        case Probe.FOREIGN:
            return api.Dns(".", "SOA", address, port, timeout=seconds)
        case Probe.VERSION:
            return api.Dns("version.bind", "TXT", address, port, recursion_desired=False, class_="CH", timeout=seconds)
        case Probe.TRANSFER:
            return api.ZoneTransfer(zone, address, port, timeout=seconds)
        case Probe.NAMES:
            return api.Dns(zone, "NS", address, port, recursion_desired=False, timeout=seconds)
        case Probe.MIXED:
            return api.Dns(mixed(zone), "AAAA", address, port, recursion_desired=False, timeout=seconds)
        case _:
            tcp, edns = probe is Probe.START_OVER_TCP, probe is not Probe.START_WITHOUT_EDNS
            return api.Dns(zone, "SOA", address, port, tcp=tcp, recursion_desired=False, edns=edns, timeout=seconds)


def mixed(name: str) -> str:
    """example.com -> ExAmPlE.CoM: letters are the same in both cases (RFC 4343), and some software forgets it."""
    return "".join(letter.upper() if index % 2 == 0 else letter for index, letter in enumerate(name))


def _transfer(answer: api.Answer) -> Transfer | api.Missing:
    try:
        body = _TransferBody.model_validate(answer.json)
    except ValidationError as error:
        return api.Unreadable(f"not the outcome of a transfer: {error.error_count()} faults in its form")
    except api.Missing as error:
        return error
    return Transfer(body.rcode.upper(), body.records)


def replies(results: Results, probes: Iterable[Probe]) -> dict[tuple[str, Probe], Reply]:
    """Those that are responses."""
    asked = set(probes)
    return {key: result for key, result in results.items() if key[1] in asked and isinstance(result, Reply)}
