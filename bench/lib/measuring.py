"""Runs a program with the CPU of all that it started, and asks the slowest questions of a recording again, each alone."""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itaudit import api
from itaudit.evidence.live import Live

_ASKED_AGAIN = 6
_FROM_THE_STORE = ("Past", "PastFindings")


@dataclass(frozen=True)
class Run:
    """One program run to its end."""

    wall_seconds: float
    cpu_seconds: float


def run(argv: list[str], environment: dict[str, str], accepted: tuple[int, ...]) -> Run:
    """Run it, with the CPU of all it started. Raises where the exit code says that it did not do its work."""
    started = time.perf_counter()
    silent = subprocess.DEVNULL
    child = subprocess.Popen(argv, env=environment, stdin=silent, stdout=silent, stderr=silent)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accepted:
        raise SystemExit(f"{argv[0]} ended with {child.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def question_of(fields: dict[str, Any]) -> api.Question:
    """The question of a recorded line."""
    kind = getattr(api, fields["kind"])
    values = {name: value for name, value in fields.items() if name != "kind"}
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(tuple(part) if isinstance(part, list) else part for part in value)
    question: api.Question = kind(**values)
    return question


def slowest_alone(recording: Path) -> tuple[float, str]:
    """(seconds, words) of the slowest probe, asked with nothing else under way."""
    with gzip.open(recording, "rt") as file:
        lines = [line for line in map(json.loads, file) if "question" in line]
    asked = [line for line in lines if line["question"]["kind"] not in _FROM_THE_STORE]
    asked.sort(key=lambda line: -line["answer"]["seconds"])
    live = Live()
    found: list[tuple[float, str]] = []
    for line in asked[:_ASKED_AGAIN]:
        question = question_of(line["question"])
        seconds = [live.ask(question).seconds for _ in range(4)][1:]
        found.append((statistics.median(seconds), f"{line['question']['kind']} {_what(question)}"))
    live.close()
    return max(found)


def _what(question: api.Question) -> str:
    fields = question.as_dict()
    if argv := fields.get("argv"):
        return " ".join(argv[:3])
    return str(next((fields[name] for name in ("url", "host", "server", "path", "name") if name in fields), ""))
