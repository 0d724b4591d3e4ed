"""Sizes of copies: real repositories, and hostile output."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.backups.size_drop import Settings, size_drop
from itaudit.facts.backups.borg_sizes import borg_sizes, info_question, parse_info
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.restic import snapshots_question
from itaudit.facts.backups.restic_sizes import newest_group, parse_snapshots, parse_stats, restic_sizes, stats_question
from itaudit.facts.backups.settings import Backups
from itaudit.facts.backups.sizes import SavedSizes, last_of_each_day
from itaudit.model import Status
from lab.backups import HOST

if TYPE_CHECKING:
    from lab.backups import BackupLab

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Repository("office", "restic", "/mnt/usb", password_file="/etc/restic/password")
FULL = 60 * 40_000
"""Bytes that the lab's source holds (tests/lab/backups_states.py); 10 of its 60 files are left in the shrunk one."""


def snapshot(day: int, name: str = "a", **more: Any) -> dict[str, Any]:
    paths = more.pop("paths", ["/home"])
    return {"id": name * 4, "time": f"2026-11-{day:02}T06:00:00Z", "hostname": HOST, "paths": paths, **more}


@pytest.mark.parametrize(("name", "files", "status"), [("sound", 60, Status.OK), ("shrunk", 10, Status.FAIL)])
def test_restic_tells_what_its_newest_copies_hold(
    restic_states: BackupLab, live: api.Ask, machine: api.Machine, name: str, files: int, status: Status
) -> None:
    [saved] = restic_sizes.function(live, machine, [Repository.configured(restic_states.settings("restic", name))])
    assert isinstance(saved, SavedSizes)
    assert saved.paths == (str(restic_states.source),)
    assert [size.when.day for size in saved.sizes] == [18, 19, 20, 21, 22]
    assert [size.size_bytes for size in saved.sizes] == [FULL] * 4 + [files * 40_000]
    # restic counts folders too: the source and those above it.
    assert saved.sizes[0].files - saved.sizes[-1].files == 60 - files
    assert size_drop(saved, Settings()).status is status


@pytest.mark.parametrize(("name", "files", "status"), [("sound", 60, Status.OK), ("shrunk", 10, Status.FAIL)])
def test_borg_tells_it_where_the_owner_allows_the_work(
    borg_states: BackupLab, live: api.Ask, machine: api.Machine, name: str, files: int, status: Status
) -> None:
    repository = Repository.configured(borg_states.settings("borg", name, host="*"))
    assert list(borg_sizes.function(live, machine, Backups(), [repository])) == []
    [saved] = borg_sizes.function(live, machine, Backups(check="structure"), [repository])
    assert isinstance(saved, SavedSizes)
    assert [size.when for size in saved.sizes] == [datetime(2026, 11, day, 6, tzinfo=UTC) for day in (18, 19, 20, 21, 22)]
    assert [size.files for size in saved.sizes] == [60] * 4 + [files]
    assert [size.size_bytes for size in saved.sizes] == [FULL] * 4 + [files * 40_000]
    assert size_drop(saved, Settings()).status is status


def test_the_wrong_password_is_a_gap(restic_states: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    wrong = restic_states.settings("restic", "sound", password_file=str(restic_states.folder / "wrong"))
    [gap] = restic_sizes.function(live, machine, [Repository.configured(wrong)])
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, Closed)


def test_a_later_restic_notes_the_size_in_the_snapshot_and_is_asked_no_more(
    machine: api.Machine, recorded: Callable[..., api.Ask]
) -> None:
    told = snapshot(22, summary={"total_files_processed": 7, "total_bytes_processed": 1234, "files_new": 1})
    ask = recorded({snapshots_question(PLACE): json.dumps([told])})
    [saved] = restic_sizes.function(ask, machine, [PLACE])
    assert isinstance(saved, SavedSizes)
    assert [(size.files, size.size_bytes) for size in saved.sizes] == [(7, 1234)]
    assert ask.taken_keys() == (snapshots_question(PLACE).key,)


def test_a_count_that_takes_too_long_is_a_gap(machine: api.Machine, recorded: Callable[..., api.Ask]) -> None:
    answers: dict[api.Question, api.Answer | str] = {
        snapshots_question(PLACE): json.dumps([snapshot(22)]),
        stats_question(PLACE, "aaaa"): api.Answer.missing(api.TimedOut("25 s")),
    }
    [gap] = restic_sizes.function(recorded(answers), machine, [PLACE])
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.TimedOut)


