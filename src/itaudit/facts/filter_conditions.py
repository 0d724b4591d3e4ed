"""What a filter rule may ask of a packet, and whether a stranger's new connection is such a one. See filter_rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class About(Enum):
    """What a condition asks for. SPECIAL: something that only some senders have, such as an address in a list."""

    FAMILY = "family"
    PROTOCOL = "protocol"
    PORT = "port"
    STATE = "state"
    INTERFACE = "interface"
    DESTINATION = "destination"
    SPECIAL = "special"
    ALWAYS = "always"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Probe:
    """A stranger's new connection. family: 4 or 6. interface: where it arrives. addresses: it goes to one.
    named: instead of a stranger, the one whom each rule with a SPECIAL condition is about."""

    family: int
    protocol: str
    port: int
    interface: str
    addresses: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """words: names (an interface may end with "*"), ranges: ports, networks: destinations. negated: holds when they do not."""

    about: About
    words: frozenset[str] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()
    networks: tuple[Network, ...] = ()
    negated: bool = False

    def holds(self, probe: Probe) -> bool | None:
        """None: cannot be told."""
        found = self._found(probe)
        return found if found is None else found != self.negated

    def _found(self, probe: Probe) -> bool | None:
        match self.about:
            case About.FAMILY:
                return str(probe.family) in self.words
            case About.PROTOCOL:
                return probe.protocol in self.words
            case About.PORT:
                return any(first <= probe.port <= last for first, last in self.ranges)
            case About.STATE:
                return "new" in self.words
            case About.INTERFACE:
                return _is_named(probe.interface, self.words)
            case About.DESTINATION:
                return _goes_to(probe.addresses, self.networks)
            case About.SPECIAL:
                return probe.named
            case About.ALWAYS:
                return True
        return None


def _is_named(interface: str, names: Iterable[str]) -> bool:
    return any(interface == name or (name.endswith("*") and interface.startswith(name[:-1])) for name in names)


def _goes_to(addresses: Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address], networks: Sequence[Network]) -> bool | None:
    inside = [any(address in network for network in networks) for address in addresses]
    return inside[0] if inside and len(set(inside)) == 1 else None


def special(negated: bool = False) -> Condition:
    return Condition(About.SPECIAL, negated=negated)


UNKNOWN = Condition(About.UNKNOWN)
ALWAYS = Condition(About.ALWAYS)
NEVER = Condition(About.ALWAYS, negated=True)
_SEGMENT_BYTES = 1460
_PROTOCOL_NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "132": "sctp", "136": "udplite"}


def protocol(names: Iterable[str], negated: bool = False) -> Condition:
    words = frozenset(_PROTOCOL_NUMBERS.get(name.lower(), name.lower()) for name in names)
    return Condition(About.PROTOCOL, words, negated=negated)


def source(networks: Sequence[Network], negated: bool) -> Condition:
    """Everybody's address is no special one."""
    everybody = any(network.prefixlen == 0 for network in networks)
    return Condition(About.ALWAYS, negated=negated) if everybody else special(negated)


def segment_size(ranges: Iterable[tuple[int, int]], negated: bool) -> Condition:
    """What a connection says of its largest piece: over Ethernet, 1460 bytes. Guards refuse what no honest sender says."""
    return Condition(About.ALWAYS, negated=any(first <= _SEGMENT_BYTES <= last for first, last in ranges) == negated)


def tcp_flags(mask: Iterable[str], wanted: Iterable[str], negated: bool) -> Condition:
    """A connection begins with SYN alone."""
    begins = {"syn"} & {flag.lower() for flag in mask} == {flag.lower() for flag in wanted}
    return Condition(About.ALWAYS, negated=begins == negated)
