"""Real restic and borg repositories for restore tests: 40 files of many sizes and ages, saved now, with names that bite."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.backups import BackupLab

ODD_NAMES = (
    *(b"-rf", b"new\nline", b"\xff\xfe", b"star*[x]", b"question?", "caf\u00e9".encode(), b"back\\slash", b"**"),
    *(b" !lead", b"@list", b"pp:a", b"{now}"),
)
UNCLEAR_NAMES = (b"B\xe4r", b"B\xf6r long")
"""Two that differ, beside their length, in a byte that no listing shows: as old file servers have them."""
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class DrillLab:
    """A source, and one repository of it that holds exactly what the source holds."""

    product: str
    backups: BackupLab

    @property
    def source(self) -> Path:
        return self.backups.source

    @property
    def repository(self) -> Path:
        return self.backups.folder / "office"

    def configuration(self, folder: Path, password_file: Path | None = None) -> Path:
        """Write itaudit.toml with this repository as "office"; the log is drills.jsonl beside it."""
        text = f"""
[backups]
find = false
drill_log = "{folder}/drills.jsonl"
[[backups.repositories]]
name = "office"
product = "{self.product}"
location = "{self.repository}"
password_file = "{password_file or self.backups.password_file}"
"""
        if self.product == "borg":
            base = self.backups.folder / "borg"
            text += f'environment = {{ BORG_BASE_DIR = "{base}", TZ = "Asia/Tokyo" }}\n'
        path = folder / "itaudit.toml"
        path.write_text(text)
        return path


@pytest.fixture
def tiny(tmp_path: Path, needs_root: Callable[[], None]) -> Iterator[Path]:
    """A file system of 300 kB."""
    needs_root()
    folder = tmp_path / "tiny"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(folder)], capture_output=True).returncode:
        pytest.skip("may not mount here")
    yield folder
    # Lazily: another test may be looking at all file systems of this machine just now.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(source: Path) -> None:
    now = time.time()
    noise = random.Random(4)  # the same at every run: of files of one byte, some would be alike by chance
    for number in range(30):
        path = source / f"letter{number:02}.bin"
        path.write_bytes(noise.randbytes(10 ** (number % 6)))
        os.utime(path, (now, now - number * 20 * DAY_SECONDS - 60))
    with zipfile.ZipFile(source / "archive.zip", "w") as archive:
        archive.writestr("ledger", "balance 12")
    connection = sqlite3.connect(source / "accounts.db")
    connection.execute("CREATE TABLE account (name TEXT)")
    connection.commit()
    connection.close()
    for name in ODD_NAMES:
        Path(os.fsdecode(os.fsencode(source) + b"/" + name)).write_bytes(b"odd " + name)
    for name in UNCLEAR_NAMES:
        (source / os.fsdecode(name[:3])).write_bytes(name)
    os.mkfifo(source / "fifo")
    (source / "link").symlink_to("letter01.bin")
    # borg's times are whole seconds: what was written in the second of the backup is not older than it.
    time.sleep(1.1)


def _new(folder: Path, product: str) -> DrillLab:
    lab = BackupLab(folder)
    lab.source.mkdir()
    lab.password_file.write_text("correct horse\n")
    lab.password_file.chmod(0o600)
    (folder / "wrong").write_text("battery staple\n")
    _fill(lab.source)
    if product == "restic":
        lab.restic("office", "init")
        lab.restic("office", "backup", str(lab.source))
    else:
        lab.borg("office", "init", "--encryption", "repokey")
        lab.borg("office", "create", "::now", str(lab.source))
    return DrillLab(product, lab)


@pytest.fixture(scope="session", params=["restic", "borg"])
def drill_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> DrillLab:
    """The same data saved by restic and by borg; do not change it."""
    product: str = request.param
    needs(*(("restic",) if product == "restic" else ("borg", "borgbackup")))
    return _new(tmp_path_factory.mktemp(product), product)


@pytest.fixture
def own_drill_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]
) -> DrillLab:
    """One that the test may break; parametrize it with the product (indirect)."""
    product: str = request.param
    needs(*(("restic",) if product == "restic" else ("borg", "borgbackup")))
    return _new(tmp_path_factory.mktemp(product), product)
