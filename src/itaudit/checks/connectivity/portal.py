"""Web pages arrive as they were sent.

A sign-in page in between, as in hotels, or a device that rewrites pages stops updates and backups, which cannot click "I agree".
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.portal import WebProbe

FIX = api.Remedy(
    "Sign in to the network, or have the device that changes web pages let this machine through.",
    steps=("curl -i http://cp.cloudflare.com/generate_204", "look at who answers: sign-in page, proxy or filter"),
    verify="curl -s -o /dev/null -w '%{http_code}' http://cp.cloudflare.com/generate_204 (204)",
    if_you_wait="Updates and backups to other places may fail, now or when the sign-in ends.",
)
BROKEN = (429, 500, 502, 503, 504)
"""What a web server says of itself when it fails (RFC 9110 15.6) or is asked too often; 511 is for sign-in pages (RFC 6585)."""


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 8910 (captive portals)",))
def portal(probe: WebProbe) -> api.Verdict:
    if probe.status in BROKEN:
        raise api.Unreadable(f"{probe.url}: {probe.status}", "Scan again later: the test page itself is out of order.")
    as_sent = probe.status == 204 and probe.length == 0
    return api.verdict(
        api.Status.OK if as_sent else api.Status.FAIL,
        "The test page came back as it was sent (answer 204)."
        if as_sent
        else f"Something in between answered for the test page (answer {probe.status} instead of 204).",
        detail=f"{probe.url}: {probe.status}, {probe.length} characters{', to ' + probe.location if probe.location else ''}",
        fix=FIX,
    )