def test_copies_of_other_folders_are_not_compared() -> None:
    alternating = [snapshot(day, paths=["/home"]) for day in (19, 20, 21)] + [snapshot(22, paths=["/etc"])]
    chosen = newest_group(parse_snapshots(json.dumps(alternating)), HOST, NOW)
    assert [found.paths for found in chosen] == [["/home"]] * 3


def test_a_set_of_folders_that_is_no_longer_saved_is_not_judged() -> None:
    changed = [snapshot(day, paths=["/home"]) for day in (14, 15, 16, 17, 18)] + [snapshot(22, paths=["/home", "/srv"])]
    [chosen] = newest_group(parse_snapshots(json.dumps(changed)), HOST, NOW)
    assert chosen.paths == ["/home", "/srv"]


def test_copies_of_other_machines_and_of_the_future_are_left_out() -> None:
    mixed = [snapshot(21), {**snapshot(22), "hostname": "till"}, snapshot(29)]
    [chosen] = newest_group(parse_snapshots(json.dumps(mixed)), HOST, NOW)
    assert chosen.time.day == 21


def test_of_hourly_copies_the_last_of_each_day_counts() -> None:
    hourly = [NOW - timedelta(hours=hours) for hours in range(24 * 10)]
    kept = last_of_each_day(hourly)
    assert [when.day for when in kept] == [17, 18, 19, 20, 21, 22]
    assert [when.hour for when in kept] == [23, 23, 23, 23, 23, 12]


def test_an_id_that_would_be_an_option_is_refused() -> None:
    with pytest.raises(api.Unreadable):
        parse_snapshots(json.dumps([{**snapshot(22), "id": "--password-command=x"}]))


def test_place_and_password_never_stand_in_the_command_line() -> None:
    for question in (stats_question(PLACE, "aaaa"), info_question(PLACE)):
        assert not [word for word in question.argv if "mnt" in word or "password" in word]


def test_the_archives_of_another_command_are_not_compared_with_borgs_newest() -> None:
    def archive(day: int, folder: str, files: int) -> dict[str, Any]:
        line = ["borg", "create", f"::a-{day}", folder]
        stats = {"original_size": 1000, "nfiles": files}
        return {"start": f"2026-11-{day}T06:00:00", "hostname": HOST, "command_line": line, "stats": stats}

    text = json.dumps({"archives": [archive(20, "/home", 5), archive(21, "/etc", 900), archive(22, "/home", 6)]})
    paths, sizes = parse_info(text, HOST, NOW)
    assert paths == ("/home",)
    assert [size.files for size in sizes] == [5, 6]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ENTRIES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["ab12", "-x", ""]) | JSON_VALUES,
        "time": st.datetimes().map(lambda when: f"{when.isoformat()}Z") | JSON_VALUES,
        "start": st.datetimes().map(lambda when: when.isoformat()) | JSON_VALUES,
        "hostname": st.just(HOST) | JSON_VALUES,
        "paths": st.none() | st.lists(st.text(max_size=10), max_size=3) | JSON_VALUES,
        "command_line": st.text(max_size=20) | JSON_VALUES,
        "summary": st.fixed_dictionaries({"total_files_processed": st.integers(), "total_bytes_processed": st.integers()}),
        "stats": st.fixed_dictionaries({"original_size": st.integers(), "nfiles": st.integers()}),
        "total_size": st.integers() | JSON_VALUES,
        "total_file_count": st.integers() | JSON_VALUES,
    }
)
HOSTILE = st.text() | JSON_VALUES.map(json.dumps) | st.lists(ENTRIES, max_size=4).map(json.dumps) | ENTRIES.map(json.dumps)


@given(HOSTILE)
def test_whatever_restic_prints_nothing_but_missing_is_raised(text: str) -> None:
    with contextlib.suppress(api.Missing):
        newest_group(parse_snapshots(text), HOST, NOW)
    with contextlib.suppress(api.Missing):
        assert parse_stats(text, NOW).size_bytes >= 0


@given(HOSTILE | st.lists(ENTRIES, max_size=4).map(lambda archives: json.dumps({"archives": archives})))
def test_whatever_borg_prints_nothing_but_missing_is_raised(text: str) -> None:
    try:
        _, sizes = parse_info(text, HOST, NOW)
        assert all(size.files >= 0 for size in sizes)
    except api.Missing:
        pass
