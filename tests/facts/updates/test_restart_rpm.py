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
from itaudit.facts.updates.restart import ASKED, ASKED_BY, BOOTED, KERNELS, RUNNING, installed_on, restart
from itaudit.facts.updates.restart_rpm import INSTALLED, MARK, asked_since, parse_installed

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
BOOT = datetime(2026, 11, 1, 8, tzinfo=UTC)
FEDORA, SUSE, DEBIAN = "ID=fedora\n", "ID=opensuse-leap\n", "ID=debian\n"
NOT_THERE = api.Answer.missing(api.NotFound("no such file"))


def seconds(day: int) -> int:
    return int(datetime(2026, 11, day, 8, tzinfo=UTC).timestamp())


def installed(**days: int) -> api.Answer:
    """As rpm prints it, names with "_" for "-": it ends with the number of those that are missing."""
    lines = [f"{name.replace('_', '-')}\t{seconds(day)}" for name, day in days.items()]
    return api.Answer("\n".join(["package kernel-rt is not installed", *lines]) + "\n", 1)


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        (installed(kernel_core=1, glibc=1), ()),
        (installed(kernel_core=1, glibc=9, systemd=7), ("glibc", "systemd")),
        # In a container there is no kernel, and the start is that of the machine around it.
        (installed(glibc=9, systemd=7), ()),
    ],
)
def test_what_was_replaced_since_the_start_asks_for_one(
    recorded: Recorder, packages: api.Answer, expected: tuple[str, ...]
) -> None:
    found = asked_since(recorded({OS_RELEASE: FEDORA, INSTALLED: packages}), BOOT)
    assert found == (expected, datetime(2026, 11, 7, 8, tzinfo=UTC) if expected else None)


@pytest.mark.parametrize("answer", [api.Answer("", 1, "error: rpmdb open failed"), api.Answer.missing(api.TimedOut("rpm"))])
def test_where_rpm_cannot_tell_that_none_is_due_is_not_known(recorded: Recorder, answer: api.Answer) -> None:
    with pytest.raises((api.TimedOut, api.Unreadable)):
        list(restart.function(recorded({**fedora(), INSTALLED: answer})))
    (found,) = restart.function(recorded({**fedora(), INSTALLED: answer, ASKED: json.dumps({"modified": seconds(7)})}))
    assert isinstance(found, RestartNeed)
    assert found.needed


def test_zypper_leaves_a_mark(recorded: Recorder) -> None:
    mark = json.dumps({"modified": seconds(5)})
    assert asked_since(recorded({OS_RELEASE: SUSE, MARK: mark}), BOOT) == (("zypper",), datetime(2026, 11, 5, 8, tzinfo=UTC))
    assert asked_since(recorded({OS_RELEASE: SUSE, MARK: NOT_THERE}), BOOT) == ((), None)
    assert asked_since(recorded({OS_RELEASE: DEBIAN, MARK: mark, INSTALLED: installed(kernel=9)}), BOOT) == ((), None)


def fedora() -> dict[api.Question, api.Answer | str]:
    release = "6.8.5-301.fc41.x86_64"
    return {
        RUNNING: f"{release}\n",
        KERNELS: json.dumps([f"/boot/vmlinuz-{release}", "/boot/vmlinuz-0-rescue-0123456789abcdef0123456789abcdef"]),
        BOOTED: json.dumps(BOOT.timestamp()),
        ASKED: NOT_THERE,
        ASKED_BY: NOT_THERE,
        installed_on(release): NOT_THERE,
        OS_RELEASE: FEDORA,
        INSTALLED: installed(kernel_core=1, glibc=9),
    }


def test_it_is_part_of_the_one_fact(recorded: Recorder) -> None:
    answers = fedora()
    (found,) = restart.function(recorded(answers))
    assert isinstance(found, RestartNeed)
    assert (found.needed, found.newer_kernel, found.packages) == (True, "", ("glibc",))
    assert found.since == datetime(2026, 11, 9, 8, tzinfo=UTC)
    (quiet,) = restart.function(recorded({**answers, INSTALLED: installed(kernel_core=1, glibc=1)}))
    assert isinstance(quiet, RestartNeed)
    assert not quiet.needed


@given(st.text() | st.integers().map(lambda number: f"glibc\t{number}\n"))
def test_hostile_text_gives_moments(text: str) -> None:
    assert all(isinstance(when, datetime) for _, when in parse_installed(text))
