"""The questions that can be asked of a machine, and the one shape of every answer.

A Question is frozen and says everything that its answer depends on, so that a recording can answer it again on another machine:
never put a path of the interpreter, a random number or the time into one. `timeout` is in seconds, for this question alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from itaudit.errors import KINDS, Missing, Unreadable
from itaudit.evidence.redact import redact_json
from itaudit.model import Machine


@dataclass(frozen=True, slots=True)
class Question:
    """Base of all questions."""

    _key: str = field(default="", init=False, repr=False, compare=False)
    """Of `key`, once it is known: it is asked for at every station of a question's way."""

    def as_dict(self) -> dict[str, Any]:
        # Not asdict: it copies deeply, five times as slow, and the values are frozen too.
        return {"kind": type(self).__name__, **{one.name: getattr(self, one.name) for one in fields(self) if one.init}}

    @property
    def key(self) -> str:
        """16 hexadecimal digits that name this question in bundles, findings and reports. Secrets are out before it is made."""
        if not self._key:
            text = json.dumps(redact_json(self.as_dict()), sort_keys=True, ensure_ascii=True)
            object.__setattr__(self, "_key", hashlib.sha256(text.encode()).hexdigest()[:16])
        return self._key


@dataclass(frozen=True, slots=True)
class Command(Question):
    """Run a program without a shell, standard input closed, LC_ALL=C. Body: standard output; `errors`: standard error.

    environment: extra variables as pairs; values of secrets belong in files that the tool reads, never here or in argv.
    """

    argv: tuple[str, ...]
    timeout: float = 10.0
    environment: tuple[tuple[str, str], ...] = ()
    limit_bytes: int = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ReadFile(Question):
    """Body: the text of a regular file (undecodable bytes replaced). FIFOs, sockets and devices are refused, never opened."""

    path: str
    limit_bytes: int = 4 * 2**20
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Glob(Question):
    """Body: a JSON list of the existing paths, sorted, at most `most`."""

    pattern: str
    most: int = 1000
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class FileStatus(Question):
    """Body: JSON {"kind": file|directory|link|other, "mode", "uid", "gid", "size_bytes", "modified": seconds, "device"}."""

    path: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class FileSystemUsage(Question):
    """Body: JSON {"size_bytes", "free_bytes", "available_bytes", "files", "files_free", "read_only": bool} from statvfs(3).

    Network and FUSE mounts are asked in a child process, because statvfs on a dead one never returns.
    """

    path: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Psutil(Question):
    """Body: JSON of psutil.<function>(): disk_partitions, virtual_memory, swap_memory, boot_time, cpu_count,
    net_if_addrs, net_if_stats, net_io_counters, sensors_temperatures or sensors_battery; named tuples become objects."""

    function: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Dns(Question):
    """Ask one server one thing (RFC 1035). `server` "" means the first resolver of the machine that answers.

    Body: JSON {"rcode": "NOERROR", "flags": ["QR", "AA", ...], "answer": [{"name", "type", "ttl", "data": [text, ...]}],
    "authority": [...], "additional": [...], "server": address, "edns": version that the answer speaks, -1 for none}. A TXT
    record's strings are joined in `data` as one text. UDP falls back to TCP when truncated. edns: ask with it (RFC 6891).
    """

    name: str
    type: str
    server: str = ""
    port: int = 53
    tcp: bool = False
    recursion_desired: bool = True
    checking_disabled: bool = False
    dnssec: bool = False
    class_: str = "IN"
    edns: bool = True
    timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class ZoneTransfer(Question):
    """Ask one name server for a whole zone over TCP (AXFR, RFC 5936), and stop as soon as it begins to hand it out.

    Body: JSON {"rcode": "REFUSED", "records": int}: how many came beyond the zone's start, 0 when it is not handed out.
    """

    zone: str
    server: str
    port: int = 53
    timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class Http(Question):
    """Body: JSON {"status": int, "headers": {lower-case name: value}, "text": str, "url": final address}.

    address: connect there instead of to where the URL's host leads; the certificate is still verified for that host. It allows
    no redirects, because they may lead elsewhere.
    """

    url: str
    method: str = "GET"
    address: str = ""
    redirects: int = 0
    limit_bytes: int = 2**20
    timeout: float = 8.0


@dataclass(frozen=True, slots=True)
class Tls(Question):
    """Shake hands with `host` (its name is sent and verified), connecting to `address`, "" for wherever the name leads.

    start_tls: "", "smtp", "imap" or "pop3": ask for it in that protocol first. newest: offer nothing newer, for example
    "TLSv1.1": so that a second question tells whether old protocols are accepted; trust and name are not looked at then.

    Body: JSON {"start_tls_offered": True, "protocol": "TLSv1.3", "cipher": str, "certificate": DER as base64, "chain": [the same
    for each certificate as sent, the server's own first], "trusted": leads to a known issuer and is valid now, whatever the name,
    "name_matches": bool, "error": why it is not trusted or does not match, "verify_code": OpenSSL's number of that, 0 for none}.
    A server without STARTTLS, or that refuses it, gives {"start_tls_offered": False, "error": what it said};
    one with which no handshake succeeds (plain text, no common protocol)
    {"start_tls_offered": True, "protocol": "", "error": why}.
    No answer, a refused or ended connection, and a mail server that does not want to talk are TimedOut and Unreachable.
    """

    host: str
    port: int = 443
    address: str = ""
    start_tls: str = ""
    newest: str = ""
    timeout: float = 6.0


