from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itaudit.facts.drive import drive_of
from itaudit.facts.self_tests import SelfTests
from itaudit.facts.smartctl import Report

SHORT, LONG = 1, 2


def ata(kind: int, status: int, hour: int) -> dict[str, Any]:
    """One line of the log, in the shape that smartctl 7.3 gives; of stopped and running tests it does not say "passed"."""
    said = {"value": status, "string": "words"}
    if status >> 4 == 0 or 3 <= status >> 4 <= 8:
        said["passed"] = status >> 4 == 0
    return {"type": {"value": kind, "string": "words"}, "status": said, "lifetime_hours": hour}


def told(report: dict[str, Any], hours: int | None = 1000, exit_status: int = 0) -> SelfTests:
    whole = {"smartctl": {"exit_status": exit_status}, "power_on_time": {"hours": hours}, **report}
    return drive_of(Report.model_validate(whole), "/dev/sda").tests


def log(*table: dict[str, Any]) -> dict[str, Any]:
    return {"ata_smart_self_test_log": {"standard": {"revision": 1, "table": list(table), "count": len(table)}}}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([ata(SHORT, 0x00, 900)], SelfTests(hours_ago=100)),
        ([ata(LONG, 0x00, 1000), ata(SHORT, 0x00, 900)], SelfTests(hours_ago=0)),
        ([ata(LONG, 0x74, 900), ata(LONG, 0x00, 800)], SelfTests(failed=True, hours_ago=200)),  # read failure, 40 % left
        ([ata(LONG, 0x00, 900), ata(LONG, 0x74, 800)], SelfTests(hours_ago=100)),  # a long test has passed since
        ([ata(SHORT, 0x00, 900), ata(LONG, 0x74, 800)], SelfTests(failed=True, hours_ago=100)),  # a short one reads too little
        ([ata(LONG, 0x10, 990), ata(SHORT, 0x00, 900)], SelfTests(hours_ago=100)),  # stopped by someone
        ([ata(LONG, 0xF9, 1000), ata(SHORT, 0x00, 900)], SelfTests(hours_ago=100)),  # running
        ([ata(LONG, 0x25, 990)], SelfTests(never=True)),
        ([ata(LONG | 0x80, 0x00, 900), ata(LONG, 0x74, 800)], SelfTests(hours_ago=100)),  # captive mode
        ([ata(SHORT, 0x80, 900)], SelfTests(failed=True, never=True)),  # handling damage suspected
        ([ata(SHORT, 0x00, 1200)], SelfTests()),  # later than now: the drive counts something else
        ([], SelfTests(never=True)),
    ],
)
def test_the_ata_log_is_read(table: list[dict[str, Any]], expected: SelfTests) -> None:
    assert told(log(*table)) == expected


def test_the_hour_of_a_test_starts_again_after_seven_and_a_half_years() -> None:
    # 100216 hours are 65536 + 34680: the test of hour 34000 was 680 hours ago, that of 35000 before the hour last started again.
    assert told(log(ata(LONG, 0, 34000)), 100216).hours_ago == 680
    assert told(log(ata(LONG, 0, 35000)), 100216).hours_ago == 65216


def test_bit_7_of_the_exit_status_is_heard_without_a_log() -> None:
    assert told({}, exit_status=128) == SelfTests(failed=True)
    assert told({}, exit_status=64) == SelfTests()


def test_a_drive_that_does_not_tell_its_hours_has_no_age_of_tests() -> None:
    assert told(log(ata(LONG, 0, 900)), None) == SelfTests()


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([(1, 0, 900)], SelfTests(hours_ago=100)),
        ([(2, 7, 950), (2, 0, 900)], SelfTests(failed=True, hours_ago=100)),
        ([(2, 0, 950), (2, 7, 900)], SelfTests(hours_ago=50)),
        ([(2, 1, 950), (1, 9, 940)], SelfTests(never=True)),
        ([], SelfTests(never=True)),
    ],
)
def test_the_nvme_log_is_read(results: list[tuple[int, int, int]], expected: SelfTests) -> None:
    table = [
        {"self_test_code": {"value": code}, "self_test_result": {"value": result}, "power_on_hours": hour}
        for code, result, hour in results
    ]
    assert told({"nvme_self_test_log": {"current_self_test_operation": {"value": 0}, "table": table}}) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([(1, 0, 900)], SelfTests(hours_ago=100)),
        ([(1, 0, 950), (2, 5, 900)], SelfTests(failed=True, hours_ago=50)),
        ([(6, 0, 950), (2, 5, 900)], SelfTests(hours_ago=50)),
        ([(2, 15, 1000), (2, 2, 990)], SelfTests(never=True)),
    ],
)
def test_the_scsi_log_is_read_newest_first(results: list[tuple[int, int, int]], expected: SelfTests) -> None:
    entries = {
        f"scsi_self_test_{number}": {"code": {"value": code}, "result": {"value": result}, "power_on_time": {"hours": hour}}
        for number, (code, result, hour) in enumerate(results)
    }
    assert told(dict(reversed(entries.items()))) == expected


def test_eleven_scsi_tests_are_in_the_order_of_their_numbers() -> None:
    entries = {
        f"scsi_self_test_{number}": {"code": {"value": 1}, "result": {"value": 0}, "power_on_time": {"hours": 900 - number}}
        for number in (10, 2, 1)
    }
    assert told(entries) == SelfTests(hours_ago=101)


def test_a_drive_without_a_log_says_nothing() -> None:
    assert told({}) == SelfTests()


ANY = st.none() | st.integers() | st.text(max_size=3) | st.floats() | st.lists(st.integers(), max_size=2)
NUMBER = st.integers(-(2**70), 2**70) | st.none()


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.fixed_dictionaries({"value": NUMBER}) | ANY,
                "status": st.fixed_dictionaries({"value": NUMBER, "passed": st.booleans() | st.none()}) | ANY,
                "lifetime_hours": NUMBER,
            }
        ),
        max_size=4,
    ),
    NUMBER,
)
def test_any_log_is_read_or_refused_and_an_age_is_never_impossible(table: Any, hours: int | None) -> None:
    try:
        found = told(log(*table), hours)
    except ValidationError:
        return
    assert found.hours_ago is None or (hours is not None and 0 <= found.hours_ago <= hours)
