"""How large a packet may be on its way to the internet, and whether larger ones vanish without a word."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.internet import Target, endpoint


@dataclass(frozen=True, slots=True)
class PathSize:
    """The way to one target. largest_bytes: of an IPv4 packet that came through whole; black_hole: larger ones just vanish."""

    host: str
    largest_bytes: int
    black_hole: bool


@dataclass(frozen=True, slots=True)
class PathSizes:
    """The ways to all targets that answer pings; at least one."""

    subject: str
    ways: tuple[PathSize, ...]


class _Body(BaseModel):
    """The body of a PathMtu answer."""

    mtu: Annotated[int, Field(ge=68, le=65535)] | None
    black_hole: bool


def parse_path(answer: api.Answer, host: str) -> PathSize | None:
    """None for a host that answers no pings. Raises the recorded Missing, or Unreadable."""
    try:
        body = _Body.model_validate(answer.json, strict=True)
    except ValidationError as error:
        raise api.Unreadable(f"not the size of a path: {error.errors()[0]['msg']}") from error
    return None if body.mtu is None else PathSize(host, body.mtu, body.black_hole)


def _version_six(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def asked(ask: api.Ask, targets: list[Target]) -> dict[str, api.Answer]:
    """The answers by host, measured once however often they are asked for in a scan. Only IPv4 is looked at."""
    hosts = [host for host, _ in (endpoint(target.subject) for target in targets if target.reached) if not _version_six(host)]
    different = list(dict.fromkeys(hosts))
    return dict(zip(different, ask.many([api.PathMtu(host) for host in different]), strict=True))


@api.provider("linux", seconds=30)
def path_sizes(ask: api.Ask, targets: list[Target]) -> api.Facts[PathSizes]:
    """One PathSizes. Raises Unreachable when no target answers, or what kept us from asking."""
    ways: list[PathSize] = []
    error: api.Missing = api.Unreachable("no target answers pings, so nothing can be sent that must come back")
    answers = asked(ask, targets)
    if not answers and any(target.reached for target in targets):
        error = api.Unreachable("the size is measured only over IPv4 yet, and no IPv4 target was reached")
    for host, answer in answers.items():
        try:
            way = parse_path(answer, host)
        except api.Missing as one:
            error = one
        else:
            ways.extend([way] if way else [])
    if not ways:
        raise error
    yield PathSizes("path", tuple(ways))