@dataclass(frozen=True, slots=True)
class Registration(Question):
    """What the registry of `name` says of it (RDAP, RFC 9083). registry_url: whom to ask, "" for the registry of its ending.

    Body: JSON {"ldhName", "handle", "status": [text], "events": [{"eventAction": "expiration", "eventDate": RFC 3339}],
    "nameservers": [host name], "delegationSigned": bool or null, "registrar": the company's name}; "" for what is not said.
    Owners and contacts are left out. A name or an ending that nobody knows is NotFound.
    """

    name: str
    registry_url: str = ""
    timeout: float = 15.0


@dataclass(frozen=True, slots=True)
class TcpConnect(Question):
    """Body: JSON {"milliseconds": float} of one TCP handshake."""

    host: str
    port: int
    timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class Ping(Question):
    """Body: JSON {"method": "icmp" | "tcp", "sent": int, "received": int, "round_trips_ms": [float, ...]}.

    ICMP without rights, then with rights, then the time of TCP handshakes with `tcp_port`.
    """

    host: str
    count: int = 10
    interval_seconds: float = 0.1
    tcp_port: int = 443
    timeout: float = 8.0


@dataclass(frozen=True, slots=True)
class NetworkTime(Question):
    """Body: JSON {"offset_seconds": float, "delay_seconds": float, "stratum": int} by NTP (RFC 5905)."""

    server: str
    port: int = 123
    timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class Speed(Question):
    """Measure the speed of the line with a program of others, and meanwhile ping a host. It moves much data.

    Body: JSON {"outputs": [{"text", "errors", "exit_code"}, ...] as the program printed it, one for each time it was run,
    "moments": [[seconds since the start, milliseconds of one echo or null, bytes received, bytes sent by all cards], ...]}.

    backend: speedtest-cli, iperf3 (run twice: down, then up), librespeed, ookla or ndt7. host, port: of the iperf3 server.
    seconds: of load in each direction, where the backend can be told. mini_url: a speedtest-mini server, not the public ones.
    """

    backend: str = "speedtest-cli"
    mini_url: str = ""
    host: str = ""
    port: int = 0
    seconds: int = 10
    ping_host: str = ""
    ping_tcp_port: int = 443
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class PathMtu(Question):
    """Body: JSON {"mtu": bytes of the largest IPv4 packet that came through unbroken, None when no echo was answered at all,
    "black_hole": larger ones vanish and nobody says so (RFC 2923), "told": [sizes that routers asked for, one after the other]}.

    ICMP echoes that may not be fragmented, without rights, then with.
    """

    host: str
    timeout: float = 12.0


@dataclass(frozen=True, slots=True)
class LinkModes(Question):
    """Body: JSON {"speed_mbps": int or None, "duplex": "full", "half" or None, "supported", "advertised", "partner": the link
    modes of the card, those it offers, and those that the other end offers: hexadecimal bit masks as in linux/ethtool.h}."""

    interface: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class KernelClock(Question):
    """Body: JSON {"synchronised": bool, "largest_error_seconds": float}: the kernel's own mark (adjtimex(2)), whoever set it."""

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Past(Question):
    """What the store remembers of a measurement. Body: JSON [[time in ISO 8601, value], ...], oldest first."""

    check: str
    subject: str
    measurement: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class PastFindings(Question):
    """What the store remembers of findings of this host. Body: JSON list of PastFinding objects (see store)."""

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. With a `problem` (a kind of errors.Missing) the body is worthless; `detail` says why."""

    body: str = ""
    exit_code: int | None = None
    errors: str = ""
    problem: str = ""
    detail: str = ""
    seconds: float = 0.0

    @classmethod
    def missing(cls, error: Missing) -> Answer:
        return cls(problem=error.kind, detail=error.detail)

    @property
    def error(self) -> Missing | None:
        return KINDS.get(self.problem, Unreadable)(self.detail) if self.problem else None

    @property
    def text(self) -> str:
        """The body. Raises the recorded Missing. The exit code is the caller's to judge: many tools speak through it."""
        if error := self.error:
            raise error
        return self.body

    @property
    def json(self) -> Any:
        """The body as JSON. Raises the recorded Missing, or Unreadable when it is not JSON."""
        text = self.text
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            shown = " ".join((self.errors or text)[:200].split())
            raise Unreadable(f"not JSON (exit code {self.exit_code}): {shown!r}") from error

    @property
    def checked_text(self) -> str:
        """The body of a command that must end with 0. Raises the recorded Missing, or Unreadable for another exit code."""
        text = self.text
        if self.exit_code not in (0, None):
            shown = " ".join((self.errors or text)[:200].split())
            raise Unreadable(f"exit code {self.exit_code}: {shown}")
        return text


class Source(Protocol):
    """Something that answers: the live machine, a bundle, or a recorder around either. `ask` never raises Missing."""

    @property
    def machine(self) -> Machine: ...

    @property
    def abandoned(self) -> Mapping[str, int]:
        """Nodes that missed their deadline when this was recorded, with how many facts or verdicts each had given."""
        ...

    def ask(self, question: Question) -> Answer: ...


StoreAnswers = Callable[[Question], Answer]
"""How the store answers Past and PastFindings; the live source is given one, so that nothing imports backwards."""
