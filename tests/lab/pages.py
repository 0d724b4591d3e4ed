"""A web server on loopback with the pages a test gives it, plain or with a certificate for "localhost"."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
import trustme

Page = tuple[int, str, str]
"""Status, body, and where it leads ("" for nowhere)."""
Serve = Callable[..., str]


@contextmanager
def serving(pages: dict[str, Page], context: ssl.SSLContext | None) -> Iterator[int]:
    """Its port. `pages` may be changed while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, location = pages.get(unquote(self.path), (404, "nothing here", ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def web_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """`web_pages({"/list": (200, text, "")}, secure=True)` is the address before the path; its issuer is the only one trusted."""
    issuer = trustme.CA()
    authority = tmp_path / "web-authority.pem"
    authority.write_bytes(issuer.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with ExitStack() as stack:

        def serve(pages: dict[str, Page], *, secure: bool = False) -> str:
            context = None
            if secure:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                issuer.issue_cert("localhost").configure_cert(context)
            port = stack.enter_context(serving(pages, context))
            return f"https://localhost:{port}" if secure else f"http://127.0.0.1:{port}"

        yield serve
