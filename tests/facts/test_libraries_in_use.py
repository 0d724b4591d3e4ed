from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.libraries_in_use import QUESTION, OldProgram, ProgramsInUse, programs_in_use

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def process(pid: int, name: str, unit: str, files: list[str], replaced: float | None) -> dict[str, object]:
    return {"pid": pid, "name": name, "unit": unit, "files": files, "replaced": replaced}


def test_processes_of_one_unit_are_one_program_since_the_first_of_them(recorded: Recorder) -> None:
    old = [
        process(7, "nginx", "nginx.service", ["/usr/lib/libssl.so.3"], 1795334400.0),
        process(8, "nginx", "nginx.service", ["/usr/lib/libz.so.1", "/usr/lib/libssl.so.3"], 1795300000.0),
        process(9, "bash", "", ["/usr/bin/bash"], None),
    ]
    body = json.dumps({"seen": 40, "unseen": 1, "complete": True, "old": old})
    (found,) = programs_in_use.function(recorded({QUESTION: body}))
    assert found == ProgramsInUse(
        (
            OldProgram("bash", "", 1, ("/usr/bin/bash",), None),
            OldProgram(
                "nginx",
                "nginx.service",
                2,
                ("/usr/lib/libssl.so.3", "/usr/lib/libz.so.1"),
                datetime.fromtimestamp(1795300000, UTC),
            ),
        ),
        40,
        1,
        True,
    )


@pytest.mark.parametrize("body", ["{}", "[]", "null", "7", '{"old": 3}', '{"old": [], "seen": "x"}', "no"])
def test_another_shape_is_unreadable(body: str, recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        list(programs_in_use.function(recorded({QUESTION: body})))


@given(st.recursive(st.none() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_hostile_answers_give_a_fact_or_missing(value: object) -> None:
    from lab.providers import Always

    entry = {"name": value, "unit": value, "files": value, "replaced": value}
    for body in (
        value,
        {"old": value, "seen": 1, "unseen": 0, "complete": True},
        {"old": [entry], "seen": 1, "unseen": 0, "complete": 1},
    ):
        with contextlib.suppress(api.Missing):
            assert all(isinstance(fact, ProgramsInUse) for fact in programs_in_use.function(Ask(Always(json.dumps(body)))))
