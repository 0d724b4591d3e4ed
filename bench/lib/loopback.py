"""Servers on loopback that a scan can ask instead of the internet: handshakes, a time server, and a page that answers 204."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_SECONDS_1900_TO_1970 = 2_208_988_800


class _Greeting(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """A handshake is all that is asked for."""


class _Clock(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Answer as a stratum 1 server (RFC 5905 7.3): header, root delay and dispersion, name, and four timestamps."""
        question, answer_to = self.request
        now = time.time() + _SECONDS_1900_TO_1970
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        head = struct.pack("!BBbb", 0x24, 1, 0, -20) + bytes(8) + b"LOCL"
        answer_to.sendto(head + stamp + question[40:48] + stamp + stamp, self.client_address)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is BaseHTTPRequestHandler's
        """Say nothing."""


class _Six(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6


def serve(folder: Path) -> Path:
    """Start all of them for the life of this process; returns an itaudit.toml that names them."""
    four = [socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Greeting) for _ in range(3)]
    six = [_Six(("::1", 0), _Greeting)] if socket.has_dualstack_ipv6() else []
    clock = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Clock)
    page = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    for server in (*four, *six, clock, page):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    targets = [f"127.0.0.1:{server.server_address[1]}" for server in four]
    targets_six = [f"[::1]:{server.server_address[1]}" for server in six] or ["[::1]:1"]
    configuration = folder / "itaudit.toml"
    configuration.write_text(
        "[internet]\n"
        f"targets = {targets!r}\n"
        f"targets_ipv6 = {targets_six!r}\n"
        "ping_count = 2\n"
        f"time_servers = ['127.0.0.1:{clock.server_address[1]}']\n"
        f"portal_url = 'http://127.0.0.1:{page.server_address[1]}/'\n"
    )
    return configuration
