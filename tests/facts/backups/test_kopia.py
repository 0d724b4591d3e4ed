"""Kopia, by the shapes that its source documents (cli/command_snapshot_list.go, cli/command_repository_status.go).

No registry that this project uses ships the program: the answers below are written after its source, and not recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itaudit import api
from itaudit.evidence.questions import Answer
from itaudit.facts.backups.discovery import KOPIA_FILES, KOPIA_FILES_OF_USERS, found_repositories
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.kopia import (
    kopia_backups,
    kopia_protections,
    kopia_sizes,
    parse_snapshots,
    parse_status,
    place_in,
    snapshots_question,
    status_question,
)
from itaudit.facts.backups.other_calls import KOPIA_FILE
from itaudit.facts.backups.protection import Protection, protections
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.script_text import repositories_in
from itaudit.facts.backups.settings import Backups, RepositorySettings
from itaudit.facts.backups.sizes import SavedSizes

FILE = "/root/.config/kopia/repository.config"
OFFICE = Repository(f"kopia ({FILE})", "kopia", FILE, found_in=FILE)
NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")


def snapshot(when: str, path: str = "/home", host: str = "office-server", size: int = 5000, files: int = 12) -> dict[str, Any]:
    return {
        "id": "a0d7ca34bdb2dd1ad4e4ad3cb7e9d1c5",
        "source": {"host": host, "userName": "root", "path": path},
        "description": "",
        "startTime": when,
        "endTime": when,
        "rootEntry": {
            "name": path.rpartition("/")[2],
            "type": "d",
            "mode": "0755",
            "mtime": when,
            "obj": "k6dcd0ef7fcd3ee8c40a6ae7dbd3d8d65",
            "summ": {"size": size, "files": files, "symlinks": 0, "dirs": 3, "maxTime": when, "numFailed": 0},
        },
        "retentionReason": ["latest-1"],
    }


LIST = [
    snapshot("2026-11-20T06:00:00.123456789Z", size=4000),
    snapshot("2026-11-22T06:00:00.987654321Z"),
    snapshot("2026-11-21T06:00:00Z", path="/etc", size=300, files=40),
    snapshot("2026-11-22T11:00:00Z", host="till"),
    snapshot("2026-11-22T11:30:00Z") | {"incomplete": "canceled"},
]
FILESYSTEM = {
    "configFile": FILE,
    "clientOptions": {"hostname": "office-server", "username": "root", "enableActions": False},
    "storage": {"type": "filesystem", "config": {"path": "/mnt/usb/kopia", "dirShards": None}},
    "blobRetention": {},
}


def answers(listed: Any = LIST, status: Any = FILESYSTEM) -> dict[api.Question, Answer | str]:
    return {
        snapshots_question(OFFICE): Answer(body=json.dumps(listed), exit_code=0),
        status_question(OFFICE): Answer(body=json.dumps(status), exit_code=0),
    }


def look(ask: api.Ask, machine: api.Machine) -> Backup | api.Gap:
    [found] = kopia_backups.function(ask, machine, NO_LOG, [OFFICE])
    return found


def test_own_copies_are_told_from_those_of_others_and_from_broken_ones(
    recorded: Callable[..., api.Ask], machine: api.Machine
) -> None:
    backup = look(recorded(answers()), machine)
    assert isinstance(backup, Backup)
    assert (backup.place, backup.encrypted, backup.remote) == ("/mnt/usb/kopia", True, False)
    assert backup.other_hosts == ("till",)
    assert [one.paths for one in backup.snapshots] == [("/home",), ("/etc",), ("/home",)]
    assert backup.newest == datetime(2026, 11, 22, 6, 0, 0, 987654, tzinfo=UTC)


def test_an_empty_repository_holds_nothing(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    backup = look(recorded(answers(listed=[])), machine)
    assert isinstance(backup, Backup)
    assert backup.snapshots == ()


@pytest.mark.parametrize(
    ("storage", "place"),
    [
        (
            {"type": "s3", "config": {"bucket": "office", "endpoint": "s3.example.com", "accessKeyID": "x"}},
            "s3:s3.example.com/office",
        ),
        ({"type": "sftp", "config": {"path": "/backups", "host": "nas", "port": 22, "username": "b"}}, "sftp:nas/backups"),
        ({"type": "rclone", "config": {"remotePath": "drive:office"}}, "rclone:drive:office"),
        ({"type": "b2", "config": {"bucket": "office", "keyID": "1", "key": "***"}}, "b2:office"),
        ({"type": "", "config": None}, "kopia-server:"),
        (None, "kopia-server:"),
    ],
)
def test_places_elsewhere_are_named_without_keys(storage: Any, place: str) -> None:
    assert place_in(parse_status(json.dumps({"storage": storage}))) == place


def test_a_lock_that_the_provider_keeps_protects(recorded: Callable[..., api.Ask]) -> None:
    bucket = {"type": "s3", "config": {"bucket": "office", "endpoint": "s3.example.com"}}
    locked = {"storage": bucket, "blobRetention": {"retentionMode": "COMPLIANCE", "retentionPeriod": 2_592_000_000_000_000}}
    for status, protected in ((locked, True), ({"storage": bucket}, None), (FILESYSTEM, False)):
        [found] = kopia_protections.function(recorded(answers(status=status)), Backups(), [OFFICE])
        assert isinstance(found, Protection)
        assert found.protected is protected


def test_its_file_of_settings_is_not_taken_for_the_place_of_the_copies(
    recorded: Callable[..., api.Ask], machine: api.Machine
) -> None:
    assert list(protections.function(recorded({}), machine, Backups(), [OFFICE], [])) == []


def test_sizes_are_those_of_the_folder_with_most_copies(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    [sizes] = kopia_sizes.function(recorded(answers()), machine, [OFFICE])
    assert isinstance(sizes, SavedSizes)
    assert sizes.paths == ("/home",)
    assert [(one.size_bytes, one.files) for one in sizes.sizes] == [(4000, 12), (5000, 12)]


@pytest.mark.parametrize(
    "errors",
    [
        "ERROR open repository: unable to open repository: repository is not connected. See https://kopia.io/docs/repositories/",
        "ERROR unable to open repository: invalid repository password",
        "ERROR get password: password prompt error: inappropriate ioctl for device",
    ],
)
def test_a_repository_without_its_password_is_a_gap_that_says_what_to_do(
    recorded: Callable[..., api.Ask], machine: api.Machine, errors: str
) -> None:
    gap = look(recorded({snapshots_question(OFFICE): Answer(body="Enter password: ", exit_code=1, errors=errors)}), machine)
    assert isinstance(gap, api.Gap)
    assert "kopia repository connect" in gap.error.unlock


def test_a_cut_list_is_a_gap(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    cut = Answer(body=json.dumps(LIST)[:400], exit_code=0)
    gap = look(recorded({snapshots_question(OFFICE): cut}), machine)
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["source", "host", "path", "startTime", "incomplete", "rootEntry", "summ", "storage", "type", "config"]
                ),
                inner,
            )
        ),
    )
)
def test_hostile_answers_are_read_or_unreadable(value: Any) -> None:
    for parse in (parse_snapshots, lambda text: place_in(parse_status(text))):
        try:
            parse(json.dumps(value))
        except api.Unreadable:
            continue


def test_any_answer_is_a_fact_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "[]", "{}", "null", '[{"source":{}}]', '[{"startTime":"9999-12-31T23:59:59-23:00"}]'):
        for found in kopia_backups.function(always(body), machine, NO_LOG, [OFFICE]):
            assert isinstance(found, Backup | api.Gap)


def test_it_is_found_by_its_file_and_by_its_call(recorded: Callable[..., api.Ask]) -> None:
    [called] = repositories_in("0 1 * * * root kopia snapshot create /home /etc", {}, "/etc/crontab")
    assert (called.product, called.location) == ("kopia", KOPIA_FILE)
    [named] = repositories_in("kopia --config-file /etc/kopia/a.config snapshot create --all", {}, "/x")
    assert named.location == "/etc/kopia/a.config"
    assert list(repositories_in("kopia snapshot list\nkopia repository connect filesystem --path /x", {}, "/x")) == []
    globs: dict[api.Question, Answer | str] = {
        api.Glob(KOPIA_FILES[0]): json.dumps([FILE]),
        api.Glob(KOPIA_FILES_OF_USERS[0]): json.dumps(["/home/anna/.config/kopia/repository.config"]),
    }
    own, of_anna = found_repositories.function(recorded(globs), Backups())
    assert own == OFFICE
    assert isinstance(of_anna, Repository)
    assert "ordinary user" in of_anna.problem


def test_a_password_in_the_settings_is_refused() -> None:
    with pytest.raises(ValidationError, match="kopia repository connect"):
        RepositorySettings(name="office", product="kopia", location=FILE, password_file="/etc/kopia/pw")
    with pytest.raises(ValidationError, match="begin with a slash"):
        RepositorySettings(name="office", product="kopia", location="s3:office")
