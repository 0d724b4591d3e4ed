"""Network cards: their link and their counters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api

_NAME = re.compile(r"[^\s/:]{1,15}")
_CARDS = "/sys/class/net"
_LINK_MODES = {
    10: (0, 1, 92),
    100: (2, 3, 67, 90, 91),
    1000: (4, 5, 17, 41, 68),
    2500: (15, 47),
    5000: (48,),
    10_000: (12, 18, 19, 20, 42, 43, 44, 45, 46),
    20_000: (21, 22),
    25_000: (31, 32, 33),
    40_000: (23, 24, 25, 26),
    50_000: (34, 35, 40, 52, 53, 54, 55, 56),
    56_000: (27, 28, 29, 30),
    100_000: (36, 37, 38, 39, 57, 58, 59, 60, 61, 75, 76, 77, 78, 79),
    200_000: (62, 63, 64, 65, 66, 80, 81, 82, 83, 84),
    400_000: (69, 70, 71, 72, 73, 85, 86, 87, 88, 89),
}
"""Speed in Mbit/s: the bits of its link modes, which never change (enum ethtool_link_mode_bit_indices of linux/ethtool.h)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card (virtual interfaces are left out: nobody can plug their cable in better).

    speed_mbps: of the link, None when the card does not say. fastest_mbps: what the card can do, and partner_fastest_mbps: what
    the other end of the cable offers; None when not known. packets, errors: received and sent, since the machine started.
    dropped: arrived whole, but there was no room (rx_missed_errors), or never left for want of it (tx_dropped).
    """

    subject: str
    wireless: bool
    connected: bool
    speed_mbps: int | None
    full_duplex: bool | None
    fastest_mbps: int | None
    packets: int
    errors: int
    collisions: int
    dropped: int = 0
    partner_fastest_mbps: int | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """Of one line of /proc/net/dev: received and sent together."""

    packets: int
    errors: int
    collisions: int


def parse_counters(text: str) -> dict[str, Counters]:
    """Counters by interface from /proc/net/dev (proc(5)): 8 numbers received, 8 sent. Raises Unreadable."""
    lines = text.splitlines()
    if len(lines) < 2 or "packets" not in lines[1]:
        raise api.Unreadable("/proc/net/dev has no heading")
    counters = {}
    for line in lines[2:]:
        name, _, rest = line.strip().partition(":")
        try:
            received, sent = (numbers := [int(word) for word in rest.split()])[:8], numbers[8:]
            _, sent_packets, sent_errors, _, _, collisions, _, _ = sent
            found = Counters(received[1] + sent_packets, received[2] + sent_errors, collisions)
        except ValueError as error:
            raise api.Unreadable(f"/proc/net/dev: {line[:100]!r}") from error
        if not _NAME.fullmatch(name) or min(numbers) < 0 or name in (".", ".."):
            raise api.Unreadable(f"/proc/net/dev: {line[:100]!r}")
        counters[name] = found
    return counters


def interface_names(text: str) -> list[str]:
    """Names of all interfaces in /proc/net/dev except the loopback."""
    return [name for name in parse_counters(text) if name != "lo"]


def fastest(mask: str) -> int | None:
    """Highest speed in Mbit/s among the link modes of a hexadecimal bit mask; None when it names none. Raises Unreadable."""
    if not re.fullmatch(r"[0-9a-f]{1,400}", mask, re.ASCII):
        raise api.Unreadable(f"not a mask of link modes: {mask[:50]!r}")
    modes = int(mask, 16)
    return max((speed for speed, bits in _LINK_MODES.items() if any(modes >> bit & 1 for bit in bits)), default=None)


def _word(answer: api.Answer) -> str:
    """What the card says, "" when it says nothing: the kernel ends the read with EINVAL on a link that is down or on Wi-Fi."""
    if isinstance(answer.error, api.NotFound | api.Unreadable):
        return ""
    return answer.text.strip()


def cards_with(ask: api.Ask, tail: str) -> set[str]:
    """Names of the interfaces that have this entry in sysfs."""
    paths = ask(api.Glob(f"{_CARDS}/*/{tail}")).json
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise api.Unreadable("not a list of paths")
    return {path.removeprefix(f"{_CARDS}/").split("/")[0] for path in paths}


def _fastest_of(answer: api.Answer, whose: str) -> int | None:
    try:
        body = answer.json
        return fastest(str(body.get(whose))) if isinstance(body, dict) else None
    except api.Missing:  # a bonus: where the card does not tell, the speed itself is still judged
        return None


def _count(answer: api.Answer) -> int:
    """A counter of sysfs; 0 where the driver does not count. Raises Missing."""
    word = _word(answer)
    if not re.fullmatch(r"\d{0,20}", word, re.ASCII):
        raise api.Unreadable(f"a counter: {word[:50]!r}")
    return int(word or 0)


def state_of(ask: api.Ask, name: str) -> bool:
    """Whether the card is connected. Raises Missing."""
    return ask(api.ReadFile(f"{_CARDS}/{name}/operstate")).text.strip() in ("up", "unknown")


def _interface(ask: api.Ask, name: str, wireless: bool, counters: Counters) -> Interface:
    """Raises Missing when the state of the card cannot be read."""
    tails = ("speed", "duplex", "statistics/rx_missed_errors", "statistics/tx_dropped")
    speed, duplex, missed, unsent = ask.many([api.ReadFile(f"{_CARDS}/{name}/{tail}") for tail in tails])
    connected = state_of(ask, name)
    word = _word(speed)
    if not re.fullmatch(r"(-?\d{1,10})?", word, re.ASCII):
        raise api.Unreadable(f"the speed of {name}: {word[:50]!r}")
    # -1 (some kernels: 4294967295) is "unknown" in linux/ethtool.h.
    known = connected and not wireless and 0 < int(word or 0) < 2**31
    modes = ask(api.LinkModes(name)) if known else api.Answer()
    return Interface(
        name,
        wireless,
        connected,
        int(word) if known else None,
        {"full": True, "half": False}.get(_word(duplex)) if known else None,
        _fastest_of(modes, "supported") if known else None,
        counters.packets,
        counters.errors,
        counters.collisions,
        _count(missed) + _count(unsent),
        _fastest_of(modes, "partner") if known else None,
    )


@api.provider("linux", seconds=15)
def linux_interfaces(ask: api.Ask) -> api.Facts[Interface]:
    """One Interface for each network card; nothing on a machine that has only virtual ones."""
    counters = parse_counters(ask(api.ReadFile("/proc/net/dev")).text)
    physical, wireless = cards_with(ask, "device"), cards_with(ask, "phy80211")
    for name in sorted(physical & counters.keys()):
        try:
            yield _interface(ask, name, name in wireless, counters[name])
        except api.Missing as error:
            yield api.Gap(name, error)
