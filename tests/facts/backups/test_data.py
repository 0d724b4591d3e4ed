"""Data worth keeping and files that hold passwords, on real folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from itaudit import api
from itaudit.facts.backups.data import ImportantData, important_data, named_data
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.secrets import SecretFile, secret_files
from itaudit.facts.backups.settings import Backups
from itaudit.facts.business import Business


def data(ask: api.Ask, machine: api.Machine, *paths: str) -> list[ImportantData | api.Gap]:
    settings = Backups(required_paths=paths)
    return list(important_data.function(ask, machine, settings))


def test_a_folder_counts_when_it_holds_more_than_hidden_files(live: api.Ask, machine: api.Machine, tmp_path: Path) -> None:
    for name in ("full", "empty", "hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "a").touch()
    (tmp_path / "hidden" / ".bashrc").touch()
    found = data(live, machine, *(str(tmp_path / name) for name in ("full", "empty", "hidden", "absent")))
    assert found == [ImportantData(str(tmp_path / "full"), device=tmp_path.stat().st_dev)]


def test_settings_are_not_data_of_the_business(live: api.Ask, machine: api.Machine) -> None:
    [found] = data(live, machine, "/etc")
    assert isinstance(found, ImportantData)
    assert not found.of_the_business


def test_homes_without_anything_in_them_do_not_count(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    status = '{"mode": 493, "device": 7}'
    answers = {api.FileStatus("/home"): status, api.Glob("/home/*/*", most=1): "[]"}
    assert data(recorded(answers), machine, "/home") == []
    # 0755: an ordinary user sees /home, but not what is in the homes.
    [unsure] = data(recorded(answers), replace(machine, admin=False), "/home")
    assert unsure == ImportantData("/home", seen=False, device=7)


def test_a_folder_that_may_not_be_listed_is_data_not_seen(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    closed = {api.FileStatus("/srv"): '{"mode": 448, "device": 7}', api.Glob("/srv/*", most=1): "[]"}
    open_ = {api.FileStatus("/srv"): '{"mode": 493, "device": 7}', api.Glob("/srv/*", most=1): "[]"}
    user = replace(machine, admin=False)
    assert data(recorded(closed), user, "/srv") == [ImportantData("/srv", seen=False, device=7)]
    assert data(recorded(open_), user, "/srv") == []


def test_what_the_owner_names_is_data_of_that_backup() -> None:
    repository = {"name": "office", "product": "borg", "location": "/b", "paths": ["/srv/scans"]}
    settings = Backups.model_validate({"repositories": [repository]})
    [found] = named_data.function(settings, Business())
    assert found.subject == "/srv/scans in office"


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "everybody", "group"),
    [
        (0o600, 0o755, False, False),
        (0o644, 0o755, True, True),
        (0o644, 0o700, False, False),
        (0o640, 0o750, False, True),
        (0o602, 0o755, True, False),
    ],
)
def test_who_can_read_a_password_file(
    live: api.Ask, tmp_path: Path, needs_root: Callable[[], None], file_mode: int, folder_mode: int, everybody: bool, group: bool
) -> None:
    import os

    needs_root()
    file = tmp_path / "folder" / "password"
    file.parent.mkdir()
    file.write_text("x")
    os.chown(file, 0, 100)
    file.chmod(file_mode)
    file.parent.chmod(folder_mode)
    [found] = secrets(live, Repository("office", "restic", "/b", password_file=str(file)))
    assert isinstance(found, SecretFile)
    assert (found.mode, found.folder_mode) == (file_mode, folder_mode)
    assert (found.for_everybody, found.for_a_group) == (everybody, group)


def secrets(ask: api.Ask, repository: Repository) -> list[SecretFile | api.Gap]:
    return list(secret_files.function(ask, [repository]))


def test_the_file_behind_cat_and_the_file_that_holds_the_password_itself_are_looked_at(live: api.Ask, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch()
    [by_command] = secrets(live, Repository("office", "borg", "/b", password_command=f"cat {file}"))
    [inside] = secrets(live, Repository("office", "borg", "/b", found_in=str(file), password_inside=True))
    assert by_command == inside
    assert by_command.subject == str(file)


def test_a_link_is_not_judged_by_its_own_mode(live: api.Ask, tmp_path: Path) -> None:
    link = tmp_path / "password"
    link.symlink_to("/etc/passwd")
    [gap] = secrets(live, Repository("office", "borg", "/b", password_file=str(link)))
    assert isinstance(gap, api.Gap)


def test_a_repository_without_a_known_file_yields_nothing(recorded: Callable[..., api.Ask]) -> None:
    assert secrets(recorded({}), Repository("office", "borg", "/b", password_command="pass show x")) == []
