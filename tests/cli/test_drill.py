"""`itaudit drill` from end to end, on real repositories."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from cli.conftest import Run
from itaudit.facts.backups.drills import parse_drills
from lab.drill import ODD_NAMES, DrillLab

SLOW = """#!/bin/sh
# The real one, which then takes its time: so that there is something to leave behind.
{real} "$@"
code=$?
case " $* " in *" {word} "*) sleep 5812.5 ;; esac
exit $code
"""
PATIENCE_SECONDS = 60
pytestmark = pytest.mark.timeout(400)  # many a program is started, on a machine that may do other things too
FILES = 32 + len(ODD_NAMES)
BOTH = pytest.mark.parametrize("own_drill_lab", ["restic", "borg"], indirect=True)


def digest_of(folder: Path) -> dict[str, str]:
    """Every file below the folder, with times: whatever was written there shows."""
    return {
        str(path): f"{path.lstat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ''}"
        for path in sorted(folder.rglob("*"))
    }


def left_in(state: Path) -> list[str]:
    return sorted(path.name for path in state.iterdir() if path.name not in ("drill.lock", "drill-key.pem"))


def until(done: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(done())


def running(word: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes().decode(errors="replace"):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.fixture
def slow(own_drill_lab: DrillLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DrillLab:
    """The program brings everything back, and then does not end."""
    product = own_drill_lab.product
    tools = tmp_path / "tools"
    tools.mkdir()
    word = "restore" if product == "restic" else "extract"
    (tools / product).write_text(SLOW.format(real=shutil.which(product), word=word))
    (tools / product).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return own_drill_lab


@pytest.fixture
def under_way(slow: DrillLab, started: Callable[..., Popen[str]], tmp_path: Path) -> Iterator[Popen[str]]:
    """A test whose files are all back, in their private folder."""
    process = started("drill", "--config", slow.configuration(tmp_path))
    assert until(lambda: list((tmp_path / "state").glob("itaudit-drill-*/together/**/letter01.bin")))
    [folder] = (tmp_path / "state").glob("itaudit-drill-????????????????")
    assert folder.stat().st_mode & 0o777 == 0o700
    yield process
    process.kill()
    # The guardian ends the rest, the program that sleeps included.
    assert until(lambda: not running(str(tmp_path / "state")))


def test_a_healthy_backup_is_proven_by_hash_and_leaves_no_trace(drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    before = digest_of(drill_lab.repository), digest_of(drill_lab.source)
    done = itaudit("drill", "--config", drill_lab.configuration(tmp_path), "--html", "page.html", "--files", "60", "--seed", "7")
    assert done.returncode == 0, done.stderr
    [line] = (tmp_path / "drills.jsonl").read_text().splitlines()
    # 30 letters, the archive, the database and the odd names: FIFO and link are no files.
    # Neither are two names that are listed alike: one might be taken for the other.
    assert json.loads(line)["same"] == FILES
    [drill] = parse_drills(line)
    assert drill.proven
    assert drill.backup == "office"
    assert f"PROVEN: {FILES} of {FILES} files" in done.stdout
    assert "opened:  2 of 2" in done.stdout
    assert line.rpartition('"signature": "')[2][:100] in done.stdout
    assert f"PROVEN: {FILES} of {FILES}" in (tmp_path / "page.html").read_text()
    assert (digest_of(drill_lab.repository), digest_of(drill_lab.source)) == before
    assert left_in(tmp_path / "state") == []
    assert (tmp_path / "state" / "drill-key.pem").stat().st_mode & 0o777 == 0o600


def test_the_same_seed_picks_the_same_files(drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    config = drill_lab.configuration(tmp_path)
    first, again, other = (
        itaudit("drill", "office", "--config", config, "--dry-run", "--files", "9", "--seed", seed).stdout for seed in "112"
    )
    assert first == again
    assert len(first.splitlines()) == 12
    assert first.replace("seed 1", "") != other.replace("seed 2", "")


def test_a_dry_run_brings_nothing_back_and_notes_nothing(drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    before = digest_of(drill_lab.repository)
    done = itaudit("drill", "--config", drill_lab.configuration(tmp_path), "--dry-run")
    assert done.returncode == 0
    assert "30 (" in done.stdout
    assert not (tmp_path / "drills.jsonl").exists()
    assert left_in(tmp_path / "state") == []
    assert digest_of(drill_lab.repository) == before


def test_a_wrong_password_is_no_failed_test(drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    done = itaudit("drill", "--config", drill_lab.configuration(tmp_path, drill_lab.backups.folder / "wrong"))
    assert done.returncode == 3
    assert "office was not tested: the backup could not be opened" in done.stderr
    assert (tmp_path / "drills.jsonl").read_text() == ""
    assert "battery staple" not in done.stderr


def test_a_disk_without_room_is_no_failed_test_and_keeps_no_other_backup_from_being_tested(
    drill_lab: DrillLab, itaudit: Run, tmp_path: Path, tiny: Path
) -> None:
    config = drill_lab.configuration(tmp_path)
    text = config.read_text()
    config.write_text(text + text[text.index("[[backups") :].replace('"office"', '"second"'))
    done = itaudit("drill", "--config", config, "--folder", tiny, "--files", "3")
    assert done.returncode == 3, done.stdout
    assert re.findall(r"^(\w+): .* has .* free and the test needs", done.stderr, re.MULTILINE) == ["office", "second"], (
        done.stderr
    )
    assert list(tiny.iterdir()) == []


@BOTH
def test_a_changed_original_is_not_held_against_the_backup(own_drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    (own_drill_lab.source / "letter01.bin").write_bytes(b"changed since")
    (own_drill_lab.source / "letter02.bin").unlink()
    done = itaudit("drill", "--config", own_drill_lab.configuration(tmp_path), "--files", "60")
    assert done.returncode == 0, done.stdout
    [line] = (tmp_path / "drills.jsonl").read_text().splitlines()
    assert (json.loads(line)["same"], json.loads(line)["restored"]) == (FILES - 2, FILES)


Piece = tuple[int, int, Path]
"""Its length, where it begins, and the file of the repository that holds it."""


def restic_pieces(lab: DrillLab) -> Iterator[Piece]:
    for index in lab.backups.restic("office", "list", "index").split():
        for pack in json.loads(lab.backups.restic("office", "cat", "index", index))["packs"]:
            path = lab.repository / "data" / pack["id"][:2] / pack["id"]
            yield from ((blob["length"], blob["offset"], path) for blob in pack["blobs"])


def borg_pieces(lab: DrillLab) -> Iterator[Piece]:
    """borg's documentation, "Internals, Segments": after eight bytes, each entry begins with checksum, length and tag."""
    for path in (path for path in (lab.repository / "data").rglob("*") if path.is_file()):
        content, offset = path.read_bytes(), 8
        while offset < len(content):
            _, length, _ = struct.unpack_from("<IIB", content, offset)
            yield length, offset, path
            offset += length


