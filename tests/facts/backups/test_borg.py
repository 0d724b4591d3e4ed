"""borg: real repositories, and hostile output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.evidence.questions import Source
from itaudit.facts.backups.borg import MOST_ARCHIVES, OLDEST_ARCHIVES, archives_question, borg_backups, parse_archives
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")


def look(ask: api.Ask, machine: api.Machine, repository: Repository) -> Backup | api.Gap:
    # borg records the name of the machine the lab runs on.
    [found] = borg_backups.function(ask, machine, NO_LOG, [replace(repository, host="*")])
    return found


def test_a_healthy_repository_shows_its_newest_archive_in_utc(borg_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, Repository.configured(borg_lab.settings("borg", "healthy")))
    assert isinstance(backup, Backup)
    assert backup.newest == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert backup.age_hours(machine) == 6.0
    assert len(backup.snapshots) == 2
    assert backup.snapshots[-1].paths == (str(borg_lab.source),)
    assert backup.snapshots[-1].paths_sure
    assert backup.snapshots[-1].excludes == ("*.tmp",)
    assert backup.encrypted


def test_an_archive_made_just_now_under_tokyo_time_is_not_nine_hours_off(borg_lab: BackupLab, live_source: Source) -> None:
    repository = Repository.configured(borg_lab.settings("borg", "now"))
    backup = look(api.Ask(live_source), live_source.machine, repository)
    assert isinstance(backup, Backup)
    assert backup.newest is not None
    # The test run may have made it a while ago; a wrong zone would be off by nine hours.
    assert abs(backup.newest - live_source.machine.now) < timedelta(hours=2)


def test_a_repository_made_without_encryption_is_told(borg_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, Repository.configured(borg_lab.settings("borg", "open")))
    assert isinstance(backup, Backup)
    assert not backup.encrypted


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"password_file": "wrong"}, Closed),
        ({"password_file": "not-there"}, Closed),
        ({"location": "not-there"}, api.NotFound),
        ({"location": "home"}, api.NotFound),
    ],
)
def test_what_does_not_open_is_a_gap_that_says_what_to_do(
    borg_lab: BackupLab, live: api.Ask, machine: api.Machine, change: Mapping[str, str], error: type[api.Missing]
) -> None:
    given = {name: str(borg_lab.folder / value) for name, value in change.items()}
    gap = look(live, machine, Repository.configured(borg_lab.settings("borg", "healthy", **given)))
    assert isinstance(gap, api.Gap)
    assert gap.subject == "healthy"
    assert type(gap.error) is error
    assert "itaudit.toml" in gap.error.unlock


def test_an_unencrypted_repository_that_borg_never_saw_is_not_confirmed_for_the_owner(
    borg_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    settings = borg_lab.settings("borg", "open", environment={"BORG_BASE_DIR": str(borg_lab.folder / "fresh")})
    gap = look(live, machine, Repository.configured(settings))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, Closed)
    assert "borg list" in gap.error.unlock


def test_place_and_password_are_never_on_the_command_line() -> None:
    question = archives_question(Repository("office", "borg", "ssh://nas/./office", password_file="/etc/borg/my password"))
    assert not [word for word in question.argv if "nas" in word or "password" in word]
    assert dict(question.environment)["BORG_PASSCOMMAND"] == "cat '/etc/borg/my password'"


@pytest.mark.parametrize(
    ("mode", "encrypted"), [("none", False), ("authenticated-blake2", False), ("repokey", True), ("keyfile-blake2", True)]
)
def test_modes_that_anybody_can_read_are_told_apart(mode: str, encrypted: bool) -> None:
    assert parse_archives(json.dumps({"archives": [], "encryption": {"mode": mode}})).encrypted is encrypted


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"archives": [{}], "encryption": {"mode": "none"}}', "[" * 100_000])
def test_output_that_borg_does_not_document_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_archives(text)


# A small alphabet: building tables of all of Unicode takes seconds on a busy machine.
_TEXT = st.text("/:=-e '\"\\\0\ud800\u00e9", max_size=12)
_VALUES = st.none() | st.integers() | _TEXT | st.lists(_TEXT, max_size=5)
_ARCHIVE = st.dictionaries(st.sampled_from(["start", "hostname", "command_line"]), _VALUES) | st.fixed_dictionaries(
    {"start": st.datetimes().map(str) | st.just("0001-01-01T00:00:00+14:00"), "command_line": _VALUES}
)


@given(st.lists(_ARCHIVE, max_size=4))
def test_hostile_output_yields_archives_or_is_unreadable(archives: list[dict[str, object]]) -> None:
    try:
        contents = parse_archives(json.dumps({"archives": archives, "encryption": {"mode": "repokey"}}))
    except api.Unreadable:
        return
    assert len(contents.snapshots) == len(archives)


def test_three_hundred_newer_archives_of_others_do_not_prove_that_there_is_none_of_ours(
    recorded: Callable[..., api.Ask], machine: api.Machine
) -> None:
    repository = Repository("office", "borg", "/mnt/usb")
    other = {"start": "2026-11-22T06:00:00.000000", "hostname": "till", "command_line": ""}

    def look(archives: list[dict[str, str]]) -> Backup | api.Gap:
        body = json.dumps({"archives": archives, "encryption": {"mode": "repokey"}})
        answers = {
            archives_question(repository, which): api.Answer(body=body, exit_code=0)
            for which in (None, ("--first", OLDEST_ARCHIVES))
        }
        [found] = borg_backups.function(recorded(answers), machine, NO_LOG, [repository])
        return found

    gap = look([other] * MOST_ARCHIVES)
    assert isinstance(gap, api.Gap)
    assert "other machines" in gap.error.detail
    assert isinstance(look([other] * (MOST_ARCHIVES - 1)), Backup)
    assert isinstance(look([other] * (MOST_ARCHIVES - 1) + [other | {"hostname": "office-server"}]), Backup)


def test_the_oldest_archive_is_known_however_many_there_are(
    borg_lab: BackupLab, live: api.Ask, machine: api.Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("itaudit.facts.backups.borg.MOST_ARCHIVES", 1)
    backup = look(live, machine, Repository.configured(borg_lab.settings("borg", "healthy")))
    assert isinstance(backup, Backup)
    assert [one.when for one in backup.snapshots] == [
        datetime(2026, 11, 20, 6, tzinfo=UTC),
        datetime(2026, 11, 22, 6, tzinfo=UTC),
    ]
