"""Protection of copies: borg's own switch in real repositories, what the owner says, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from itaudit import api
from itaudit.facts.backups.protection import Protection, append_only_question, protections
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups, RepositorySettings

if TYPE_CHECKING:
    from lab.backups import BackupLab


def look(ask: api.Ask, *repositories: Repository, settings: Backups | None = None) -> list[Protection | api.Gap]:
    return list(protections.function(ask, settings or Backups(), list(repositories)))


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
