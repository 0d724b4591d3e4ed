"""A speedtest-mini server on loopback that works, moves nothing or turns us away."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CONFIGURATION = """<?xml version="1.0"?><settings>
<client ip="127.0.0.1" lat="52.0" lon="5.0" isp="Loopback"
isprating="3.7" rating="0" ispdlavg="0" ispulavg="0" loggedin="0" country="NL"/>
<server-config threadcount="2" ignoreids="" notonmap="" forcepingid="" preferredserverid=""/>
<download testlength="1" initialtest="250K" mintestsize="250K" threadsperurl="2"/>
<upload testlength="1" ratio="5" initialtest="0" mintestsize="32K" threads="2"
maxchunksize="512K" maxchunkcount="4" threadsperurl="2"/>
</settings>"""


class _SpeedHandler(BaseHTTPRequestHandler):
    """What speedtest-cli asks for. It comes through us as its proxy, so the path is a whole URL."""

    mode = "works"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, body: bytes, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = re.sub(r"^https?://[^/]+", "", self.path).partition("?")[0]
        if path == "/speedtest-config.php":
            self._send(b"Forbidden", 403) if self.mode == "forbidden" else self._send(CONFIGURATION.encode())
        elif path == "/speedtest/latency.txt":
            self._send(b"test=test\n")
        elif size := re.fullmatch(r"/speedtest/random(\d+)x\d+\.jpg", path):
            self._send(b"", 500) if self.mode == "no transfers" else self._send(b"\xff" * min(int(size[1]) ** 2 * 2, 4_000_000))
        elif path == "/":
            self._send(b'<html><script>var so={upload_extension: "php"}</script></html>')
        else:
            self._send(b"", 404)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if self.mode == "no transfers":
            self.close_connection = True
            return
        self.rfile.read(length)
        self._send(b"size=%d" % length)


@pytest.fixture
def speed_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """`speed_server("works")` starts a mini server and returns its address; what this machine's programs fetch goes through it.

    Modes: works; "no transfers": it lists a server, but nothing can be moved; "forbidden": the service turns us away.
    """
    with ExitStack() as stack:

        def start(mode: str) -> str:
            handler = type("Handler", (_SpeedHandler,), {"mode": mode})
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            url = f"http://127.0.0.1:{server.server_address[1]}"
            # A plain proxy keeps speedtest-cli, which always asks speedtest.net for its configuration, on loopback.
            for name, value in (("http_proxy", url), ("https_proxy", url), ("no_proxy", "")):
                monkeypatch.setenv(name, value)
                monkeypatch.setenv(name.upper(), value)
            return f"{url}/"

        yield start
