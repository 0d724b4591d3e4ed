"""The zones of the DNS laboratory: each is one business, good or with one fault."""

from __future__ import annotations

import functools
import importlib
import os
import socket
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dns.zone

NETWORK = os.environ.get("ITAUDIT_LAB_NETWORK", "127.53")
"""The first half of every IPv4 address; in the world of _dns_world.py one that does not look like a loopback's."""
PARENT, PARENT_TWO = f"{NETWORK}.0.1", f"{NETWORK}.7.1"
ONE, TWO = f"{NETWORK}.1.1", f"{NETWORK}.2.1"
"""Well kept name servers, on networks of their own; they hold every zone."""
ONE_SIX, TWO_SIX = os.environ.get("ITAUDIT_LAB_SIX", "::1,").split(",")
"""The same servers over IPv6; the first only where this machine has it (`HAS_IPV6`), the second only in the world ("")."""
OTHER = f"{NETWORK}.4.1"
"""A well kept name server that holds the zones which name it, each as its `variant` where it has one."""
TELLING = f"{NETWORK}.5.1"
"""A name server that tells its version to everybody."""
RECURSING = f"{NETWORK}.6.1"
"""A name server that holds the zones which name it, and looks everything else up for everybody."""
NEIGHBOUR = f"{NETWORK}.1.2"
"""A well kept name server on the same network as ONE; it holds every zone."""
NO_TCP, REFUSING, FAILING, SILENT = f"{NETWORK}.9.4", f"{NETWORK}.9.8", f"{NETWORK}.9.9", f"{NETWORK}.9.77"
EVERY_ADDRESS = (
    *(PARENT, PARENT_TWO, ONE, TWO, ONE_SIX, TWO_SIX, OTHER, TELLING, RECURSING, NEIGHBOUR),
    *(NO_TCP, REFUSING, FAILING, SILENT),
)
"""Of name servers, good and bad."""
RESOLVER = f"{NETWORK}.8.1"
"""The validating resolver, where it has an address of its own (port 53 in a network namespace); elsewhere it is on 127.0.0.1."""

MAIL = f"{NETWORK}.3.1"
"""A mail server whose reverse name leads back to it."""
MAIL_NAMELESS, MAIL_MISNAMED, MAIL_LOST = f"{NETWORK}.3.2", f"{NETWORK}.3.3", f"{NETWORK}.3.4"
"""Mail servers without a reverse name; with one that leads to another address; with one that does not exist."""


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((ONE_SIX, 0))
    except OSError:
        return False
    return True


HAS_IPV6 = _has_ipv6()

MX = f"@ 3600 IN MX 10 mx1\nmx1 3600 IN A {MAIL}\n@ 3600 IN A {MAIL}\n"
SPF = '@ 3600 IN TXT "v=spf1 mx -all"\n'
GOOD = MX + SPF + '_dmarc 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:reports@<name>"\n'

Hosts = Mapping[str, "str | tuple[str, ...]"]


