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

FIX = "Let the router tell about pieces of data that are too large, or have it ask for smaller ones."
SMALLER = api.Remedy(
    "Have the router ask for pieces of data that fit the line.",
    steps=("ip link set dev INTERFACE mtu BYTES, on the card that leads out",),
    verify="tracepath -n ADDRESS (pmtu)",
    if_you_wait="Nothing breaks: the pieces are cut to size on the way.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 1191", "RFC 2923", "RFC 8899"))
def path_mtu(sizes: PathSizes) -> api.Verdict:
    holes = [way for way in sizes.ways if way.black_hole]
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
        raise api.Unreachable(
            f"not two targets with the same limit: {detail}",
            "Name targets that answer large pings in [internet] targets.",
        )
    usual = statistics.median_high(way.largest_bytes for way in clear)
    measured = api.Measurement("largest", usual, api.Unit.BYTES)
    if usual < USUAL_BYTES:
        summary = f"The way to the internet takes pieces of data of up to {usual} bytes instead of {USUAL_BYTES}, and says so."
        return api.verdict(api.Status.WARN, summary, measured, detail=detail, fix=SMALLER, severity=api.Severity.INFO)
    return api.verdict(api.Status.OK, f"Pieces of data of {usual} bytes reach the internet whole.", measured, detail=detail)


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
