"""A way to an internet of three addresses over a link that takes less than the rest, in namespaces of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from lab._running import network_namespace, run, wait_for_link

SIZES = str(Path(__file__).with_name("_inside_way.py"))


class Way:
    """machine -- router -- internet: three network namespaces; the second link takes packets of up to `link_bytes`."""

    TARGETS = ("198.51.100.1", "198.51.100.2", "198.51.100.3")

    def __init__(self, stack: ExitStack, link_bytes: int) -> None:
        self._names = {name: network_namespace(stack, name) for name in ("near", "middle", "far")}
        self._connect("near", "middle", "192.0.2.0")
        self._connect("middle", "far", "203.0.113.0")
        for target in self.TARGETS:
            self._in("far", "ip", "address", "add", f"{target}/32", "dev", "lo")
        self._in("near", "ip", "route", "add", "default", "via", "192.0.2.2")
        self._in("far", "ip", "route", "add", "default", "via", "203.0.113.1")
        self._in("middle", "ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.2")
        self._in("middle", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for name, link in (("middle", "to-far"), ("far", "to-middle")):
            self._in(name, "ip", "link", "set", link, "mtu", str(link_bytes))
        # Only in our own namespace: whoever may send pings.
        self._in("near", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")

    def _connect(self, one: str, other: str, network: str) -> None:
        ends = ((one, f"to-{other}", 1), (other, f"to-{one}", 2))
        (first, first_link, _), (second, second_link, _) = ends
        run("ip", "link", "add", first_link, "netns", self._names[first], "type", "veth", "peer", "name", second_link,
            "netns", self._names[second])  # fmt: skip
        for name, link, number in ends:
            self._in(name, "ip", "address", "add", f"{network[:-1]}{number}/24", "dev", link)
            self._in(name, "ip", "link", "set", link, "up")
        for name, link, _ in ends:
            wait_for_link(self._names[name], link)

    def _in(self, name: str, *argv: str) -> str:
        return run("ip", "netns", "exec", self._names[name], *argv)

    def drop(self, name: str, hook: str, *rule: str) -> None:
        """This namespace drops the packets of a hook ("input", "output", "forward") that match an nftables expression."""
        self._in(name, "nft", "add", "table", "ip", "lab")
        self._in(name, "nft", "add", "chain", "ip", "lab", hook, f"{{ type filter hook {hook} priority 0; }}")
        self._in(name, "nft", "add", "rule", "ip", "lab", hook, *rule, "drop")

    def near_link(self, size: int) -> None:
        """The machine's own card takes packets of up to `size`."""
        for name, link in (("near", "to-middle"), ("middle", "to-near")):
            self._in(name, "ip", "link", "set", link, "mtu", str(size))

    def sizes(self, rights: str = "root") -> dict[str, Any]:
        """What the machine finds, see _inside_way.py: rights "root" (raw sockets) or "none" (ping sockets)."""
        return cast(dict[str, Any], json.loads(self._in("near", sys.executable, SIZES, rights, *self.TARGETS)))


@pytest.fixture
def way(needs: Callable[..., str], needs_root: Callable[[], None]) -> Iterator[Callable[[int], Way]]:
    """`way(1400)` is a network whose second link takes 1400 bytes; nothing leaves it."""
    needs_root()
    needs("ip", "iproute2")
    needs("nft", "nftables")
    with ExitStack() as stack:
        yield lambda link_bytes: Way(stack, link_bytes)
