"""A little network in namespaces of its own: a machine, its router, and an internet of three addresses behind it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from lab._running import network_namespace, run, wait_for_link
from lab.connectivity import end_group


class Office:
    """A machine and a router in network namespaces of their own; the router plays the internet on three addresses."""

    TARGETS = ("198.51.100.1:443", "198.51.100.2:443", "198.51.100.3:443")

    def __init__(self, stack: ExitStack) -> None:
        self.machine, self.router = (network_namespace(stack, name) for name in ("machine", "router"))
        run("ip", "link", "add", "eth0", "netns", self.machine, "type", "veth", "peer", "name", "lan0", "netns", self.router)
        for name, link, number in ((self.machine, "eth0", 2), (self.router, "lan0", 1)):
            run("ip", "-n", name, "address", "add", f"192.0.2.{number}/24", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
        wait_for_link(self.machine, "eth0")
        wait_for_link(self.router, "lan0")
        for target in self.TARGETS:
            run("ip", "-n", self.router, "address", "add", f"{target.partition(':')[0]}/32", "dev", "lo")
        run("ip", "-n", self.machine, "route", "add", "default", "via", "192.0.2.1")
        self._listen(stack)

    def _listen(self, stack: ExitStack) -> None:
        code = "import socket; s = socket.create_server(('', 443)); print('ready', flush=True)\nwhile True: s.accept()[0].close()"
        argv = ["ip", "netns", "exec", self.router, sys.executable, "-c", code]
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        stack.callback(end_group, server)
        assert server.stdout
        stack.enter_context(server.stdout)
        assert server.stdout.readline() == b"ready\n"

    def drop(self, *rule: str) -> None:
        """The router drops incoming packets that match this nftables expression."""
        run("ip", "netns", "exec", self.router, "nft", "add", "table", "ip", "lab")
        chain = "{ type filter hook input priority 0; }"
        run("ip", "netns", "exec", self.router, "nft", "add", "chain", "ip", "lab", "in", chain)
        run("ip", "netns", "exec", self.router, "nft", "add", "rule", "ip", "lab", "in", *rule, "drop")

    def scan(self, ping_count: int) -> dict[str, Any]:
        """What the checks say inside the machine, see _inside_network.py."""
        section = json.dumps({"targets": self.TARGETS, "ping_count": ping_count, "portal_url": ""})
        script = str(Path(__file__).with_name("_inside_network.py"))
        return cast(dict[str, Any], json.loads(run("ip", "netns", "exec", self.machine, sys.executable, script, section)))


@pytest.fixture
def office(needs: Callable[..., str], needs_root: Callable[[], None]) -> Iterator[Office]:
    """A little network that nothing leaves."""
    needs_root()
    needs("ip", "iproute2")
    needs("nft", "nftables")
    with ExitStack() as stack:
        yield Office(stack)
