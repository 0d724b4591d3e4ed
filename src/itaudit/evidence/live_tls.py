"""TLS handshakes: what a server shows of itself, trusted or not."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from typing import Any

from itaudit.errors import TimedOut, Unreadable
from itaudit.evidence.live_network import connect
from itaudit.evidence.questions import Answer, Tls


def tls(question: Tls) -> Answer:
    """Body: JSON as Tls says; an untrusted certificate is an answer, not an error. Raises TimedOut, Unreachable, Unreadable."""
    name = question.server_name or question.host
    trusted, why = True, ""
    try:
        session = _handshake(question, name, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        trusted, why = False, error.verify_message
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            session = _handshake(question, name, context)
        except (ssl.SSLError, OSError) as again:
            raise Unreadable(f"{name} port {question.port}: {again}"[:300]) from again
    except TimeoutError as error:
        raise TimedOut(f"{name} port {question.port} did not finish the handshake") from error
    except (ssl.SSLError, OSError) as error:
        raise Unreadable(f"{name} port {question.port}: {error}"[:300]) from error
    return Answer(body=json.dumps({**session, "trusted": trusted, "error": why}))


def _handshake(question: Tls, name: str, context: ssl.SSLContext) -> dict[str, Any]:
    raw = connect(question.host, question.port, question.timeout)
    with raw:
        if question.start_tls == "smtp":
            _start_tls_smtp(raw)
        with context.wrap_socket(raw, server_hostname=name) as secured:
            cipher = secured.cipher()
            return {
                "protocol": secured.version(),
                "cipher": cipher[0] if cipher else "",
                "certificate": base64.b64encode(secured.getpeercert(binary_form=True) or b"").decode(),
            }


def _start_tls_smtp(raw: socket.socket) -> None:
    """Say EHLO and STARTTLS (RFC 3207). Raises Unreadable when it is refused."""
    for line, wanted in ((b"", b"220"), (b"EHLO itaudit.invalid\r\n", b"250"), (b"STARTTLS\r\n", b"220")):
        if line:
            raw.sendall(line)
        answer = b""
        # The last line of a reply has a space behind its code; 8 KiB is more than any honest greeting.
        while not any(part[3:4] == b" " for part in answer.split(b"\r\n") if len(part) > 3):
            chunk = raw.recv(1024)
            answer += chunk
            if not chunk or len(answer) > 8192:
                break
        if not answer.startswith(wanted):
            raise Unreadable(f"STARTTLS was refused: {answer[:80]!r}")
