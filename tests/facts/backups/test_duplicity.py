"""duplicity: really run, damaged by hand, and hostile file names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.duplicity import complete_runs, duplicity_backups
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
FRIDAY = datetime(2026, 11, 20, 6, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 6, tzinfo=UTC)


def look(ask: api.Ask, machine: api.Machine, location: str, source: str = "", host: str = "*") -> Backup | api.Gap:
    # duplicity records the name of the machine the lab runs on.
    repository = Repository("office", "duplicity", location, source=source, host=host)
    [found] = duplicity_backups.function(ask, machine, NO_LOG, [repository])
    return found


def test_full_and_incremental_runs_are_dated_in_utc(duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, f"file://{duplicity_lab.folder}/healthy")
    assert isinstance(backup, Backup)
    assert [snapshot.when for snapshot in backup.snapshots] == [FRIDAY, SUNDAY]
    assert backup.snapshots[-1].paths == (str(duplicity_lab.source),)
    assert not backup.encrypted
    assert not backup.remote


def test_an_encrypted_one_needs_no_password(duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, f"file://{duplicity_lab.folder}/secret", source="/home", host="")
    assert isinstance(backup, Backup)
    assert backup.newest == SUNDAY
    assert backup.encrypted
    assert backup.snapshots[-1].paths == ("/home",)


def test_the_manifest_tells_which_machine_was_saved(duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, replace(machine, host="nobody-is-called-this"), f"{duplicity_lab.folder}/healthy", host="")
    assert isinstance(backup, Backup)
    assert backup.newest is None
    assert len(backup.other_hosts) == 1


@pytest.mark.parametrize(
    ("lost", "left"),
    [
        ("duplicity-inc.*.vol1.difftar.gz", [FRIDAY]),
        ("duplicity-inc.*.manifest", [FRIDAY]),
        ("duplicity-full.*.vol1.difftar.gz", []),
        ("duplicity-full.*.manifest", []),
    ],
)
def test_a_run_that_lost_a_part_does_not_count_nor_what_builds_on_it(
    duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine, lost: str, left: list[datetime]
) -> None:
    [path] = (duplicity_lab.folder / "healthy").glob(lost)
    path.unlink()
    backup = look(live, machine, f"file://{duplicity_lab.folder}/healthy")
    assert isinstance(backup, Backup)
    assert [snapshot.when for snapshot in backup.snapshots] == left


def test_a_chosen_part_of_the_whole_machine_is_not_taken_for_all(
    duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    backup = look(live, machine, f"file://{duplicity_lab.folder}/secret", source="/")
    assert isinstance(backup, Backup)
    assert backup.newest_with("/home") is None
    assert not backup.snapshots[-1].paths_sure


def test_another_machine_is_closed_and_a_lost_disk_not_found(
    duplicity_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    for location, error in (
        ("sftp://nas/office", Closed),
        (f"file://{duplicity_lab.folder}/absent", api.NotFound),
        (f"file://{duplicity_lab.folder}/home", api.NotFound),
    ):
        gap = look(live, machine, location)
        assert isinstance(gap, api.Gap)
        assert type(gap.error) is error
        assert gap.error.unlock


def test_a_volume_missing_in_the_middle_is_seen() -> None:
    names = [f"duplicity-full.20261122T060000Z.vol{number}.difftar.gpg" for number in (1, 2, 3)]
    manifest = "/x/duplicity-full.20261122T060000Z.manifest.gpg"
    assert complete_runs([*names, manifest]) == {SUNDAY: manifest}
    assert complete_runs([names[0], names[2], manifest]) == {}


def test_a_date_that_does_not_exist_is_unreadable() -> None:
    run = "duplicity-full.20261322T060000Z"
    with pytest.raises(api.Unreadable):
        complete_runs([f"{run}.manifest", f"{run}.vol1.difftar"])


def test_incremental_runs_in_a_circle_end() -> None:
    a, b = "20261121T060000Z", "20261122T060000Z"
    runs = [f"duplicity-inc.{b}.to.{a}", f"duplicity-inc.{a}.to.{b}"]
    assert complete_runs([f"{run}.{part}" for run in runs for part in ("manifest", "vol1.difftar.gz")]) == {}


_NAMES = st.lists(
    st.builds(
        "duplicity-{}.{}{}".format,
        st.sampled_from(["full.20261122T060000Z", "full.99999999T999999Z", "inc.20261122T060000Z.to.20261122T070000Z", "x"]),
        st.sampled_from(["manifest", "vol1.difftar", "vol999999999.difftar", "vol0.difftar"]),
        st.sampled_from(["", ".gz", ".gpg", "\n", ".part"]),
    ),
    max_size=8,
)


@given(_NAMES)
def test_hostile_names_are_runs_or_unreadable(names: list[str]) -> None:
    try:
        runs = complete_runs(names)
    except api.Unreadable:
        return
    assert all(path in names for path in runs.values())


def test_any_answer_is_a_backup_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "{}", "[1, null]", "3"):
        assert isinstance(look(always(body), machine, "/mnt/usb"), Backup | api.Gap)
