"""Answers of resolvers and name servers, typed; and the control question without which nothing counts as absent.

A resolver that answers "no such name" to everything must not become "no record": `zone_of` proves first that it tells the truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.targets import Targets

T = TypeVar("T")

CREDIBLE = ("NOERROR", "NXDOMAIN")
"""Response codes that say something of the name itself (RFC 1035 4.1.1, RFC 2308)."""

HONEST = "Set a look-up server that answers truthfully, then scan again."
ABOVE_ALIAS = "Name example.com instead of www.example.com ([targets] domains), and aliases apart ([targets] host_names)."


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record; `name` in lower case without its last dot ("." for the root), `data` in presentation format."""

    name: str
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `answer`, `authority` and `additional` as in RFC 1035 4.1."""

    rcode: str
    flags: frozenset[str] = frozenset()
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    edns: int | None = None
    """The version of EDNS (RFC 6891) that it speaks, -1 for none, None where that was not recorded."""

    def data(self, type_: str) -> tuple[str, ...]:
        """The data of the answer's records of one type, sorted, each once."""
        return tuple(sorted({record.data for record in self.answer if record.type == type_}))

    def hosts(self, type_: str) -> tuple[str, ...]:
        """The same for types whose data ends in a host name (NS, CNAME, MX), as lower-case names."""
        return tuple(sorted({host_of(record) for record in self.answer if record.type == type_}))

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(sorted({*self.data("A"), *self.data("AAAA")}))


Outcome: TypeAlias = Reply | api.Missing


class _RecordSet(BaseModel):
    name: str
    type: str
    data: list[str]


class _Body(BaseModel):
    rcode: str
    flags: list[str] = []
    answer: list[_RecordSet] = []
    authority: list[_RecordSet] = []
    additional: list[_RecordSet] = []
    edns: int | None = None


def plain(name: str) -> str:
    """Lower case, without the last dot; "." stays."""
    return name.strip().lower().rstrip(".") or "."


def host_of(record: Record) -> str:
    """The host name at the end of an NS, CNAME or MX record's data."""
    words = record.data.split()
    return plain(words[-1]) if words else "."


def parent_of(name: str) -> str:
    """example.com -> com -> "." (which is its own parent)."""
    return name.partition(".")[2] or "."


def holds(zone: str, name: str) -> bool:
    """Is `name` in `zone` or its apex?"""
    return zone in (".", name) or name.endswith("." + zone)


def _records(sets: Iterable[_RecordSet]) -> tuple[Record, ...]:
    return tuple(Record(plain(each.name), each.type.upper(), data) for each in sets for data in each.data)


@lru_cache(maxsize=4096)
def parse(answer: api.Answer) -> Reply:
    """Type one answer. Raises the recorded Missing, or Unreadable when it is not the documented JSON.

    Each is typed once: half of what a scan asks is asked by two of its facts.
    """
    try:
        body = _Body.model_validate(answer.json)
    except ValidationError as error:
        raise api.Unreadable(f"not a response: {error.error_count()} faults in its form") from error
    return Reply(
        body.rcode.upper(),
        frozenset(flag.upper() for flag in body.flags),
        _records(body.answer),
        _records(body.authority),
        _records(body.additional),
        body.edns,
    )


def outcome(answer: api.Answer) -> Outcome:
    """The same with a failure as a value."""
    try:
        return parse(answer)
    except api.Missing as error:
        return error


def belonging(result: Outcome, name: str) -> Outcome:
    """The same without records that say nothing of `name`: in the answer those of the name itself and of its aliases count.

    An answer may hold others, by mistake or by malice (RFC 5452 6); they must not become the mail server of this name.
    """
    if not isinstance(result, Reply) or all(record.name == name for record in result.answer):
        return result
    aliases = {record.name: host_of(record) for record in result.answer if record.type == "CNAME"}
    names, last = {plain(name)}, plain(name)
    while (last := aliases.get(last, "")) and last not in names:
        names.add(last)
    return replace(result, answer=tuple(record for record in result.answer if record.name in names))


def settled(result: Outcome) -> Reply:
    """A reply that says something of the name. Raises the Missing, or Unreadable for SERVFAIL, REFUSED and their like."""
    if isinstance(result, api.Missing):
        raise result
    if result.rcode not in CREDIBLE:
        raise api.Unreadable(f"the resolver answered {result.rcode}", unlock="Scan again when name look-ups work.")
    return result


@dataclass(frozen=True, slots=True)
class Lookups:
    """Asks the configured resolver (or the machine's own) and name servers directly."""

    ask: api.Ask
    targets: Targets

    def many(self, *questions: tuple[str, str], checking_disabled: bool = False) -> list[Outcome]:
        """Ask (name, type) pairs of the resolver, in parallel."""
        where = (self.targets.resolver, self.targets.resolver_port)
        asked = [api.Dns(name, type_, *where, checking_disabled=checking_disabled) for name, type_ in questions]
        return [belonging(outcome(answer), one.name) for one, answer in zip(asked, self.ask.many(asked), strict=True)]

    def addresses(self, hosts: Iterable[str]) -> dict[str, tuple[Outcome, Outcome]]:
        """The A and AAAA outcomes of each host."""
        names = list(dict.fromkeys(hosts))
        results = self.many(*[(name, type_) for name in names for type_ in ("A", "AAAA")])
        return {name: (results[2 * index], results[2 * index + 1]) for index, name in enumerate(names)}

    def directly(self, questions: Iterable[tuple[str, str, str, bool]], timeout: float) -> list[Outcome]:
        """Ask (address, name, type, over TCP?) of name servers themselves, in parallel; `timeout` in seconds."""
        port = self.targets.authoritative_port
        asked = [
            api.Dns(name, type_, address, port, tcp=tcp, recursion_desired=False, timeout=timeout)
            for address, name, type_, tcp in questions
        ]
        return [belonging(outcome(answer), one.name) for one, answer in zip(asked, self.ask.many(asked), strict=True)]


def proved_zone(name: str, start: Outcome, ending: Outcome) -> str:
    """The zone that holds `name`, from the outcomes of SOA questions for it and for its last label.

    Raises the Missing of a silent resolver, Unreadable for one that cannot be believed, NotFound when the name does not exist.
    """
    reply = settled(start)
    if reply.rcode == "NXDOMAIN":
        if settled(ending).rcode == "NXDOMAIN":
            ending_name = name.rpartition(".")[2]
            raise api.Unreadable(f"the resolver says that not even {ending_name} exists: it cannot be believed", unlock=HONEST)
        raise api.NotFound(f"{name} does not exist", unlock="Register, renew or correct the name, then scan again.")
    if reply.data("CNAME"):
        raise api.Unreadable(f"{name} is an alias of another name", unlock=ABOVE_ALIAS)
    starts = (*reply.answer, *reply.authority)
    zones = [record.name for record in starts if record.type == "SOA" and holds(record.name, name)]
    if not zones:
        raise api.Unreadable(f"the resolver names no zone for {name}: it cannot be believed", unlock=HONEST)
    return max(zones, key=len)


def zone_of(lookups: Lookups, name: str) -> str:
    """Ask the control questions and return the zone that holds `name`; raises as `proved_zone`."""
    return proved_zone(name, *lookups.many((name, "SOA"), (name.rpartition(".")[2] or ".", "SOA")))
