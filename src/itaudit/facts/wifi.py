"""How strongly the Wi-Fi reaches this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.network import cards_with, state_of

_SIGNAL = re.compile(r"^\tsignal: (-\d{1,3}) dBm$", re.ASCII | re.MULTILINE)
_DBM = range(-120, 1)
"""Signals that can be: below is no reception, above is no receiver."""


@dataclass(frozen=True, slots=True)
class WifiLink:
    """A wireless card. signal_dbm: None when it is not connected."""

    subject: str
    signal_dbm: int | None

    @property
    def strength(self) -> int:
        """0 to 100, as computers show it: 100 from -50 dBm on, 0 from -100 dBm down."""
        return 0 if self.signal_dbm is None else min(100, max(0, 2 * (self.signal_dbm + 100)))


def parse_wireless(text: str) -> dict[str, int]:
    """Signal in dBm by interface from /proc/net/wireless (iwconfig(8)): "wlan0: 0000   54.  -56.  -256 ...", level third.

    A dot only says that the figure is new. Levels that are not in dBm are above 0 and left out. Raises Unreadable.
    """
    lines = text.splitlines()
    if len(lines) < 2 or "Quality" not in lines[0] or "level" not in lines[1]:
        raise api.Unreadable("/proc/net/wireless has no heading")
    found = {}
    for line in lines[2:]:
        match = re.match(r" *([^\s:/]{1,15}): +[0-9a-f]+ +-?\d+\.? +(-?\d{1,4})\.? +-?\d+\.? ", line, re.ASCII)
        if match is None:
            raise api.Unreadable(f"/proc/net/wireless: {line[:100]!r}")
        if int(match[2]) in _DBM and int(match[2]) != 0:
            found[match[1]] = int(match[2])
    return found


def parse_link(text: str) -> int | None:
    """Signal in dBm of `iw dev X link`; None when it says that it is not connected. Raises Unreadable.

    iw escapes the name of the network, so that no network can forge a line; were there two signals, neither is believed.
    """
    if text.strip() == "Not connected.":
        return None
    signals = _SIGNAL.findall(text)
    if len(signals) != 1 or int(signals[0]) not in _DBM:
        raise api.Unreadable(f"iw link: {text[:100]!r}")
    return int(signals[0])


def _of_one(ask: api.Ask, name: str, levels: dict[str, int]) -> WifiLink:
    if not state_of(ask, name):
        return WifiLink(name, None)
    if name in levels:
        return WifiLink(name, levels[name])
    return WifiLink(name, parse_link(ask(api.Command(("iw", "dev", name, "link"), timeout=5.0)).checked_text))


@api.provider("linux", seconds=15)
def wifi_links(ask: api.Ask) -> api.Facts[WifiLink]:
    """One WifiLink for each wireless card. Raises NotApplicable where the kernel knows of none.

    /proc/net/wireless first; newer kernels leave it out for newer cards, and then iw(8) is asked.
    """
    names = sorted(cards_with(ask, "phy80211") | cards_with(ask, "wireless"))
    if not names:
        raise api.NotApplicable("this machine has no Wi-Fi")
    answer = ask(api.ReadFile("/proc/net/wireless"))
    try:
        levels = parse_wireless(answer.text)
    except (api.NotFound, api.Unreadable):
        levels = {}
    for name in names:
        try:
            yield _of_one(ask, name, levels)
        except api.Missing as error:
            yield api.Gap(name, error)
