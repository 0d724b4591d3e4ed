"""What unattended-upgrades wrote of its runs: did the last ones end well? Its log is rotated monthly, so a young one is short.

Lines are "2026-11-20 06:12:01,123 INFO words" in the machine's own time, taken for UTC here: days are counted, not hours.
The words are in the machine's language, so only the times and the levels are read, which are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itaudit import api

LOG = api.ReadFile("/var/log/unattended-upgrades/unattended-upgrades.log", limit_bytes=16 * 2**20)
_LINE = re.compile(r"(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (?P<level>[A-Z]+) (?P<words>.*)")
_APART = timedelta(hours=3)
"""Between two runs; it runs once a day. Within one, a large update may be silent for a while."""
_FAILED = ("ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Runs:
    """last_success: when the last run without an error began. failed: runs with an error since then, the last of which began at
    last_failed; error: what it said last."""

    last_success: datetime | None = None
    failed: int = 0
    error: str = ""
    last_failed: datetime | None = None

    def unless_ended_well(self, stamp: datetime | None) -> Runs:
        """The same, but without the failures where the stamp of a run that ended well is newer: some errors stop nothing, such
        as mail that cannot be sent. Half a day either way, as the log's clock may be any."""
        if stamp and self.last_failed and stamp > self.last_failed - timedelta(hours=14):
            return Runs(self.last_success)
        return self


def parse_log(text: str) -> Runs:
    """A run is what was written without a long pause. One of a single line is still going on, and does not count."""
    runs: list[list[tuple[datetime, str]]] = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        when = _moment(match["when"]) if match else None
        if not match or not when:
            continue
        if not runs or abs(when - runs[-1][-1][0]) > _APART:
            runs.append([])
        runs[-1].append((when, match["words"][:300] if match["level"] in _FAILED else ""))
    return _judged([(run[0][0], next((error for _, error in reversed(run) if error), "")) for run in runs if len(run) > 1])


def _judged(runs: list[tuple[datetime, str]]) -> Runs:
    good = [number for number, run in enumerate(runs) if not run[1]]
    failed = runs[good[-1] + 1 :] if good else runs
    return Runs(
        runs[good[-1]][0] if good else None, len(failed), failed[-1][1] if failed else "", failed[-1][0] if failed else None
    )


def _moment(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None


def runs_of(ask: api.Ask) -> Runs:
    """Nothing known where the log cannot be read: it belongs to root and the group adm."""
    try:
        return parse_log(ask(LOG).text)
    except api.Missing:
        return Runs()
