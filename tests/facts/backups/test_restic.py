"""restic: real repositories, and hostile output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.restic import parse_snapshots, restic_backups, snapshots_question
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")


def look(ask: api.Ask, machine: api.Machine, *repositories: Repository, settings: Backups = NO_LOG) -> list[Backup | api.Gap]:
    return list(restic_backups.function(ask, machine, settings, list(repositories)))


def test_a_healthy_repository_shows_its_newest_snapshot_in_utc(
    restic_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    [backup] = look(live, machine, Repository.configured(restic_lab.settings("restic", "healthy")))
    assert isinstance(backup, Backup)
    assert backup.newest == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert backup.age_hours(machine) == 6.0
    assert len(backup.snapshots) == 2
    assert backup.snapshots[-1].paths == (str(restic_lab.source),)
    assert backup.snapshots[-1].excludes == ("/tmp/cache",)
    assert backup.encrypted
    assert backup.device == restic_lab.folder.stat().st_dev


def test_a_stale_repository_is_nine_days_old(restic_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    [backup] = look(live, machine, Repository.configured(restic_lab.settings("restic", "stale")))
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 9 * 24


def test_snapshots_of_another_machine_are_no_backup_of_this_one(
    restic_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    [backup] = look(live, machine, Repository.configured(restic_lab.settings("restic", "shared")))
    assert isinstance(backup, Backup)
    assert backup.newest is None
    assert backup.other_hosts == ("another",)


def test_any_machine_counts_where_the_owner_says_so(restic_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    [backup] = look(live, machine, Repository.configured(restic_lab.settings("restic", "shared", host="*")))
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 1.0


def test_an_empty_repository_has_no_newest(restic_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    [backup] = look(live, machine, Repository.configured(restic_lab.settings("restic", "empty")))
    assert isinstance(backup, Backup)
    assert backup.snapshots == ()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"password_file": "wrong"}, Closed),
        ({"password_file": "not-there"}, Closed),
        ({"location": "not-there"}, api.NotFound),
    ],
)
def test_what_does_not_open_is_a_gap_that_says_what_to_do(
    restic_lab: BackupLab, live: api.Ask, machine: api.Machine, change: Mapping[str, str], error: type[api.Missing]
) -> None:
    given = {name: str(restic_lab.folder / value) for name, value in change.items()}
    [gap] = look(live, machine, Repository.configured(restic_lab.settings("restic", "healthy", **given)))
    assert isinstance(gap, api.Gap)
    assert gap.subject == "healthy"
    assert type(gap.error) is error
    assert "itaudit.toml" in gap.error.unlock


def test_one_that_does_not_open_costs_only_itself(restic_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    wrong = restic_lab.settings("restic", "stale", password_file=str(restic_lab.folder / "wrong"))
    good = restic_lab.settings("restic", "healthy")
    found = look(live, machine, Repository.configured(wrong), Repository.configured(good))
    assert {type(one) for one in found} == {Backup, api.Gap}


def test_looking_changes_no_file_of_the_repository(restic_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    def state(folder: Path) -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}

    before = state(restic_lab.folder)
    look(live, machine, Repository.configured(restic_lab.settings("restic", "healthy")))
    assert state(restic_lab.folder) == before


def test_without_restic_the_gap_names_the_program(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    repository = Repository("office", "restic", "/mnt/usb", password_file="/etc/restic/password")
    ask = recorded({snapshots_question(repository): api.Answer.missing(api.ToolMissing("restic"))})
    [gap] = look(ask, machine, repository)
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.ToolMissing)


def test_place_and_password_are_never_on_the_command_line() -> None:
    repository = Repository("office", "restic", "rest:https://u:p@nas/", password_file="/etc/restic/password")
    assert snapshots_question(repository).argv == ("restic", "snapshots", "--json", "--no-lock", "--no-cache")


def test_a_closed_repository_is_a_gap_and_restic_is_not_run(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    repository = Repository("office", "restic", "/mnt/usb", problem="the password is written in /etc/cron.d/backup itself")
    [gap] = look(recorded({}), machine, repository)
    assert isinstance(gap, api.Gap)
    assert gap.error.detail == "the password is written in /etc/cron.d/backup itself"


def test_null_is_an_empty_list() -> None:
    assert parse_snapshots("null") == []


def test_nanoseconds_and_an_offset_become_utc() -> None:
    [(host, snapshot)] = parse_snapshots('[{"time":"2026-11-23T08:30:10.877716164+09:00","paths":["/a"],"hostname":"x"}]')
    assert host == "x"
    assert snapshot.when == datetime(2026, 11, 22, 23, 30, 10, 877716, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"paths":[]}]', '[{"time":"0001-01-01T00:00:00+14:00"}]', "[" * 100_000])
def test_output_that_restic_does_not_document_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_snapshots(text)


# A small alphabet: building tables of all of Unicode takes seconds on a busy machine.
_TEXT = st.text('/:-+TZ0129 "[]{}\\\0\ud800\u00e9', max_size=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["time", "paths", "hostname", "excludes", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(_TEXT | _JSON.map(json.dumps))
def test_hostile_output_yields_snapshots_or_is_unreadable(text: str) -> None:
    try:
        pairs = parse_snapshots(text)
    except api.Unreadable:
        return
    assert all(snapshot.when.utcoffset() is not None for _, snapshot in pairs)
