"""The doors of this machine: ports at which a program waits for others, who can reach them, and what the firewall lets through.

Reach follows from the address that the program waits at and from the addresses of the machine. A router or a cloud's firewall in
front of it cannot be seen from here, nor can an address that a cloud translates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from itaudit import api
from itaudit.facts.filter_rules import Passage
from itaudit.facts.firewall import Firewall
from itaudit.facts.own_addresses import Address, is_public, own_addresses, parse_address
from itaudit.facts.packages_of_files import packages_of
from itaudit.facts.security_section import Security

QUESTION = api.ListeningSockets()
CHANGING_PORTS = api.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
CHECK, COUNTED, COUNTED_BY_ROOT = "security.ports", "doors", "doors_seen_by_root"
"""The check that judges doors, and the measurements of its first subject that tell since when this machine is watched. Only root
sees the programs, and a port that changes is known by nothing else."""
INSIDE = "only from this machine"
_FIRST_CHANGING = 32768
"""Linux's default: from here on the system gives ports to whoever asks for any."""
_NAME_SERVICE = 53
"""Name servers ask others from any port above 1023, another one each time."""
_INCIDENTAL = frozenset([("udp", 68), ("udp", 546), ("udp", 123), ("udp", 5353), ("udp", 5355), ("tcp", 5355)])
"""Nobody's service: a machine waits there for its own address, the time, or the names of its neighbours."""
_DOORS_MOST, _NAMES_MOST = 1_000, 20
_MANY_IN_ONE = frozenset(["busybox", "toybox"])
_FORWARDERS = frozenset(["docker-proxy", "conmon"])
"""They stand for a container whose traffic goes past the rules for incoming packets: of Docker, and of Podman as root."""


