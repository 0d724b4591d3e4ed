"""How good the line to the internet is: loss, delay and jitter of pings to several targets."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.internet import Internet, Target, endpoint

RETRANSMITTED_MS = 1000.0
"""A TCP handshake that took longer lost its first packet: it is sent again after one second (RFC 6298)."""

ENOUGH = 100
"""Pings among which one that is lost is chance: of 25, two would make a failure of one moment's trouble on the air."""
FEW_LOST = 1 / 6
"""Share of lost pings above which nobody needs a longer look."""
SHORT_PATIENCE_MS = 500.0
"""Of a longer look, for each ping: all of them must fit into the provider's time."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What came back of some pings. method: "icmp", or "tcp" (timed handshakes) where this user may not send pings."""

    method: Literal["icmp", "tcp"]
    sent: int
    received: int
    round_trips_ms: tuple[float, ...]


class _PingBody(BaseModel):
    """The body of a Ping answer."""

    method: Literal["icmp", "tcp"]
    sent: Annotated[int, Field(ge=1, le=100_000)]
    received: Annotated[int, Field(ge=0)]
    round_trips_ms: Annotated[list[Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]], Field(max_length=100_000)]


def echo(answer: api.Answer) -> Echo:
    """Read the answer of a Ping. Raises the recorded Missing, or Unreadable for figures that contradict each other."""
    try:
        body = _PingBody.model_validate(answer.json, strict=True)
    except ValidationError as error:
        raise api.Unreadable(f"not the result of a ping: {error.errors()[0]['msg']}") from error
    if body.received > body.sent or len(body.round_trips_ms) != body.received:
        raise api.Unreadable(f"{body.sent} pings sent, {body.received} received, {len(body.round_trips_ms)} times")
    limit = RETRANSMITTED_MS if body.method == "tcp" else math.inf
    times = tuple(one for one in body.round_trips_ms if one < limit)
    return Echo(body.method, body.sent, len(times), times)


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one target that answered at least one ping."""

    subject: str
    echo: Echo

    @property
    def loss_percent(self) -> float:
        return 100.0 * (self.echo.sent - self.echo.received) / self.echo.sent

    @property
    def delay_ms(self) -> float:
        """Median of the round trips."""
        return statistics.median(self.echo.round_trips_ms)

    @property
    def jitter_ms(self) -> float | None:
        """Mean difference between one round trip and the next; None with fewer than two."""
        steps = [abs(later - earlier) for earlier, later in pairwise(self.echo.round_trips_ms)]
        return statistics.fmean(steps) if steps else None


def middle(values: Iterable[float]) -> float:
    """The median over the targets: a fault of the line shows at all of them, a fault of one target does not count."""
    return statistics.median(values)


def evidence(lines: list[Line]) -> str:
    """One text for the technician: the figures of every target."""
    return "; ".join(
        f"{line.subject}: {line.echo.received}/{line.echo.sent} {line.echo.method}, {line.delay_ms:.1f} ms" for line in lines
    )


def _echoes(
    ask: api.Ask, ends: list[tuple[str, int]], count: int, patience_seconds: float = 1.0
) -> dict[tuple[str, int], Echo | api.Missing]:
    # One second for each ping: what needs longer is as good as lost.
    timeout = (patience_seconds + 0.05) * count
    questions = [api.Ping(host, count, interval_seconds=0.05, tcp_port=port, timeout=timeout) for host, port in ends]
    found: dict[tuple[str, int], Echo | api.Missing] = {}
    for end, answer in zip(ends, ask.many(questions), strict=True):
        try:
            found[end] = echo(answer)
        except api.Missing as error:
            found[end] = error
    return found


def echoes_at_rest(ask: api.Ask, internet: Internet, targets: list[Target]) -> dict[tuple[str, int], Echo | api.Missing]:
    """Ping the targets that were reached. Asked twice in a scan it is measured once: who must not disturb it asks too."""
    reached = [endpoint(target.subject) for target in targets if target.reached]
    # Two pings first: where pings are filtered, waiting for all of them would take most of a minute.
    first = _echoes(ask, reached, 2)
    answering = [end for end, result in first.items() if isinstance(result, Echo) and result.received]
    found = {**first, **_echoes(ask, answering, internet.ping_count)}
    return {**found, **_longer_looks(ask, {end: found[end] for end in answering})}


def _longer_looks(ask: api.Ask, found: dict[tuple[str, int], Echo | api.Missing]) -> dict[tuple[str, int], Echo]:
    """Where at least half of the targets lost a few pings, each of these with so many more that chance is told from a fault."""
    doubtful = {end: one for end, one in found.items() if isinstance(one, Echo) and _is_doubtful(one)}
    if not doubtful or 2 * len(doubtful) < len(found):
        return {}
    count = ENOUGH - min(one.sent for one in doubtful.values())
    more = _echoes(ask, list(doubtful), count, SHORT_PATIENCE_MS / 1000) if count > 0 else {}
    return {end: _joined(doubtful[end], one) for end, one in more.items() if isinstance(one, Echo)}


def _is_doubtful(one: Echo) -> bool:
    """One or a few were lost, and the others came soon enough to be waited for with less patience."""
    return 0 < one.sent - one.received <= FEW_LOST * one.sent and max(one.round_trips_ms) < SHORT_PATIENCE_MS / 2


def _joined(one: Echo, more: Echo) -> Echo:
    if one.method != more.method:
        return one
    return Echo(one.method, one.sent + more.sent, one.received + more.received, one.round_trips_ms + more.round_trips_ms)


@api.provider("linux", "windows", "macos", seconds=60)
def lines(ask: api.Ask, internet: Internet, targets: list[Target]) -> api.Facts[Line]:
    """One Line for each target that answers pings; those that never do are left out.

    Raises Unreachable when the internet is (the check of the internet says so, and nothing needs to say it twice), or when pings
    are filtered everywhere.
    """
    if not any(target.reached for target in targets):
        raise api.Unreachable("the internet does not answer, so the line cannot be measured")
    answered = False
    for (host, _), result in echoes_at_rest(ask, internet, targets).items():
        if isinstance(result, Echo):
            if result.received:
                answered = True
                yield Line(host, result)
        elif not isinstance(result, api.Unreachable):
            yield api.Gap(host, result)
    if not answered:
        raise api.Unreachable(
            "no target answers pings, though the internet works",
            "Let pings (ICMP echo) out through the firewall, or name targets that answer them in [internet] targets.",
        )
