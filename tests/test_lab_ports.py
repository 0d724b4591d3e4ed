"""Ports of the laboratories stay free from when they are chosen until somebody listens, whatever else runs on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from lab._ports import _is_free, _marked, _range, claimed_port
from lab._running import TESTS


def test_the_kernel_gives_none_of_them_away() -> None:
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        assert client.getsockname()[1] not in _range()
    assert claimed_port() in _range()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.255.99.1 is not this machine")
def test_what_one_process_has_chosen_is_taken_for_every_other_though_nobody_listens() -> None:
    port = claimed_port()
    assert not _marked(port)
    script = f"import sys; sys.path.insert(0, {TESTS!r}); from lab._ports import _marked; print(_marked({port}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_over_either_protocol_is_not_free(kind: socket.SocketKind) -> None:
    port = claimed_port()
    assert _is_free(port, ["127.0.0.1"], [socket.SOCK_STREAM, socket.SOCK_DGRAM])
    with socket.socket(type=kind) as user:
        user.bind(("127.0.0.1", port))
        assert not _is_free(port, ["127.0.0.1"], [socket.SOCK_STREAM, socket.SOCK_DGRAM])
