"""How each address of a zone's name servers answers when asked directly, over UDP and TCP.

Sources: RFC 1034 4.2 (authority), RFC 7766 (TCP is required), RFC 6891 (EDNS), RFC 4343 (letters of either case are the same),
RFC 4074 (questions for IPv6 addresses), RFC 5358 (recursion for strangers), RFC 5936 6 (transfers to strangers).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.lookups import Lookups, Reply, host_of
from itaudit.facts.server_probes import Probe, Result, Results, Transfer, replies
from itaudit.facts.server_tries import ask_all
from itaudit.facts.zone_starts import ZoneStart, zone_start


class State(StrEnum):
    """How one address of a name server answered."""

    ANSWERS = "answers for the zone"
    LAME = "answers, but not for the zone"
    SILENT = "does not answer"
    UNSEEN = "could not be asked from here"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """One address, asked over UDP and TCP. `tcp`: it answers for the zone over TCP too. `detail`: the response code or the error.

    start, names: the zone's SOA and NS records as this server tells them; None and empty where it does not.
    troubles: kinds of questions that it answers wrongly or not at all, for technicians.
    recursive: it looks foreign names up for strangers. transferred: records of the zone that it handed out to a stranger.
    Both are None where that could not be seen. version: what it says of its own software, "" for nothing.
    """

    address: str
    state: State
    tcp: bool = True
    detail: str = ""
    start: ZoneStart | None = None
    names: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    recursive: bool | None = None
    transferred: int | None = None
    version: str = ""

    @property
    def private(self) -> bool:
        """Is it an address that does not exist on the internet (RFC 6890)?"""
        return not ipaddress.ip_address(self.address).is_global

    def __str__(self) -> str:
        return f"{self.address} {self.state}" + (f" ({self.detail})" if self.detail else "")


def is_address(text: str) -> bool:
    """A recording may hold anything where an address belongs."""
    return api.is_address(text) and "%" not in text


def family(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def answers_of(lookups: Lookups, zone: str, addresses: Iterable[str], reached: Collection[int]) -> dict[str, ServerAnswer]:
    """Ask every address everything. `reached`: families in which some other name server surely answered from here.

    Raises a Missing when nothing certain can be said: behind a firewall, or where something answers in place of the servers.
    """
    each = list(dict.fromkeys(addresses))
    results = ask_all(lookups, zone, each)
    # A machine without IPv6 says nothing of IPv6 servers: of a family, silence counts only when something in it answered.
    seen = {family(address) for address, _ in replies(results, Probe)} | set(reached)
    found = {address: _server_answer(address, zone, results, seen=family(address) in seen) for address in each}
    if each and not reached and not any(answer.state is State.ANSWERS for answer in found.values()):
        _refuse_to_judge(results)
    _refuse_interception([reply for (_, probe), reply in replies(results, [Probe.START]).items()])
    return found


def _refuse_to_judge(results: Results) -> None:
    """No server of the zone answers for it, and its parent could not be asked: the fault may be between."""
    if not replies(results, Probe):
        raise api.TimedOut(
            "no name server could be asked directly",
            unlock="Allow this machine to ask name servers (port 53, UDP and TCP), then scan again.",
        )
    raise api.Unreadable(
        "no name server answers for the zone, nor could its parent's be asked: something between may answer in their place",
        unlock="Scan from another network.",
    )


def _refuse_interception(starts: Collection[Reply]) -> None:
    """Some lines send every question to the provider's own resolver: then all servers look as if they knew nothing."""
    if starts and all("RA" in reply.flags and "AA" not in reply.flags and reply.data("SOA") for reply in starts):
        raise api.Unreadable("something between answers in place of the name servers", unlock="Scan from another network.")


def _answers_for(result: Result | None) -> bool:
    return isinstance(result, Reply) and result.rcode == "NOERROR" and "AA" in result.flags and bool(result.data("SOA"))


def _server_answer(address: str, zone: str, results: Results, *, seen: bool) -> ServerAnswer:
    first, tcp, plain = (results.get((address, probe)) for probe in (Probe.START, Probe.START_OVER_TCP, Probe.START_WITHOUT_EDNS))
    told = next((reply for reply in (first, plain) if isinstance(reply, Reply) and _answers_for(reply)), None)
    names = results.get((address, Probe.NAMES))
    state, detail = _state(first, plain, tcp, seen=seen) if told is None else (State.ANSWERS, "")
    return ServerAnswer(
        address,
        state,
        _answers_for(tcp) if told else isinstance(tcp, Reply),
        detail,
        start=zone_start(told.data("SOA")[0]) if told else None,
        names=_names(names, zone) if told and isinstance(names, Reply) else frozenset(),
        troubles=_troubles(first, results.get((address, Probe.MIXED))) if told else (),
        recursive=_recursive(results.get((address, Probe.FOREIGN))),
        transferred=_transferred(results.get((address, Probe.TRANSFER)), tcp),
        version=_version(results.get((address, Probe.VERSION))),
    )


def _state(first: Result | None, plain: Result | None, tcp: Result | None, *, seen: bool) -> tuple[State, str]:
    """Of an address that does not answer for the zone over UDP, with the reason."""
    reply = next((each for each in (first, plain) if isinstance(each, Reply)), None)
    if reply is not None:
        return State.LAME, reply.rcode if reply.rcode != "NOERROR" else "not authoritative"
    state = State.SILENT if seen else State.UNSEEN
    if isinstance(tcp, Reply):
        return state, "only over TCP"
    return state, first.words if isinstance(first, api.Missing) else "not asked"


def _names(reply: Reply, zone: str) -> frozenset[str]:
    if "AA" not in reply.flags or reply.rcode != "NOERROR":
        return frozenset()
    return frozenset(host_of(record) for record in reply.answer if record.type == "NS" and record.name == zone)


def _troubles(first: Result | None, mixed: Result | None) -> tuple[str, ...]:
    """Of an address that does answer for the zone."""
    found = []
    if isinstance(first, api.Missing):
        found.append("no answer to questions with EDNS")
    elif isinstance(first, Reply) and not _answers_for(first):
        found.append(f"{first.rcode} to questions with EDNS")
    elif isinstance(first, Reply) and first.edns is not None and first.edns != 0:
        spoken = "none" if first.edns < 0 else f"version {first.edns}"
        found.append(f"asked with EDNS version 0 it answers with {spoken}")
    if isinstance(mixed, Reply) and (mixed.rcode != "NOERROR" or "AA" not in mixed.flags):
        said = mixed.rcode if mixed.rcode != "NOERROR" else "no authority"
        found.append(f"{said} to a question for {Probe.MIXED.value}")
    elif isinstance(mixed, api.Missing):
        found.append(f"no answer to a question for {Probe.MIXED.value}")
    return tuple(found)


def _recursive(foreign: Result | None) -> bool | None:
    """Silence to two questions, while it answers others, is a refusal too."""
    if isinstance(foreign, Reply):
        return bool(foreign.rcode == "NOERROR" and foreign.answer and "RA" in foreign.flags and "AA" not in foreign.flags)
    return False if isinstance(foreign, api.TimedOut) else None


def _transferred(transfer: Result | None, tcp: Result | None) -> int | None:
    """A server that answers over TCP, and closes the connection or stays silent on this, refuses."""
    if isinstance(transfer, Transfer):
        return transfer.records
    heard = isinstance(tcp, Reply) and isinstance(transfer, api.TimedOut | api.Unreachable)
    return 0 if heard else None


def _version(reply: Result | None) -> str:
    return reply.data("TXT")[0][:100] if isinstance(reply, Reply) and reply.data("TXT") else ""
