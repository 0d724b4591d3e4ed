"""The table [backups] of itaudit.toml: what cannot be found out by looking."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from itaudit import api

_SECRET_NAME = re.compile(r"PASSWORD$|PASSPHRASE$|SECRET|TOKEN$|_KEY$|PASSCOMMAND$", re.IGNORECASE)
_FILE_NAME = re.compile(r"_FILE$", re.IGNORECASE)


class RepositorySettings(BaseModel):
    """One entry of [[backups.repositories]]. Passwords themselves have no place here, only where they are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """What you call this backup; reports and the restore log use this name."""
    product: Literal["restic", "borg", "duplicity", "rsnapshot", "rclone", "kopia", "dumps"]
    """The program that makes it; "dumps" for a folder of files that pg_dump, mysqldump or mariadb-dump write."""
    location: str = ""
    """As the program is given it: "/mnt/usb/restic", "sftp:nas:/backups", "ssh://nas/./office", "file:///mnt/usb/duplicity",
    "drive:office" (rclone). For rsnapshot and kopia their configuration file, for dumps their folder."""
    source: str = ""
    """rclone and duplicity: the folder that is copied there. dumps: where the database keeps its files (/var/lib/postgresql,
    /var/lib/mysql, /var/lib/mongodb, /var/opt/mssql, ...), for dumps that do not show which database they are of."""
    location_file: str = ""
    """restic only: a file that holds the location, for a location that contains a password."""
    password_file: str = ""
    """A file that holds nothing but the password, readable by root only."""
    password_command: str = ""
    """A command that prints the password."""
    environment: dict[str, str] = {}
    """Further variables the program needs, without secrets: AWS_SHARED_CREDENTIALS_FILE, RCLONE_CONFIG, BORG_RSH, ..."""
    paths: tuple[str, ...] = ()
    """Folders that must be in this backup."""
    host: str = ""
    """The name this machine is saved under; empty for its own name, "*" for every name in the repository."""
    vital: bool = False
    """The business stops without this data: being overdue is then critical at once."""
    protected: bool | None = None
    """Can this machine not delete or change copies there (object lock, a server that only appends, read-only snapshots)?"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.location) == bool(self.location_file):
            raise ValueError("give either location or location_file")
        if self.location_file and self.product != "restic":
            raise ValueError("location_file is for restic; borg takes a location")
        if self.password_file and self.password_command:
            raise ValueError("give either password_file or password_command, not both")
        for variable in self.environment:
            if _SECRET_NAME.search(variable) and not _FILE_NAME.search(variable):
                raise ValueError(f"{variable} would hold a secret: keep it in a file that the program reads")
        for path in self.paths:
            if not path.startswith("/"):
                raise ValueError(f"paths must begin with a slash: {path}")
        return self

    @model_validator(mode="after")
    def _fits_the_product(self) -> Self:
        if self.source and (self.product not in ("rclone", "duplicity", "dumps") or not self.source.startswith("/")):
            raise ValueError("source is for rclone, duplicity and dumps, and begins with a slash")
        if self.product == "rclone" and (self.location.startswith((":", "-")) or "," in self.location.partition(":")[0]):
            raise ValueError("set the target up with `rclone config`, and give its name: other users can read a command line")
        if self.product == "kopia" and (self.password_file or self.password_command):
            raise ValueError("kopia keeps its password beside its configuration file: kopia repository connect")
        if self.product in ("rsnapshot", "kopia", "dumps") and not self.location.startswith("/"):
            raise ValueError(f"the location of {self.product} must begin with a slash")
        return self


class Backups(api.Section):
    """Backups that itaudit cannot find by itself, and what has to be in them."""

    table = "backups"

    repositories: tuple[RepositorySettings, ...] = ()
    """Backups to look into. Those that cron, systemd or borgmatic run are found without being named here."""
    find: bool = True
    """Look for backups in the usual places of cron, systemd, restic and borgmatic."""
    required_paths: tuple[str, ...] = ("/etc", "/home", "/srv", "/root", "/var/lib/postgresql", "/var/lib/mysql")
    """Folders that must be in some backup when they exist and hold data."""
    drill_log: str = "/var/lib/itaudit/drills.jsonl"
    """Where restore tests are noted, one JSON object a line (see facts/backups/drills.py)."""
    check: Literal["never", "structure", "contents"] = "never"
    """Let the backup program examine each backup during the scan: its structure, or all its contents (long: --deadline)."""
    check_every_days: float = Field(default=25, ge=0)
    """Days before a backup that was found sound is examined again."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [repository.name for repository in self.repositories]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two repositories are called {twice!r}: names must differ")
        return self
