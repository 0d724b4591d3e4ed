"""Large pieces of data reach the internet.

Data travels in pieces. Where one part of the way takes only smaller pieces and does not say so, the large ones vanish:
small messages go through, while pages, attachments and connections to the office hang without a reason.
"""

from __future__ import annotations

import statistics
from collections import Counter

from itaudit import api
from itaudit.facts.path_sizes import PathSizes

USUAL_BYTES = 1500
"""What Ethernet carries (RFC 894)."""
HEADERS_BYTES = 40
"""Of IPv4 and TCP, without options: so much less data fits into a packet (RFC 9293 3.7.1)."""
WITNESSES = 2
"""One target may filter large pings; two with the same limit share the way."""

SMALLEST_LINE_BYTES = 1280
"""Every line carries so much (RFC 8200 5). Whatever drops smaller pings is a firewall that drops large pings only."""

FIX = "Let the router tell about pieces of data that are too large, or have it ask for smaller ones."


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 1191", "RFC 2923", "RFC 8899"))
def path_mtu(sizes: PathSizes) -> api.Verdict:
    holes = [way for way in sizes.ways if way.black_hole and way.largest_bytes >= SMALLEST_LINE_BYTES]
    clear = [way for way in sizes.ways if not way.black_hole]
    detail = "; ".join(f"{way.host}: {way.largest_bytes} bytes{', larger ones vanish' * way.black_hole}" for way in sizes.ways)
    size, witnesses = Counter(way.largest_bytes for way in holes).most_common(1)[0] if holes else (0, 0)
    if witnesses >= WITNESSES and witnesses > len(clear):
        return api.verdict(
            api.Status.FAIL,
            f"Pieces of data larger than {size} bytes vanish on the way to the internet.",
            api.Measurement("largest", size, api.Unit.BYTES),
            detail=f'{detail}; no router answers with ICMP "fragmentation needed"',
            fix=_fix(size),
        )
    if not clear:
        why = "not two targets with the same limit" if holes else "something on the way drops large pings"
        raise api.Unreachable(f"{why}: {detail}", "Name targets that answer large pings in [internet] targets.")
    usual = statistics.median_high(way.largest_bytes for way in clear)
    measured = api.Measurement("largest", usual, api.Unit.BYTES)
    # Most lines by telephone wire, and tunnels, take a little less than Ethernet: that is their nature, and nothing breaks.
    cut = "; larger ones are cut on the way" if usual < USUAL_BYTES else ""
    return api.verdict(api.Status.OK, f"Pieces of data of {usual} bytes reach the internet whole{cut}.", measured, detail=detail)


def _fix(size: int) -> api.Remedy:
    clamp = f"nft add rule inet filter forward tcp flags syn tcp option maxseg size set {size - HEADERS_BYTES}"
    return api.Remedy(
        FIX,
        api.Effort.HOURS,
        steps=(
            "allow ICMP type 3 code 4 (fragmentation needed) in every firewall on the way, outwards and inwards",
            f"{clamp} (or set MSS clamping in the router: {size - HEADERS_BYTES})",
            f"on this machine alone, for the time being: ip link set dev INTERFACE mtu {size}",
        ),
        undo="ip link set dev INTERFACE mtu 1500",
        verify=f"ping -c 3 -M do -s {size - 28 + 1} ADDRESS (an error that names the size, instead of silence)",
        if_you_wait="Some pages, attachments and connections to other offices keep hanging.",
        who="your IT person, then the internet provider",
    )
