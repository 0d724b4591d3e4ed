"""Mail servers (aiosmtpd) and the web server of their policies (MTA-STS), good and bad. Their names: lab/_zones_mail.py.

Each name has its mail server at mx1; all listen on one port, at addresses of their own. Linux only: there all of 127.0.0.0/8 is
this machine.
"""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller

from lab._dns_zones import MAIL, all_zones
from lab._zones_mail import ADDRESSES
from lab.tls import PATIENCE_SECONDS, Serve, listening, sends

HEALTHY = "version: STSv1\r\nmode: enforce\r\nmx: mx1.{zone}\r\nmax_age: 1209600\r\n"
POLICIES = {
    "stswrong.test": "version: STSv1\nmode: strict\nmx: mx1.stswrong.test\nmax_age: 1209600\n",
    "stsother.test": HEALTHY.format(zone="elsewhere.test"),
    "ststesting.test": HEALTHY.format(zone="ststesting.test").replace("enforce", "testing"),
    "stsnone.test": "version: STSv1\nmode: none\nmax_age: 86400\n",
    "stsshort.test": HEALTHY.format(zone="stsshort.test").replace("1209600", "86400"),
}
"""Those that are not healthy."""


def served(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def _contexts(issuer: trustme.CA) -> dict[str, ssl.SSLContext]:
    names = {kind: f"mx1.{kind}mail.test" for kind in ADDRESSES}
    ended = datetime.now(UTC) - timedelta(days=3)
    stranger = trustme.CA(organization_name="Nobody knows us")
    contexts = {
        "untrusted": served(stranger.issue_cert(names["untrusted"], "mx1.stsenforced.test")),
        "othername": served(issuer.issue_cert("mail.other.test")),
        "expired": served(issuer.issue_cert(names["expired"], not_before=ended - timedelta(days=90), not_after=ended)),
        "old": served(issuer.issue_cert(names["old"])),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        contexts["old"].set_ciphers("ALL:@SECLEVEL=0")
        contexts["old"].minimum_version = contexts["old"].maximum_version = ssl.TLSVersion.TLSv1_1
    return contexts


def says(*lines: bytes) -> Serve:
    """Sends one piece after each that it receives, the first at once; then waits for the end."""

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        connection.settimeout(PATIENCE_SECONDS)
        for line in lines:
            connection.sendall(line)
            if not connection.recv(4096):
                return
        stop.wait(PATIENCE_SECONDS)

    return serve


def dribbles(connection: socket.socket, stop: threading.Event) -> None:
    """A greeting that is never done, a byte at a time."""
    connection.sendall(b"220-")
    sends(b"x", 0.05)(connection, stop)


SCRIPTED: dict[str, Serve] = {
    "refusing": says(b"220 mx ESMTP\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"454 TLS not available\r\n"),
    "broken": says(b"220 mx ESMTP\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go ahead\r\n", b"this is no handshake\r\n"),
    "unwilling": says(b"554 5.7.1 your address is on a list\r\n"),
    "garbage": says(b"\x00\xff\xfe" * 50 + b"\r\n"),
    "endless": sends(b"220-and so on\r\n" * 200, 0.0),
    "dribbling": dribbles,
    "silent": says(b""),
}


class _Policies(BaseHTTPRequestHandler):
    """Serves each name's policy by the Host header."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        zone = self.headers.get("Host", "").partition(":")[0].removeprefix("mta-sts.")
        if self.path != "/.well-known/mta-sts.txt" or zone == "stslost.test":
            self._send(404, "text/plain", b"not here")
        elif zone == "stsredirect.test":
            self._send(301, "text/plain", b"", ("Location", "https://mta-sts.stsgood.test/.well-known/mta-sts.txt"))
        elif zone == "stsendless.test":
            self._send(200, "text/plain", b"mx: x.test\n" * 100_000)
        else:
            kind = "text/html" if zone == "stshtml.test" else "text/plain; charset=utf-8"
            self._send(200, kind, POLICIES.get(zone, HEALTHY.format(zone=zone)).encode())

    def _send(self, status: int, kind: str, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Web(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # of the usual 5, all who come while this machine is busy would have to try again

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


@contextmanager
def _web(address: str, port: int, context: ssl.SSLContext) -> Iterator[None]:
    with _Web((address, port), _Policies) as server:
        # The handshake belongs to the thread of each connection, lest one that waits holds up all others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join(5)


@contextmanager
def mail_running(issuer: trustme.CA, smtp_port: int, https_port: int) -> Iterator[None]:
    """All of it, until the end of the block. Certificates of the healthy servers are by `issuer`."""
    zones = all_zones()
    good = served(issuer.issue_cert(*[f"{host}.{zone}" for zone in zones for host in ("mx1", "mx2")]))
    policies = served(issuer.issue_cert(*[f"mta-sts.{zone}" for zone in zones if zone != "stscert.test"]))
    contexts: dict[str, ssl.SSLContext | None] = {MAIL: good, ADDRESSES["plain"]: None}
    contexts |= {ADDRESSES[kind]: context for kind, context in _contexts(issuer).items()}
    with ExitStack() as stack:
        stack.enter_context(_web(MAIL, https_port, policies))
        for kind, serve in SCRIPTED.items():
            stack.enter_context(listening(serve, ADDRESSES[kind], smtp_port))
        for address, context in contexts.items():
            controller = Controller(
                object(), address, smtp_port, ready_timeout=PATIENCE_SECONDS, tls_context=context, server_hostname="mx.test"
            )
            controller.start()
            stack.callback(controller.stop)
        yield
