"""Addresses of the internet protocol in text that others wrote."""

from __future__ import annotations

import ipaddress


def is_address(text: str) -> bool:
    """Is it an IPv4 or IPv6 address? A link-local one may name its interface: fe80::1%eth0."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def listed_resolvers(text: str) -> tuple[str, ...]:
    """The addresses of the nameserver lines of resolv.conf(5); like the C library, pass over a line that holds none."""
    lines = [line.split() for line in text.splitlines()]
    return tuple(words[1] for words in lines if len(words) > 1 and words[0] == "nameserver" and is_address(words[1]))
