"""What a rule of nftables asks of a packet: the `match` expression of libnftables-json(5)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from itaudit.facts.filter_conditions import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    About,
    Condition,
    Network,
    protocol,
    segment_size,
    source,
    special,
    tcp_flags,
)

Sets = dict[str, list[Any]]
_FAMILY = {"ip": "4", "ipv4": "4", "ip6": "6", "ipv6": "6"}
_FRAGMENT = 0x3FFF
"""Of the field: that more follows, and where this one belongs (RFC 791)."""
_SERVICES = {"ssh": 22, "http": 80, "https": 443, "domain": 53, "smtp": 25, "mdns": 5353}
"""Names for ports, which nft prints only where it is asked to."""


def conditions(left: Any, operator: str, right: Any, sets: Sets) -> list[Condition]:
    """What must hold. Raises TypeError, KeyError or ValueError for an expression of another shape."""
    negated = operator == "!="
    if operator == "!" and left.get("payload", {}).get("field") == "flags":
        # None of them is set; a connection begins with SYN alone.
        return [protocol(["tcp"]), NEVER if "syn" in _words(right, sets) else ALWAYS]
    if operator not in ("==", "!=", "in"):
        return [UNKNOWN]
    [(kind, value)] = left.items()
    match kind:
        case "payload":
            return _payload(value, right, negated, sets)
        case "meta":
            return [_meta(value["key"], right, negated, sets)]
        case "ct":
            return [_tracked(value["key"], right, negated, sets)]
        case "fib":
            return [_route(value, right, negated, sets)]
        case "&" if "payload" in value[0]:
            return _masked(value[0]["payload"].get("field"), value[1], right, negated, sets)
        case "tcp option" if value.get("name") == "maxseg" and value.get("field") == "size":
            return [protocol(["tcp"]), segment_size(_ranges(right, sets), negated)]
        case "concat":
            from_listed = any(part.get("payload", {}).get("field") == "saddr" for part in value)
            return [special(negated)] if from_listed else [UNKNOWN]
    return [UNKNOWN]


def _masked(field: Any, mask: Any, right: Any, negated: bool, sets: Sets) -> list[Condition]:
    if field == "flags":
        return [protocol(["tcp"]), tcp_flags(_words(mask, sets), _words(right, sets), negated)]
    if field == "frag-off" and not mask & ~_FRAGMENT:
        # A connection does not begin with a fragment.
        return [Condition(About.FAMILY, frozenset(["4"])), Condition(About.ALWAYS, negated=(right == 0) == negated)]
    return [UNKNOWN]


def _payload(value: dict[str, Any], right: Any, negated: bool, sets: Sets) -> list[Condition]:
    layer, name = value.get("protocol"), value.get("field")
    if layer in ("tcp", "udp", "th", "udplite", "sctp", "dccp"):
        own = [] if layer == "th" else [protocol([layer])]
        if name == "dport":
            return [*own, Condition(About.PORT, ranges=tuple(_ranges(right, sets)), negated=negated)]
        if name == "flags" and layer == "tcp":
            flags = _words(right, sets)
            return [*own, tcp_flags(["fin", "syn", "rst", "psh", "ack", "urg"] if negated else flags, flags, negated)]
        return [*own, special(negated) if name == "sport" else UNKNOWN]
    if layer in ("ip", "ip6"):
        family = Condition(About.FAMILY, frozenset([_FAMILY[layer]]))
        match name:
            case "saddr":
                return [family, source(networks(right, sets), negated) if not _is_named(right) else special(negated)]
            case "daddr":
                found = networks(right, sets)
                return [family, Condition(About.DESTINATION, networks=tuple(found), negated=negated) if found else UNKNOWN]
            case "protocol" | "nexthdr":
                return [family, protocol(_words(right, sets), negated)]
        return [family, UNKNOWN]
    if layer == "ether":
        return [special(negated) if name == "saddr" else UNKNOWN]
    return [NEVER] if layer in ("icmp", "icmpv6", "igmp", "arp", "esp", "ah") else [UNKNOWN]


def _meta(key: str, right: Any, negated: bool, sets: Sets) -> Condition:
    words = frozenset(_words(right, sets))
    match key:
        case "l4proto":
            return protocol(words, negated)
        case "nfproto" | "protocol":
            return Condition(About.FAMILY, frozenset(_FAMILY.get(word, word) for word in words), negated=negated)
        case "iifname" | "iif":
            return Condition(About.INTERFACE, words, negated=negated)
        case "pkttype":
            return Condition(About.ALWAYS, negated=bool(words & {"host", "unicast"}) == negated)
        case "ipsec" | "secpath" if isinstance(right, bool):
            return special(right == negated)
    return UNKNOWN


def _tracked(key: str, right: Any, negated: bool, sets: Sets) -> Condition:
    words = frozenset(_words(right, sets))
    match key:
        case "state":
            return Condition(About.STATE, words, negated=negated)
        case "status" if words <= {"dnat", "snat", "seen-reply", "assured", "confirmed", "expected"}:
            return ALWAYS if negated else NEVER
        case "direction":
            return Condition(About.ALWAYS, negated=("original" in words) == negated)
    return UNKNOWN


def _route(value: dict[str, Any], right: Any, negated: bool, sets: Sets) -> Condition:
    """Packets come to an address of ours, and by the way on which an answer would leave."""
    flags = value.get("flags", [])
    if value.get("result") == "type" and "daddr" in flags:
        return Condition(About.ALWAYS, negated=("local" in _words(right, sets)) == negated)
    if value.get("result") in ("oif", "oifname", "check") and "saddr" in flags and isinstance(right, bool):
        return Condition(About.ALWAYS, negated=right == negated)
    return UNKNOWN


def _is_named(right: Any) -> bool:
    """A set may be filled at any time (a list of blocked addresses): who is in it is special, whatever it holds now."""
    return isinstance(right, str) and right.startswith("@")


def _elements(right: Any, sets: Sets) -> Iterator[Any]:
    if _is_named(right):
        elements = sets[right[1:]]
    elif isinstance(right, dict) and "set" in right:
        inner = right["set"]
        elements = inner if isinstance(inner, list) else [inner]
    else:
        elements = right if isinstance(right, list) else [right]
    for element in elements:
        yield element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element


def _words(right: Any, sets: Sets) -> list[str]:
    return [str(element) for element in _elements(right, sets)]


def _ranges(right: Any, sets: Sets) -> Iterator[tuple[int, int]]:
    for element in _elements(right, sets):
        if isinstance(element, dict):
            first, last = element["range"]
            yield _port(first), _port(last)
        else:
            yield _port(element), _port(element)


def _port(value: Any) -> int:
    return _SERVICES[value] if value in _SERVICES else int(value)


def networks(right: Any, sets: Sets) -> list[Network]:
    """Addresses and prefixes; a range becomes the prefixes that cover it."""
    found: list[Network] = []
    for element in _elements(right, sets):
        match element:
            case {"prefix": {"addr": str(address), "len": int(length)}}:
                found.append(ipaddress.ip_network(f"{address}/{length}", strict=False))
            case {"range": [str(first), str(last)]}:
                edges: Any = (ipaddress.ip_address(first), ipaddress.ip_address(last))
                found += ipaddress.summarize_address_range(*edges)
            case _:
                found.append(ipaddress.ip_network(str(element), strict=False))
    return found
