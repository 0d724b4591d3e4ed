"""A machine with a firewall, and strangers who knock at it, in network namespaces: the kernel itself is the judge."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from itaudit import api
from itaudit.facts import firewall as facts
from itaudit.facts.filter_rules import Passage
from itaudit.facts.own_addresses import QUESTION as ADDRESSES
from lab import _inside_firewall as inside
from lab._running import network_namespace, run, short_folder, wait_until
from lab.connectivity import end_group

NAMED = {4: "192.0.2.7", 6: "fd00:db8::7"}
"""The sender that rules may name."""
_WAIT_SECONDS = 0.7
_CARDS = {"machine": "02:00:00:00:00:01", "street": "02:00:00:00:00:02"}


def _told(program: subprocess.Popen[str], line: str) -> str:
    assert program.stdin
    assert program.stdout
    program.stdin.write(line + "\n")
    program.stdin.flush()
    return program.stdout.readline()


class Walled:
    """`load` rules, `answers` what the machine says of them, and `knock` at its doors."""

    def __init__(self, stack: ExitStack) -> None:
        self.machine, self.street = (network_namespace(stack, name) for name in ("walled", "street"))
        self._folder = stack.enter_context(short_folder("walled"))
        ends = (
            ("eth0", "address", _CARDS[name], "netns", where)
            for name, where in (("machine", self.machine), ("street", self.street))
        )
        first, second = ends
        run("ip", "link", "add", *first, "type", "veth", "peer", "name", *second)
        for family in (4, 6):
            length = "24" if family == 4 else "64"
            for name, address in (
                (self.machine, inside.MACHINE[family]),
                *((self.street, one) for one in inside.SENDERS[family]),
            ):
                more = ("nodad",) if family == 6 else ()
                run("ip", "-n", name, "address", "add", f"{address}/{length}", "dev", "eth0", *more)
        for name in (self.machine, self.street):
            run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", self.machine, "route", "add", "default", "via", inside.SENDERS[4][0])
        self._introduce()
        self._server = self._program(stack, self.machine, "serve")
        self._knocker = self._program(stack, self.street, "knock")
        wait_until(lambda: all(who == [0, 1] for who in self._knocked().values()), "without rules everybody gets in")

    def _introduce(self) -> None:
        """Tell them each other's card for good: rules may drop what neighbours find each other with (IPv6), at any later time."""
        for family in (4, 6):
            for name, address, card in (
                (self.street, inside.MACHINE[family], _CARDS["machine"]),
                *((self.machine, one, _CARDS["street"]) for one in inside.SENDERS[family]),
            ):
                run("ip", "-n", name, "neighbour", "replace", address, "lladdr", card, "dev", "eth0", "nud", "permanent")

    def _program(self, stack: ExitStack, where: str, what: str) -> subprocess.Popen[str]:
        argv = ["ip", "netns", "exec", where, sys.executable, str(Path(inside.__file__)), what]
        program = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        stack.callback(end_group, cast(Any, program))  # how it talks, in bytes or text, is all the same
        assert program.stdin
        assert program.stdout
        stack.enter_context(program.stdin)
        stack.enter_context(program.stdout)
        assert program.stdout.readline() == "ready\n"
        return program

    def run(self, *argv: str, text: str = "") -> api.Answer:
        """A program inside the machine, as the live machine would answer."""
        # Its own lock: iptables gives up where another process, of another namespace, holds the usual one.
        whole = ["ip", "netns", "exec", self.machine, "env", f"XTABLES_LOCKFILE={self._folder}/lock", *argv]
        done = subprocess.run(whole, input=text, capture_output=True, text=True, timeout=60, check=False)
        return api.Answer(body=done.stdout, errors=done.stderr, exit_code=done.returncode)

    def load(self, rules: str, program: tuple[str, ...] = ("nft", "--file", "-")) -> None:
        done = self.run(*program, text=rules)
        assert done.exit_code == 0, done.errors

    def clear(self) -> None:
        """No rule is left."""
        self.load("flush ruleset")
        for program in ("iptables-legacy-restore", "ip6tables-legacy-restore"):
            self.load("*raw\nCOMMIT\n*mangle\nCOMMIT\n*filter\n:INPUT ACCEPT\nCOMMIT\n", (program,))

    def answers(self) -> dict[api.Question, api.Answer | str]:
        """What the firewall's provider asks, answered from inside."""
        commands = [facts.NFT, *(facts.saved(family, kind) for family in (4, 6) for kind in ("nft", "legacy"))]
        files = [*facts.OLD_TABLES.values(), *facts.ROUTES.values()]
        addresses = {"lo": [{"address": "127.0.0.1"}], "eth0": [{"address": one} for one in inside.MACHINE.values()]}
        return {
            **{question: self.run(*question.argv) for question in commands},
            **{question: self.run("cat", question.path).body for question in files},
            ADDRESSES: json.dumps(addresses),
        }

    def _knocked(self) -> dict[str, list[int]]:
        assert _told(self._knocker, json.dumps({"waits": _WAIT_SECONDS})) == "sent\n"
        # Only now time counts: however long a busy machine kept the server waiting, it has answered what came in.
        assert _told(self._server, "") == "idle\n"
        return cast(dict[str, list[int]], json.loads(_told(self._knocker, "")))

    def _consistent(self) -> dict[str, list[int]]:
        """No rule lets anybody in but not the one it names: then a busy machine lost a packet, or the neighbours each other."""
        for _ in range(5):
            knocked = self._knocked()
            if [0] not in knocked.values():
                break
            time.sleep(1)
        return knocked

    def knock(self) -> dict[tuple[int, str, int], Passage]:
        """Who got through, by (family, protocol, port)."""
        found = {}
        for place, who in self._consistent().items():
            family, protocol, port = place.split()
            passage = {(0, 1): Passage.EVERYBODY, (1,): Passage.SOME, (): Passage.NOBODY}[tuple(who)]
            found[int(family), protocol, int(port)] = passage
        return found


@pytest.fixture(scope="session")
def _walled_place(needs: Callable[..., str], needs_root: Callable[[], None]) -> Iterator[Walled]:
    needs_root()
    needs("ip", "iproute2")
    needs("nft", "nftables")
    needs("iptables-legacy-restore", "iptables")
    with ExitStack() as stack:
        yield Walled(stack)


@pytest.fixture
def walled(_walled_place: Walled) -> Walled:
    """A machine without any rule yet."""
    _walled_place.clear()
    return _walled_place
