"""`itaudit drill` from end to end, on a real rsnapshot."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from cli.conftest import Run
from lab.backups import BackupLab

NAMES = (b"-rf", b"new\nline", b"star*[x]", b"back\\slash", b"$HOME", b" lead", "caf\u00e9".encode(), b"\xff\xfe")


@pytest.fixture
def saved(rsnapshot_lab: BackupLab, tmp_path: Path) -> BackupLab:
    """Saved now: a letter for each odd name, beside the ledger. `itaudit.toml` beside it names it `office`."""
    for name in NAMES:
        (rsnapshot_lab.source / os.fsdecode(name)).write_bytes(b"letter " + name)
    (rsnapshot_lab.source / "link").symlink_to("/etc/passwd")
    # The stamp of a run is of whole seconds: what was written in that second is not older than it.
    time.sleep(1.1)
    rsnapshot_lab.rsnapshot("healthy")
    (tmp_path / "itaudit.toml").write_text(
        f'[backups]\nfind = false\ndrill_log = "{tmp_path}/drills.jsonl"\n[[backups.repositories]]\nname = "office"\n'
        f'product = "rsnapshot"\nlocation = "{rsnapshot_lab.folder}/healthy.conf"\n'
    )
    return rsnapshot_lab


def test_copies_are_proven_and_the_scan_believes_it(saved: BackupLab, itaudit: Run, tmp_path: Path) -> None:
    done = itaudit("drill", "--config", "itaudit.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    line = json.loads((tmp_path / "drills.jsonl").read_text())
    # The ledger and all odd names but the one that is no UTF-8.
    assert (line["same"], line["sampled"], line["product"]) == (len(NAMES), len(NAMES), "rsnapshot")
    assert line["limits"] == f"a small test of {len(NAMES)} files: it holds no more"
    itaudit("scan", "--config", "itaudit.toml", "--only", "backups", "--html", "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "Restore certificate: office" in page
    assert "eight files came back, and every one equals its original" in page.lower()
    assert line["signature"] in page


def test_a_copy_that_rotted_is_told(saved: BackupLab, itaudit: Run, tmp_path: Path) -> None:
    copy = saved.folder / "healthy" / "alpha.0" / "localhost" / str(saved.source).strip("/") / "-rf"
    before = copy.stat()
    copy.write_bytes(b"rotten -rf"[: before.st_size].ljust(before.st_size))
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = itaudit("drill", "--config", "itaudit.toml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads((tmp_path / "drills.jsonl").read_text())["different"] == 1
