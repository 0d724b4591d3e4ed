"""A registry's server (RDAP) on loopback that answers well, badly, and without end, by the first word of the name asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

PATIENCE_SECONDS = 60
SECRET = "Erika Mustermann"
"""The owner's name in every good answer: it must never be seen again."""


def domain(name: str, days_left: float | None, *states: str) -> dict[str, Any]:
    """An answer as registries give it (RFC 9083 5.3), with owner and registrar."""
    events = [{"eventAction": "registration", "eventDate": "2015-01-31T23:30:00Z"}]
    if days_left is not None:
        end = datetime.now(UTC) + timedelta(days=days_left)
        events.append({"eventAction": "expiration", "eventDate": end.isoformat().replace("+00:00", "Z")})
    return {
        "objectClassName": "domain",
        "handle": "4711-TEST",
        "ldhName": name,
        "rdapConformance": ["rdap_level_0"],
        "status": list(states or ("client transfer prohibited",)),
        "events": events,
        "nameservers": [{"objectClassName": "nameserver", "ldhName": f"ns1.{name}"}],
        "secureDNS": {"delegationSigned": True},
        "entities": [_entity("registrant", SECRET, "individual"), _entity("registrar", "Example Registrar Ltd.", "org")],
        "remarks": [{"description": [f"owned by {SECRET}"]}],
    }


def _entity(role: str, name: str, kind: str) -> dict[str, Any]:
    card = [
        ["version", {}, "text", "4.0"],
        ["fn", {}, "text", name],
        ["kind", {}, "text", kind],
        ["tel", {}, "uri", "tel:+1.555"],
    ]
    return {"objectClassName": "entity", "handle": name, "roles": [role], "vcardArray": ["vcard", card]}


ANSWERS: dict[str, Callable[[str], object]] = {
    "good": lambda name: domain(name, 200),
    "near": lambda name: domain(name, 20),
    "late": lambda name: domain(name, -3, "auto renew period"),
    "held": lambda name: domain(name, 200, "Client Hold"),
    "untold": lambda name: domain(name, None),
    "heldanduntold": lambda name: domain(name, None, "pending delete"),
    "empty": lambda _: {},
    "odd": lambda _: {"status": [1, None, {}], "events": [7, {"eventAction": [], "eventDate": {}}], "entities": {"roles": 1}},
    "list": lambda _: [1, 2],
}
PAGES: dict[str, bytes] = {
    "html": b"<html><body>Welcome to the registry</body></html>",
    "binary": b'{"status": ["\xff\xfe"], "events": [{"eventAction": "expiration", "eventDate": "2030-01-01"}]}',
    "huge": b'{"status": ["' + b"x" * 3_000_000 + b'"]}',
    "deep": b"[" * 200_000,
}
STATUSES = {"unknown": 404, "broken": 500, "busy": 429}


class _Handler(BaseHTTPRequestHandler):
    stop: Event

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        kind = name.partition(".")[0]
        if kind in ANSWERS:
            self._send(200, json.dumps(ANSWERS[kind](name)).encode())
        elif kind in PAGES:
            self._send(200, PAGES[kind])
        elif kind in STATUSES:
            self._send(STATUSES[kind], b"{}")
        elif kind in ("moved", "loop"):
            self.send_response(302)
            self.send_header("Location", self.path if kind == "loop" else "/elsewhere/domain/good.test")
            self.end_headers()
        else:
            self._without_end(b"x" * 65536 if kind == "endless" else b" ")

    def _send(self, status: int, page: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _without_end(self, piece: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and not self.stop.wait(0.05 if len(piece) == 1 else 0):
            self.wfile.write(piece)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the test is about."""


@pytest.fixture(scope="session")
def registry_url() -> Iterator[str]:
    """Where the registry's server answers: http://127.0.0.1:PORT/rdap/."""
    _Handler.stop = Event()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/rdap/"
        finally:
            _Handler.stop.set()
            server.shutdown()
            thread.join(PATIENCE_SECONDS)
