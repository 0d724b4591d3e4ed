"""All your name servers tell the same, newest story.

One of them holds the original, the others copy it. A copy that no longer follows tells a part of the world yesterday's addresses,
and copies that live too short vanish while the original is being repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from itaudit import api
from itaudit.checks.dns._delegation_fault import WHO, is_host_name
from itaudit.facts.name_servers import Delegation, ServerAnswer
from itaudit.facts.zone_starts import ZoneStart, is_behind

EXPIRE_SECONDS_AT_LEAST = 604_800
NEGATIVE_SECONDS_AT_MOST = 86_400
DAY_SECONDS = 86_400
_Starts: TypeAlias = list[tuple[ServerAnswer, ZoneStart]]
NOT_YET = "A name that you add stays unknown to a part of the world for days."


@dataclass(frozen=True, slots=True)
class _Fault:
    words: str
    detail: str
    fix: api.Remedy


@api.check(
    severity=api.Severity.LOW,
    sources=(
        "RFC 1035 3.3.13",
        "RFC 1912 2.2",
        "RFC 1982",
        "RFC 2308 5",
        "Zonemaster CONSISTENCY01, ZONE01, ZONE02, ZONE05, ZONE06",
    ),
)
def zone_start(found: Delegation) -> api.Verdict:
    """Do all servers hold the same edition of the zone, and are its times sound?"""
    name = found.subject
    starts = [(answer, answer.start) for answer in found.working if answer.start]
    if not starts:
        unlock = "Scan again when the name servers answer."
        return api.verdict(api.Status.UNKNOWN, f"No name server of {name} could tell how old its copy is.", unlock=unlock)
    shown = [f"{answer.address}: {start}" for answer, start in starts]
    copies = _by_original(starts)
    newest = [_newest(one) for one in copies]
    unequal = [_different(found, one) for one in copies]
    unsound = [look(found, one) for look in (_times, _names) for one in newest]
    fault = next((fault for fault in (*unequal, *unsound) if fault), None)
    detail = "; ".join([*([fault.detail] if fault else []), *shown])
    if fault:
        return api.verdict(api.Status.WARN, fault.words, detail=detail, fix=fault.fix)
    words = f"All name servers of {name} that answer hold the same copy."
    if len(copies) > 1:
        words = f"Every name server of {name} that answers holds the newest copy of one of its {len(copies)} originals."
    return api.verdict(api.Status.OK, words, detail=detail)


def _by_original(starts: _Starts) -> list[_Starts]:
    """Several originals are kept by two providers for one zone, or by the controllers of a Windows domain: each counts its own
    editions, so these say nothing of each other. Whether they name the same servers is looked at in dns.delegation."""
    primaries = sorted({start.primary for _, start in starts})
    return [[one for one in starts if one[1].primary == primary] for primary in primaries]


def _newest(starts: _Starts) -> ZoneStart:
    return max((start for _, start in starts), key=lambda one: sum(is_behind(other.serial, one.serial) for _, other in starts))


def _different(found: Delegation, starts: _Starts) -> _Fault | None:
    serials = {start.serial for _, start in starts}
    if len(serials) == 1:
        return None
    behind = [answer.address for answer, start in starts if any(is_behind(start.serial, serial) for serial in serials)]
    fix = api.Remedy(
        "Make every name server copy the newest edition again.",
        api.Effort.HOURS,
        steps=(
            "After a change within the last hours: wait for the zone's refresh time, scan again.",
            f"On the server with the original: let {' '.join(behind) or 'the others'} copy it (allow-transfer, also-notify).",
            "On the copies: fetch it now (rndc retransfer ZONE; nsd-control force_transfer ZONE).",
        ),
        verify=f"dig @ADDRESS {found.zone} SOA +norecurse shows the same serial at each address",
        if_you_wait="A part of your visitors and senders goes on using old addresses.",
        who=WHO,
    )
    words = (
        f"The {len(starts)} name servers of {found.subject} tell different editions: {len(behind) or 'some'} of them are behind."
    )
    return _Fault(words, f"serials differ; behind: {' '.join(behind) or 'undefined (RFC 1982 3.2)'}", fix)


def _times(found: Delegation, start: ZoneStart) -> _Fault | None:
    if start.expire_seconds < start.refresh_seconds:
        words = f"Copies of {found.subject} die before they are renewed, so name servers fall silent for a time, again and again."
        return _Fault(words, "expire is lower than refresh", _new_start(found, start))
    if start.expire_seconds < EXPIRE_SECONDS_AT_LEAST:
        words = f"Copies of {found.subject} live only {_days(start.expire_seconds)}: then its name servers forget it."
        return _Fault(words, f"expire is below {EXPIRE_SECONDS_AT_LEAST}", _new_start(found, start))
    if start.negative_seconds > NEGATIVE_SECONDS_AT_MOST:
        words = f"The world may remember for {_days(start.negative_seconds)} that a name under {found.subject} does not exist."
        return _Fault(words, f"minimum is above {NEGATIVE_SECONDS_AT_MOST}", _new_start(found, start, NOT_YET))
    return None


def _names(found: Delegation, start: ZoneStart) -> _Fault | None:
    """The server of origin and the mailbox of who keeps it: software writes to the first, people to the other."""
    if start.primary == "localhost" or not is_host_name(start.primary):
        detail = f"the SOA record's first name (MNAME) is not a server: {start.primary}"
    elif not _is_mailbox(start.mailbox):
        detail = f"the SOA record's second name (RNAME) is not a mailbox: {start.mailbox}"
    else:
        return None
    words = f"The entry that says who looks after {found.subject} is wrong."
    return _Fault(words, detail, _new_start(found, start, "Who notices a fault in it cannot tell you."))


def _new_start(found: Delegation, start: ZoneStart, if_you_wait: str = "A fault of one server spreads to all.") -> api.Remedy:
    """The record as it should be."""
    zone = found.zone
    primary = start.primary if is_host_name(start.primary) and start.primary != "localhost" else _first_name(found)
    mailbox = start.mailbox if _is_mailbox(start.mailbox) else f"hostmaster.{zone}"
    serial = (start.serial + 1) % 2**32
    return api.Remedy(
        "Correct the first entry of the zone.",
        steps=(
            "Publish, on the server that holds the original (a control panel may call these the advanced or zone settings):",
            f"{zone}. 3600 IN SOA {primary}. {mailbox}. {serial} 14400 3600 1209600 3600",
        ),
        undo=f"{zone}. IN SOA {start} with a higher serial",
        verify=f"dig {zone} SOA",
        if_you_wait=if_you_wait,
        who=WHO,
    )


def _is_mailbox(written: str) -> bool:
    """The first dot stands for the @ (RFC 1035 8)."""
    return "@" not in written and "." in written.strip(".")


def _first_name(found: Delegation) -> str:
    return min(found.own_names, default=f"ns1.{found.zone}")


def _days(seconds: int) -> str:
    return f"{seconds / DAY_SECONDS:.0f} days" if seconds >= 2 * DAY_SECONDS else f"{seconds / 3600:.0f} hours"
