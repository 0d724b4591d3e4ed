"""One handshake tells what a server shows; every fault is told apart, and nothing holds longer than its time."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as some

from itaudit import api
from itaudit.errors import TimedOut, ToolMissing, Unreachable, Unreadable
from itaudit.evidence import live_tls
from itaudit.evidence.live import Live
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Tls
from lab._zones_tls import ADDRESSES, name_of
from lab.tls import MailServer, Serve, TlsLab, listening, sends, shakes_hands

NOT_YET, EXPIRED, SELF_SIGNED, ISSUER_UNKNOWN, OTHER_NAME, WEAK = 9, 10, 18, 20, 62, 66
"""X509_V_ERR_* of OpenSSL's x509_vfy.h."""


PATIENCE_SECONDS = 50.0
"""Less than the laboratory goes on with what has no end."""


@pytest.fixture(scope="module")
def source() -> Live:
    return Live()


@pytest.fixture
def shown(source: Live, tls_lab: TlsLab) -> Callable[..., Answer]:
    def look(kind: str, newest: str = "", timeout: float = PATIENCE_SECONDS) -> Answer:
        return source.ask(Tls(name_of(kind), tls_lab.port, ADDRESSES[kind], newest=newest, timeout=timeout))

    return look


@pytest.mark.parametrize(
    ("kind", "trusted", "name_matches", "code"),
    [
        ("ok", True, True, 0),
        ("short", True, True, 0),
        ("wildcard", True, True, 0),
        ("expired", False, True, EXPIRED),
        ("future", False, True, NOT_YET),
        ("wronghost", True, False, OTHER_NAME),
        ("wrongandexpired", False, False, EXPIRED),
        ("selfsigned", False, True, SELF_SIGNED),
        ("untrusted", False, True, ISSUER_UNKNOWN),
        ("incomplete", False, True, ISSUER_UNKNOWN),
        ("weak", False, True, WEAK),
    ],
)
def test_each_fault_is_told_apart(shown: Callable[..., Answer], kind: str, trusted: bool, name_matches: bool, code: int) -> None:
    seen = shown(kind).json
    assert (seen["trusted"], seen["name_matches"], seen["verify_code"], seen["protocol"]) == (
        trusted,
        name_matches,
        code,
        "TLSv1.3",
    )
    assert bool(seen["error"]) == (code != 0)


def test_the_certificate_and_what_was_sent_beside_it_are_shown(shown: Callable[..., Answer], tls_servers: TlsLab) -> None:
    seen = shown("ok").json
    own = x509.load_der_x509_certificate(base64.b64decode(seen["certificate"]))
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ok.gallery.test"]
    assert seen["chain"][0] == seen["certificate"]


