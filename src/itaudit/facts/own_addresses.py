"""The addresses that this machine has on its network interfaces."""

from __future__ import annotations

import ipaddress

from itaudit import api

QUESTION = api.Psutil("net_if_addrs")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_MOST = 5_000


def own_addresses(ask: api.Ask) -> dict[str, tuple[Address, ...]]:
    """By interface; those of the machine to itself, and those of the link alone (fe80::), are left out. Raises Missing."""
    body = ask(QUESTION).json
    if not isinstance(body, dict):
        raise api.Unreadable("the interfaces are not an object")
    found: dict[str, tuple[Address, ...]] = {}
    for name, entries in list(body.items())[:_MOST]:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise api.Unreadable(f"the addresses of {name[:50]!r} are no list")
        read = [parse_address(str(entry.get("address"))) for entry in entries[:_MOST]]
        if kept := tuple(address for address in read if address and not address.is_loopback and not address.is_link_local):
            found[name] = kept
    return found


def parse_address(text: str) -> Address | None:
    """Without its interface (fe80::1%eth0); an IPv4 address that is written as IPv6 (::ffff:192.0.2.1) as what it is."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def is_public(addresses: dict[str, tuple[Address, ...]]) -> bool:
    """Does the machine itself stand in the internet? In an ordinary office each machine has a worldwide IPv6 address beside its
    private IPv4 one, and the router keeps strangers out; so an IPv6 address counts only where no private IPv4 one is."""
    every = [address for some in addresses.values() for address in some]
    if any(address.version == 4 and address.is_global for address in every):
        return True
    return any(address.is_global for address in every) and not any(address.version == 4 for address in every)
