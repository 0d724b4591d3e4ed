"""Network cables carry full speed.

One bad wire in a cable, or an old switch, makes a network card fall back to a tenth of its speed without a word.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.network import Interface


class Settings(api.CheckSettings):
    megabits_per_second: api.AtLeast = api.AtLeast(warn=1000, fail=100)
    """Speed of the link. A card that could reach the first figure and stays below it fails."""


FIX = api.Remedy(
    "Replace the network cable; if the speed stays low, replace the switch.",
    cost=(5, 150),
    steps=(
        "ethtool INTERFACE (compare the link modes of both ends: if the other end offers more, it is the cable)",
        "let both ends choose speed and duplex (ethtool -s INTERFACE autoneg on): one fixed end makes the other half duplex",
        "ethtool -r INTERFACE",
    ),
    verify="cat /sys/class/net/INTERFACE/speed",
    if_you_wait="Files and backups keep moving at a fraction of the speed that was paid for.",
)


CARD = api.Remedy(
    "Give the machine a faster network card.",
    cost=(15, 60),
    steps=(
        "ethtool INTERFACE (Supported link modes: no more than it does now)",
        "a card or an adapter with 1000baseT or more; the switch and the cable (category 5e) must carry it too",
    ),
    verify="cat /sys/class/net/INTERFACE/speed",
    if_you_wait="Files and backups to and from this machine keep moving at a tenth of the usual speed.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("IEEE 802.3ab (1000BASE-T)", "itaudit's own choice: 1000 and 100 Mbit/s"))
def link_speed(interface: Interface, limits: Settings) -> api.Verdict:
    name, speed, fastest = interface.subject, interface.speed_mbps, interface.fastest_mbps
    if not interface.connected:
        return api.verdict(api.Status.SKIPPED, f"{name} is not connected.")
    if speed is None or (fastest is None and interface.full_duplex is None and speed < limits.megabits_per_second.warn):
        # A telephone used as a modem tells a speed that no cable limits, but neither duplex nor what it could do.
        return api.verdict(
            api.Status.SKIPPED, f"{name} {'is Wi-Fi' if interface.wireless else 'does not tell the speed of its cable'}."
        )
    status = limits.megabits_per_second.judge(speed)
    wasted = status is not api.Status.OK and fastest is not None and fastest >= limits.megabits_per_second.warn
    one_way = interface.full_duplex is False
    exhausted = status is not api.Status.OK and fastest is not None and fastest <= speed and not one_way
    return api.verdict(
        api.Status.FAIL if wasted or one_way else status,
        f"{name} is connected at {speed} Mbit/s"
        + (f", though it can do {fastest}" if wasted else "")
        + (", which is all that it can do" if exhausted else "")
        + (", and cannot send and receive at once." if one_way else "."),
        api.Measurement("speed", speed, api.Unit.MEGABITS_PER_SECOND),
        detail=f"{speed} Mbit/s, duplex {_DUPLEX[interface.full_duplex]}, card supports up to {fastest or 'not known'},"
        f" other end offers up to {interface.partner_fastest_mbps or 'not known'}",
        fix=CARD if exhausted else FIX,
    )


_DUPLEX = {True: "full", False: "half", None: "not known"}
