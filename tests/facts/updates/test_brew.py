"""Homebrew does not run here: the JSON is that of its manual (brew outdated --json=v2)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.metadata_age import Settings, metadata_age
from itaudit.contributions import Ask
from itaudit.facts.updates import Update
from itaudit.facts.updates.brew import AS_OWNER, PROGRAMS, SUBJECT, brew, cache_question, outdated_question, parse_outdated

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]
NOVEMBER = datetime(2026, 11, 21, tzinfo=UTC)
OUTDATED = {
    "formulae": [
        {"name": "cmake", "installed_versions": ["3.28.1"], "current_version": "3.29.0", "pinned": False, "pinned_version": None},
        {"name": "git", "installed_versions": ["2.43.0", "2.43.1"], "current_version": "2.44.0", "pinned": True},
    ],
    "casks": [{"name": "firefox", "installed_versions": "121.0", "current_version": "122.0"}],
}


def answers(outdated: api.Answer | str, program: str = PROGRAMS[0]) -> dict[api.Question, api.Answer | str]:
    home = "/opt/homebrew" if program == PROGRAMS[0] else program.removesuffix("/bin/brew")
    return {
        **{api.Glob(one, most=1): json.dumps([one] if one == program else []) for one in PROGRAMS},
        outdated_question(program): outdated,
        cache_question(program): "/Users/anna/Library/Caches/Homebrew\n",
        api.FileStatus("/Users/anna/Library/Caches/Homebrew/api/formula.jws.json"): f'{{"modified": {NOVEMBER.timestamp()}}}',
        api.FileStatus(f"{home}/opt"): '{"modified": 1795000000}',
    }


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_is_an_update(recorded: Recorder, facts_of: Facts, machine: api.Machine, program: str) -> None:
    (manager,) = facts_of(brew, recorded(answers(json.dumps(OUTDATED), program)))
    assert [(u.package, u.installed, u.candidate, u.held, u.released_by) for u in manager.pending] == [
        ("cmake", "3.28.1", "3.29.0", False, NOVEMBER),
        ("git", "2.43.0, 2.43.1", "2.44.0", True, NOVEMBER),
        ("firefox", "121.0", "122.0", False, NOVEMBER),
    ]
    assert manager.changed == datetime.fromtimestamp(1795000000, UTC)
    assert metadata_age(manager, machine, Settings()).status is api.Status.OK


def test_for_root_it_is_unknown_and_says_who_may_ask(recorded: Recorder, facts_of: Facts) -> None:
    refused = api.Answer("", 1, "Error: Running Homebrew as root is extremely dangerous and no longer supported.\n")
    (manager,) = facts_of(brew, recorded(answers(refused)))
    assert (manager.subject, manager.refresh, manager.archives[0].published) == (SUBJECT, AS_OWNER, None)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"formulae": []}', '{"formulae": {}, "casks": []}', '{"formulae": [1], "casks": []}']
)
def test_another_shape_is_unknown(recorded: Recorder, facts_of: Facts, text: str) -> None:
    (manager,) = facts_of(brew, recorded(answers(text)))
    assert api.Unreadable.words in manager.archives[0].label


def test_elsewhere_it_is_silent(recorded: Recorder, facts_of: Facts) -> None:
    assert facts_of(brew, recorded({api.Glob(one, most=1): "[]" for one in PROGRAMS})) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["formulae", "casks", "name", "current_version"]), inner),
)


@given(JSON)
def test_hostile_json_gives_updates_or_missing(document: object) -> None:
    with contextlib.suppress(api.Missing):
        assert all(isinstance(update, Update) for update in parse_outdated(document))
