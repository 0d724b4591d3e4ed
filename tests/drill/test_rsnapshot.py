"""Configurations and lists of rsnapshot, as restore tests read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.drill.rsnapshot import read_files, read_states, settled
from itaudit.facts.backups.repository import Repository

CONFIGURATION = "snapshot_root\t/r/\nretain\talpha\t6\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("backup\t/home/\tlocalhost/\nbackup\t/etc/\tother/\n", api.Unreadable),
        ("backup\t/home/\t../localhost/\n", api.Unreadable),
        ("backup\troot@other:/home/\tother/\n", api.NotApplicable),
    ],
)
def test_what_cannot_be_tested_is_said(recorded: Callable[..., api.Ask], text: str, error: type[api.Missing]) -> None:
    ask = recorded({api.ReadFile("/c", limit_bytes=256 * 2**10): CONFIGURATION + text})
    with pytest.raises(error):
        settled(ask, Repository("office", "rsnapshot", "/c"))


def test_runs_are_told_apart_from_what_is_being_removed_and_by_their_time() -> None:
    text = "1763791200.5\talpha.0\x001763791300.5\t_delete.123\x001763791400.5\tlost+found\0nan\tbeta.1\x00"
    [state] = read_states(text)
    assert (state.name, state.when) == ("alpha.0 of 1763791200.5", datetime(2025, 11, 22, 6, 0, 0, 500_000, tzinfo=UTC))


@given(st.one_of(st.text(max_size=100), st.text("0123456789.-\t\0aenif\ufffd/", max_size=100)))
def test_hostile_lists_give_files_and_runs_or_none(text: str) -> None:
    assert all(file.size_bytes >= 0 and file.path.startswith("/") for file in read_files(text))
    assert all(state.when.tzinfo for state in read_states(text))
