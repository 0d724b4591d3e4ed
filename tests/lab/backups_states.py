"""restic and borg repositories in every state that a check has to tell apart: sound, damaged, locked, shrunk.

The damage is done to the files of real repositories; the locks are left by programs that were killed while they wrote.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.backups import HOST, BackupLab

FILES = 60
FILE_BYTES = 40_000
KEPT_FILES = 10
_PATIENCE_SECONDS = 60


def _new(folder: Path) -> BackupLab:
    lab = BackupLab(folder)
    lab.password_file.write_text("correct horse\n")
    lab.password_file.chmod(0o600)
    (folder / "wrong").write_text("battery staple\n")
    _fill(lab, FILES)
    return lab


def _fill(lab: BackupLab, count: int) -> None:
    """Make the source hold exactly so many files, always the same ones."""
    shutil.rmtree(lab.source, ignore_errors=True)
    lab.source.mkdir()
    noise = random.Random(4)
    for number in range(count):
        (lab.source / f"letter-{number}.odt").write_bytes(noise.randbytes(FILE_BYTES))


def _biggest(folder: Path) -> Path:
    return max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def _spoil(file: Path) -> None:
    """Turn over some bytes in the middle, as a disk does."""
    file.chmod(0o600)
    body = bytearray(file.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 8] = bytes(255 - byte for byte in body[middle : middle + 8])
    file.write_bytes(body)


def _killed_while_it_wrote(command: tuple[str, ...], environment: dict[str, str], lock: Callable[[], bool]) -> None:
    """Start a backup of standard input, which never ends; kill it once it holds its lock."""
    program = subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not lock() and program.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert lock(), f"{command[0]} did not come to hold a lock"
    finally:
        program.send_signal(signal.SIGKILL)
        program.communicate()


def _finished(locks: Path) -> bool:
    """restic writes a lock under a name with -tmp- first, which is no lock yet."""
    return any("-tmp-" not in lock.name for lock in locks.iterdir())


@pytest.fixture(scope="session")
def restic_states(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> BackupLab:
    """restic: sound, corrupt (bytes of a pack turned over), missing (a pack gone), locked, shrunk (10 of 60 files left)."""
    needs("restic")
    lab = _new(tmp_path_factory.mktemp("restic-states"))
    lab.restic("sound", "init")
    for day in (18, 19, 20, 21):
        lab.restic("sound", "backup", str(lab.source), "--time", f"2026-11-{day} 06:00:00", "--host", HOST)
    for name in ("corrupt", "missing", "locked", "shrunk"):
        shutil.copytree(lab.folder / "sound", lab.folder / name)
    lab.restic("sound", "backup", str(lab.source), "--time", "2026-11-22 06:00:00", "--host", HOST)
    _fill(lab, KEPT_FILES)
    lab.restic("shrunk", "backup", str(lab.source), "--time", "2026-11-22 06:00:00", "--host", HOST)
    _spoil(_biggest(lab.folder / "corrupt" / "data"))
    _biggest(lab.folder / "missing" / "data").unlink()
    locks = lab.folder / "locked" / "locks"
    environment = {
        "RESTIC_REPOSITORY": str(lab.folder / "locked"),
        "RESTIC_PASSWORD_FILE": str(lab.password_file),
        "RESTIC_CACHE_DIR": str(lab.folder / "cache"),
    }
    _killed_while_it_wrote(("restic", "backup", "--stdin"), environment, lambda: _finished(locks))
    return lab


@pytest.fixture(scope="session")
def borg_states(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> BackupLab:
    """borg: sound, corrupt (bytes turned over), missing (chunks gone), locked, shrunk (as of restic), added (append_only)."""
    needs("borg", "borgbackup")
    lab = _new(tmp_path_factory.mktemp("borg-states"))
    for name in ("sound", "corrupt", "missing", "locked", "shrunk", "added"):
        lab.borg(name, "init", "--encryption", "repokey", *(("--append-only",) if name == "added" else ()))
        for day in (18, 19, 20, 21) if name in ("sound", "shrunk") else (21,):
            lab.borg(name, "create", "--timestamp", f"2026-11-{day}T06:00:00", f"::day-{day}", str(lab.source))
    lab.borg("sound", "create", "--timestamp", "2026-11-22T06:00:00", "::day-22", str(lab.source))
    _fill(lab, KEPT_FILES)
    lab.borg("shrunk", "create", "--timestamp", "2026-11-22T06:00:00", "::day-22", str(lab.source))
    _spoil(_biggest(lab.folder / "corrupt" / "data"))
    _biggest(lab.folder / "missing" / "data").unlink()
    environment = {
        "BORG_REPO": str(lab.folder / "locked"),
        "BORG_BASE_DIR": str(lab.folder / "borg"),
        "BORG_PASSCOMMAND": f"cat {lab.password_file}",
    }
    lock = lab.folder / "locked" / "lock.exclusive"
    _killed_while_it_wrote(("borg", "create", "::never", "-"), environment, lock.exists)
    return lab
