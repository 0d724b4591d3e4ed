"""The firewall of this machine: who may open a connection to which port, worked out from the rules that the kernel follows now.

That a firewall's service is "active" says nothing: its rules may let everything in. Sources: nft(8), iptables-save(8). A router's
or a cloud's firewall in front of the machine cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from itaudit import api
from itaudit.facts import iptables_rules, nft_rules
from itaudit.facts.filter_conditions import Probe
from itaudit.facts.filter_rules import Entry, Passage, RuleSet
from itaudit.facts.own_addresses import Address, own_addresses
from itaudit.facts.routes import parse_ipv6_routes, parse_routes
from itaudit.facts.virtual import container_kind

NFT = api.Command(("nft", "--json", "list", "ruleset"))
OLD_TABLES = {4: api.ReadFile("/proc/net/ip_tables_names"), 6: api.ReadFile("/proc/net/ip6_tables_names")}
ROUTES = {4: api.ReadFile("/proc/net/route"), 6: api.ReadFile("/proc/net/ipv6_route")}
FORWARDING_IPV6 = api.ReadFile("/proc/sys/net/ipv6/conf/all/forwarding", limit_bytes=64)
"""Does it pass on what is meant for others? One switch stands above all interfaces (ip-sysctl.rst); for IPv4 each has its own."""
_SWITCH = {"0": False, "1": True, "2": True}
_INTERFACES_MOST = 8
_OWN_GUESTS = ("docker", "br-", "veth", "virbr", "vnet", "lxcbr", "lxdbr", "incusbr", "podman", "cni", "cali", "flannel")
"""How interfaces begin at which only containers and virtual machines of this very machine come in."""
_SAVE = {4: "iptables", 6: "ip6tables"}
_FAMILY = {"ip": 4, "ip6": 6}
_OWN_NETWORK = frozenset(["lxc", "lxc-libvirt", "openvz", "systemd-nspawn"])
"""Containers that often stand in the network with an address of their own, where nobody refuses connections for them."""
_CONTAINER = "this is a container, for which the machine that runs it refuses connections"
_MAKERS = (("firewalld", "firewalld"), ("ufw", "ufw"), ("f2b-", "fail2ban"), ("DOCKER", "Docker"), ("KUBE-", "Kubernetes"))
"""How the names of a chain or table begin, and who makes such."""


def forwarding(interface: str) -> api.ReadFile:
    """The switch of one interface over IPv4."""
    return api.ReadFile(f"/proc/sys/net/ipv4/conf/{interface}/forwarding", limit_bytes=64)


def saved(family: int, kind: str) -> api.Command:
    """kind: "nft" or "legacy", the interface of the kernel."""
    return api.Command((f"{_SAVE[family]}-{kind}-save",))


@dataclass(frozen=True, slots=True)
class Opening:
    """A run of ports that are all treated alike. family: 4 or 6 (IPv4, IPv6); protocol: "tcp" or "udp"."""

    family: int
    protocol: str
    first: int
    last: int
    passage: Passage

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Firewall:
    """openings: for each family that this machine has an address of, all ports from 1 to 65535. makers: who made the rules.
    interfaces: where strangers come in. missing: why the rules are not known; then there are no openings. forwards: it passes on
    what is meant for others, which these rules do not judge; None where that cannot be seen."""

    openings: tuple[Opening, ...] = ()
    makers: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    missing: api.Missing | None = None
    forwards: bool | None = None

    @property
    def subject(self) -> str:
        return "firewall"

    def lets_in(self, protocol: str, port: int, families: Iterable[int] = (4, 6)) -> Passage:
        """The most that any of the families lets in; NOBODY where the machine has no address of them."""
        if self.missing:
            return Passage.UNKNOWN
        wanted = set(families)
        found = (
            each.passage
            for each in self.openings
            if each.family in wanted and each.protocol == protocol and each.first <= port <= each.last
        )
        return max(found, key=lambda passage: passage.value, default=Passage.NOBODY)

    def share(self, family: int, protocol: str, passage: Passage, first: int, last: int) -> float:
        """The share, 0 to 1, of the ports first to last through which that passage leads."""
        found = [
            min(each.last, last) - max(each.first, first) + 1
            for each in self.openings
            if (each.family, each.protocol, each.passage) == (family, protocol, passage)
            and each.first <= last
            and each.last >= first
        ]
        return sum(found) / (last - first + 1)

    @property
    def families(self) -> tuple[int, ...]:
        return tuple(sorted({each.family for each in self.openings}))


@api.provider("linux", seconds=25)
def linux_firewall(ask: api.Ask, machine: api.Machine) -> api.Facts[Firewall]:
    """Always one fact: what listens is looked at even where the rules cannot be seen."""
    try:
        yield _firewall(ask)
    except api.Missing as error:
        # Root may see everything but in a container that was given no right to filter.
        denied = isinstance(error, api.AccessDenied) and machine.admin and bool(container_kind(ask))
        closed = denied or (isinstance(error, api.ToolMissing) and _is_shielded(ask))
        yield Firewall(missing=api.NotApplicable(_CONTAINER) if closed else error)


def _firewall(ask: api.Ask) -> Firewall:
    addresses = own_addresses(ask)
    if not addresses:
        raise api.NotApplicable("this machine is on no network")
    outside = _outside(ask, addresses)
    entries, names = _rules(ask)
    inside = [name for name in addresses if name not in outside and not name.startswith(_OWN_GUESTS)][:_INTERFACES_MOST]
    openings = work_out(
        RuleSet(tuple(entries)), {name: addresses[name] for name in outside}, {name: addresses[name] for name in inside}
    )
    if all(each.passage is Passage.EVERYBODY for each in openings) and _is_shielded(ask):
        raise api.NotApplicable(_CONTAINER)
    makers = tuple(dict.fromkeys(who for begins, who in _MAKERS if any(name.startswith(begins) for name in names)))
    return Firewall(openings, makers, outside, forwards=forwards(ask, outside))


Ways = Mapping[str, Sequence[Address]]
"""Addresses by interface."""


def work_out(rules: RuleSet, outside: Ways, inside: Ways | None = None) -> tuple[Opening, ...]:
    """outside: where strangers come in; the most open interface counts. inside: the others, as of a gateway to its office; what
    is open there alone is open to some. Raises Unreadable."""
    found: list[Opening] = []
    for family in (4, 6):
        ways, inner = _of_family(outside, family), _of_family(inside or {}, family)
        if not ways:
            continue
        for protocol in ("tcp", "udp"):
            for first, last in rules.ports():
                probes = [Probe(family, protocol, first, name, own) for name, own in ways.items()]
                passage = max((rules.passage(probe) for probe in probes), key=lambda one: one.value)
                others = (Probe(family, protocol, first, name, own) for name, own in inner.items())
                if passage is Passage.NOBODY and any(rules.passage(probe) is not Passage.NOBODY for probe in others):
                    passage = Passage.SOME
                found.append(Opening(family, protocol, first, last, passage))
    return tuple(_joined(found))


def _of_family(ways: Ways, family: int) -> dict[str, tuple[Address, ...]]:
    return {name: own for name, some in ways.items() if (own := tuple(one for one in some if one.version == family))}


def _joined(openings: Iterable[Opening]) -> list[Opening]:
    """Neighbours that are treated alike as one."""
    found: list[Opening] = []
    for each in openings:
        last = found[-1] if found else None
        if last and (last.family, last.protocol, last.passage, last.last) == (
            each.family,
            each.protocol,
            each.passage,
            each.first - 1,
        ):
            found[-1] = Opening(each.family, each.protocol, last.first, each.last, each.passage)
        else:
            found.append(each)
    return found


def _outside(ask: api.Ask, addresses: Mapping[str, object]) -> tuple[str, ...]:
    """The interfaces of the default routes; without any, all of them."""
    names: list[str] = []
    for family, parse in ((4, parse_routes), (6, parse_ipv6_routes)):
        try:
            names += [route.interface for route in parse(ask(ROUTES[family]).text)]
        except api.NotFound:  # this family is switched off
            continue
    chosen = [name for name in dict.fromkeys(names) if name in addresses] or sorted(addresses)
    return tuple(chosen[:_INTERFACES_MOST])


def forwards(ask: api.Ask, interfaces: Sequence[str]) -> bool | None:
    """Is what arrives at one of them passed on? None where one does not tell, and no other says yes."""
    *own, six = ask.many([*map(forwarding, interfaces), FORWARDING_IPV6])
    told = [None if answer.error else _SWITCH.get(answer.body.strip()) for answer in own]
    # A family that is switched off has no such file.
    told.append(False if isinstance(six.error, api.NotFound) else None if six.error else _SWITCH.get(six.body.strip()))
    return True if True in told else None if None in told else False


def _rules(ask: api.Ask) -> tuple[list[Entry], set[str]]:
    """All entries, and the names of their tables and chains."""
    entries, names = _new_rules(ask)
    for family, question in OLD_TABLES.items():
        answer = ask(question)
        if not isinstance(answer.error, api.NotFound) and answer.text.strip():
            entries += iptables_rules.parse(ask(saved(family, "legacy")).checked_text, family)
    return entries, names | {name for entry in entries for name in entry.chains}


def _new_rules(ask: api.Ask) -> tuple[list[Entry], set[str]]:
    answer = ask(NFT)
    if isinstance(answer.error, api.ToolMissing):
        # What iptables made is all that there can be where nft is not installed.
        return [entry for family in _SAVE for entry in iptables_rules.parse(_saved(ask, family), family)], set()
    if answer.exit_code and "not permitted" in answer.errors.lower():
        raise api.AccessDenied("nft: " + " ".join(answer.errors.split())[:200])
    _ = answer.checked_text
    entries: list[Entry] = []
    tables = nft_rules.parse(answer.json)
    foreign: dict[int, set[str]] = {}
    for (family, name), table in tables.items():
        if table.foreign and family in _FAMILY:
            foreign.setdefault(_FAMILY[family], set()).add(name)
        else:
            entries += nft_rules.entries_of((family, name), table)
    for number, some in foreign.items():
        entries += _read_by_iptables(ask, number, some, tables)
    return entries, {name for _, name in tables} | {chain for table in tables.values() for chain in table.chains}


def _read_by_iptables(
    ask: api.Ask, family: int, names: set[str], tables: Mapping[nft_rules.TableName, nft_rules.Table]
) -> list[Entry]:
    """Tables that iptables made, in its own words; without its program what nft makes of them, which is partly unknown."""
    answer = ask(saved(family, "nft"))
    if isinstance(answer.error, api.ToolMissing):
        keys = [key for key in tables if _FAMILY.get(key[0]) == family and key[1] in names]
        return [entry for key in keys for entry in nft_rules.entries_of(key, tables[key])]
    return iptables_rules.parse(answer.checked_text, family, frozenset(names))


def _saved(ask: api.Ask, family: int) -> str:
    answer = ask(api.Command((f"{_SAVE[family]}-save",)))
    if isinstance(answer.error, api.ToolMissing):
        raise api.ToolMissing("nft", "Install nftables; itaudit only reads with it.")
    if answer.exit_code and "permi" in answer.errors.lower():
        raise api.AccessDenied(" ".join(answer.errors.split())[:200])
    return answer.checked_text


def _is_shielded(ask: api.Ask) -> bool:
    """Is this a container that others reach only through the machine that runs it?"""
    kind = container_kind(ask)
    return bool(kind) and kind not in _OWN_NETWORK
