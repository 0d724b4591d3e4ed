"""The log of restore tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.drills import Drill, parse_drills, read_drills

LINE = '{"time": "2026-11-03T10:00:00+01:00", "backup": "office", "restored": 20, "different": 1, "seconds": 42.5}'
DRILL = Drill(datetime(2026, 11, 3, 9, tzinfo=UTC), "office", 20, 1, 0, 42.5)


def test_a_line_is_read_in_utc_and_absent_counts_are_zero() -> None:
    assert list(parse_drills(LINE)) == [DRILL]


def test_a_line_that_was_cut_is_passed_over() -> None:
    assert list(parse_drills(LINE + "\n" + LINE[:40])) == [DRILL]


@pytest.mark.parametrize(
    "text", ["garbage", '{"time": "2026-11-03T10:00:00", "backup": "a", "restored": 1}', LINE.replace("20", "-1")]
)
def test_a_log_without_one_good_line_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        list(parse_drills(text))


@given(
    st.builds(
        Drill,
        st.datetimes(timezones=st.just(UTC)),
        st.text('aZ "\\\u00e9/', max_size=20),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.floats(0, 1e6),
    )
)
def test_what_is_written_is_read_back(drill: Drill) -> None:
    assert list(parse_drills(drill.line())) == [drill]


@given(st.text('{}"[]:,timebackup0129 \n\0\ud800', max_size=200))
def test_hostile_lines_yield_tests_or_are_unreadable(text: str) -> None:
    try:
        assert all(drill.restored >= 0 for drill in parse_drills(text))
    except api.Unreadable:
        assert text.strip()


def test_proven_means_something_came_back_whole() -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    assert Drill(now, "a", 1).proven
    assert not Drill(now, "a", 0).proven
    assert not Drill(now, "a", 1, different=1).proven
    assert not Drill(now, "a", 1, failed=1).proven


def test_no_log_means_no_tests_and_a_closed_one_is_not_known(recorded: Callable[..., api.Ask]) -> None:
    question = api.ReadFile("/log")
    assert read_drills(recorded({question: api.Answer.missing(api.NotFound("/log"))}), "/log") == ()
    assert read_drills(recorded({question: api.Answer.missing(api.AccessDenied("/log"))}), "/log") is None
    assert read_drills(recorded({question: LINE}), "/log") == (DRILL,)
