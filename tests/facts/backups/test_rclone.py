"""rclone: really run, with a source that is quiet, changes, or is not mounted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.rclone import folder_behind, held_state, listing_question, parse_times, rclone_backups
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.script_text import repositories_in
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def look(ask: api.Ask, machine: api.Machine, lab: BackupLab, location: str, source: bool = True) -> Backup | api.Gap:
    environment = (("RCLONE_CONFIG", f"{lab.folder}/rclone.conf"), ("TZ", "Asia/Tokyo"))
    repository = Repository("office", "rclone", location, environment=environment, source=str(lab.source) if source else "")
    [found] = rclone_backups.function(ask, machine, NO_LOG, [repository])
    return found


def test_a_quiet_source_does_not_make_the_copy_old(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 0.0
    assert backup.snapshots[-1].paths == (str(rclone_lab.source),)


def test_the_first_change_that_was_not_copied_dates_it(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    rclone_lab.changed("letter.txt", NOON - timedelta(hours=30))
    rclone_lab.changed("photo.jpg", NOON - timedelta(hours=1))
    backup = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 30.0


def test_without_its_source_the_newest_file_dates_it(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target", source=False)
    assert isinstance(backup, Backup)
    assert backup.newest == datetime(2026, 11, 12, 12, tzinfo=UTC)
    assert not backup.snapshots[-1].paths_sure


def test_a_source_without_any_file_does_not_make_it_fresh(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    (rclone_lab.source / "ledger.txt").unlink()
    backup = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 240.0


def test_a_copy_that_kept_a_deleted_file_is_as_good_as_new(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    rclone_lab.changed("letter.txt", NOON - timedelta(days=20))
    rclone_lab.rclone("copy", str(rclone_lab.source), f"plain:{rclone_lab.folder}/target")
    (rclone_lab.source / "ledger.txt").unlink()
    backup = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 0.0


def test_a_source_that_is_gone_is_a_gap(rclone_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    shutil.rmtree(rclone_lab.source)
    gap = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)


def test_a_folder_of_this_machine_is_not_remote_and_crypt_is_encrypted(
    rclone_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    plain = look(live, machine, rclone_lab, f"plain:{rclone_lab.folder}/target")
    secret = look(live, machine, rclone_lab, "secret:office")
    assert isinstance(plain, Backup)
    assert isinstance(secret, Backup)
    assert (plain.remote, plain.encrypted, plain.device is None) == (False, False, False)
    assert (secret.remote, secret.encrypted) == (False, True)
    assert secret.age_hours(machine) == 0.0


@pytest.mark.parametrize("location", ["nobody:office", "plain:/not/there"])
def test_a_target_that_is_not_there_says_what_to_do(
    rclone_lab: BackupLab, live: api.Ask, machine: api.Machine, location: str
) -> None:
    gap = look(live, machine, rclone_lab, location)
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)
    assert "itaudit.toml" in gap.error.unlock


def test_the_password_of_the_configuration_is_a_command_in_the_environment() -> None:
    question = listing_question(Repository("office", "rclone", "x:", password_file="/etc/my password"), "-rf")
    assert dict(question.environment)["RCLONE_PASSWORD_COMMAND"] == "cat '/etc/my password'"
    assert not [word for word in question.argv if "my password" in word]
    # Behind "--" no name is an option.
    assert question.argv[-2:] == ("--", "-rf")


@pytest.mark.parametrize("text", ["x\n", "2026-11-22\n", "2026-13-22 10:00:00\n", "Enter configuration password:\n"])
def test_other_output_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_times(text)


_TIMES = st.lists(st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC)), max_size=5)


@given(_TIMES, st.none() | _TIMES)
def test_the_state_lies_between_the_newest_file_and_now(target: list[datetime], changed: list[datetime] | None) -> None:
    state = held_state(target, changed, NOON)
    past = [when for when in target if when <= NOON]
    assert (state is None) is (not past)
    assert state is None or max(past) <= state <= NOON


def test_any_answer_is_a_backup_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "{}", "2026-11-22 10:00:00\n", "9999-12-31 23:59:59\n", "0001-01-01 00:00:00\n" * 3):
        for source in ("", "/home"):
            repository = Repository("office", "rclone", "x:", source=source)
            [found] = rclone_backups.function(always(body), machine, NO_LOG, [repository])
            assert isinstance(found, Backup | api.Gap)


def test_what_the_command_leaves_out_does_not_make_the_copy_old(
    rclone_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    rclone_lab.changed("cache.tmp", NOON - timedelta(hours=64))
    places = f"{rclone_lab.source} plain:{rclone_lab.folder}/target"
    text = f"rclone sync {places} --exclude '*.tmp' --config {rclone_lab.folder}/rclone.conf"
    [repository] = repositories_in(text, {}, "/etc/crontab")
    [backup] = rclone_backups.function(live, machine, NO_LOG, [repository])
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 0.0
    assert not backup.snapshots[-1].paths_sure
    rclone_lab.changed("letter.txt", NOON - timedelta(hours=3))
    [later] = rclone_backups.function(live.apart(), machine, NO_LOG, [repository])
    assert isinstance(later, Backup)
    assert later.age_hours(machine) == 3.0


def test_a_name_that_only_stands_for_a_folder_of_this_machine_is_not_remote(
    rclone_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    with (rclone_lab.folder / "rclone.conf").open("a") as file:
        file.write(f"[usb]\ntype = alias\nremote = plain:{rclone_lab.folder}/target\n")
        file.write("[ring]\ntype = alias\nremote = ring:x\n[nas]\ntype = sftp\nhost = nas\n[far]\ntype=alias\nremote = nas:x\n")
    usb = look(live, machine, rclone_lab, "usb:")
    assert isinstance(usb, Backup)
    assert (usb.remote, usb.place) == (False, f"{rclone_lab.folder}/target")
    secret = look(live, machine, rclone_lab, "secret:office")
    assert isinstance(secret, Backup)
    assert (secret.remote, secret.place, secret.encrypted) == (False, f"{rclone_lab.folder}/vault", True)


@pytest.mark.parametrize(
    ("location", "folder"),
    [
        ("plain:/mnt/usb", "/mnt/usb"),
        ("usb:", "/mnt/usb/x"),
        ("vault:office", "/mnt/disk"),
        ("far:x", ""),
        ("ring:x", ""),
        ("nobody:x", ""),
        ("/mnt/usb", ""),
    ],
)
def test_the_folder_behind_a_name_is_found(location: str, folder: str) -> None:
    assert folder_behind(location, REMOTES) == folder


REMOTES = """
[plain]
type = local
[usb]
type = alias
remote = plain:/mnt/usb/x
[vault]
type = crypt
remote = /mnt/disk
[far]
type = crypt
remote = nas:x
[nas]
type = sftp
[ring]
type = alias
remote = ring:y
"""
