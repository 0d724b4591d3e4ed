"""Protection of copies: borg's own switch in real repositories, what the owner says, and what cannot be seen."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.object_lock import lock_question, parse_lock
from itaudit.facts.backups.protection import Protection, append_only_question, protections
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups, RepositorySettings

if TYPE_CHECKING:
    from lab.backups import BackupLab

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BUCKET = Repository("far", "restic", "s3:http://127.0.0.1:5599/office/restic", environment=(("AWS_PROFILE", "backup"),))


def look(
    ask: api.Ask, *repositories: Repository, settings: Backups | None = None, backups: Sequence[Backup] = ()
) -> list[Protection | api.Gap]:
    machine = api.Machine("office-server", "linux", NOW, admin=True)
    return list(protections.function(ask, machine, settings or Backups(), list(repositories), list(backups)))


@pytest.mark.parametrize(("name", "protected"), [("sound", False), ("added", True)])
def test_borgs_own_switch_is_seen_and_its_key_is_not(borg_states: BackupLab, live: api.Ask, name: str, protected: bool) -> None:
    repository = Repository.configured(borg_states.settings("borg", name))
    [found] = look(live, repository)
    assert isinstance(found, Protection)
    assert found.protected is protected
    answer = live(append_only_question(repository.location))
    assert answer.body.count("\n") == 1
    assert "key" not in answer.body


def test_a_borg_folder_that_is_not_there_is_a_gap(live: api.Ask) -> None:
    [gap] = look(live, Repository("office", "borg", "/nonexistent"))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)


def test_without_the_line_it_is_not_protected(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({append_only_question("/mnt/usb"): api.Answer(body="", exit_code=1)})
    [found] = look(ask, Repository("office", "borg", "/mnt/usb"))
    assert isinstance(found, Protection)
    assert found.protected is False


def test_a_folder_of_this_machine_is_open_and_another_place_cannot_be_seen(recorded: Callable[..., api.Ask]) -> None:
    near, far = Repository("near", "restic", "/mnt/usb"), Repository("far", "restic", "rest:https://nas:8000/")
    found = look(recorded({}), near, far)
    assert [one.protected for one in found if isinstance(one, Protection)] == [False, None]


@pytest.mark.parametrize("said", [True, False])
def test_the_owners_word_counts(recorded: Callable[..., api.Ask], said: bool) -> None:
    given = RepositorySettings(name="far", product="restic", location="rest:https://nas:8000/", protected=said)
    [found] = look(recorded({}), Repository.configured(given), settings=Backups(repositories=(given,)))
    assert isinstance(found, Protection)
    assert found.protected is said


def locked(mode: str, **lasts: int) -> str:
    """As moto's server 5.2 answered `aws s3api get-object-lock-configuration` of awscli 1.45."""
    rule = {"Rule": {"DefaultRetention": {"Mode": mode, **lasts}}} if mode else {}
    return json.dumps({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **rule}})


def copies_of(days: int) -> Backup:
    return Backup("far", "restic", "s3:here", (Snapshot(NOW - timedelta(days=days)), Snapshot(NOW - timedelta(hours=6))))


NO_LOCK = (
    "An error occurred (ObjectLockConfigurationNotFoundError) when calling the GetObjectLockConfiguration operation:"
    " Object Lock configuration does not exist for this bucket"
)


@pytest.mark.parametrize(
    ("answer", "protected", "how"),
    [
        (locked("COMPLIANCE", Days=400, Years=0), True, "object lock, compliance, 400 days; the oldest copy is 300 days old"),
        (locked("COMPLIANCE", Years=1), True, "object lock, compliance, 365 days"),
        (locked("COMPLIANCE", Days=300), None, "object lock, compliance, 300 days"),
        (locked("COMPLIANCE", Days=30), None, "object lock, compliance, 30 days"),
        (locked("GOVERNANCE", Days=400), None, "object lock, governance"),
        (locked(""), None, "without a retention"),
        (locked("LATER", Days=400), None, "without a retention"),
        (api.Answer(exit_code=255, errors=NO_LOCK), None, "the bucket has no object lock"),
        (api.Answer(exit_code=255, errors="An error occurred (AccessDenied)"), None, "AccessDenied"),
        (api.Answer.missing(api.ToolMissing("aws")), None, "aws"),
        (api.Answer.missing(api.TimedOut("20 s")), None, "20 s"),
    ],
)
def test_a_lock_counts_while_it_outlasts_the_oldest_copy_and_nobody_may_lift_it(
    recorded: Callable[..., api.Ask], answer: str | api.Answer, protected: bool | None, how: str
) -> None:
    question = lock_question(BUCKET)
    assert question
    [found] = look(recorded({question: answer}), BUCKET, backups=[copies_of(300)])
    assert isinstance(found, Protection)
    assert found.protected is protected
    assert how in found.how


def test_a_bucket_that_did_not_open_is_not_asked_of(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({})
    [found] = look(ask, BUCKET)
    assert isinstance(found, Protection)
    assert found.protected is None
    assert not ask.taken_keys()


@pytest.mark.parametrize(
    ("location", "address", "bucket"),
    [
        ("s3:s3.example.com/office", "https://s3.example.com", "office"),
        ("s3:https://s3.example.com:9000/office/a/b", "https://s3.example.com:9000", "office"),
        ("s3:http://127.0.0.1:5599/office", "http://127.0.0.1:5599", "office"),
    ],
)
def test_server_and_bucket_are_read_from_the_place_of_restic(location: str, address: str, bucket: str) -> None:
    question = lock_question(Repository("far", "restic", location))
    assert question
    assert question.argv[question.argv.index("--endpoint-url") + 1] == address
    assert question.argv[question.argv.index("--bucket") + 1] == bucket


@pytest.mark.parametrize(
    "location", ["s3:", "s3:host", "s3:host/-x", "s3:host/../x", "s3:user:word@host/office", "rest:https://nas/"]
)
def test_what_is_no_plain_bucket_is_not_asked_of(location: str) -> None:
    assert lock_question(Repository("far", "restic", location)) is None


@given(st.text(max_size=40) | st.integers().map(lambda days: locked("COMPLIANCE", Days=days)))
def test_whatever_the_server_says_is_a_lock_or_unreadable(text: str) -> None:
    with contextlib.suppress(api.Missing):
        assert timedelta() <= parse_lock(text).lasts <= timedelta(days=36500)
