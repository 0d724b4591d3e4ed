"""Your own mail servers are on the list of those that may send.

A message that leaves from an address which your own list does not name looks forged: it is refused, or ends up among the junk.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.spf_repairs import COPIED_AT_MOST, quoted
from itaudit.facts.spf_senders import SenderCoverage

WAIT = "Genuine email of yours does not arrive, and hardly anybody tells you."


@api.check(severity=api.Severity.HIGH, sources=("RFC 7208 4, 2.6",))
def spf_sender(found: SenderCoverage) -> api.Verdict:
    """Does email from each named address pass?"""
    count, refused = len(found.addresses), len(found.refusals)
    detail = "; ".join([" | ".join(found.records)[:600] or "no SPF record", *map(str, found.refusals[:10])])
    if not refused:
        words = f"Each of the {count} address(es) from which you send email may do so as {found.subject}."
        return api.verdict(api.Status.OK, words, detail=detail)
    words = f"{refused} of the {count} address(es) from which you send email may not do so as {found.subject}."
    return api.verdict(api.Status.FAIL, words, detail=detail, fix=_fix(found))


def _fix(found: SenderCoverage) -> api.Remedy:
    now = quoted(found.records[0]) if len(found.records) == 1 else f"{len(found.records)} SPF records"
    return api.Remedy(
        "Add your own mail servers to the list of those that may send.",
        api.Effort.MINUTES,
        steps=(
            f"Make sure that these addresses are yours and send today: {' '.join(refusal.address for refusal in found.refusals)}",
            f"At the DNS host of {found.name}, the TXT record now: {now[:1000]}",
            f"Replace it by: {found.name}. 3600 IN TXT {quoted(found.better)}"
            if len(found.better) <= COPIED_AT_MOST
            else "Write one record that names only who sends today: this one is too long to be mended.",
        ),
        undo="Put the former TXT record back.",
        verify=f"dig {found.name} TXT; then itaudit scan --only dns",
        if_you_wait=WAIT,
    )
