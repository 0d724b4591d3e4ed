from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.sectors import Settings, sectors
from itaudit.facts.drive import Drive

WELL = Drive("drive W1", "/dev/sda", "WDC WD20", "W1", spinning=True, unreadable=0, replaced=0, uncorrected=0)
SMALL = (api.Status.WARN, api.Severity.LOW)


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        (WELL, (api.Status.OK, None)),
        (replace(WELL, unreadable=1), (api.Status.FAIL, None)),
        (replace(WELL, replaced=1), SMALL),
        (replace(WELL, replaced=50), SMALL),
        (replace(WELL, replaced=51), (api.Status.FAIL, None)),
        (replace(WELL, uncorrected=10), SMALL),
        (replace(WELL, uncorrected=11), (api.Status.FAIL, None)),
        (replace(WELL, replaced=50, spinning=False), (api.Status.OK, None)),
        (replace(WELL, replaced=51, spinning=False), SMALL),  # it may have had them from its maker
        (Drive("drive X", "/dev/sdb", "X"), (api.Status.SKIPPED, None)),
    ],
)
def test_damaged_places_are_judged_at_first_sight(
    machine: api.Machine, drive: Drive, expected: tuple[api.Status, api.Severity | None]
) -> None:
    verdict = sectors(drive, api.History(), machine, Settings())
    assert (verdict.status, verdict.severity) == expected
    assert (verdict.remedy is not None) is (expected[0] in (api.Status.WARN, api.Status.FAIL))


@pytest.mark.parametrize(
    ("name", "before", "now", "status"),
    [
        ("replaced", [3.0], 3, api.Status.WARN),
        ("replaced", [3.0], 4, api.Status.FAIL),
        ("replaced", [1.0, 4.0], 4, api.Status.FAIL),  # grew nine days ago
        ("replaced", [4.0, 4.0], 4, api.Status.WARN),
        ("replaced", [9.0, 4.0], 4, api.Status.WARN),  # fell: another firmware
        ("uncorrected", [0.0], 1, api.Status.FAIL),
        ("uncorrected", [5.0], 2, api.Status.WARN),
    ],
)
def test_a_count_that_grew_since_the_last_scan_fails(
    machine: api.Machine, name: str, before: list[float], now: int, status: api.Status
) -> None:
    points = [api.Point(machine.now - timedelta(days=10 - day), value) for day, value in enumerate(before)]
    past = api.History(lambda asked: points if asked == name else ())
    drive = replace(WELL, replaced=now) if name == "replaced" else replace(WELL, uncorrected=now)
    verdict = sectors(drive, past, machine, Settings())
    assert verdict.status is status
    assert ("more than before" in verdict.summary) is (status is api.Status.FAIL)


def test_a_drive_without_a_serial_number_may_be_another_one_and_never_grows(machine: api.Machine) -> None:
    past = api.History(lambda _: [api.Point(machine.now - timedelta(days=1), 1.0)])
    nameless = replace(WELL, subject="/dev/sda", serial="", replaced=4, uncorrected=4)
    assert sectors(nameless, past, machine, Settings()).status is api.Status.WARN
    assert sectors(replace(nameless, serial="W1"), past, machine, Settings()).status is api.Status.FAIL


def test_a_solid_state_drive_that_retires_a_place_is_watched_and_not_condemned(machine: api.Machine) -> None:
    past = api.History(lambda name: [api.Point(machine.now - timedelta(days=1), 3.0)] if name == "replaced" else ())
    verdict = sectors(replace(WELL, replaced=4, spinning=False), past, machine, Settings())
    assert (verdict.status, verdict.severity) == SMALL
    assert verdict.summary.endswith("reports 4 worn places it has replaced (more than before).")
    assert sectors(replace(WELL, replaced=50, spinning=False), past, machine, Settings()).status is api.Status.WARN
    assert sectors(replace(WELL, replaced=51, spinning=False), past, machine, Settings()).status is api.Status.FAIL
    assert sectors(replace(WELL, replaced=1), past, machine, Settings()).summary.endswith("reports 1 worn place it has replaced.")


@pytest.mark.parametrize(
    ("days_ago", "values", "status"),
    [
        ([60, 31], [1.0, 4.0], api.Status.WARN),  # grew, but longer ago than a month
        ([60, 29], [1.0, 4.0], api.Status.FAIL),  # that it grew was seen 29 days ago
        ([60], [1.0], api.Status.FAIL),  # the last scan is long ago: it grew since
        ([60], [4.0], api.Status.WARN),
    ],
)
def test_growth_stays_told_for_a_month(
    machine: api.Machine, days_ago: list[int], values: list[float], status: api.Status
) -> None:
    points = [api.Point(machine.now - timedelta(days=day), value) for day, value in zip(days_ago, values, strict=True)]
    past = api.History(lambda asked: points if asked == "replaced" else ())
    assert sectors(replace(WELL, replaced=4), past, machine, Settings()).status is status


def test_every_count_that_the_drive_keeps_goes_into_the_history(machine: api.Machine) -> None:
    verdict = sectors(replace(WELL, unreadable=2, replaced=None), api.History(), machine, Settings())
    assert [(each.name, each.value) for each in verdict.measurements] == [("unreadable", 2), ("uncorrected", 0)]
    assert verdict.summary == "The drive WDC WD20 (serial number W1, /dev/sda) reports 2 places it cannot read."


def test_the_steps_name_this_very_drive(machine: api.Machine) -> None:
    bad = replace(WELL, unreadable=1, way="-d megaraid,8 /dev/bus/0")
    fix = sectors(bad, api.History(), machine, Settings()).remedy
    assert fix is not None
    assert fix.steps[0] == "smartctl -x -d megaraid,8 /dev/bus/0"
    assert "serial number W1" in fix.action
    assert "serial number W1" in fix.steps[2]


def test_a_drive_behind_a_controller_is_swapped_in_its_slot(machine: api.Machine) -> None:
    alone, member = (
        sectors(replace(WELL, unreadable=1, way=way), api.History(), machine, Settings()).remedy
        for way in ("-d sat /dev/sda", "-d megaraid,8 /dev/bus/0")
    )
    assert alone is not None
    assert member is not None
    assert "ddrescue" in alone.steps[1]
    assert not any("ddrescue" in step for step in member.steps)  # it holds a part of a set, which is no copy of anything
    assert member.steps[1].startswith("storcli /cX/eY/sZ start locate")
    assert "serial number W1" in member.steps[2]
