"""The size of packets, in a real network of three namespaces."""

from __future__ import annotations

import json
import select
import socket
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.evidence import live_path
from itaudit.evidence.live import Live
from itaudit.evidence.questions_network import PathMtu

if TYPE_CHECKING:
    from lab.way import Way

MakeWay = Callable[[int], "Way"]
TOO_LARGE = ("icmp", "type", "destination-unreachable")
WHOLE = {"mtu": 1500, "black_hole": False, "told": []}


def of_all(sizes: dict[str, Any], way: Way) -> list[Any]:
    return [sizes[target] for target in way.TARGETS]


@pytest.mark.parametrize("rights", ["root", "none"])
def test_a_way_that_takes_whole_packets(way: MakeWay, rights: str) -> None:
    lab = way(1500)
    sizes = lab.sizes(rights)
    assert of_all(sizes, lab) == [WHOLE] * 3
    assert sizes["status"] == "ok"


@pytest.mark.parametrize("rights", ["root", "none"])
def test_a_narrow_link_that_says_so_is_healthy(way: MakeWay, rights: str) -> None:
    lab = way(1400)
    sizes = lab.sizes(rights)
    assert of_all(sizes, lab) == [{"mtu": 1400, "black_hole": False, "told": [1400]}] * 3
    assert (sizes["status"], sizes["severity"]) == ("ok", None)


@pytest.mark.parametrize("rights", ["root", "none"])
def test_a_narrow_link_that_is_silent_is_a_black_hole(way: MakeWay, rights: str) -> None:
    lab = way(1400)
    lab.drop("middle", "output", *TOO_LARGE)
    sizes = lab.sizes(rights)
    assert of_all(sizes, lab) == [{"mtu": 1400, "black_hole": True, "told": []}] * 3
    assert (sizes["status"], sizes["severity"]) == ("fail", None)


def test_a_narrow_card_of_this_machine_is_known_without_asking_the_way(way: MakeWay) -> None:
    lab = way(1500)
    lab.near_link(1492)
    sizes = lab.sizes()
    assert of_all(sizes, lab) == [{"mtu": 1492, "black_hole": False, "told": [1492]}] * 3


def test_one_target_that_filters_large_pings_is_not_the_way(way: MakeWay) -> None:
    lab = way(1500)
    lab.drop("far", "input", "ip", "daddr", lab.TARGETS[1], "icmp", "type", "echo-request", "ip", "length", ">", "1000")
    sizes = lab.sizes()
    assert sizes[lab.TARGETS[1]] == {"mtu": 1000, "black_hole": True, "told": []}
    assert sizes["status"] == "ok"


def test_targets_that_answer_no_pings_leave_it_unknown(way: MakeWay) -> None:
    lab = way(1400)
    lab.drop("far", "input", "icmp", "type", "echo-request")
    sizes = lab.sizes()
    assert of_all(sizes, lab) == [{"mtu": None, "black_hole": False, "told": [1400]}] * 3
    assert sizes["status"] == "unreachable"


def test_a_way_that_dies_meanwhile_is_no_black_hole(way: MakeWay) -> None:
    lab = way(1400)
    lab.drop("middle", "output", *TOO_LARGE)
    # One ping a day comes through: the first small one.
    lab.drop("far", "input", "icmp", "type", "echo-request", "limit", "rate", "over", "1/day", "burst", "1", "packets")
    assert lab.sizes()[lab.TARGETS[0]] == {"mtu": None, "black_hole": False, "told": []}


@pytest.fixture
def prober() -> Iterator[tuple[live_path._Prober, socket.socket]]:
    """A prober on a raw socket, and the end from which it can be sent any packet."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        here.setblocking(False)
        yield live_path._Prober(here, True, deadline=0.0), there


HEADER = b"\x45" + bytes(19)


def reply(kind: int, identity: int, sequence: int) -> bytes:
    return HEADER + struct.pack("!BBHHH", kind, 0, 0, identity, sequence)


def test_only_replies_to_our_own_echoes_count(prober: tuple[live_path._Prober, socket.socket]) -> None:
    ours, wire = prober
    for packet, sequence in (
        (reply(0, ours._identity, 7), 7),
        (reply(0, ours._identity ^ 1, 7), None),  # of another program
        (reply(8, ours._identity, 7), None),  # the question itself, as loopback shows it
        (reply(0, ours._identity, 7)[:-1], None),
    ):
        wire.send(packet)
        assert ours._reply() == sequence
    assert ours._reply() is None


@pytest.fixture
def over_udp() -> Iterator[tuple[live_path._Prober, socket.socket]]:
    """The same on sockets that keep errors and packets apart, as raw ones do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        here.bind(("127.0.0.1", 0))
        there.bind(("127.0.0.1", 0))
        here.connect(there.getsockname())
        there.connect(here.getsockname())
        here.setblocking(False)
        yield live_path._Prober(here, True, deadline=0.0), there


def test_what_came_while_this_machine_was_busy_is_not_taken_as_lost(over_udp: tuple[live_path._Prober, socket.socket]) -> None:
    ours, wire = over_udp  # its time is up before it begins
    wire.send(reply(0, ours._identity, 2))
    assert select.select([ours._socket], [], [], 60)[0]
    assert ours.burst((576, 1400, 1500)).answered == {1400}


def test_packets_without_end_do_not_hold_it_when_the_time_is_up(over_udp: tuple[live_path._Prober, socket.socket]) -> None:
    ours, wire = over_udp
    for _ in range(live_path._LATE_MOST):
        wire.send(b"no reply")
    wire.send(reply(0, ours._identity, 1))  # one too many to be looked at
    assert ours.burst((576,)).answered == frozenset()


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda tail: HEADER + tail))
def test_any_packet_is_survived(packet: bytes) -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        here.setblocking(False)
        there.send(packet)
        sequence = live_path._Prober(here, True, deadline=0.0)._reply()
    assert sequence is None or 0 <= sequence < 2**16


def test_loopback_and_what_has_no_address_of_the_old_kind(needs_root: Callable[[], None]) -> None:
    needs_root()
    assert json.loads(Live().ask(PathMtu("127.0.0.1")).text) == WHOLE
    assert Live().ask(PathMtu("::1")).problem == "unreachable"