class Reach(Enum):
    """Who can send something to the address at which a program waits."""

    MACHINE = 0
    NETWORK = 1
    INTERNET = 2


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket. address: None for one that made no sense. process: its number, 0 where it is not seen."""

    protocol: str
    address: Address | None
    port: int
    program: str
    file: str
    process: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """A port, with everything that waits there. port: 0 for a program whose port changes, and for INSIDE, which stands for all
    that only this machine can reach. passage: whom the firewall lets through. expected: is it in [security] expected_ports; None
    when nothing is. watched_since: when a scan first looked at this machine's doors. count: doors that it stands for.
    """

    subject: str
    protocol: str
    port: int
    reach: Reach
    passage: Passage
    addresses: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    expected: bool | None = None
    watched_since: datetime | None = None
    count: int = 1

    @property
    def incidental(self) -> bool:
        return (self.protocol, self.port) in _INCIDENTAL


def parse(body: object) -> list[Listener]:
    """Raises Unreadable for another shape, or for a list that is not complete."""
    try:
        if not isinstance(body, dict) or body["complete"] is not True:
            raise api.Unreadable("not all sockets could be looked at")
        found = [
            Listener(
                str(each["protocol"]),
                parse_address(str(each["address"])),
                int(each["port"]),
                _name(str(each["program"]), str(each["file"])),
                str(each["file"]),
                int(each.get("pid") or 0),
            )
            for each in body["sockets"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise api.Unreadable(f"sockets: {type(error).__name__}: {error}"[:200]) from error
    if any(each.protocol not in ("tcp", "udp") or not 0 <= each.port <= 65535 for each in found):
        raise api.Unreadable("sockets: a protocol or port that does not exist")
    return found


def _name(title: str, file: str) -> str:
    """Programs may call themselves anything ("nsd: server 1"); those that are many in one file tell by their title."""
    name = file.rpartition("/")[2]
    return (title if not name or name in _MANY_IN_ONE else name)[:60]


def reach_of(address: Address | None, own: Mapping[str, Sequence[Address]]) -> Reach:
    """Who can send to a socket at this address of a machine that has those; nobody else where it has none."""
    if not own or (address and address.is_loopback):
        return Reach.MACHINE
    if address is None or address.is_link_local or address.is_multicast or not is_public({k: tuple(v) for k, v in own.items()}):
        return Reach.NETWORK
    return Reach.INTERNET if address.is_unspecified or address.is_global else Reach.NETWORK


def _families(listeners: Iterable[Listener]) -> set[int]:
    """A socket for all addresses of IPv6 takes IPv4 too, unless its program says otherwise."""
    found: set[int] = set()
    for each in listeners:
        both = each.address is None or (each.address.version == 6 and each.address.is_unspecified)
        found |= {4, 6} if both else {each.address.version if each.address else 4}
    return found


@api.provider("linux", seconds=25)
def linux_doors(ask: api.Ask, security: Security, firewalls: list[Firewall]) -> api.Facts[Door]:
    """INSIDE first, then each port that others can reach. Raises Missing when the sockets cannot be seen."""
    own = own_addresses(ask)
    listeners, lowest = parse(ask(QUESTION).json), _lowest_changing(ask)
    since, since_by_root = _watched_since(ask, COUNTED), _watched_since(ask, COUNTED_BY_ROOT)
    asking = {each.program for each in listeners if each.program and (each.protocol, each.port) == ("udp", _NAME_SERVICE)}
    outside: dict[tuple[str, int, str], list[Listener]] = {}
    inside: list[Listener] = []
    for each in listeners:
        changing = each.port >= lowest
        if reach_of(each.address, own) is Reach.MACHINE:
            inside.append(each)
        elif not (each.protocol == "udp" and (changing or (each.port > 1023 and each.program in asking))):
            # Those left out most likely wait for one answer, and are gone at the next scan.
            outside.setdefault((each.protocol, 0 if changing else each.port, each.program if changing else ""), []).append(each)
    if len(outside) > _DOORS_MOST:
        raise api.Unreadable(f"{len(outside)} open ports")
    packages = packages_of(ask, sorted({each.file for some in outside.values() for each in some if each.file}))
    names = _names(inside)
    ports = {(each.protocol, each.port) for each in inside}
    yield Door(INSIDE, "", 0, Reach.MACHINE, Passage.NOBODY, programs=names, watched_since=since, count=len(ports))
    for (protocol, port, program), some in sorted(outside.items()):
        yield Door(
            f"{protocol.upper()} {port}" if port else f"{protocol.upper()}, changing port of {program or 'a program'}",
            protocol,
            port,
            max((reach_of(each.address, own) for each in some), key=lambda reach: reach.value),
            _passage(some, firewalls),
            tuple(sorted({f"{each.address or 'any address'} port {each.port}" for each in some}))[:_NAMES_MOST],
            _names(some),
            tuple(sorted({packages[each.file] for each in some if each.file in packages}))[:_NAMES_MOST],
            all(f"{each.port}/{protocol}" in security.expected_ports for each in some) if security.expected_ports else None,
            since if port else since_by_root if program else None,
        )


def _names(listeners: Iterable[Listener]) -> tuple[str, ...]:
    return tuple(sorted({each.program for each in listeners if each.program}))[:_NAMES_MOST]


def _passage(listeners: Sequence[Listener], firewalls: Sequence[Firewall]) -> Passage:
    if any(each.program in _FORWARDERS for each in listeners):
        return Passage.EVERYBODY
    families = _families(listeners)
    found = [wall.lets_in(each.protocol, each.port, families) for wall in firewalls for each in listeners]
    return max(found, key=lambda passage: passage.value, default=Passage.UNKNOWN)


def _lowest_changing(ask: api.Ask) -> int:
    """Programs that ask for no port of their own get one from here on. A machine that is tuned for many connections gives out
    lower ones too; most of what waits there is a service all the same."""
    try:
        return max(_FIRST_CHANGING, int(ask(CHANGING_PORTS).text.split()[0]))
    except (api.Missing, ValueError, IndexError):
        return _FIRST_CHANGING


def _watched_since(ask: api.Ask, measurement: str) -> datetime | None:
    try:
        past = ask(api.Past(CHECK, INSIDE, measurement)).json
        return min((datetime.fromisoformat(when).astimezone(UTC) for when, _ in past), default=None)
    except (api.Missing, TypeError, ValueError, OverflowError):
        return None
