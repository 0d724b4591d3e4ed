"""A network card with a link of our choice: a tap, which believes whatever link settings it is told (linux/drivers/net/tun.c)."""

from __future__ import annotations

import ctypes
import fcntl
import json
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest

from lab._running import IN_A_NETWORK_OF_ITS_OWN, run

SETTINGS = struct.Struct("=IIBBBBBBBbBBBB28x")
"""struct ethtool_link_settings without its masks."""
SIOCETHTOOL, GET_LINK_SETTINGS, SET_LINK_SETTINGS = 0x8946, 0x4C, 0x4D


def set_link(name: str, speed: int, duplex: int, *masks: Iterable[int]) -> None:
    """Set speed in Mbit/s, duplex (0 half, 1 full) and the bits of the modes supported, advertised and of the other end."""
    memory = ctypes.create_string_buffer(4096)
    request = struct.pack("16sQ8x", name.encode(), ctypes.addressof(memory))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        SETTINGS.pack_into(memory, 0, GET_LINK_SETTINGS, *[0] * 13)
        fcntl.ioctl(handle, SIOCETHTOOL, request)
        words = -SETTINGS.unpack_from(memory)[9]
        SETTINGS.pack_into(memory, 0, SET_LINK_SETTINGS, speed, duplex, *[0] * 6, words, *[0] * 4)
        for number, bits in enumerate(masks):
            start = SETTINGS.size + number * 4 * words
            mask = sum(1 << bit for bit in bits).to_bytes(4 * words, "little")
            ctypes.memmove(ctypes.addressof(memory) + start, mask, len(mask))
        fcntl.ioctl(handle, SIOCETHTOOL, request)


Link = tuple[int, int, list[int], list[int], list[int]]


@pytest.fixture
def tap(needs: Callable[..., str]) -> Callable[[list[Link]], list[dict[str, Any]]]:
    """`tap([(100, 0, [5], [], [])])` is what LinkModes answers for a card with each of these links, and ethtool's words.

    A link is the speed, the duplex, and the bits of the modes that the card supports, offers, and that the other end offers.
    """
    needs("ethtool")
    needs("unshare", "util-linux")

    if not Path("/dev/net/tun").exists():
        pytest.skip("this kernel has no tap")
    return lambda links: cast(list[dict[str, Any]], json.loads(run(*IN_A_NETWORK_OF_ITS_OWN, __file__, json.dumps(links))))


def _inside(links: list[Link]) -> list[dict[str, Any]]:
    from itaudit.evidence.live import Live
    from itaudit.evidence.questions_machine import LinkModes

    run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
    found = []
    for link in links:
        set_link("tap0", *link)
        found.append({**Live().ask(LinkModes("tap0")).json, "ethtool": run("ethtool", "tap0")})
    return found


if __name__ == "__main__":
    print(json.dumps(_inside(json.loads(sys.argv[1]))))
