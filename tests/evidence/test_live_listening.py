"""The sockets of this very machine, against one that the test opens."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.evidence import live_listening
from itaudit.evidence.live_listening import listening_sockets
from itaudit.evidence.questions_machine import ListeningSockets
from itaudit.evidence.rooted import Rooted


def seen(port: int) -> list[dict[str, Any]]:
    body = json.loads(listening_sockets(ListeningSockets()).body)
    assert body["complete"]
    # Of this process: a port number is free for one protocol while another test may hold it for the other.
    ours = [each for each in body["sockets"] if each["pid"] == os.getpid()]
    return [each for each in ours if each["port"] == port and each["address"] == "127.0.0.1"]


def test_a_socket_that_listens_is_seen_with_its_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        [found] = seen(server.getsockname()[1])
    assert (found["protocol"], found["pid"]) == ("tcp", os.getpid())
    assert found["file"] == os.path.realpath("/proc/self/exe")
    assert found["program"]


def test_a_socket_of_udp_is_seen_unless_it_talks_to_one_other_alone() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        assert [each["protocol"] for each in seen(port)] == ["udp"]
        one.connect(("127.0.0.1", 9))
        assert seen(port) == []


def test_a_connection_is_no_door() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert seen(client.getsockname()[1]) == []


def test_without_time_it_says_that_it_is_not_complete() -> None:
    assert '"complete": false' in listening_sockets(ListeningSockets(timeout=0.0)).body


def test_with_more_sockets_than_it_looks_at_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_listening, "_MOST_SOCKETS", 0)
    assert '"complete": false' in listening_sockets(ListeningSockets()).body


def test_a_disk_in_a_folder_has_no_doors(tmp_path: Path) -> None:
    from itaudit.evidence.live import Live

    (tmp_path / "etc").mkdir()
    rooted = Rooted(tmp_path, Live())
    assert rooted.ask(api.ListeningSockets()).problem == api.NotApplicable.kind
    rooted.close()
