"""rsnapshot: really run, and hostile configurations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.rsnapshot import parse_plan, rsnapshot_backups
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
SMALL = "snapshot_root\t/mnt/usb/\nretain\talpha\t6\n"


def look(ask: api.Ask, machine: api.Machine, plan: str) -> Backup | api.Gap:
    [found] = rsnapshot_backups.function(ask, machine, NO_LOG, [Repository("office", "rsnapshot", plan)])
    return found


def test_the_newest_run_is_six_hours_old(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, f"{rsnapshot_lab.folder}/healthy.conf")
    assert isinstance(backup, Backup)
    assert backup.newest == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert backup.age_hours(machine) == 6.0
    assert len(backup.snapshots) == 2
    assert backup.place == f"{rsnapshot_lab.folder}/healthy"
    assert backup.device == rsnapshot_lab.folder.stat().st_dev
    assert not backup.remote
    assert not backup.encrypted


def test_a_source_that_was_not_copied_is_not_in_it(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, f"{rsnapshot_lab.folder}/healthy.conf")
    assert isinstance(backup, Backup)
    assert backup.snapshots[-1].paths == (f"{rsnapshot_lab.source}/",)
    assert backup.snapshots[-1].paths_sure
    assert backup.snapshots[-1].excludes == ("*.tmp",)


def test_one_that_never_ran_has_no_newest(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    backup = look(live, machine, f"{rsnapshot_lab.folder}/never.conf")
    assert isinstance(backup, Backup)
    assert backup.newest is None


def test_a_disk_that_is_not_attached_is_a_gap(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    (rsnapshot_lab.folder / "never").rmdir()
    gap = look(live, machine, f"{rsnapshot_lab.folder}/never.conf")
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)
    assert "Attach" in gap.error.unlock


def test_included_files_are_read_and_programs_are_not_run(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    outer = rsnapshot_lab.folder / "outer.conf"
    outer.write_text(f"include_conf\t{rsnapshot_lab.folder}/healthy.conf\n")
    assert isinstance(look(live, machine, str(outer)), Backup)
    outer.write_text(f"include_conf\t`touch {rsnapshot_lab.folder}/ran`\n")
    gap = look(live, machine, str(outer))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)
    assert not (rsnapshot_lab.folder / "ran").exists()


def test_a_file_that_includes_itself_ends(rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine) -> None:
    loop = rsnapshot_lab.folder / "loop.conf"
    loop.write_text(f"include_conf\t{loop}\n")
    gap = look(live, machine, str(loop))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)


def test_one_that_only_saves_other_machines_is_no_stale_backup_of_this_one(
    rsnapshot_lab: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    plan = rsnapshot_lab.folder / "others.conf"
    plan.write_text(f"snapshot_root\t{rsnapshot_lab.folder}/healthy\nretain\talpha\t6\nbackup\troot@web:/etc/\tweb/\n")
    gap = look(live, machine, str(plan))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotApplicable)
    assert "web" in gap.error.detail


def test_other_machines_are_told_apart_from_this_one() -> None:
    plan = parse_plan(
        SMALL + "backup\troot@web.example.com:/etc/\tweb/\nbackup\t/home/\tlocalhost/\t+rsync_long_args=--bwlimit=9\n"
    )
    assert plan.others == ("web.example.com",)
    assert plan.saved == (("/home/", "localhost"),)
    assert not plan.sure


@pytest.mark.parametrize("text", ["", "snapshot_root\t/x\n", "#" + SMALL, "snapshot_root\tx\nretain\talpha\t6\n"])
def test_what_is_no_configuration_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_plan(text)


_LINES = st.tuples(
    st.sampled_from(["backup", "retain", "snapshot_root", "exclude", "include_conf", "interval", "x", ""]),
    st.lists(st.text("/a\t:@.*[\0\u00e9 ", max_size=8), max_size=4),
).map(lambda row: "\t".join((row[0], *row[1])))


@given(st.lists(_LINES, max_size=6))
def test_hostile_lines_are_a_plan_or_unreadable(lines: list[str]) -> None:
    try:
        plan = parse_plan(SMALL + "\n".join(lines))
    except api.Unreadable:
        return
    assert plan.root.startswith("/")
    assert all(source.startswith("/") for source, _ in plan.saved)


def test_any_answer_is_a_backup_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "{}", "[1, null]", SMALL, SMALL + "backup\t/home/\tx/\n"):
        assert isinstance(look(always(body), machine, "/etc/rsnapshot.conf"), Backup | api.Gap)


@pytest.mark.parametrize(("device", "kept"), [(1, api.Gap), (2, Backup)])
def test_a_place_for_disks_without_a_disk_is_a_gap_and_no_empty_backup(
    recorded: Callable[..., api.Ask], machine: api.Machine, device: int, kept: type
) -> None:
    def status(number: int) -> str:
        return f'{{"kind": "directory", "device": {number}, "modified": 0}}'

    ask = recorded(
        {
            api.ReadFile("/etc/rsnapshot.conf", limit_bytes=2**18): SMALL + "backup\t/home/\tx/\n",
            api.FileStatus("/mnt/usb"): status(device),
            api.FileStatus("/"): status(1),
            api.Glob("/mnt/usb/alpha.[0-9]*"): "[]",
        }
    )
    found = look(ask, machine, "/etc/rsnapshot.conf")
    assert isinstance(found, kept)
    if isinstance(found, api.Gap):
        assert "Attach" in found.error.unlock
