from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.operating_system import OS_RELEASE
from itaudit.facts.updates import RestartNeed
from itaudit.facts.updates.restart import ASKED, ASKED_BY, BOOTED, KERNELS, MODULES, RUNNING, installed_on, newest_kernel, restart

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
BOOT = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOT_THERE = api.Answer.missing(api.NotFound("no such file"))


def at(day: int) -> str:
    return json.dumps({"modified": datetime(2026, 11, day, 8, tzinfo=UTC).timestamp()})


def restart_of(recorded: Recorder, kernels: list[str], **files: str) -> RestartNeed:
    """`files`: asked, asked_by, and running / newer for the day on which those kernels were installed."""
    answers: dict[api.Question, api.Answer | str] = {
        RUNNING: "6.1.0-32-amd64\n",
        KERNELS: json.dumps([f"/boot/vmlinuz-{name}" for name in kernels]),
        BOOTED: json.dumps(BOOT.timestamp()),
        ASKED: files.get("asked", NOT_THERE),
        ASKED_BY: files.get("asked_by", NOT_THERE),
        installed_on("6.1.0-32-amd64"): files.get("running", NOT_THERE),
        installed_on("6.1.0-37-amd64"): files.get("newer", NOT_THERE),
    }
    found = restart.function(recorded(answers))
    (fact,) = found
    assert isinstance(fact, RestartNeed)
    return fact


def test_a_machine_that_runs_its_newest_kernel_needs_none(recorded: Recorder) -> None:
    found = restart_of(recorded, ["6.1.0-9-amd64", "6.1.0-32-amd64", "6.1.0-99-cloud-amd64"], running=at(1))
    assert (found.needed, found.newer_kernel, found.since) == (False, "", None)


def test_a_newer_kernel_on_the_disk_needs_one_since_it_was_installed(recorded: Recorder) -> None:
    found = restart_of(recorded, ["6.1.0-32-amd64", "6.1.0-37-amd64"], newer=at(12))
    assert (found.needed, found.newer_kernel, found.since) == (True, "6.1.0-37-amd64", datetime(2026, 11, 12, 8, tzinfo=UTC))


def test_a_kernel_replaced_under_its_own_name_needs_one(recorded: Recorder) -> None:
    found = restart_of(recorded, ["6.1.0-32-amd64"], running=at(5))
    assert (found.needed, found.since) == (True, datetime(2026, 11, 5, 8, tzinfo=UTC))


def test_packages_can_ask_for_it(recorded: Recorder) -> None:
    found = restart_of(recorded, [], asked=at(7), asked_by="libc6\ndbus\nlibc6\n")
    assert (found.needed, found.packages, found.since) == (True, ("dbus", "libc6"), datetime(2026, 11, 7, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("system", "running", "modules", "newer"),
    [
        ("arch", "6.9.1-arch1-1", ["6.9.2-arch1-1", "6.6.31-1-lts"], "6.9.2-arch1-1"),
        ("arch", "6.9.1-arch1-1", ["6.9.1-arch1-2"], "6.9.1-arch1-2"),
        ("arch", "6.9.2-arch1-1", ["6.9.2-arch1-1", "6.12.1-1-lts"], ""),
        ("arch", "6.9.1-zen1-1-zen", ["6.9.2-arch1-1"], ""),
        ("alpine", "6.6.30-0-lts", ["6.6.41-0-lts"], "6.6.41-0-lts"),
        ("alpine", "6.1.0-32-amd64", [], ""),
        ("alpine", "6.1.0-32-amd64", ["6.6.41-0-virt"], ""),
        ("debian", "6.1.0-32-amd64", ["6.1.0-37-amd64"], ""),
    ],
)
def test_where_a_new_kernel_takes_the_place_of_the_old_one_its_modules_tell(
    recorded: Recorder, system: str, running: str, modules: list[str], newer: str
) -> None:
    """pacman and apk keep one kernel of each kind, under a name without a version. In a container there are no modules."""
    answers: dict[api.Question, api.Answer | str] = {
        OS_RELEASE: f"ID={system}\n",
        RUNNING: f"{running}\n",
        KERNELS: json.dumps(["/boot/vmlinuz-linux", "/boot/vmlinuz-lts"]),
        MODULES: json.dumps([f"/lib/modules/{name}/modules.dep" for name in modules]),
        BOOTED: json.dumps(BOOT.timestamp()),
        ASKED: NOT_THERE,
        ASKED_BY: NOT_THERE,
        installed_on(running): NOT_THERE,
    }
    if newer:
        answers[installed_on(newer)] = NOT_THERE
    (found,) = restart.function(recorded(answers))
    assert isinstance(found, RestartNeed)
    assert (found.needed, found.newer_kernel) == (bool(newer), newer)


@pytest.mark.parametrize(
    ("running", "installed", "newest"),
    [
        ("6.8.0-9-generic", ["6.8.0-45-generic", "6.8.0-100-lowlatency"], "6.8.0-45-generic"),
        ("5.14.0-427.el9.x86_64", ["5.14.0-503.el9.x86_64", "0-rescue-0123456789abcdef"], "5.14.0-503.el9.x86_64"),
        ("6.12.43+deb13-amd64", ["6.12.9+deb13-amd64"], ""),
        ("6.18.44-fc-v595", ["linux"], ""),
        ("6.6.31+rpt-rpi-v8", ["6.6.51+rpt-rpi-v8", "6.6.99+rpt-rpi-2712"], "6.6.51+rpt-rpi-v8"),
    ],
)
def test_only_a_newer_kernel_of_the_same_flavour_counts(running: str, installed: list[str], newest: str) -> None:
    assert newest_kernel(running, installed) == newest


def test_this_machine_answers(live: Ask, needs: Callable[..., str]) -> None:
    needs("uname", "coreutils")
    found = restart.function(live)
    (fact,) = found
    assert isinstance(fact, RestartNeed)
    assert fact.running_kernel == live(api.Command(("uname", "-r"))).text.strip()


@given(st.text(), st.lists(st.text()))
def test_hostile_names_never_break_it(running: str, installed: list[str]) -> None:
    assert newest_kernel(running, installed) in ("", *installed)
