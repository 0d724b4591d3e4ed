"""snapd needs a system that runs systemd: the tables are those its own tests and manual show."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.metadata_age import Settings as AgeLimits
from itaudit.checks.patches.metadata_age import metadata_age
from itaudit.checks.patches.other import Settings as OtherLimits
from itaudit.checks.patches.other import other
from itaudit.checks.patches.security import Settings, security
from itaudit.contributions import Ask
from itaudit.facts.updates.snap import FOLDER, INSTALLED, SUBJECT, WAITING, parse_table, snap

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]
LIST = """Name     Version        Rev    Tracking         Publisher    Notes
core22   20240111       1122   latest/stable    canonical**  base
firefox  124.0.2-1      4336   latest/stable    mozilla**    -
lxd      5.21-aaa       100    5.21/stable      canonical**  held
"""
REFRESH = """Name     Version        Rev    Size   Publisher    Notes
core22   20240111       1380   77MB   canonical**  base
firefox  125.0.1-1      4400   279MB  mozilla**    -
lxd      5.21-bbb       101    90MB   canonical**  -
"""


def answers(waiting: api.Answer | str, listed: api.Answer | str = LIST) -> dict[api.Question, api.Answer | str]:
    return {
        api.Glob(f"{FOLDER}/*.snap", most=1): json.dumps([f"{FOLDER}/core22_1122.snap"]),
        INSTALLED: listed,
        WAITING: waiting,
        api.FileStatus(FOLDER): '{"modified": 1795000000}',
    }


def test_each_row_is_an_update_and_a_held_one_is_named(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    (manager,) = facts_of(snap, recorded(answers(REFRESH)), machine)
    assert [(u.package, u.installed, u.candidate, u.held) for u in manager.pending] == [
        ("core22", "20240111 (1122)", "20240111 (1380)", False),
        ("firefox", "124.0.2-1", "125.0.1-1", False),
        ("lxd", "5.21-aaa", "5.21-bbb", True),
    ]
    assert (manager.subject, manager.tells_security) == (SUBJECT, False)
    assert security(manager, [], api.History(), machine, Settings()).status is api.Status.UNKNOWN


def test_a_remark_beside_a_whole_answer_changes_nothing(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    remark = api.Answer(REFRESH, 0, "WARNING: a mirror said: connection refused\n")
    (manager,) = facts_of(snap, recorded(answers(remark)), machine)
    assert len(manager.pending) == 3


@pytest.mark.parametrize(
    "waiting", [api.Answer("", 0, "All snaps up to date.\n"), "All snaps up to date.\n"], ids=["by its errors", "by its output"]
)
def test_nothing_waiting_is_well(recorded: Recorder, facts_of: Facts, machine: api.Machine, waiting: api.Answer | str) -> None:
    (manager,) = facts_of(snap, recorded(answers(waiting)), machine)
    assert manager.pending == ()
    assert security(manager, [], api.History(), machine, Settings()).status is api.Status.OK


@pytest.mark.parametrize(
    ("waiting", "error"),
    [
        (api.Answer("", 1, "error: unable to contact snap store\n"), api.Unreachable),
        (api.Answer("", 1, "error: cannot communicate with server: timeout\n"), api.Unreadable),
        (api.Answer("", 0), api.Unreadable),
        (api.Answer(REFRESH, 1), api.Unreadable),
        (api.Answer.missing(api.TimedOut("snap")), api.TimedOut),
        ("Name Version\nfirefox 1\n", api.Unreadable),
        (REFRESH + "a line of something else\n", api.Unreadable),
        (REFRESH + "../x 1 2 3 4 5\n", api.Unreadable),
    ],
)
def test_what_is_not_understood_is_unknown_and_hides_nothing_of_the_systems_own_manager(
    recorded: Recorder, facts_of: Facts, machine: api.Machine, waiting: api.Answer | str, error: type[api.Missing]
) -> None:
    (manager,) = facts_of(snap, recorded(answers(waiting)), machine)
    assert manager.subject == SUBJECT
    assert error.words in manager.archives[0].label
    assert metadata_age(manager, machine, AgeLimits()).status is api.Status.UNKNOWN
    assert security(manager, [], api.History(), machine, Settings()).status is api.Status.UNKNOWN
    assert other(manager, api.History(), machine, OtherLimits()).status is api.Status.UNKNOWN


def test_without_snaps_it_is_silent(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    assert facts_of(snap, recorded({api.Glob(f"{FOLDER}/*.snap", most=1): "[]"}), machine) == []


@given(st.sampled_from(["", LIST, REFRESH]), st.text())
def test_hostile_tables_give_rows_or_missing(head: str, tail: str) -> None:
    with contextlib.suppress(api.Missing):
        assert all({"Name", "Version", "Rev"} <= row.keys() for row in parse_table(head + tail))
