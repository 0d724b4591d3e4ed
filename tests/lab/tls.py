"""A rogues' gallery of TLS servers on loopback, each with one fault. Their names: lab/_zones_tls.py.

Linux only: there all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from lab._ports import claimed_port
from lab._zones_tls import ADDRESSES, KINDS, name_of

LIFETIME = timedelta(days=90)
PATIENCE_SECONDS = 60
"""How long a server without end goes on at most, and waits for a client that this machine keeps waiting; tests end before."""
Serve = Callable[[socket.socket, threading.Event], None]
"""What a server does with one connection."""


@dataclass(frozen=True)
class TlsLab:
    """`port` is the same for all servers; `authority` is the file of the only trusted issuer."""

    port: int
    authority: Path
    issuer: trustme.CA

    def address(self, kind: str) -> str:
        return ADDRESSES[kind]


def dates(left: timedelta, lifetime: timedelta = LIFETIME) -> tuple[datetime, datetime]:
    """The validity of a certificate that has this much left."""
    end = datetime.now(UTC) + left
    return end - lifetime, end


def issued(issuer: trustme.CA, name: str, days_left: float, lifetime: timedelta = LIFETIME) -> trustme.LeafCert:
    begin, end = dates(timedelta(days=days_left), lifetime)
    return issuer.issue_cert(name, not_before=begin, not_after=end)


def served(chain: bytes, key: bytes, folder: Path, name: str) -> ssl.SSLContext:
    file = folder / f"{name}.pem"
    file.write_bytes(key + chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # a server may be as weak as it likes
    context.load_cert_chain(file)
    return context


def context_of(leaf: trustme.LeafCert, folder: Path, name: str) -> ssl.SSLContext:
    return served(b"".join(blob.bytes() for blob in leaf.cert_chain_pems), leaf.private_key_pem.bytes(), folder, name)


def _by_hand(
    name: str, folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, issuer: trustme.CA | None
) -> ssl.SSLContext:
    """A certificate that trustme does not make: of this key, signed by `issuer` or by itself, and sent alone.

    Like those of public issuers it tells where its issuer's own one lies (RFC 5280 4.2.2.1); nothing is fetched from there.
    """
    where = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.test/ca.crt")
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = key
    by = subject
    if issuer:
        loaded = serialization.load_pem_private_key(issuer.private_key_pem.bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signer, by = loaded, x509.load_pem_x509_certificate(issuer.cert_pem.bytes()).subject
    begin, end = dates(timedelta(days=80))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([where]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return served(certificate.public_bytes(pem), secret, folder, name)


def _contexts(issuer: trustme.CA, folder: Path) -> dict[str, ssl.SSLContext]:
    days = {"ok": 80, "near": 20, "soon": 5, "expired": -3, "future": 100, "tls10": 80, "tls11too": 80}
    leaves = {kind: issued(issuer, name_of(kind), left) for kind, left in days.items()}
    leaves["short"] = issued(issuer, name_of("short"), 3, timedelta(days=6))
    leaves["wronghost"] = issued(issuer, "other.test", 80)
    leaves["wrongandexpired"] = issued(issuer, "other.test", -3)
    leaves["wildcard"] = issued(issuer, "*.gallery.test", 80)
    leaves["untrusted"] = issued(trustme.CA(organization_name="Nobody knows us"), name_of("untrusted"), 80)
    contexts = {kind: context_of(leaf, folder, kind) for kind, leaf in leaves.items()}
    key = ec.generate_private_key(ec.SECP256R1())
    contexts["incomplete"] = _by_hand(name_of("incomplete"), folder, key, issuer.create_child_ca())
    contexts["selfsigned"] = _by_hand(name_of("selfsigned"), folder, ec.generate_private_key(ec.SECP256R1()), None)
    contexts["weak"] = _by_hand(name_of("weak"), folder, rsa.generate_private_key(65537, 1024), issuer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        contexts["tls10"].minimum_version = contexts["tls10"].maximum_version = ssl.TLSVersion.TLSv1
        contexts["tls11too"].minimum_version = ssl.TLSVersion.TLSv1_1
    return contexts


def shakes_hands(context: ssl.SSLContext) -> Serve:
    def serve(connection: socket.socket, _: threading.Event) -> None:
        connection.settimeout(PATIENCE_SECONDS)
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return serve


def _plain(connection: socket.socket, _: threading.Event) -> None:
    connection.settimeout(PATIENCE_SECONDS)
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def _closes(_connection: socket.socket, _: threading.Event) -> None:
    """Hangs up at once."""


def _silent(_connection: socket.socket, stop: threading.Event) -> None:
    stop.wait(PATIENCE_SECONDS)


def sends(piece: bytes, each_seconds: float) -> Serve:
    """Sends the same piece again and again."""

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        for _ in range(int(PATIENCE_SECONDS / max(each_seconds, 0.001))):
            connection.sendall(piece)
            if stop.wait(each_seconds):
                return

    return serve


def _dribbles(connection: socket.socket, stop: threading.Event) -> None:
    """The head of a handshake record of 16 KiB, then a byte every 50 ms: each read has news, and the whole never comes."""
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    sends(b"\0", 0.05)(connection, stop)


class MailServer:
    """Speaks a script: what it says first, then what it answers to each line; a context where the handshake begins."""

    def __init__(self, greeting: bytes, replies: dict[bytes, bytes], context: ssl.SSLContext | None = None) -> None:
        self.greeting, self.replies, self.context = greeting, replies, context
        self.heard: list[bytes] = []

    def __call__(self, connection: socket.socket, stop: threading.Event) -> None:
        connection.settimeout(PATIENCE_SECONDS)
        connection.sendall(self.greeting)
        with connection.makefile("rb") as lines:
            while line := lines.readline().strip():
                self.heard.append(line)
                reply = next((text for start, text in self.replies.items() if line.upper().startswith(start)), b"")
                connection.sendall(reply)
                if line.upper().endswith((b"STARTTLS", b"STLS")) and self.context:
                    with self.context.wrap_socket(connection, server_side=True) as secured:
                        secured.recv(1)
                    return


@contextmanager
def listening(serve: Serve, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serve each connection on a thread of its own until the end of the block; yields the port."""
    stop = threading.Event()

    def work(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            serve(connection, stop)

    def accept(listener: socket.socket) -> None:
        while not stop.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=work, args=(connection,), daemon=True).start()

    with socket.create_server((address, port)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            stop.set()
            thread.join(PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def tls_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsLab]:
    """The gallery, running; nothing trusts its issuer yet."""
    folder = tmp_path_factory.mktemp("tls")
    issuer = trustme.CA()
    authority = folder / "authority.pem"
    authority.write_bytes(issuer.cert_pem.bytes())
    serve: dict[str, Serve] = {
        "plain": _plain,
        "closes": _closes,
        "silent": _silent,
        "dribbles": _dribbles,
        "endless": sends(b"x" * 4096, 0.0),
    }
    serve |= {kind: shakes_hands(context) for kind, context in _contexts(issuer, folder).items()}
    assert serve.keys() == set(KINDS)
    with ExitStack() as stack:
        port = claimed_port(list(ADDRESSES.values()))
        for kind, work in serve.items():
            stack.enter_context(listening(work, ADDRESSES[kind], port))
        yield TlsLab(port, authority, issuer)


@pytest.fixture
def tls_lab(tls_servers: TlsLab, monkeypatch: pytest.MonkeyPatch) -> TlsLab:
    """The gallery, with its issuer as the only one that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_servers.authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return tls_servers
