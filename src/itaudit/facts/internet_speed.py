"""The measured speed of the line to the internet. It moves much data, so it is measured only when asked for."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import IPERF3_PORT, Internet, Target, endpoint
from itaudit.facts.line import Echo, echoes_at_rest
from itaudit.facts.path_sizes import asked as path_answers
from itaudit.facts.speed_backends import figures

SECONDS = 110.0
"""For a provider that measures at rest first, and then the speed."""
RUN_UP_SECONDS = 20.0
"""What the programs need beside the load itself, to choose a server and to add up."""


@dataclass(frozen=True, slots=True)
class LineSpeed:
    """Measured and ordered speeds in Mbit/s; an ordered one is None when the configuration does not tell.

    bytes_moved: None when the backend (the program that measured) does not tell.
    """

    subject: str
    down_mbps: float
    up_mbps: float
    ordered_down_mbps: float | None
    ordered_up_mbps: float | None
    bytes_moved: int | None
    backend: str


@dataclass(frozen=True, slots=True)
class Loading:
    """A speed test: its question, and the pings at rest of the host that is pinged meanwhile, if any host answers."""

    question: api.Speed
    at_rest: Echo | None


def loading(ask: api.Ask, internet: Internet, targets: list[Target]) -> Loading:
    """The speed test to be made, once what it would disturb has been measured. Raises NotApplicable when nobody asked for it."""
    if not internet.speedtest:
        raise api.NotApplicable("not asked for (--speedtest)")
    # The same questions as those of the line and of the path: they are answered once, and this waits until they are.
    echoes = echoes_at_rest(ask, internet, targets)
    path_answers(ask, targets)
    answering = [
        (min(echo.round_trips_ms), end, echo) for end, echo in echoes.items() if isinstance(echo, Echo) and echo.round_trips_ms
    ]
    _, (ping_host, ping_port), at_rest = min(answering, key=lambda one: one[:2], default=(0.0, ("", 443), None))
    server = endpoint(internet.iperf3_server, IPERF3_PORT) if internet.speed_backend == "iperf3" else ("", 0)
    mini_url = internet.speedtest_mini_url if internet.speed_backend == "speedtest-cli" else ""
    timeout = max(60.0, 2 * internet.speed_seconds + RUN_UP_SECONDS)
    question = api.Speed(internet.speed_backend, mini_url, *server, internet.speed_seconds, ping_host, ping_port, timeout=timeout)
    return Loading(question, at_rest)


@api.provider("linux", "windows", "macos", seconds=SECONDS)
def line_speed(ask: api.Ask, internet: Internet, targets: list[Target]) -> api.Facts[LineSpeed]:
    """One LineSpeed. Raises NotApplicable when nobody asked for the test, else as `figures`."""
    found = figures(ask(loading(ask, internet, targets).question), internet.speed_backend)
    yield LineSpeed(
        "internet line",
        found.down_mbps,
        found.up_mbps,
        internet.down_mbps,
        internet.up_mbps,
        found.bytes_moved,
        internet.speed_backend,
    )
