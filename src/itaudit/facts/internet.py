"""Whether the internet can be reached: TCP handshakes with well-known addresses; and the table [internet] of itaudit.toml."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, model_validator

from itaudit import api

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_URL = TypeAdapter(HttpUrl)
IPERF3_PORT = 5201
NO_ROUTE = ("Network is unreachable", "unreachable network")
"""ENETUNREACH in the words of Unix and of Windows: this machine has no way out for addresses of that kind."""


def endpoint(text: str, default_port: int = 0) -> tuple[str, int]:
    """Split "host:port", "192.0.2.1:443" or "[2001:db8::1]:443" into host and port; a lone host gets `default_port`.

    Raises ValueError, saying what is wrong, when the host is no name (RFC 1123) or address, or no port is known.
    """
    match = re.fullmatch(r"\[([^\]]*)\](?::(\d{1,5}))?|([^:\[\]]*)(?::(\d{1,5}))?", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not host:port (put an IPv6 address in brackets)")
    version_six, host = match[1], match[1] or match[3] or ""
    port = int(match[2] or match[4] or default_port)
    if not 0 < port < 65536:
        raise ValueError(f"{text!r} needs a port from 1 to 65535, as in host:443")
    if version_six is not None:
        ipaddress.IPv6Address(host)
    elif re.fullmatch(r"[\d.]+", host, re.ASCII):
        ipaddress.IPv4Address(host)
    elif not _HOST_NAME.fullmatch(host):
        raise ValueError(f"{host!r} is not the name or address of a host")
    return host, port


def _target(text: str) -> str:
    endpoint(text)
    return text


def _time_server(text: str) -> str:
    endpoint(text, 123)
    return text


def _url_or_nothing(text: str) -> str:
    if text:
        _URL.validate_python(text)
    return text


def _iperf3_server(text: str) -> str:
    if text:
        endpoint(text, IPERF3_PORT)
    return text


TargetName = Annotated[str, AfterValidator(_target)]
Url = Annotated[str, AfterValidator(_url_or_nothing)]


class Internet(api.Section):
    """The line to the internet: what was ordered, and what to try it with."""

    table: ClassVar[str] = "internet"

    targets: list[TargetName] = Field(["1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443"], min_length=1, max_length=16)
    """Addresses that should answer, as host:port. They are connected to and pinged."""
    targets_ipv6: list[TargetName] = Field(
        ["[2606:4700:4700::1111]:443", "[2620:fe::fe]:443", "[2001:4860:4860::8888]:443"], min_length=1, max_length=16
    )
    """The same for IPv6, as [address]:port."""
    ping_count: int = Field(25, ge=2, le=200)
    """Pings sent to each target, to measure loss and delay."""
    time_servers: list[Annotated[str, AfterValidator(_time_server)]] = Field(
        ["time.cloudflare.com", "time.google.com"], min_length=1, max_length=8
    )
    """Clocks to compare ours with (NTP), as host or host:port."""
    portal_url: Url = "http://cp.cloudflare.com/generate_204"
    """A page that answers 204 with nothing in it, over plain HTTP, so that a sign-in page in between shows itself."""
    speedtest: bool = False
    """Measure the speed of the line. It moves a hundred megabytes or more, so it is off; --speedtest turns it on for one scan."""
    speed_backend: Literal["speedtest-cli", "iperf3", "librespeed", "ookla", "ndt7"] = "speedtest-cli"
    """The program that measures the speed. All but the first must be installed; iperf3 needs a server of your own."""
    speed_seconds: int = Field(10, ge=1, le=30)
    """Seconds of load in each direction, for the programs that can be told: iperf3 and librespeed."""
    speedtest_mini_url: Url = ""
    """For speedtest-cli: a speedtest-mini server of your own, instead of the public ones."""
    iperf3_server: Annotated[str, AfterValidator(_iperf3_server)] = ""
    """For iperf3: your server, as host or host:port."""
    down_mbps: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Download speed in the contract, in Mbit/s."""
    up_mbps: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Upload speed in the contract, in Mbit/s."""

    @model_validator(mode="after")
    def _server_is_named(self) -> Self:
        if self.speed_backend == "iperf3" and not self.iperf3_server:
            raise ValueError('speed_backend = "iperf3" needs iperf3_server = "host:port"')
        return self


@dataclass(frozen=True, slots=True)
class Target:
    """One address of the internet. milliseconds: duration of the TCP handshake, None when there was none; `why` says why not,
    or of one that stands in for others, for which."""

    subject: str
    milliseconds: float | None
    why: str = ""

    @property
    def reached(self) -> bool:
        return self.milliseconds is not None


def connect(ask: api.Ask, names: list[str]) -> api.Facts[Target]:
    """Try all names (host:port) at once. No answer and a refusal are facts; what kept us from trying is a Gap."""
    different = list(dict.fromkeys(names))
    answers = ask.many([api.TcpConnect(*endpoint(name)) for name in different])
    for name, answer in zip(different, answers, strict=True):
        try:
            yield Target(name, _milliseconds(answer))
        except (api.Unreachable, api.TimedOut) as error:
            yield Target(name, None, f"{error.words} ({error.detail})" if error.detail else error.words)
        except api.Missing as error:
            yield api.Gap(name, error)


def _milliseconds(answer: api.Answer) -> float:
    body = answer.json
    value = body.get("milliseconds") if isinstance(body, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise api.Unreadable(f"no duration of a handshake: {answer.body[:100]!r}")
    return float(value)


@api.provider("linux", "windows", "macos", seconds=20)
def targets(ask: api.Ask, internet: Internet) -> api.Facts[Target]:
    """One Target for each of `[internet] targets`.

    Where none of them answers, others may show that the internet works all the same: those for IPv6 where there is no IPv4 at
    all, or the test page where a firewall blocks addresses as well known as ours. An IPv4 that is there and dead stays a fault.
    """
    found = list(connect(ask, internet.targets))
    silent = [one for one in found if isinstance(one, Target) and not one.reached]
    yield from (_instead(ask, internet, silent) if len(silent) == len(found) else []) or found


def _instead(ask: api.Ask, internet: Internet, silent: list[Target]) -> list[Target]:
    if all(any(words in one.why for words in NO_ROUTE) for one in silent):
        others = [one for one in connect(ask, internet.targets_ipv6) if isinstance(one, Target)]
        if any(one.reached for one in others):
            return others
    if not internet.portal_url or not _came_as_sent(ask(api.Http(internet.portal_url))):
        return []
    page = _URL.validate_python(internet.portal_url)
    why = f"instead of those that do not answer: {', '.join(one.subject for one in silent)}"
    tried = connect(ask, [f"{page.host}:{page.port}"])
    return [replace(one, why=why) for one in tried if isinstance(one, Target) and one.reached]


def _came_as_sent(answer: api.Answer) -> bool:
    """A sign-in page in between would have another answer than 204, or something in it."""
    try:
        body = answer.json
    except api.Missing:
        return False
    return isinstance(body, dict) and body.get("status") == 204 and body.get("text") == ""
