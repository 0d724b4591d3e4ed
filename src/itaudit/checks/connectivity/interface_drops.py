"""Network cards keep up with what arrives.

A machine that is too busy, or a card with too little room, throws data away that arrived unharmed. It has to be sent again.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.network import Interface


class Settings(api.CheckSettings):
    dropped_percent: api.AtMost = api.AtMost(warn=0.1, fail=1)
    """Packets for which there was no room, in percent of all since the last scan."""
    fewest_dropped: int = 100
    """Fewer than this are chance."""


FIX = api.Remedy(
    "Give the network card more room for what arrives, or take load off the machine.",
    api.Effort.HOURS,
    steps=(
        "ethtool -S INTERFACE | grep -iE 'miss|drop|fifo|no_buf'",
        "ethtool -g INTERFACE; ethtool -G INTERFACE rx MAXIMUM",
        "uptime",
    ),
    undo="ethtool -G INTERFACE rx EARLIER",
    verify="ip -s -s link show INTERFACE (missed and dropped no longer rise)",
    if_you_wait="Transfers stay slower than they need to be at busy hours.",
)


@api.check(severity=api.Severity.LOW, sources=("ip-link(8), counters of the kernel", "itaudit's own choice: 0.1 and 1 %"))
def interface_drops(interface: Interface, past: api.History, limits: Settings) -> api.Verdict:
    # rx_dropped is left out on purpose: it also counts what nobody here wanted, such as unknown protocols.
    counted = (
        api.Measurement("dropped", interface.dropped, api.Unit.COUNT),
        api.Measurement("packets", interface.packets, api.Unit.COUNT),
    )
    detail = f"since the start: {interface.dropped} dropped (rx_missed_errors and tx_dropped), {interface.packets} packets"
    before = [past.series(name)[-1].value for name in ("dropped", "packets") if past.series(name)]
    if len(before) < 2 or before[0] > interface.dropped or before[1] > interface.packets:
        # At first sight, and when a restart began the counters anew, nobody knows when they rose.
        summary = f"Network card {interface.subject} is watched from now on: {interface.packets:,} pieces of data so far."
        return api.verdict(api.Status.OK, summary, *counted, detail=detail)
    dropped, packets = interface.dropped - int(before[0]), interface.packets - int(before[1])
    percent = 100.0 * dropped / max(1, packets + dropped)
    share = f"{dropped:,} ({percent:.2g}%) of {packets + dropped:,}" if dropped else f"none of {packets:,}"
    return api.verdict(
        limits.dropped_percent.judge(percent) if dropped >= limits.fewest_dropped else api.Status.OK,
        f"Network card {interface.subject} had no room for {share} pieces of data since the last look.",
        *counted,
        detail=detail,
        fix=FIX,
    )