def test_a_chain_is_shown_as_it_was_sent(source: Live, tls_lab: TlsLab, monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = tls_lab.issuer.create_child_ca().issue_cert("chain.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    sent = [ssl.PEM_cert_to_DER_cert(blob.bytes().decode()) for blob in leaf.cert_chain_pems]
    assert len(sent) == 2
    with listening(shakes_hands(context)) as port:
        seen = source.ask(Tls("chain.test", port, "127.0.0.1", timeout=PATIENCE_SECONDS)).json
    assert [base64.b64decode(each) for each in seen["chain"]] == sent
    assert seen["trusted"]


def test_the_list_of_issuers_may_change_between_two_questions(
    shown: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert shown("ok").json["trusted"]
    other = tmp_path_factory.mktemp("other") / "authority.pem"
    other.write_bytes(trustme.CA().cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    assert not shown("ok").json["trusted"]


def test_a_machine_that_trusts_nobody_cannot_tell(
    shown: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))
    assert isinstance(shown("ok").error, ToolMissing)
    assert shown("selfsigned").json["verify_code"] == SELF_SIGNED


def test_old_protocols_are_seen_where_nothing_else_is_spoken(shown: Callable[..., Answer]) -> None:
    seen = shown("tls10").json
    assert (seen["protocol"], seen["trusted"]) == ("TLSv1", True)


@pytest.mark.parametrize(("kind", "protocol"), [("tls11too", "TLSv1.1"), ("tls10", "TLSv1"), ("ok", "")])
def test_a_second_question_tells_whether_old_protocols_are_accepted(
    shown: Callable[..., Answer], kind: str, protocol: str
) -> None:
    seen = shown(kind, newest="TLSv1.1").json
    assert seen["protocol"] == protocol
    assert shown("tls11too").json["protocol"] == "TLSv1.3"


def test_a_server_without_tls_is_an_answer(shown: Callable[..., Answer]) -> None:
    seen = shown("plain").json
    assert (seen["protocol"], seen["start_tls_offered"]) == ("", True)
    assert seen["error"]


@pytest.mark.parametrize(
    ("kind", "error", "timeout"),
    [("silent", TimedOut, 1.0), ("dribbles", TimedOut, 1.0), ("closes", Unreachable, 50.0), ("gone", Unreachable, 50.0)],
)
def test_what_does_not_come_to_an_end_is_a_failure_to_look(
    shown: Callable[..., Answer], kind: str, error: type[api.Missing], timeout: float
) -> None:
    answer = shown(kind, timeout=timeout)
    assert isinstance(answer.error, error), answer


def test_endless_text_ends(shown: Callable[..., Answer]) -> None:
    answer = shown("endless", timeout=2.0)
    assert answer.seconds < PATIENCE_SECONDS
    assert answer.problem or answer.json["protocol"] == ""


# Mail servers, line by line.


HELLO = b"250-mail.test\r\n250-SIZE 1000\r\n250 starttls\r\n"


@pytest.fixture
def certificate(tls_lab: TlsLab) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls_lab.issuer.issue_cert("mail.test").configure_cert(context)
    return context


@pytest.fixture
def asked(source: Live, tls_lab: TlsLab) -> Callable[..., Answer]:
    def ask(server: Serve, protocol: str, timeout: float = PATIENCE_SECONDS) -> Answer:
        with listening(server) as port:
            return source.ask(Tls("mail.test", port, "127.0.0.1", start_tls=protocol, timeout=timeout))

    return ask


Asked = Callable[..., Answer]


@pytest.mark.parametrize(
    ("protocol", "greeting", "replies"),
    [
        ("smtp", b"220-mail.test\r\n220 ready\r\n", {b"EHLO": HELLO, b"STARTTLS": b"220 go\r\n"}),
        ("imap", b"* OK hello\r\n", {b"A CAP": b"* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n", b"B ST": b"b OK go\r\n"}),
        ("pop3", b"+OK hello\r\n", {b"STLS": b"+OK go\r\n"}),
    ],
)
def test_mail_servers_change_to_a_protected_connection(
    asked: Asked, certificate: ssl.SSLContext, protocol: str, greeting: bytes, replies: dict[bytes, bytes]
) -> None:
    server = MailServer(greeting, replies, certificate)
    seen = asked(server, protocol).json
    assert (seen["start_tls_offered"], seen["trusted"], seen["name_matches"]) == (True, True, True), (seen, server.heard)


def test_we_introduce_ourselves_with_our_address(asked: Asked) -> None:
    server = MailServer(b"220 x\r\n", {b"EHLO": b"250 x\r\n"})
    asked(server, "smtp")
    assert server.heard[0] == b"EHLO [127.0.0.1]"


@pytest.mark.parametrize(
    ("protocol", "greeting", "replies"),
    [
        ("smtp", b"220 x\r\n", {b"EHLO": b"250-x\r\n250 SIZE\r\n"}),
        ("smtp", b"220 x\r\n", {b"EHLO": b"250 STARTTLS\r\n"}),  # the first line holds the server's name
        ("smtp", b"220 x\r\n", {b"EHLO": b"502 what?\r\n"}),
        ("smtp", b"220 x\r\n", {b"EHLO": HELLO, b"STARTTLS": b"454 not now\r\n"}),
        ("imap", b"* OK\r\n", {b"A CAP": b"* CAPABILITY IMAP4rev1\r\na OK\r\n"}),
        ("imap", b"* OK\r\n", {b"A CAP": b"* CAPABILITY STARTTLS\r\na OK\r\n", b"B ST": b"b NO\r\n"}),
        ("pop3", b"+OK\r\n", {b"STLS": b"-ERR\r\n"}),
    ],
)
def test_a_server_that_does_not_change_is_an_answer(
    asked: Asked, protocol: str, greeting: bytes, replies: dict[bytes, bytes]
) -> None:
    seen = asked(MailServer(greeting, replies), protocol).json
    assert seen["start_tls_offered"] is False
    assert seen["error"]


@pytest.mark.parametrize(
    ("protocol", "greeting", "error"),
    [
        ("smtp", b"554 your address is on a list\r\n", Unreachable),
        ("smtp", b"SSH-2.0-OpenSSH_9.2\r\n", Unreadable),
        ("smtp", b"\xff\xfe\0\r\n", Unreadable),
        ("smtp", b"220-x\r\n", TimedOut),
        ("smtp", b"", TimedOut),
        ("imap", b"* BYE too many\r\n", Unreachable),
        ("imap", b"220 x\r\n", Unreadable),
        ("pop3", b"-ERR busy\r\n", Unreachable),
        ("pop3", b"220 x\r\n", Unreadable),
    ],
)
def test_a_server_that_does_not_want_to_talk_is_no_server_without_protection(
    asked: Asked, protocol: str, greeting: bytes, error: type[api.Missing]
) -> None:
    timeout = 1.0 if error is TimedOut else PATIENCE_SECONDS
    assert isinstance(asked(MailServer(greeting, {}), protocol, timeout).error, error)


def test_a_policy_against_our_name_says_nothing_of_protection(asked: Asked) -> None:
    assert isinstance(asked(MailServer(b"220 x\r\n", {b"EHLO": b"550 go away\r\n"}), "smtp").error, Unreachable)


def test_a_server_that_hangs_up_in_its_greeting_is_unreachable(asked: Asked) -> None:
    assert isinstance(asked(lambda connection, stop: connection.sendall(b"220-"), "smtp").error, Unreachable)


@pytest.mark.parametrize(
    ("piece", "pause_seconds", "timeout", "error"),
    [
        (b"2", 0.05, 2.0, TimedOut),
        (b"220-again\r\n", 0.0, PATIENCE_SECONDS, Unreadable),
        (b"x" * 4096, 0.0, PATIENCE_SECONDS, Unreadable),
    ],
)
def test_a_greeting_without_end_ends(
    asked: Asked, piece: bytes, pause_seconds: float, timeout: float, error: type[api.Missing]
) -> None:
    answer = asked(sends(piece, pause_seconds), "smtp", timeout)
    assert isinstance(answer.error, error), answer


def test_certificates_are_verified_as_browsers_do() -> None:
    assert not live_tls._context(live_tls._Way()).verify_flags & ssl.VERIFY_X509_STRICT


WORDS = [b"220 mail", b"220", b"250-mail", b"250 STARTTLS", b"* OK hello", b"* CAPABILITY STARTTLS", b"a OK", b"b OK", b"+OK"]
LINES = some.lists(some.sampled_from(WORDS) | some.binary(max_size=40), max_size=8)


@given(LINES, some.sampled_from(["smtp", "imap", "pop3"]))
def test_whatever_a_mail_server_says_is_an_answer_or_a_failure_to_look(lines: list[bytes], protocol: str) -> None:
    import time

    from itaudit.evidence.live_start_tls import Talk, start_tls

    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as ours,
        server.accept()[0] as theirs,
    ):
        theirs.sendall(b"\r\n".join(lines))
        theirs.shutdown(socket.SHUT_WR)
        said: Any = None
        try:
            said = start_tls(protocol, Talk(ours, time.monotonic() + 2))
        except (api.Missing, OSError):
            return
        assert said is None or isinstance(said, str)


@pytest.mark.parametrize(
    ("names", "host", "matches"),
    [
        (("a.test",), "a.test", True),
        (("a.test",), "A.test.", True),
        (("*.a.test",), "b.a.test", True),
        (("*.a.test",), "c.b.a.test", False),
        (("*.a.test",), "a.test", False),
        (("b.test",), "a.test", False),
        (("192.0.2.1",), "192.0.2.1", True),
        (("192.0.2.1",), "192.0.2.2", False),
    ],
)
def test_to_whom_a_certificate_is_made_out(names: tuple[str, ...], host: str, matches: bool) -> None:
    from itaudit.evidence.live_tls import _is_for

    pem = trustme.CA().issue_cert(*names).cert_chain_pems[0].bytes().decode()
    assert _is_for(ssl.PEM_cert_to_DER_cert(pem), host) is matches


def test_what_is_no_certificate_is_made_out_to_nobody() -> None:
    from itaudit.evidence.live_tls import _is_for

    assert not _is_for(b"no certificate", "a.test")


def test_a_server_that_speaks_no_tls_is_asked_once(source: Live) -> None:
    asked = []

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        asked.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(serve) as port:
        assert source.ask(Tls("plain.test", port, "127.0.0.1", timeout=PATIENCE_SECONDS)).json["protocol"] == ""
    assert len(asked) == 1
