"""The sockets of this very machine, against one that the test opens."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.evidence import live_listening
from itaudit.evidence.live_listening import listening_sockets
from itaudit.evidence.questions_machine import ListeningSockets
from itaudit.evidence.rooted import Rooted


def seen(port: int, protocol: str = "tcp") -> list[dict[str, Any]]:
    body = json.loads(listening_sockets(ListeningSockets(timeout=60.0)).body)
    assert body["complete"]
    # Of this process and this protocol: the number may be in use for the other one, by another test or by a server of this one.
    ours = [each for each in body["sockets"] if (each["pid"], each["protocol"]) == (os.getpid(), protocol)]
    return [each for each in ours if each["port"] == port and each["address"] == "127.0.0.1"]


def test_a_socket_that_listens_is_seen_with_its_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        [found] = seen(server.getsockname()[1])
    assert (found["protocol"], found["pid"]) == ("tcp", os.getpid())
    assert found["file"] == os.path.realpath("/proc/self/exe")
    assert found["program"]


def test_a_helper_that_inherits_a_socket_and_ends_meanwhile_does_not_hide_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    program_of = live_listening._program
    with socket.create_server(("127.0.0.1", 0)) as server:
        # Nearly always with a higher number than ours, so that it is the one that is named.
        helper = subprocess.Popen(["sleep", "600"], pass_fds=[server.fileno()])

        def ends_first(number: int) -> tuple[str, str]:
            if number == helper.pid:
                helper.kill()
                helper.wait()
            return program_of(number)

        monkeypatch.setattr(live_listening, "_program", ends_first)
        [found] = seen(server.getsockname()[1])
    helper.kill()
    helper.wait()
    assert found["program"]


def test_a_socket_of_udp_is_seen_unless_it_talks_to_one_other_alone() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        # The kernel tells its table in pieces: where a socket before ours is closed in between, ours is passed over.
        assert any(len(seen(port, "udp")) == 1 for _ in range(100))
        one.connect(("127.0.0.1", 9))
        assert seen(port, "udp") == []


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
