"""Real restic and borg repositories in private folders, saved at known times.

The fixture `machine` lives at 2026-11-22 12:00 UTC; the repositories are made for it: 2026-11-22 06:00 UTC is six hours old.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itaudit.facts.backups.settings import RepositorySettings
from lab._running import short_folder

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

    def duplicity(self, name: str, *arguments: str, at: datetime, encrypted: bool = False) -> None:
        """Save the source at a time; duplicity takes a password from its environment only."""
        given = (f"--archive-dir={self.folder / 'cache'}", f"--current-time={at.timestamp():.0f}", *arguments)
        how = () if encrypted else ("--no-encryption",)
        place = (str(self.source), f"file://{self.folder / name}")
        self._run(("duplicity", *given, *how, *place), {"PASSPHRASE": "correct horse"})

    def rsnapshot(self, name: str, at: datetime | None = None) -> None:
        """Run it by NAME.conf; `at`: put the stamp of that run back, which rsnapshot takes from the clock."""
        self._run(("rsnapshot", "-c", str(self.folder / f"{name}.conf"), "alpha"), {})
        if at:
            os.utime(self.folder / name / "alpha.0", (at.timestamp(), at.timestamp()))

    def changed(self, name: str, at: datetime) -> None:
        """A file of the source was written at that time."""
        (self.source / name).write_text(f"changed {at}\n")
        os.utime(self.source / name, (at.timestamp(), at.timestamp()))

    def rclone(self, *arguments: str) -> None:
        self._run(("rclone", *arguments), {"RCLONE_CONFIG": str(self.folder / "rclone.conf")})

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


@pytest.fixture
def rsnapshot_lab(tmp_path: Path, needs: Callable[..., str]) -> BackupLab:
    """rsnapshot: `healthy` ran 30 and 6 hours ago; `never` is set up and did not run; their settings are NAME.conf."""
    needs("rsnapshot")
    lab = _new(tmp_path)
    for name in ("healthy", "never"):
        (lab.folder / name).mkdir()
        (lab.folder / f"{name}.conf").write_text(
            "config_version\t1.2\n"
            f"snapshot_root\t{lab.folder / name}/\n"
            "cmd_rsync\t/usr/bin/rsync\n"
            "retain\talpha\t6\nretain\tbeta\t7\n"
            f"lockfile\t{lab.folder / name}.pid\n"
            "exclude\t*.tmp\n"
            f"backup\t{lab.source}/\tlocalhost/\n"
            f"backup\t{lab.folder / 'not-there'}/\tlocalhost/\n"
        )
    (lab.folder / "not-there").mkdir()
    lab.rsnapshot("healthy", datetime(2026, 11, 21, 6, tzinfo=UTC))
    lab.rsnapshot("healthy", datetime(2026, 11, 22, 6, tzinfo=UTC))
    # As if the second source had never been copied.
    shutil.rmtree(lab.folder / "healthy" / "alpha.0" / "localhost" / str(lab.folder / "not-there").strip("/"))
    return lab


@pytest.fixture
def duplicity_lab(tmp_path: Path, needs: Callable[..., str]) -> BackupLab:
    """duplicity: `healthy` (full on Friday, incremental six hours ago) and `secret` (encrypted, six hours ago)."""
    needs("duplicity")
    needs("gpg", "gnupg")
    lab = _new(tmp_path)
    lab.duplicity("healthy", at=datetime(2026, 11, 20, 6, tzinfo=UTC))
    (lab.source / "letter.txt").write_text("Dear Anna\n")
    lab.duplicity("healthy", at=datetime(2026, 11, 22, 6, tzinfo=UTC))
    lab.duplicity("secret", at=datetime(2026, 11, 22, 6, tzinfo=UTC), encrypted=True)
    return lab


@pytest.fixture
def rclone_lab(tmp_path: Path, needs: Callable[..., str]) -> BackupLab:
    """rclone: the source, last changed 10 days ago, was copied to the remotes `plain:` (a local one) and `secret:` (crypt)."""
    needs("rclone")
    lab = _new(tmp_path)
    password = "SmP5oO9LjLBxNYwQyQ7ZPBUsYBZc61E"  # of no use: rclone only checks that it can be unveiled
    (lab.folder / "rclone.conf").write_text(
        f"[plain]\ntype = local\n[secret]\ntype = crypt\nremote = {lab.folder / 'vault'}\npassword = {password}\n"
    )
    lab.changed("ledger.txt", datetime(2026, 11, 12, 12, tzinfo=UTC))
    for target in (f"plain:{lab.folder / 'target'}", "secret:office"):
        lab.rclone("sync", str(lab.source), target)
    return lab


@pytest.fixture(scope="session")
def postgresql_dumps(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> Path:
    """A folder with dumps of a real PostgreSQL server on a socket of its own: plain.sql, all.sql, custom.dump, packed.sql.gz."""
    needs("pg_dump", "postgresql-client")
    server = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    if server is None:
        needs("postgres", "postgresql")
    assert server is not None
    folder = tmp_path_factory.mktemp("postgresql")
    dumps = folder / "dumps"
    dumps.mkdir()
    # It refuses to run as root; the folders above are closed to other users.
    user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    with short_folder("postgresql") as data:
        if user:
            os.chown(data, 65534, 65534)
        _bounded(*user, str(server.with_name("initdb")), "-D", f"{data}/data", "-U", "lab", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={data} -c fsync=off"
        control = (*user, str(server.with_name("pg_ctl")), "-D", f"{data}/data", "-w", "-l", f"{data}/log")
        _bounded(*control, "-o", options, "start")
        try:
            reach = ("-h", str(data), "-U", "lab")
            (dumps / "plain.sql").write_bytes(_bounded("pg_dump", *reach, "postgres"))
            (dumps / "all.sql").write_bytes(_bounded("pg_dumpall", *reach))
            (dumps / "custom.dump").write_bytes(_bounded("pg_dump", *reach, "-Fc", "postgres"))
            (dumps / "packed.sql.gz").write_bytes(gzip.compress((dumps / "plain.sql").read_bytes()))
        finally:
            _bounded(*control, "-m", "immediate", "stop")
    return dumps


def _bounded(*command: str) -> bytes:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd="/", timeout=BOUND_SECONDS, check=True
    ).stdout
