"""The questions to others: name servers, web and mail servers, registries, clocks and the line that leads there."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit.evidence.questions import Question


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
