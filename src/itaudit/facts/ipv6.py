"""IPv6: whether this machine has a public address, and whether it leads anywhere."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import Internet, Target, connect

PUBLIC = ipaddress.IPv6Network("2000::/3")
"""Global unicast (RFC 4291 2.4, IANA); fd00::/8 and fe80::/10 never lead to the internet."""
NOT_IN_USE = 0x08 | 0x20 | 0x40
"""IFA_F_DADFAILED, _DEPRECATED and _TENTATIVE of linux/if_addr.h: another has it, the network took it back, it is being tried."""


@dataclass(frozen=True, slots=True)
class IPv6:
    """Public addresses, and the targets that were tried from them."""

    subject: str
    addresses: tuple[str, ...]
    targets: tuple[Target, ...]


def parse_addresses(text: str) -> list[str]:
    """Public addresses in use of /proc/net/if_inet6 (address, index, length, scope, flags, interface). Raises Unreadable."""
    found = []
    for line in text.splitlines():
        fields = line.split()
        try:
            if len(fields) != 6:
                raise ValueError("not six fields")
            address, flags = ipaddress.IPv6Address(int(fields[0], 16)), int(fields[4], 16)
        except ValueError as error:
            raise api.Unreadable(f"/proc/net/if_inet6: {line[:100]!r}") from error
        if address in PUBLIC and not flags & NOT_IN_USE:
            found.append(str(address))
    return found


@api.provider("linux", seconds=15)
def linux_ipv6(ask: api.Ask, internet: Internet, targets: list[Target]) -> api.Facts[IPv6]:
    """One IPv6. Raises NotApplicable where the network gives no public IPv6 address: nothing can be broken about it then.

    Raises Unreachable when nothing at all is reached: that is no fault of IPv6, and the check of the internet says it.
    """
    answer = ask(api.ReadFile("/proc/net/if_inet6"))
    addresses = [] if isinstance(answer.error, api.NotFound) else parse_addresses(answer.text)
    if not addresses:
        raise api.NotApplicable("this network gives no public IPv6 address")
    tried: list[Target] = []
    for target in connect(ask, internet.targets_ipv6):
        if isinstance(target, api.Gap):
            raise target.error
        tried.append(target)
    if not any(target.reached for target in [*tried, *targets]):
        raise api.Unreachable("the internet does not answer, so nothing can be said of its newer addresses")
    yield IPv6("IPv6", tuple(addresses), tuple(tried))
