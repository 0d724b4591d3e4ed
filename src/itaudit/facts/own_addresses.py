"""The addresses that this machine has on its network interfaces."""

from __future__ import annotations

import ipaddress

from itaudit import api

QUESTION = api.Psutil("net_if_addrs")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST = 5_000
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)
"""Networks behind a router (RFC 1918, 6598, 3927, 4193, 4291): nobody outside sees what is there."""


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


def own_networks(ask: api.Ask) -> tuple[Network, ...]:
    """The networks in which this machine stands; where no length of one is told, its own address alone. Raises Missing."""
    own_addresses(ask)  # its form is looked at there
    entries = [entry for some in list(ask(QUESTION).json.values())[:_MOST] for entry in some[:_MOST]]
    read = [(parse_address(str(entry.get("address"))), str(entry.get("netmask"))) for entry in entries]
    return tuple(_network(address, mask) for address, mask in read if address and not address.is_loopback)


def _network(address: Address, mask: str) -> Network:
    """A mask of nothing (0.0.0.0) would hold the whole world."""
    told = parse_address(mask)
    bits = f"{int(told):b}" if told and told.version == address.version else ""
    length = bits.count("1") if int(bits or "0", 2) else address.max_prefixlen
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


def parse_address(text: str) -> Address | None:
    """Without its interface (fe80::1%eth0); an IPv4 address that is written as IPv6 (::ffff:192.0.2.1) as what it is."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def is_inside(text: str) -> bool:
    """Does the address exist only in networks behind a router? False for what is no address."""
    address = parse_address(text)
    return address is not None and any(address in network for network in _INSIDE)


def is_public(addresses: dict[str, tuple[Address, ...]]) -> bool:
    """Does the machine itself stand in the internet? In an ordinary office each machine has a worldwide IPv6 address beside its
    private IPv4 one, and the router keeps strangers out; so an IPv6 address counts only where no private IPv4 one is."""
    every = [address for some in addresses.values() for address in some]
    if any(address.version == 4 and address.is_global for address in every):
        return True
    return any(address.is_global for address in every) and not any(address.version == 4 for address in every)
