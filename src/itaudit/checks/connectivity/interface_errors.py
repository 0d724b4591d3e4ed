"""Network cards receive clean data.

Data that arrives damaged has to be sent again. The cause is nearly always a bad cable, socket or port, and cheap to mend.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.network import Interface


class Settings(api.CheckSettings):
    damaged_percent: api.AtMost = api.AtMost(warn=0.01, fail=1)
    """Packets with errors, in percent of all since the last scan; at the first and after a restart: since the machine started."""
    fewest_errors: int = 10
    """Fewer errors than this are chance."""


FIX = api.Remedy(
    "Replace the network cable, then try another port of the switch.",
    cost=(5, 30),
    steps=("ip -s -s link show INTERFACE", "ethtool -S INTERFACE | grep -iE 'err|crc|drop'", "ethtool INTERFACE"),
    verify="ip -s -s link show INTERFACE (the counts no longer rise)",
    if_you_wait="The network stays slow at times, and the connection may fail altogether.",
)
AIR = api.Remedy(
    "Bring the machine and the Wi-Fi sender closer together, add a sender, or use a cable.",
    api.Effort.HOURS,
    cost=(0, 200),
    steps=("iw dev INTERFACE link", "ip -s -s link show INTERFACE"),
    verify="ip -s -s link show INTERFACE (the counts no longer rise)",
    if_you_wait="The network stays slow at times, and the connection may fail altogether.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("ip-link(8), counters of the kernel", "itaudit's own choice: 0.01 and 1 %"))
def interface_errors(interface: Interface, past: api.History, limits: Settings) -> api.Verdict:
    errors_before, packets_before = (
        int(past.series(name)[-1].value) if past.series(name) else 0 for name in ("errors", "packets")
    )
    if errors_before > interface.errors or packets_before > interface.packets:
        errors_before = packets_before = 0  # the machine was restarted: its counters began anew
    errors, packets = interface.errors - errors_before, interface.packets - packets_before
    # Damaged packets are not among the packets of most drivers.
    percent = 100.0 * errors / max(1, packets + errors)
    share = f"{errors:,} ({percent:.2g}%) of {packets + errors:,}" if errors else f"none of {packets:,}"
    return api.verdict(
        limits.damaged_percent.judge(percent) if errors >= limits.fewest_errors else api.Status.OK,
        f"Network card {interface.subject}: {share} pieces of data arrived damaged.",
        api.Measurement("errors", interface.errors, api.Unit.COUNT),
        api.Measurement("packets", interface.packets, api.Unit.COUNT),
        detail=f"since the start: {interface.errors} errors, {interface.packets} packets, {interface.collisions} collisions",
        fix=AIR if interface.wireless else FIX,
    )
