"""Signals: none is lost where Python would drop it, and an impatient second one disturbs nothing."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from itaudit.cli import stopping
from itaudit.cli.stopping import stopping_once


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two signals, however slow this machine is: what came late would stop the tests themselves."""
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: 1.0))


def test_a_signal_that_was_dropped_by_an_import_is_heeded_after_it() -> None:
    with stopping_once() as it:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)  # caught, as by a weak reference of the import system
        with pytest.raises(KeyboardInterrupt):
            it.heed()
        it.heed()


def test_while_signals_are_heeded_the_handler_itself_interrupts_nothing() -> None:
    with stopping_once() as it:
        it.heed()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            it.heed()
        signal.raise_signal(signal.SIGINT)
        it.heed()


def test_one_who_hangs_and_does_not_heed_is_interrupted_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_HEED_SECONDS", -1.0)
    with stopping_once() as it:
        it.heed()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_where_nobody_heeds_the_second_at_once_is_ignored() -> None:
    with stopping_once():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


LOSES = '''"""Nothing is lost.

It is.
"""
import os, signal, weakref
from itaudit import api

class Thing: pass

thing = Thing()
dropped = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
del thing
'''


def test_ctrl_c_in_a_moment_when_python_drops_it_still_ends_the_scan(
    started: Callable[..., subprocess.Popen[str]], tmp_path: Path, local_config: Path
) -> None:
    path = tmp_path / "plugins" / "lost" / "signal.py"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES)
    path.chmod(0o644)
    for one in (path.parent, path.parent.parent):
        one.chmod(0o755)
    settings = tmp_path / "with.toml"
    settings.write_text(local_config.read_text() + f'[plugins]\nfolder = "{path.parent.parent}"\n')
    process = started("scan", "--config", settings, "--only", "nagios")
    _, errors = process.communicate(timeout=60)
    assert "Exception ignored" in errors, "Python dropped it"
    assert process.returncode == 130, errors
