"""Real restic and borg repositories in private folders, saved at known times.

The fixture `machine` lives at 2026-11-22 12:00 UTC; the repositories are made for it: 2026-11-22 06:00 UTC is six hours old.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from itaudit.facts.backups.settings import RepositorySettings

HOST = "office-server"
BOUND_SECONDS = 60


@dataclass(frozen=True)
class BackupLab:
    """A private folder with a source, a password, and the programs that save one into the other."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "home"

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    def restic(self, name: str, *arguments: str, zone: str = "UTC") -> str:
        return self._run(("restic", *arguments), self._restic_environment(name) | {"TZ": zone})

    def borg(self, name: str, *arguments: str, zone: str = "UTC") -> str:
        environment = {
            "BORG_REPO": str(self.folder / name),
            "BORG_BASE_DIR": str(self.folder / "borg"),
            "BORG_PASSCOMMAND": f"cat {self.password_file}",
            "TZ": zone,
        }
        return self._run(("borg", *arguments), environment)

    def settings(self, product: str, name: str, **more: object) -> RepositorySettings:
        given: dict[str, object] = {
            "name": name,
            "product": product,
            "location": str(self.folder / name),
            "password_file": str(self.password_file),
        }
        if product == "borg":
            # As on a machine in Tokyo: the provider has to ask for UTC itself.
            given["environment"] = {"BORG_BASE_DIR": str(self.folder / "borg"), "TZ": "Asia/Tokyo"}
        return RepositorySettings.model_validate(given | more)

    def _restic_environment(self, name: str) -> dict[str, str]:
        return {
            "RESTIC_REPOSITORY": str(self.folder / name),
            "RESTIC_PASSWORD_FILE": str(self.password_file),
            "RESTIC_CACHE_DIR": str(self.folder / "cache"),
        }

    def _run(self, command: tuple[str, ...], environment: dict[str, str]) -> str:
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND_SECONDS,
            check=True,
        )
        return done.stdout


def _new(folder: Path) -> BackupLab:
    lab = BackupLab(folder)
    lab.source.mkdir()
    (lab.source / "ledger.txt").write_text("balance 12\n")
    lab.password_file.write_text("correct horse\n")
    lab.password_file.chmod(0o600)
    (folder / "wrong").write_text("battery staple\n")
    return lab


@pytest.fixture(scope="session")
def restic_lab(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> BackupLab:
    """restic repositories: healthy (6 hours old, saved under Tokyo time), stale (9 days), shared (another machine's), empty."""
    needs("restic")
    lab = _new(tmp_path_factory.mktemp("restic"))
    lab.restic("empty", "init")
    for name in ("healthy", "stale", "shared"):
        # Making a key takes restic seconds, on purpose: one serves all.
        shutil.copytree(lab.folder / "empty", lab.folder / name)
    save = ("backup", "--exclude", "/tmp/cache", str(lab.source), "--time")
    lab.restic("healthy", *save, "2026-11-20 15:00:00", "--host", HOST, zone="Asia/Tokyo")
    lab.restic("healthy", *save, "2026-11-22 15:00:00", "--host", HOST, zone="Asia/Tokyo")
    lab.restic("stale", *save, "2026-11-13 12:00:00", "--host", HOST)
    lab.restic("shared", *save, "2026-11-22 11:00:00", "--host", "another")
    return lab


@pytest.fixture(scope="session")
def borg_lab(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> BackupLab:
    """borg repositories: healthy (6 hours old), open (not encrypted), now (saved just now under Tokyo time)."""
    needs("borg", "borgbackup")
    lab = _new(tmp_path_factory.mktemp("borg"))
    for name, mode in (("healthy", "repokey"), ("open", "none"), ("now", "repokey")):
        lab.borg(name, "init", "--encryption", mode)
    source = str(lab.source)
    lab.borg("healthy", "create", "--timestamp", "2026-11-20T06:00:00", "::friday", source, zone="Asia/Tokyo")
    lab.borg("healthy", "create", "-e", "*.tmp", "--timestamp", "2026-11-22T06:00:00", "::sunday", source, zone="Asia/Tokyo")
    lab.borg("open", "create", "--timestamp", "2026-11-22T06:00:00", "::sunday", source)
    lab.borg("now", "create", "::now", source, zone="Asia/Tokyo")
    return lab
