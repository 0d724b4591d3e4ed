"""Puts the zones of the DNS laboratory together: a signed root, a signed `test.`, the reverse zone, and every leaf below them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lab._dns_signing import Signer
from lab._dns_zones import (
    FAILING,
    MAIL,
    MAIL_LOST,
    MAIL_MISNAMED,
    NEIGHBOUR,
    NO_TCP,
    ONE,
    ONE_SIX,
    OTHER,
    PARENT,
    PARENT_TWO,
    RECURSING,
    REFUSING,
    SILENT,
    TELLING,
    TWO,
    TWO_SIX,
    Zone,
)

TOP = "test"
REVERSE = ipaddress.ip_address(PARENT).reverse_pointer.split(".", 2)[2]
REVERSE_SIX = ipaddress.ip_address(TWO_SIX or "::").reverse_pointer.split(".", 24)[24]
"""Of the first 32 bits of the IPv6 addresses; only where there are several (the world)."""
REVERSES = (REVERSE, REVERSE_SIX) if TWO_SIX else (REVERSE,)
OF_PARENTS = (".", TOP, *REVERSES)
NAMED = {
    PARENT: "ns1.nic.test.",
    PARENT_TWO: "ns2.nic.test.",
    ONE: "ns1.good.test.",
    TWO: "ns2.good.test.",
    ONE_SIX: "ns1.healthythree.test.",
    **({TWO_SIX: "ns2.healthythree.test."} if TWO_SIX else {}),
    TELLING: "ns2.tells.test.",
    RECURSING: "ns2.recurses.test.",
    **dict.fromkeys((OTHER, NEIGHBOUR, NO_TCP, REFUSING, FAILING, SILENT), "ns3.good.test."),
    MAIL: "mx1.good.test.",
    MAIL_MISNAMED: "ns1.good.test.",
    MAIL_LOST: "nobody.good.test.",
}
"""The reverse zone: address -> name. Those of the zones (`Zone.reverse`) come to it."""
START = "@ 3600 IN SOA {server} hostmaster.nic.test. 2026112201 14400 3600 1209600 3600\n"


@dataclass(frozen=True)
class Tree:
    """Zone texts by name. anchor: the DS record of the root, which a validating resolver trusts."""

    parents: dict[str, str]
    leaves: dict[str, str]
    variants: dict[str, str]
    anchor: str


def build(zones: Mapping[str, Zone], now: datetime) -> Tree:
    """Sign from the leaves to the root: a parent signs the DS records of its children."""
    signer = Signer(now)
    leaves: dict[str, str] = {}
    variants: dict[str, str] = {}
    below: dict[str, str] = {}
    for name in sorted(zones, key=lambda one: (-one.count("."), one)):
        zone = zones[name]
        children = below.get(name, "")
        leaves[name] = _signed(signer, name, zone.text(name) + children, zone)
        if zone.variant:
            variants[name] = _signed(signer, name, zone.variant.text(name) + children, zone.variant)
        parent = _parent(name, zones)
        below[parent] = below.get(parent, "") + zone.delegation(name) + signer.delegation_signers(name, zone)
    top = Zone("", signed=True)
    parents = {TOP: signer.sign(TOP, _top(below.get(TOP, "")), top), **{zone: _reverse(zones, zone) for zone in REVERSES}}
    parents["."] = signer.sign(".", _root(signer.delegation_signers(TOP, top)), top)
    return Tree(parents, leaves, variants, signer.delegation_signers(".", top))


def _signed(signer: Signer, name: str, text: str, zone: Zone) -> str:
    return signer.sign(name, text, zone) if zone.signed else text


def _parent(name: str, zones: Mapping[str, Zone]) -> str:
    """The zone that delegates `name`: another leaf, or test."""
    above = name.partition(".")[2]
    while above != TOP and above not in zones:
        above = above.partition(".")[2]
    return above


def _top(delegations: str) -> str:
    own = f"@ 3600 IN NS ns1.nic\n@ 3600 IN NS ns2.nic\nns1.nic 3600 IN A {PARENT}\nns2.nic 3600 IN A {PARENT_TWO}\n"
    return START.format(server="ns1.nic") + own + delegations


def _root(signers_of_top: str) -> str:
    own = f"@ 3600 IN NS a.root.\n@ 3600 IN NS b.root.\na.root. 3600 IN A {PARENT}\nb.root. 3600 IN A {PARENT_TWO}\n"
    delegated = "".join(f"{name}. 3600 IN NS ns{number}.nic.test.\n" for name in (TOP, *REVERSES) for number in (1, 2))
    glue = f"ns1.nic.test. 3600 IN A {PARENT}\nns2.nic.test. 3600 IN A {PARENT_TWO}\n"
    return START.format(server="a.root.") + own + delegated + glue + signers_of_top


def _reverse(zones: Mapping[str, Zone], reverse: str) -> str:
    names = dict(NAMED)
    for zone in zones.values():
        names |= zone.reverse
    pointers = {ipaddress.ip_address(address).reverse_pointer: name for address, name in names.items()}
    records = "".join(f"{pointer}. 3600 IN PTR {name}\n" for pointer, name in pointers.items() if pointer.endswith("." + reverse))
    return START.format(server="ns1.nic.test.") + "@ 3600 IN NS ns1.nic.test.\n@ 3600 IN NS ns2.nic.test.\n" + records