@BOTH
def test_damage_in_the_repository_fails_and_names_what_is_lost(own_drill_lab: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    # The largest piece is one of the letters of 100 kB, wherever the program has put it.
    length, offset, pack = max((borg_pieces if own_drill_lab.product == "borg" else restic_pieces)(own_drill_lab))
    assert length > 100_000
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(offset + length // 2)
        file.write(bytes(64))
    done = itaudit("drill", "--config", own_drill_lab.configuration(tmp_path), "--files", "60")
    assert done.returncode == 1, done.stdout + done.stderr
    [line] = (tmp_path / "drills.jsonl").read_text().splitlines()
    read = json.loads(line)
    assert (read["failed"], read["restored"], read["same"], read["different"]) == (1, FILES - 1, FILES - 1, 0)
    lost = done.stdout.partition("What would be lost:\n")[2].strip("\n").splitlines()
    assert len(lost) == 1
    assert lost[0].startswith(f"  {own_drill_lab.source}/letter")
    assert re.search("verif|integrity", lost[0], re.IGNORECASE), lost
    assert left_in(tmp_path / "state") == []


@BOTH
def test_killed_in_the_middle_it_leaves_neither_files_nor_programs(under_way: Popen[str], tmp_path: Path) -> None:
    under_way.kill()
    assert until(lambda: not left_in(tmp_path / "state")), left_in(tmp_path / "state")
    assert until(lambda: not running(str(tmp_path / "state")))
    assert (tmp_path / "drills.jsonl").read_text() == ""


@BOTH
def test_killed_with_its_guardian_the_next_start_cleans_up(
    under_way: Popen[str], slow: DrillLab, itaudit: Run, tmp_path: Path
) -> None:
    [guardian] = running("live_drill.py\0" + str(tmp_path))
    os.kill(int(guardian), signal.SIGKILL)
    under_way.kill()
    under_way.wait()
    assert len(left_in(tmp_path / "state")) == 2
    done = itaudit("drill", "--config", slow.configuration(tmp_path), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert left_in(tmp_path / "state") == []
    # What was killed takes its moment to go.
    assert until(lambda: not running(str(tmp_path / "state")))


@pytest.mark.parametrize("own_drill_lab", ["restic"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing(under_way: Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    under_way.send_signal(number)
    assert under_way.wait(PATIENCE_SECONDS) == 130
    assert left_in(tmp_path / "state") == []
    # What was killed takes its moment to go.
    assert until(lambda: not running(str(tmp_path / "state")))


@pytest.mark.parametrize("own_drill_lab", ["restic"], indirect=True)
def test_two_at_a_time_do_not_disturb_each_other(under_way: Popen[str], slow: DrillLab, itaudit: Run, tmp_path: Path) -> None:
    done = itaudit("drill", "--config", slow.configuration(tmp_path), "--dry-run")
    assert done.returncode == 2
    assert "Another restore test is running" in done.stderr
    assert under_way.poll() is None
    assert list((tmp_path / "state").glob("itaudit-drill-*/together/**/letter01.bin"))


def test_an_unknown_name_and_no_backup_at_all_are_said_in_one_line(itaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("[backups]\nfind = false\n")
    done = itaudit("drill", "--config", "none.toml")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No backup of restic, borg or rsnapshot is known here" in done.stderr


def test_a_log_that_cannot_be_written_is_said_before_the_work(itaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.toml").write_text(
        f'[backups]\nfind = false\ndrill_log = "{tmp_path}/file/log"\n'
        '[[backups.repositories]]\nname = "a"\nproduct = "restic"\nlocation = "/nowhere"\n'
    )
    done = itaudit("drill", "--config", "bad.toml")
    assert done.returncode == 2
    assert "drill_log" in done.stderr
    assert "was not tested" not in done.stderr
