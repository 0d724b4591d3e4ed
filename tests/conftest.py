"""Fixtures for every test. The labs (real servers on loopback) are one file each in tests/lab/ and are loaded here."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from itaudit.contributions import Ask
from itaudit.errors import NotRecorded
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.model import Machine

HERE = Path(__file__).parent

# Timings are never asserted, not even that of making an example up (too_slow); how often a draw is too large or thrown away is
# chance, and a strategy that makes nothing of use fails all the same (Unsatisfiable). The folder may be read-only.
CHANCE = (hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large, hypothesis.HealthCheck.filter_too_much)
hypothesis.settings.register_profile("itaudit", deadline=None, database=None, suppress_health_check=CHANCE)
hypothesis.settings.load_profile("itaudit")
pytest_plugins = [f"lab.{file.stem}" for file in sorted((HERE / "lab").glob("*.py")) if not file.stem.startswith("_")]


def missing_component(name: str, package: str) -> None:
    """Skip with the name of what is missing; in CI nothing may be skipped for want of a component."""
    reason = f"{name} is not installed ({package})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Callable[..., str]:
    """`needs("nsd")` returns the path of a program, `needs("selenium", module=True)` the folder of a Python package;
    where it is missing the test is skipped (fails in CI), naming what to install."""

    def path_of(name: str, package: str = "", *, module: bool = False) -> str:
        if module:
            spec = importlib.util.find_spec(name)
            path = str(Path(spec.origin).parent) if spec and spec.origin else None
        else:
            path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
        if path is None:
            missing_component(name, "Python package" if module else f"Debian package {package or name}")
        return str(path)

    return path_of


@pytest.fixture(scope="session")
def needs_root() -> Callable[[], None]:
    """`needs_root()` skips where the test is not run as root (fails in CI)."""

    def check() -> None:
        if os.geteuid() != 0:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs root")

    return check


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded real output that lives beside the project, outside it."""
    folder = HERE.parent.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the recorded reference data (../shared/data) is not here")
    return folder


@pytest.fixture
def machine() -> Machine:
    """A machine of 22 November 2026, noon UTC."""
    return Machine(host="office-server", system="linux", now=datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)


class Recorded:
    """A source that answers from a dictionary; what is not in it was never recorded."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, machine: Machine, answers: Mapping[Question, Answer | str]) -> None:
        self.machine = machine
        self._answers = {
            question.key: answer if isinstance(answer, Answer) else Answer(body=answer, exit_code=0)
            for question, answer in answers.items()
        }

    def ask(self, question: Question) -> Answer:
        return self._answers.get(question.key, Answer.missing(NotRecorded(question.key)))


@pytest.fixture
def recorded(machine: Machine) -> Callable[[Mapping[Question, Answer | str]], Ask]:
    """`recorded({question: answer or text})` is an Ask for a provider, answered from real recorded output."""
    return lambda answers: Ask(Recorded(machine, answers))


@pytest.fixture(scope="session")
def live_source() -> Source:
    """This very machine."""
    from itaudit.evidence.live import Live

    return Live()


@pytest.fixture
def live(live_source: Source) -> Ask:
    """An Ask for a provider, answered by this very machine (or a lab on it)."""
    return Ask(live_source)
