"""Asking a mail server to change to TLS: SMTP (RFC 3207), IMAP (RFC 9051 6.2.1), POP3 (RFC 2595).

Whatever the server sends is bounded in bytes and in time.
"""

from __future__ import annotations

import re
import socket
import time

from itaudit.errors import Unreachable, Unreadable

_BYTES_AT_MOST = 65536
_SMTP_REPLY = re.compile(rb"\d{3}(?:[ -].*)?", re.DOTALL)


class Talk:
    """A conversation in lines over a socket that must be over at `end` (monotonic seconds)."""

    def __init__(self, raw: socket.socket, end: float) -> None:
        self.raw, self._end = raw, end
        self._waiting = b""
        self._received = 0

    def line(self) -> bytes:
        """The next line without its end. Raises TimeoutError, OSError, Unreachable when the other side hangs up, Unreadable."""
        while b"\n" not in self._waiting:
            self._wait()
            chunk = self.raw.recv(4096)
            if not chunk:
                raise Unreachable("the server hung up before it said whether it protects the connection")
            self._received += len(chunk)
            if self._received > _BYTES_AT_MOST:
                raise Unreadable("the server's greeting has no end")
            self._waiting += chunk
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line.rstrip(b"\r")

    def say(self, text: str) -> None:
        self._wait()
        self.raw.sendall(text.encode("ascii") + b"\r\n")

    def _wait(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.raw.settimeout(left)


def start_tls(protocol: str, talk: Talk) -> str | None:
    """Bring a server to the point where the handshake begins. "smtp", "imap" or "pop3".

    Returns None when it is ready, else what it said instead. Raises TimeoutError, OSError; Unreachable when it does not want to
    talk with us at all; Unreadable when it speaks another protocol.
    """
    return {"smtp": _smtp, "imap": _imap, "pop3": _pop3}[protocol](talk)


def _smtp(talk: Talk) -> str | None:
    greeting = _smtp_reply(talk)
    if not greeting[0].startswith(b"220"):
        raise Unreachable(f"the server does not talk with us: {_shown(greeting[0])}")
    talk.say(f"EHLO {_own_address(talk.raw)}")
    features = _smtp_reply(talk)
    if features[0][:3] in (b"500", b"501", b"502", b"504"):
        return f"it knows no extensions: {_shown(features[0])}"
    if not features[0].startswith(b"250"):
        raise Unreachable(f"the server does not talk with us: {_shown(features[0])}")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in features[1:]):
        return "STARTTLS is not among its extensions"
    talk.say("STARTTLS")
    ready = _smtp_reply(talk)
    return None if ready[0].startswith(b"220") else f"it offers STARTTLS and then refuses: {_shown(ready[0])}"


def _smtp_reply(talk: Talk) -> list[bytes]:
    """All lines of one reply: each but the last has a hyphen behind its code (RFC 5321 4.2.1)."""
    lines = []
    while True:
        line = talk.line()
        if not _SMTP_REPLY.fullmatch(line):
            raise Unreadable(f"not a mail server: {_shown(line)}")
        lines.append(line)
        if line[3:4] != b"-":
            return lines


def _own_address(raw: socket.socket) -> str:
    """An address literal (RFC 5321 4.1.3): true everywhere, and no name that would have to exist."""
    address = raw.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _imap(talk: Talk) -> str | None:
    greeting = talk.line()
    if not greeting.upper().startswith(b"* OK"):
        _complain(greeting, b"* BYE", b"* PREAUTH")
    talk.say("a CAPABILITY")
    capabilities: set[bytes] = set()
    while not (line := talk.line().upper()).startswith(b"A "):
        capabilities.update(line.split())
    if b"STARTTLS" not in capabilities:
        return "STARTTLS is not among its capabilities"
    talk.say("b STARTTLS")
    while not (line := talk.line()).lower().startswith(b"b "):
        pass
    return None if line.upper().startswith(b"B OK") else f"it offers STARTTLS and then refuses: {_shown(line)}"


def _pop3(talk: Talk) -> str | None:
    greeting = talk.line()
    if not greeting.startswith(b"+OK"):
        _complain(greeting, b"-ERR")
    talk.say("STLS")
    line = talk.line()
    if not line.startswith((b"+OK", b"-ERR")):
        raise Unreadable(f"not a mail server: {_shown(line)}")
    return None if line.startswith(b"+OK") else f"it refuses STLS: {_shown(line)}"


def _complain(greeting: bytes, *unwilling: bytes) -> None:
    if greeting.upper().startswith(unwilling):
        raise Unreachable(f"the server does not talk with us: {_shown(greeting)}")
    raise Unreadable(f"not a mail server: {_shown(greeting)}")


def _shown(line: bytes) -> str:
    return repr(line[:100].decode("ascii", "replace"))
