"""Network cards: their link and their counters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api

_NAME = re.compile(r"[^\s/:]{1,15}")
_CARDS = "/sys/class/net"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card (virtual interfaces are left out: nobody can plug their cable in better).

    speed_mbps: of the link, None when the card does not say. fastest_mbps: what the card can do, None when not known.
    packets, errors: received and sent, since the machine started.
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


def parse_fastest(text: str) -> int | None:
    """Highest speed in Mbit/s among the "Supported link modes" of ethtool(8); None when it reports none."""
    found = re.search(r"Supported link modes:(.*?)(?:Supported pause|\Z)", text, re.DOTALL)
    speeds = [int(speed) for speed in re.findall(r"\b(\d{1,6})base", found[1], re.ASCII)] if found else []
    return max(speeds, default=None)


def _word(answer: api.Answer) -> str:
    """What the card says, "" when it says nothing: the kernel ends the read with EINVAL on a link that is down or on Wi-Fi."""
    if isinstance(answer.error, api.NotFound | api.Unreadable):
        return ""
    return answer.text.strip()


def _cards(ask: api.Ask, tail: str) -> set[str]:
    """Names of the interfaces that have this entry in sysfs."""
    paths = ask(api.Glob(f"{_CARDS}/*/{tail}")).json
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise api.Unreadable("not a list of paths")
    return {path.removeprefix(f"{_CARDS}/").split("/")[0] for path in paths}


def _fastest(ask: api.Ask, name: str) -> int | None:
    try:
        return parse_fastest(ask(api.Command(("ethtool", name), timeout=5.0)).checked_text)
    except api.Missing:  # a bonus: without ethtool the speed itself is still judged
        return None


def _interface(ask: api.Ask, name: str, wireless: bool, counters: Counters) -> Interface:
    """Raises Missing when the state of the card cannot be read."""
    state, speed, duplex = ask.many([api.ReadFile(f"{_CARDS}/{name}/{tail}") for tail in ("operstate", "speed", "duplex")])
    connected = state.text.strip() in ("up", "unknown")
    word = _word(speed)
    if not re.fullmatch(r"(-?\d{1,10})?", word, re.ASCII):
        raise api.Unreadable(f"the speed of {name}: {word[:50]!r}")
    # -1 (some kernels: 4294967295) is "unknown" in linux/ethtool.h.
    known = connected and not wireless and 0 < int(word or 0) < 2**31
    speed_mbps = int(word) if known else None
    return Interface(
        name,
        wireless,
        connected,
        speed_mbps,
        {"full": True, "half": False}.get(_word(duplex)) if known else None,
        _fastest(ask, name) if speed_mbps is not None and speed_mbps < 1000 else None,
        counters.packets,
        counters.errors,
        counters.collisions,
    )


@api.provider("linux", seconds=15)
def linux_interfaces(ask: api.Ask) -> api.Facts[Interface]:
    """One Interface for each network card; nothing on a machine that has only virtual ones."""
    counters = parse_counters(ask(api.ReadFile("/proc/net/dev")).text)
    physical, wireless = _cards(ask, "device"), _cards(ask, "phy80211")
    for name in sorted(physical & counters.keys()):
        try:
            yield _interface(ask, name, name in wireless, counters[name])
        except api.Missing as error:
            yield api.Gap(name, error)
