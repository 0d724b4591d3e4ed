from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.security.files import files
from itaudit.facts.file_permissions import FileRights

USUAL = FileRights((), (), (), (), 9000, True)


@pytest.mark.parametrize(
    ("more", "status", "severity", "summary"),
    [
        ({}, api.Status.OK, None, "None of 9000 files of the system can be changed by anybody."),
        ({"foreign": None}, api.Status.OK, None, "None of 9000 files of the system can be changed by anybody."),
        ({"writable": ("/etc/x",)}, api.Status.FAIL, None, "Anybody can change 1 place of the system."),
        ({"planted": ("/tmp/x",)}, api.Status.FAIL, None, "A program with special rights lies where anybody can leave files."),
        ({"foreign": ("/a", "/b")}, api.Status.WARN, None, "2 programs with special rights came from no known source."),
        (
            {"ownerless": ("/a (user 9)",)},
            api.Status.WARN,
            api.Severity.LOW,
            "System files belong to 1 account that does not exist.",
        ),
        (
            {"complete": False},
            api.Status.UNKNOWN,
            None,
            "9000 files of the system could be looked at, not all; none can be changed by anybody.",
        ),
        ({"complete": False, "writable": ("/etc/x",)}, api.Status.FAIL, None, "Anybody can change 1 place of the system."),
    ],
)
def test_the_worst_counts(more: dict[str, Any], status: api.Status, severity: api.Severity | None, summary: str) -> None:
    verdict = files(replace(USUAL, **more))
    assert (verdict.status, verdict.severity, verdict.summary) == (status, severity, summary)


def test_the_detail_names_each_kind_and_stays_short() -> None:
    verdict = files(replace(USUAL, writable=tuple(f"/etc/{number}" for number in range(30)), foreign=None))
    lines = verdict.detail.splitlines()
    assert lines[1].startswith("writable by all: /etc/0, ")
    assert lines[1].endswith(" and 10 more")
    assert lines[2] == "set-user-ID or set-group-ID, owned by no package: no package manager could tell"


def test_who_is_root_already_is_told_what_else_may_have_ended_the_look() -> None:
    verdict = files(FileRights((), (), (), (), 20_000, complete=False))
    assert "whole_walk" in verdict.unlock
