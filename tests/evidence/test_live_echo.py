"""The answers of time servers, over real packets on loopback. Clocks that are wrong are in tests/facts/test_clock.py."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import ntplib
import pytest

from itaudit import api
from itaudit.evidence.live import Live
from itaudit.evidence.questions_network import NetworkTime

PATIENCE_SECONDS = 60.0


@pytest.fixture
def time_server(request: pytest.FixtureRequest) -> Iterator[int]:
    """Port of a server that answers once, with this (leap indicator, stratum); its time is this machine's own."""
    leap, stratum = request.param
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(PATIENCE_SECONDS)

        def answer() -> None:
            asked, sender = server.recvfrom(100)
            packet = ntplib.NTPPacket(version=4, mode=4)
            packet.from_data(asked)
            packet.mode, packet.leap, packet.stratum = 4, leap, stratum
            packet.orig_timestamp = packet.recv_timestamp = packet.tx_timestamp
            server.sendto(packet.to_data(), sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(PATIENCE_SECONDS)


@pytest.mark.parametrize("time_server", [(0, 2), (1, 2)], indirect=True)
def test_a_time_server_in_order_is_believed(time_server: int) -> None:
    told = Live().ask(NetworkTime("127.0.0.1", time_server, timeout=PATIENCE_SECONDS)).json
    # Its time is that of the question: the way there and back is all there is between the clocks, and that may be slow here.
    assert abs(told["offset_seconds"]) <= told["delay_seconds"] / 2 + 0.001


@pytest.mark.parametrize("time_server", [(3, 2), (0, 0), (0, 16)], indirect=True)
def test_a_time_server_that_does_not_know_the_time_itself_is_not_believed(time_server: int) -> None:
    answer = Live().ask(NetworkTime("127.0.0.1", time_server, timeout=PATIENCE_SECONDS))
    assert isinstance(answer.error, api.Unreadable)
