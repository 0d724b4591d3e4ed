"""Pages of the web. Every answer is bounded in bytes and in total time, however slowly the other side dribbles.

urllib3 counts its time for each read, so a server that sends a byte now and then could hold it for ever, above all before the
page itself: hence each request has a thread of its own, whose connections are cut when the time is up.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from itaudit.errors import TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Http

if TYPE_CHECKING:
    import urllib3

_CHUNK_BYTES = 16384


def http(question: Http) -> Answer:
    """Body: JSON as Http says. Certificates are verified. Raises TimedOut, Unreachable, or Unreadable for a body without end."""
    request = _Request(question)
    thread = threading.Thread(target=request.run, daemon=True)
    thread.start()
    thread.join(question.timeout)
    if thread.is_alive():
        request.cut()
        raise TimedOut(f"{question.url} was not done after {question.timeout:g} s")
    if isinstance(request.result, Answer):
        return request.result
    raise request.result


class _Request:
    """One request, with the connections that it opened."""

    def __init__(self, question: Http) -> None:
        self._question = question
        self._opened: list[socket.socket] = []
        self._late = False
        self.result: Answer | Exception = Unreachable(question.url)

    def run(self) -> None:
        try:
            self.result = self._asked()
        except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
            self.result = error

    def cut(self) -> None:
        """End what still runs: a read that waits returns at once."""
        self._late = True
        for each in self._opened:
            _shut(each)

    def opened(self, connection: socket.socket) -> None:
        self._opened.append(connection)
        if self._late:
            _shut(connection)

    def _asked(self) -> Answer:
        import urllib3

        question = self._question
        try:
            with contextlib.closing(self._response()) as response:
                text = self._content(response).decode(errors="replace")
        except urllib3.exceptions.NewConnectionError as error:  # urllib3 counts it among the timeouts
            raise Unreachable(f"{question.url}: {error}"[:300]) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TimedOut(question.url) from error
        except urllib3.exceptions.LocationValueError as error:
            raise Unreadable(f"not an address: {question.url}") from error
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{question.url}: {error}"[:300]) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        if sum(map(len, (*headers, *headers.values()))) > question.limit_bytes:
            raise Unreadable(f"{question.url} sent headers of more than {question.limit_bytes} bytes")
        body = {"status": response.status, "headers": headers, "text": text, "url": _led_to(question.url, response)}
        return Answer(body=json.dumps(body))

    def _response(self) -> urllib3.BaseHTTPResponse:
        """The answer up to its headers."""
        import urllib3

        question = self._question
        context = _context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
        manager = urllib3.PoolManager(timeout=urllib3.Timeout(total=question.timeout), ssl_context=context)
        manager.pool_classes_by_scheme = _pools(self)
        # False, unlike 0, raises the error itself, so that a timeout stays one.
        retries = urllib3.Retry(question.redirects, connect=False, read=False, other=False, raise_on_redirect=False)
        # A page is shown as it came: unpacking what nobody asked to be packed would only open a door.
        more: dict[str, Any] = {"preload_content": False, "decode_content": False, "retries": retries}
        if not question.address:
            return manager.request(question.method, question.url, redirect=question.redirects > 0, **more)
        if question.redirects:
            raise Unreadable("a redirect may lead to another address")
        url = urllib3.util.parse_url(question.url)
        # The name is sent, and the certificate verified for it, though the connection goes to the address.
        secure = {"server_hostname": url.host} if url.scheme == "https" else {}
        pool = manager.connection_from_host(question.address, url.port, url.scheme, secure)
        return pool.urlopen(
            question.method, url.request_uri, headers={"Host": url.netloc or ""}, redirect=False, assert_same_host=False, **more
        )

    def _content(self, response: urllib3.BaseHTTPResponse) -> bytes:
        content = b""
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > self._question.limit_bytes:
                raise Unreadable(f"{self._question.url} sent more than {self._question.limit_bytes} bytes")
        return content


def _pools(request: _Request) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """The usual kinds of connection, which tell the request of each that is opened."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            request.opened(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            request.opened(self.sock)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _led_to(url: str, response: urllib3.BaseHTTPResponse) -> str:
    """Where the redirects led that were followed; urllib3 itself remembers only the path of the last one."""
    from urllib.parse import urljoin

    for step in response.retries.history if response.retries else ():
        url = urljoin(url, step.redirect_location or "")
    return url


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # That of the plain socket: a goodbye of TLS would wait for the other side.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@cache
def _context(*_trust_from: str) -> ssl.SSLContext:
    """One for all requests: loading the list of trusted issuers costs 26 ms. Kept apart by where that list is."""
    return ssl.create_default_context()
