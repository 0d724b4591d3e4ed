"""How named facts move a severity: one step at most, each in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.model import Flag, Importance, Severity, Status
from itaudit.severity import effective_severity

LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL


@pytest.mark.parametrize(
    ("base", "own", "status", "importance", "times_seen", "severity", "moves"),
    [
        (HIGH, None, Status.FAIL, Importance.NORMAL, 1, HIGH, ()),
        (HIGH, None, Status.UNKNOWN, Importance.NORMAL, 1, HIGH, ()),
        (HIGH, None, Status.WARN, Importance.NORMAL, 1, MEDIUM, ("one step lower: a warning, not a failure",)),
        (HIGH, HIGH, Status.WARN, Importance.NORMAL, 1, HIGH, ()),
        (HIGH, LOW, Status.FAIL, Importance.NORMAL, 1, LOW, ("lowered from high to low by what was found",)),
        (HIGH, None, Status.FAIL, Importance.VITAL, 1, CRITICAL, ("one step higher: vital machine",)),
        (HIGH, None, Status.FAIL, Importance.IMPORTANT, 1, HIGH, ()),
        (HIGH, None, Status.FAIL, Importance.SPARE, 1, MEDIUM, ("one step lower: spare machine",)),
        (HIGH, None, Status.FAIL, Importance.NORMAL, 2, CRITICAL, ("one step higher: keeps coming back",)),
        (MEDIUM, None, Status.FAIL, Importance.VITAL, 3, HIGH, ("one step higher: vital machine, keeps coming back",)),
        (MEDIUM, None, Status.FAIL, Importance.SPARE, 2, MEDIUM, ("not moved: spare machine, but keeps coming back",)),
        (CRITICAL, None, Status.FAIL, Importance.VITAL, 1, CRITICAL, ()),
        (LOW, None, Status.FAIL, Importance.SPARE, 1, LOW, ()),
        (LOW, None, Status.WARN, Importance.NORMAL, 1, LOW, ()),
        (Severity.INFO, None, Status.FAIL, Importance.VITAL, 5, Severity.INFO, ()),
        (
            CRITICAL, None, Status.WARN, Importance.VITAL, 1, CRITICAL,
            ("one step lower: a warning, not a failure", "one step higher: vital machine"),
        ),
    ],
)  # fmt: skip
def test_facts_move_a_severity_as_the_table_says(
    base: Severity,
    own: Severity | None,
    status: Status,
    importance: Importance,
    times_seen: int,
    severity: Severity,
    moves: tuple[str, ...],
) -> None:
    assert effective_severity(base, own, status, importance, times_seen) == (severity, moves)


@given(st.sampled_from(Severity), st.sampled_from(Status), st.sampled_from(Importance))
def test_an_exploited_hole_reachable_from_the_internet_is_critical(
    base: Severity, status: Status, importance: Importance
) -> None:
    severity, moves = effective_severity(base, None, status, importance, 1, frozenset({Flag.EXPLOITED, Flag.REACHABLE}))
    assert severity is CRITICAL
    assert bool(moves) is (base is not CRITICAL)


def test_one_of_the_two_facts_is_not_enough() -> None:
    for flag in (Flag.EXPLOITED, Flag.REACHABLE):
        assert effective_severity(LOW, None, Status.FAIL, flags=frozenset({flag})) == (LOW, ())


@given(
    st.sampled_from(Severity),
    st.none() | st.sampled_from(Severity),
    st.sampled_from(Status),
    st.sampled_from(Importance),
    st.integers(1, 5),
)
def test_no_difference_from_the_base_goes_unexplained(
    base: Severity, own: Severity | None, status: Status, importance: Importance, times_seen: int
) -> None:
    severity, moves = effective_severity(base, own, status, importance, times_seen)
    plain, _ = effective_severity(base, own, status)
    assert severity is base or moves
    assert abs(severity.rank - plain.rank) <= 1
