"""Pages of the web, from servers that behave and servers that do not. Every request ends within its time."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from itaudit.errors import TimedOut, Unreachable, Unreadable
from itaudit.evidence.live import Live
from itaudit.evidence.questions_network import Http

Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
PATIENCE_SECONDS = 60


@pytest.fixture
def source() -> Live:
    return Live()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The only issuer that is trusted."""
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return issuer


@pytest.fixture
def served() -> Iterator[Callable[..., int]]:
    """`served(work)` serves each connection with `work` and returns the port. left: set when the other side hangs up on it."""

    def start(serve: Serve, context: ssl.SSLContext | None = None, left: threading.Event | None = None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def work(connection: socket.socket) -> None:
            connection.settimeout(PATIENCE_SECONDS)
            try:
                with context.wrap_socket(connection, server_side=True) if context else connection as line:
                    serve(line)
            except TimeoutError:
                return
            except OSError:
                if left:
                    left.set()
            finally:
                connection.close()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=work, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        ports.append(listener)
        return int(listener.getsockname()[1])

    ports: list[socket.socket] = []
    yield start
    for listener in ports:
        listener.shutdown(socket.SHUT_RDWR)  # closed alone, it would go on listening for as long as somebody waits for it
        listener.close()


def page(url: str, **more: Any) -> Http:
    """A question that does not run out of time, unless it is given less."""
    return Http(url, **({"timeout": PATIENCE_SECONDS} | more))


def says(answer: bytes, heard: list[bytes] | None = None) -> Serve:
    def serve(connection: socket.socket) -> None:
        request = connection.recv(65536)
        if heard is not None:
            heard.append(request)
        connection.sendall(answer)

    return serve


def endless(start: bytes, piece: bytes) -> Serve:
    """Sends `piece` again and again, slowly, until the other side hangs up."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(start)
        for _ in range(PATIENCE_SECONDS * 20):
            connection.sendall(piece)
            time.sleep(0.05)

    return serve


def says_nothing(connection: socket.socket) -> None:
    """Until the other side hangs up."""
    while connection.recv(65536):
        pass


def context_for(issuer: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names).configure_cert(context)
    return context


def test_a_page_is_told_with_status_headers_and_text(source: Live, served: Callable[..., int]) -> None:
    port = served(says(OK))
    body = source.ask(page(f"http://127.0.0.1:{port}/")).json
    assert (body["status"], body["text"], body["headers"]["content-type"]) == (200, "hello", "text/plain")
    assert body["url"] == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ],
    ids=["nothing", "status", "header", "body", "long-body", "chunk"],
)
def test_a_server_that_dribbles_is_cut_off_when_the_time_is_up(source: Live, served: Callable[..., int], start: bytes) -> None:
    left = threading.Event()
    port = served(endless(start, b"x"), left=left)
    assert isinstance(source.ask(page(f"http://127.0.0.1:{port}/", timeout=0.6)).error, TimedOut)
    assert left.wait(PATIENCE_SECONDS / 2), "the connection was left open"


def test_a_server_that_dribbles_inside_tls_is_cut_off_too(
    source: Live, served: Callable[..., int], authority: trustme.CA
) -> None:
    left = threading.Event()
    port = served(endless(b"HTTP/1.1 200 OK\r\n", b"x"), context_for(authority, "shop.test"), left)
    question = page(f"https://shop.test:{port}/", address="127.0.0.1", timeout=0.8)
    assert isinstance(source.ask(question).error, TimedOut)
    assert left.wait(PATIENCE_SECONDS / 2), "the connection was left open"


def test_a_handshake_that_is_never_done_is_timed_out(source: Live, served: Callable[..., int]) -> None:
    port = served(says_nothing)
    assert isinstance(source.ask(page(f"https://127.0.0.1:{port}/", timeout=0.6)).error, TimedOut)


@pytest.mark.parametrize("more", [b"", b"Content-Length: 99999999\r\n", b"Content-Encoding: gzip\r\n"])
def test_a_page_without_end_is_unreadable(source: Live, served: Callable[..., int], more: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + more + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    assert isinstance(source.ask(page(f"http://127.0.0.1:{served(serve)}/", limit_bytes=100_000)).error, Unreadable)


def test_headers_without_end_are_no_page(source: Live, served: Callable[..., int]) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            connection.sendall(b"X-%d: y\r\n" % number * 100)

    assert source.ask(page(f"http://127.0.0.1:{served(serve)}/")).error is not None


def test_headers_count_as_a_part_of_the_answer(source: Live, served: Callable[..., int]) -> None:
    huge = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 10_000) for number in range(50))
    answer = OK.replace(b"\r\n\r\n", b"\r\n" + huge + b"\r\n")
    assert isinstance(source.ask(page(f"http://127.0.0.1:{served(says(answer))}/", limit_bytes=100_000)).error, Unreadable)


@pytest.mark.parametrize("answer", [b"", b"\x00\xff\xfe", b"220 mail.test ESMTP\r\n", OK[:-2]])
def test_what_is_no_whole_page_is_an_error(source: Live, served: Callable[..., int], answer: bytes) -> None:
    assert source.ask(page(f"http://127.0.0.1:{served(says(answer))}/")).error is not None


def test_a_packed_page_is_not_unpacked(source: Live, served: Callable[..., int]) -> None:
    port = served(says(OK.replace(b"Content-Type: text/plain", b"Content-Encoding: gzip")))
    assert source.ask(page(f"http://127.0.0.1:{port}/")).json["text"] == "hello"


def test_redirects_are_followed_only_where_asked_for(source: Live, served: Callable[..., int]) -> None:
    def serve(connection: socket.socket) -> None:
        there = b" /there " in connection.recv(65536)
        redirect = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(OK if there else redirect)

    port = served(serve)
    first = source.ask(page(f"http://127.0.0.1:{port}/here")).json
    assert (first["status"], first["url"]) == (302, f"http://127.0.0.1:{port}/here")
    second = source.ask(page(f"http://127.0.0.1:{port}/here", redirects=1)).json
    assert (second["status"], second["url"]) == (200, f"http://127.0.0.1:{port}/there")


def test_redirects_in_a_loop_end(source: Live, served: Callable[..., int]) -> None:
    heard: list[bytes] = []
    port = served(says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", heard))
    assert source.ask(page(f"http://127.0.0.1:{port}/", redirects=3)).json["status"] == 302
    assert len(heard) == 4


def test_the_address_is_asked_but_the_name_is_sent_and_verified(
    source: Live, served: Callable[..., int], authority: trustme.CA
) -> None:
    heard: list[bytes] = []
    port = served(says(OK, heard), context_for(authority, "shop.test"))
    body = source.ask(page(f"https://shop.test:{port}/a/b?c=d", address="127.0.0.1")).json
    assert body["text"] == "hello"
    assert heard[0].startswith(b"GET /a/b?c=d HTTP/1.1\r\n")
    assert f"Host: shop.test:{port}\r\n".encode() in heard[0]


def test_a_page_without_encryption_can_be_had_from_an_address(source: Live, served: Callable[..., int]) -> None:
    heard: list[bytes] = []
    port = served(says(OK, heard))
    assert source.ask(page(f"http://shop.test:{port}/", address="127.0.0.1")).json["text"] == "hello"
    assert f"Host: shop.test:{port}\r\n".encode() in heard[0]


@pytest.mark.parametrize("names", [("other.test",), ("127.0.0.1",)])
def test_a_certificate_of_another_name_is_refused(
    source: Live, served: Callable[..., int], authority: trustme.CA, names: tuple[str, ...]
) -> None:
    port = served(says(OK), context_for(authority, *names))
    assert isinstance(source.ask(page(f"https://shop.test:{port}/", address="127.0.0.1")).error, Unreachable)


def test_a_certificate_of_a_stranger_is_refused(source: Live, served: Callable[..., int], authority: trustme.CA) -> None:
    port = served(says(OK), context_for(trustme.CA(), "shop.test"))
    assert isinstance(source.ask(page(f"https://shop.test:{port}/", address="127.0.0.1")).error, Unreachable)


def test_an_address_allows_no_redirects(source: Live) -> None:
    assert isinstance(source.ask(page("https://shop.test/", address="127.0.0.1", redirects=1)).error, Unreadable)


def test_a_closed_port_at_an_address_is_unreachable(source: Live) -> None:
    assert isinstance(source.ask(page("https://shop.test:1/", address="127.0.0.1")).error, Unreachable)
