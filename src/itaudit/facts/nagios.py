"""Any Nagios or monitoring plugin as a fact: its exit code speaks, its performance data become measurements.

Source: monitoring-plugins.org development guidelines (exit codes 0-3, output up to the first "|", performance data after it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, field_validator

from itaudit import api

_POINT = re.compile(
    r"(?:'(?P<quoted>[^'=]{1,100})'|(?P<plain>[^\s'=]{1,100}))"
    r"=(?P<value>-?\d{1,30}(?:\.\d{1,30})?)(?P<unit>[a-zA-Z%]{0,2})(?:;\S*)?(?=\s|$)"
)
_UNITS: dict[str, tuple[api.Unit, float]] = {
    "": (api.Unit.COUNT, 1),
    "c": (api.Unit.COUNT, 1),
    "%": (api.Unit.PERCENT, 1),
    "s": (api.Unit.SECONDS, 1),
    "ms": (api.Unit.MILLISECONDS, 1),
    "us": (api.Unit.MILLISECONDS, 0.001),
    "B": (api.Unit.BYTES, 1),
    "KB": (api.Unit.BYTES, 1e3),
    "MB": (api.Unit.BYTES, 1e6),
    "GB": (api.Unit.BYTES, 1e9),
    "TB": (api.Unit.BYTES, 1e12),
}
_POINTS_MOST = 100


class Nagios(api.Section):
    """[nagios]: monitoring plugins to run, each as the list of its words. They run as the user who scans."""

    table: ClassVar[str] = "nagios"

    plugins: dict[str, list[str]] = Field(default_factory=dict)
    """Name -> program and arguments: printer = ["/usr/lib/nagios/plugins/check_tcp", "-H", "printer", "-p", "9100"]."""
    timeout_seconds: float = Field(20.0, gt=0, le=300)
    """Each plugin is ended after this time."""

    @field_validator("plugins")
    @classmethod
    def _not_empty(cls, plugins: dict[str, list[str]]) -> dict[str, list[str]]:
        for name, words in plugins.items():
            if not words or not all(words) or any("\0" in word for word in words):
                raise ValueError(f'{name} needs a program and its arguments, for example ["/usr/lib/nagios/plugins/check_load"]')
        return plugins


@dataclass(frozen=True, slots=True)
class PluginResult:
    """What one plugin said. `status` is its exit code in our words."""

    subject: str
    status: api.Status
    text: str
    measurements: tuple[api.Measurement, ...]


_STATUS = {0: api.Status.OK, 1: api.Status.WARN, 2: api.Status.FAIL, 3: api.Status.UNKNOWN}


@api.provider("linux", "macos", "windows", seconds=300)
def nagios_plugins(ask: api.Ask, nagios: Nagios) -> api.Facts[PluginResult]:
    """Run the configured plugins, all at once."""
    if not nagios.plugins:
        raise api.NotApplicable("no monitoring plugin is named in itaudit.toml [nagios]")
    names = sorted(nagios.plugins)
    questions = [api.Command(tuple(nagios.plugins[name]), timeout=nagios.timeout_seconds, limit_bytes=2**20) for name in names]
    for name, answer in zip(names, ask.many(questions), strict=True):
        try:
            yield read_result(name, answer)
        except api.Missing as error:
            yield api.Gap(name, error)


def read_result(name: str, answer: api.Answer) -> PluginResult:
    """Type one answer. Raises Unreadable for an exit code that is no plugin's."""
    output = answer.text
    if answer.exit_code not in _STATUS:
        raise api.Unreadable(f"exit code {answer.exit_code} is none of a monitoring plugin (0 to 3)")
    head, _, performance = output.partition("\n")[0].partition("|")
    return PluginResult(name, _STATUS[answer.exit_code], head.strip(), tuple(_measurements(performance)))


def _measurements(performance: str) -> Iterator[api.Measurement]:
    for number, match in enumerate(_POINT.finditer(performance)):
        unit = _UNITS.get(match["unit"])
        if unit and number < _POINTS_MOST:
            yield api.Measurement((match["quoted"] or match["plain"]).strip(), float(match["value"]) * unit[1], unit[0])
