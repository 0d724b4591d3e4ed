"""The zones of the DNS laboratory: each is one business, good or with one fault."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

PARENT = "127.53.0.1"
ONE, TWO = "127.53.1.1", "127.53.1.2"
NO_TCP, REFUSING, FAILING, SILENT = "127.53.1.4", "127.53.1.8", "127.53.1.9", "127.53.1.77"
MAIL = "127.53.3.1"

START = "@ 3600 IN SOA ns1 hostmaster 2026112201 14400 3600 1209600 3600\n"
MX = f"@ 3600 IN MX 10 mx1\nmx1 3600 IN A {MAIL}\n@ 3600 IN A {MAIL}\n"
SPF = '@ 3600 IN TXT "v=spf1 mx -all"\n'
GOOD = MX + SPF + '_dmarc 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:reports@<name>"\n'


@dataclass(frozen=True)
class Zone:
    """servers: host -> address, in the zone and (unless `at_parent`) at the parent. resolve_at: whom the resolver asks."""

    body: str
    servers: dict[str, str] = field(default_factory=lambda: {"ns1": ONE, "ns2": TWO})
    at_parent: dict[str, str] | None = None
    resolve_at: str = ONE

    def text(self, name: str) -> str:
        hosts = "".join(f"@ 3600 IN NS {host}\n{host} 3600 IN A {address}\n" for host, address in self.servers.items())
        return START + hosts + self.body.replace("<name>", name)

    def delegation(self, name: str) -> str:
        servers = self.servers if self.at_parent is None else self.at_parent
        return "".join(
            f"{name}. 3600 IN NS {host}.{name}.\n{host}.{name}. 3600 IN A {address}\n" for host, address in servers.items()
        )


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
    "good.test": Zone(GOOD),
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
    "bogus.test": Zone(GOOD),
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
        f'{MX}{SPF}_dmarc 3600 IN TXT "v=DMARC1; p=reject; sp=none; rua=mailto:d@parts.test"\nshop 3600 IN A {MAIL}\n'
    ),
}


def parent_zones() -> dict[str, str]:
    """The root and test., which delegate to all the others."""
    root = f". 3600 IN SOA a.root. nstld. 1 1800 900 604800 300\n. 3600 IN NS a.root.\na.root. 3600 IN A {PARENT}\n"
    top = f"@ 3600 IN SOA ns1.nic hostmaster 1 1800 900 604800 300\n@ 3600 IN NS ns1.nic\nns1.nic 3600 IN A {PARENT}\n"
    return {
        ".": root + f"test. 3600 IN NS ns1.nic.test.\nns1.nic.test. 3600 IN A {PARENT}\n",
        "test": top + "".join(zone.delegation(name) for name, zone in ZONES.items()),
    }