@dataclass(frozen=True)
class Zone:
    """One business in the laboratory.

    body: its records, relative to its name; `<name>` stands for the name.

    Name servers. servers: host -> address or addresses. A host without a last dot lies in the zone and gets its address records
    (both families); with one ("ns1.good.test.") it lies elsewhere: give it "" and it gets none.
    at_parent: the same as the parent sees it, names and glue, where that differs.
    own_list: further NS records of the zone alone are simply written into `body`.
    resolve_at: the name server that the resolver asks (where the laboratory is not on port 53).
    variant: the zone as OTHER holds it, for servers that differ from each other; sign it like the zone itself.
    transfer_open: every server gives the whole zone to everybody (AXFR).

    Its start (SOA). serial, mname, and refresh, retry, expire and minimum in seconds.

    Signatures (DNSSEC). signed: with a key of each kind (KSK, ZSK), and a DS record at the parent. inception_days and
    expiration_days: of all signatures, from the start of the laboratory; may be negative. algorithm: the name of a
    dns.dnssec.Algorithm ("RSASHA1", "RSASHA256", "ECDSAP256SHA256", "ED25519"). digests: of the DS records ("SHA1", "SHA256",
    "SHA384"). wrong_ds: of another key. no_ds: none. lone_ds: a DS record although the zone is not signed.
    spoil: changes the zone after it was signed, for example takes a signature out (see `without_signatures`).

    reverse: address -> name, added to the reverse zone 53.127.in-addr.arpa.
    """

    body: str
    servers: Hosts = field(default_factory=lambda: {"ns1": ONE, "ns2": TWO})
    at_parent: Hosts | None = None
    resolve_at: str = ONE
    variant: Zone | None = None
    transfer_open: bool = False
    serial: int = 2026112201
    mname: str = "ns1"
    refresh: int = 14400
    retry: int = 3600
    expire: int = 1209600
    minimum: int = 3600
    signed: bool = False
    inception_days: float = -1
    expiration_days: float = 30
    algorithm: str = "ECDSAP256SHA256"
    digests: tuple[str, ...] = ("SHA256",)
    wrong_ds: bool = False
    no_ds: bool = False
    lone_ds: bool = False
    spoil: Callable[[dns.zone.Zone], None] | None = None
    reverse: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The zone before it is signed."""
        times = f"{self.refresh} {self.retry} {self.expire} {self.minimum}"
        start = f"@ 3600 IN SOA {self.mname} hostmaster {self.serial} {times}\n"
        return start + hosts_text(self.servers, "@", "") + self.body.replace("<name>", name)

    def delegation(self, name: str) -> str:
        """NS records and glue at the parent."""
        servers = self.servers if self.at_parent is None else self.at_parent
        return hosts_text(servers, f"{name}.", f".{name}.")

    @property
    def addresses(self) -> frozenset[str]:
        """Of all its name servers, as the zone or its parent says."""
        return frozenset(
            address for hosts in (self.servers, self.at_parent or {}) for given in hosts.values() for address in _each(given)
        )


def _each(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(address for address in ((given,) if isinstance(given, str) else given) if usable(address))


def usable(address: str) -> bool:
    """Has this machine that address?"""
    return bool(address) and (":" not in address or HAS_IPV6)


def hosts_text(servers: Hosts, owner: str, ending: str) -> str:
    """NS records of `owner`, and address records of the hosts that lie in it."""
    text = ""
    for host, given in servers.items():
        name = host if host.endswith(".") else host + ending
        text += f"{owner} 3600 IN NS {name}\n"
        text += "".join(f"{name} 3600 IN {'AAAA' if ':' in address else 'A'} {address}\n" for address in _each(given))
    return text


def without_signatures(*types: str) -> Callable[[dns.zone.Zone], None]:
    """A `spoil` that takes out the signatures over records of these types, for example "SOA"."""

    def spoil(zone: dns.zone.Zone) -> None:
        for name in list(zone.nodes):
            for type_ in types:
                zone.delete_rdataset(name, "RRSIG", type_)

    return spoil


def spf(record: str, more: str = "") -> Zone:
    """A string of a TXT record holds at most 255 bytes, so a longer record is cut into several."""
    strings = " ".join(f'"{part}"' for part in textwrap.wrap(record, 200, drop_whitespace=False))
    return Zone(f"{MX}@ 3600 IN TXT {strings}\n{more}")


def dmarc(record: str) -> Zone:
    return Zone(f'{MX}{SPF}_dmarc 3600 IN TXT "{record}"\n')


ELEVEN = spf(
    "v=spf1 " + " ".join(f"include:i{number}.eleven.test" for number in range(11)) + " -all",
    "".join(f'i{number} 3600 IN TXT "v=spf1 ip4:192.0.2.{number} -all"\n' for number in range(11)),
)

ZONES = {
    "plain.test": Zone(GOOD),
    "xn--bcher-kva.test": Zone(GOOD),
    # name servers
    "lame.test": Zone(GOOD, {"ns1": ONE, "ns2": REFUSING}),
    "silent.test": Zone(GOOD, {"ns1": ONE, "ns2": SILENT}),
    "single.test": Zone(GOOD, {"ns1": ONE}),
    "twin.test": Zone(GOOD, {"ns1": ONE, "ns2": ONE}),
    "notcp.test": Zone(GOOD, {"ns1": ONE, "ns2": NO_TCP}),
    "mismatch.test": Zone(GOOD, at_parent={"ns1": ONE, "old": TWO}),
    "nsalias.test": Zone(GOOD.replace("@ 3600 IN MX", "@ 3600 IN NS alias\nalias 3600 IN CNAME ns2\n@ 3600 IN MX", 1)),
    "failing.test": Zone(GOOD, {"ns1": FAILING, "ns2": FAILING}, resolve_at=FAILING),
    "bogus.test": Zone(GOOD, signed=True, wrong_ds=True),
    # where email goes
    "nomx.test": Zone(f'@ 3600 IN A {MAIL}\n@ 3600 IN TXT "v=spf1 -all"\n'),
    "nullmx.test": Zone('@ 3600 IN MX 0 .\n@ 3600 IN TXT "v=spf1 -all"\n_dmarc 3600 IN TXT "v=DMARC1; p=reject"\n'),
    "mxalias.test": Zone(f"@ 3600 IN MX 10 m\nm 3600 IN CNAME real\nreal 3600 IN A {MAIL}\n"),
    "mxgone.test": Zone("@ 3600 IN MX 10 gone\n"),
    "mxhalf.test": Zone(MX + "@ 3600 IN MX 20 gone\n"),
    # who may send
    "bare.test": Zone(MX),
    "eleven.test": ELEVEN,
    "twice.test": Zone(f'{MX}{SPF}@ 3600 IN TXT "v=spf1 a -all"\n'),
    "everyone.test": spf("v=spf1 mx +all"),
    "neutral.test": spf("v=spf1 mx ?all"),
    "wrong.test": spf("v=spf1 ipv4:192.0.2.1 -all"),
    "loop.test": spf("v=spf1 include:loop.test -all"),
    "void.test": spf("v=spf1 a:x1.void.test a:x2.void.test a:x3.void.test -all"),
    "lostinclude.test": spf("v=spf1 include:nothing.lostinclude.test -all"),
    "redirect.test": spf("v=spf1 redirect=_spf.redirect.test", '_spf 3600 IN TXT "v=spf1 include:good.test ~all"\n'),
    # what to do with forgeries
    "watch.test": dmarc("v=DMARC1; p=none; rua=mailto:reports@watch.test"),
    "misspelt.test": dmarc("v=DMARC1; p=rejct"),
    "elsewhere.test": dmarc("v=DMARC1; p=quarantine; rua=mailto:d@good.test"),
    "agreed.test": dmarc("v=DMARC1; p=quarantine; rua=mailto:d@reports.test"),
    "reports.test": Zone(GOOD + 'agreed.test._report._dmarc 3600 IN TXT "v=DMARC1"\n'),
    "parts.test": Zone(
        f'{MX}{SPF}_dmarc 3600 IN TXT "v=DMARC1; p=reject; sp=none; rua=mailto:d@parts.test"\n'
        f"shop 3600 IN A {MAIL}\nshop 3600 IN MX 10 mx1\n"
    ),
}


@functools.cache
def all_zones() -> dict[str, Zone]:
    """These and those of every `_zones_<topic>.py` beside this file. Asked for late, because they import this module."""
    zones = dict(ZONES)
    for file in sorted(Path(__file__).parent.glob("_zones_*.py")):
        more: dict[str, Zone] = importlib.import_module(f"lab.{file.stem}").ZONES
        assert not zones.keys() & more.keys(), f"{file.name} names a zone twice: {zones.keys() & more.keys()}"
        zones |= more
    return zones
