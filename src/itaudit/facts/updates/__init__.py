"""Software updates: what is installed, what waits, who looks for it, and whether a restart is due.

One file per package manager yields these facts; no check knows which one it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from itaudit import api

NO_MANAGER_UNLOCK = "itaudit reads apt, dnf, zypper, pacman and apk. Look by hand with the program that installs software here."


ADVISORY, CHANGELOG, ARCHIVE = "advisory", "changelog", "archive"


class Patches(api.Section):
    """Where updates are looked for."""

    table: ClassVar[str] = "patches"

    apt_config: str = ""
    """A configuration file for apt (the variable APT_CONFIG), for a system that lives in a folder. Empty: this machine's own."""
    rpm_root: str = ""
    """The folder of a system for rpm, dnf and zypper, for one that lives in a folder. Empty: this machine's own."""
    changelogs: bool = False
    """Ask the maker's server for the notes of waiting security updates: when each came out, and which holes it closes."""

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        return (("APT_CONFIG", self.apt_config),) if self.apt_config else ()


# As root, apt would renew the system's package cache: a scan keeps its own instead, in a cache folder that apt makes by itself.
_OWN_CACHE = ("-o", "Dir::Cache::pkgcache=/var/cache/itaudit/apt/pkgcache.bin", "-o", "Dir::Cache::srcpkgcache=")


def own_cache(section: Patches, admin: bool) -> tuple[str, ...]:
    """Arguments for every apt command that opens the package cache; where none is kept (containers), each would build it anew."""
    return _OWN_CACHE if admin and not section.apt_config else ()


@dataclass(frozen=True, slots=True)
class Archive:
    """A source of packages as its signed Release file describes it. `published`: the Date field of the copy on this machine."""

    origin: str
    label: str
    suite: str
    published: datetime | None = None

    @property
    def security(self) -> bool:
        """Debian-Security by label or *-security by suite; Ubuntu's paid archives (jammy-infra-security) are among the latter."""
        return is_security(self.label, self.suite)


def is_security(label: str, suite: str) -> bool:
    return label == "Debian-Security" or suite.endswith("-security")


@dataclass(frozen=True, slots=True)
class Update:
    """A newer version of an installed package. `released_by`: it was out on that day at the latest, so it is at least that old.

    suites: the archives or repositories that hold it. security: does it mend a hole? None where the manager does not tell.
    phased_percent: Ubuntu offers it to this share of machines only; None when to all.
    released_from: where that date stands: "advisory", "changelog" (of the fix itself) or "archive" (of a list that holds it).
    severity: "critical", "high", "medium", "low", or "" where no advisory says. advisories: DSA-…, RHSA-…; holes: CVE-….
    """

    package: str
    installed: str
    candidate: str
    suites: tuple[str, ...]
    security: bool | None
    held: bool = False
    phased_percent: int | None = None
    released_by: datetime | None = None
    severity: str = ""
    advisories: tuple[str, ...] = ()
    holes: tuple[str, ...] = ()
    released_from: str = ""

    @property
    def subject(self) -> str:
        return self.package

    @property
    def released(self) -> datetime | None:
        """The day on which it came out, where that is told: the date of a list only says that it was out by then."""
        exact = self.released_from in (ADVISORY, CHANGELOG) or (self.advisories and not self.released_from)
        return self.released_by if exact else None


@dataclass(frozen=True, slots=True)
class PackageManager:
    """What a package manager knows. `changed`: when any package was last installed or removed.

    tells_security: does it say which updates mend holes? Those that do not (pacman, snap) leave `Update.security` None.
    subject: what it cares for, in words: "system software" of the system's own manager.
    refresh, install: commands as they are typed, to fetch the list and to install all that waits.
    """

    name: str
    pending: tuple[Update, ...]
    archives: tuple[Archive, ...]
    changed: datetime | None = None
    tells_security: bool = True
    subject: str = "system software"
    refresh: str = "sudo apt-get update"
    install: tuple[str, ...] = ("sudo apt-get update", "sudo apt-get dist-upgrade")

    @property
    def security_pending(self) -> tuple[Update, ...]:
        return tuple(update for update in self.pending if update.security)

    @property
    def other_pending(self) -> tuple[Update, ...]:
        """Ordinary updates that could be installed now: neither held nor offered to a part of the machines only."""
        return tuple(u for u in self.pending if not (u.security or u.held) and u.phased_percent in (None, 100))

    def list_age_days(self, now: datetime) -> float | None:
        """Age of the newest package list, in days; of the security archives where there are any. None without a dated list.

        Taken from the lists' own signed date: the time of a file also changes when an attempt to fetch it fails.
        """
        dates = _dates(a for a in self.archives if a.security) or _dates(self.archives)
        return max(0.0, (now - max(dates)).total_seconds() / 86400) if dates else None


def _dates(archives: Iterable[Archive]) -> list[datetime]:
    return [archive.published for archive in archives if archive.published]


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """An installed package. `state`: "installed", or the step of the installation it stopped at."""

    name: str
    version: str
    architecture: str
    maintainer: str = ""
    held: bool = False
    state: str = "installed"

    @property
    def subject(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AutomaticUpdates:
    """How the machine updates itself. `timer`: what systemd says of it ("enabled", "masked", ...), "cron", or "" for nothing.

    looks, installs: the settings are on. covers_security: the security archives are among the allowed ones.
    last_run: when it last ran to its end. failed_runs: in a row since then, by its own log; error: what it said of the last.
    name: of the program. setup, verify: commands that set it up and try it; none for what a Debian or Ubuntu needs. log: shows
    why it failed.
    """

    installer: bool
    looks: bool
    installs: bool
    timer: str
    covers_security: bool
    last_run: datetime | None = None
    failed_runs: int = 0
    error: str = ""
    name: str = "unattended-upgrades"
    setup: tuple[str, ...] = ()
    verify: str = ""
    log: str = "sudo tail -n 40 /var/log/unattended-upgrades/unattended-upgrades.log"

    @property
    def subject(self) -> str:
        return "automatic updates"


@dataclass(frozen=True, slots=True)
class RestartNeed:
    """Whether a restart is due. `packages`: who asked for it. `newer_kernel`: installed, but not running; "" when none is.

    since: when it was asked for, where that is known.
    """

    running_kernel: str
    newer_kernel: str
    asked: bool
    packages: tuple[str, ...]
    booted: datetime
    since: datetime | None = None

    @property
    def subject(self) -> str:
        return "restart"

    @property
    def needed(self) -> bool:
        return self.asked or bool(self.newer_kernel)
