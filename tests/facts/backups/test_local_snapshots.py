"""snapper, really run on a btrfs of its own; and hostile files."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.evidence.questions import Source
from itaudit.facts.backups.local_snapshots import CONFIGURATIONS, LocalSnapshots, parse_date, snapper_snapshots


def run(*command: str) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60, check=True, env=ENVIRONMENT)


ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "Asia/Tokyo"}


SNAPPER = """
set -e
mount --bind "$1/snapper" /etc/snapper
mount --bind "$1/default" /etc/default
snapper --no-dbus -c office create-config "$1/mount"
snapper --no-dbus -c office create --description first
snapper --no-dbus -c office create --description second
"""


@pytest.fixture
def volume(tmp_path: Path, needs: Callable[..., str], needs_root: Callable[[], None]) -> Iterator[Path]:
    """A folder with a btrfs at mount/, of which snapper, with settings of its own, made two snapshots under Tokyo time."""
    needs("snapper")
    needs("mkfs.btrfs", "btrfs-progs")
    needs_root()
    for name in ("mount", "snapper/configs", "default"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "default" / "snapper").write_text('SNAPPER_CONFIGS=""\n')
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(200 * 2**20)
    run("mkfs.btrfs", "-q", str(image))
    run("mount", "-o", "loop", str(image), str(tmp_path / "mount"))
    try:
        # In a mount namespace of its own: snapper knows no other place for its settings than /etc.
        run("unshare", "--mount", "sh", "-c", SNAPPER, "sh", str(tmp_path))
        yield tmp_path
    finally:
        # At once, even where another test looks at all file systems of this machine just now; gone when that is done.
        run("umount", "--lazy", str(tmp_path / "mount"))


def test_real_snapshots_are_counted_and_dated_in_utc(volume: Path, live_source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itaudit.facts.backups.local_snapshots.CONFIGURATIONS", f"{volume}/snapper/configs/*")
    [kept] = snapper_snapshots.function(api.Ask(live_source))
    assert isinstance(kept, LocalSnapshots)
    assert (kept.subject, kept.product, kept.count) == (f"{volume}/mount", "snapper", 2)
    assert kept.newest is not None
    # The test run may have made it a while ago; a wrong zone would be off by nine hours.
    assert abs(kept.newest - live_source.machine.now) < timedelta(hours=2)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_dates_are_utc_wherever_the_machine_is() -> None:
    assert parse_date("<date>2026-11-22 06:00:00</date>") == datetime(2026, 11, 22, 6, tzinfo=UTC)


def test_a_folder_that_may_not_be_entered_is_a_gap(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded(
        {
            api.Glob(CONFIGURATIONS, most=50): '["/etc/snapper/configs/root"]',
            api.ReadFile("/etc/snapper/configs/root", limit_bytes=64 * 2**10): 'SUBVOLUME="/"\n',
            api.FileStatus("/.snapshots/."): api.Answer.missing(api.AccessDenied("/.snapshots")),
        }
    )
    [gap] = snapper_snapshots.function(ask)
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.AccessDenied)


@pytest.mark.parametrize("text", ["", "<date></date>", "<date>2026-13-01 00:00:00</date>", "<date>" * 1000])
def test_an_information_file_without_a_date_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_date(text)


@given(st.text("<date>/0129-: \n", max_size=60))
def test_hostile_dates_are_times_or_unreadable(text: str) -> None:
    try:
        assert parse_date(f"<date>{text}</date>").tzinfo
    except api.Unreadable:
        return


def test_any_answer_is_a_fact_or_a_gap(always: Callable[[str], api.Ask]) -> None:
    for body in ('["/etc/snapper/configs/root"]', "[1, null]", "[]", '["SUBVOLUME=/"]'):
        assert all(isinstance(found, LocalSnapshots | api.Gap) for found in snapper_snapshots.function(always(body)))
