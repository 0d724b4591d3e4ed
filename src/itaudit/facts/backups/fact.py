"""What a check knows of one backup, whatever product made it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from posixpath import normpath

from itaudit import api
from itaudit.facts.backups.drills import Drill

CLOCK_TOLERANCE = timedelta(hours=1)
"""Clocks differ; what is dated later than this from now was written under a wrong clock, and says nothing about its age."""

_USER_IN_ADDRESS = re.compile(r"://[^/\s]*@")
_FOLDER = re.compile(r"/|file:|local:|[A-Za-z]:\\|[A-Z]:/")
"""Of this machine: /mnt/usb, file:///mnt/usb, D:\\backup."""
_THIS_MACHINE = re.compile(r"(?:^|[:/@])(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One saved state of this machine. `when` is the UTC time at which saving began.

    paths: absolute folders and files that were saved. paths_sure: are these all? (A list in another file is not recorded.)
    excludes: patterns that were left out, as the product writes them.
    """

    when: datetime
    paths: tuple[str, ...] = ()
    paths_sure: bool = True
    excludes: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Is the whole of `path` in it, as far as its command tells?"""
        return any(is_within(path, root) for root in self.paths) and not self._leaves_out(path)

    def touches(self, path: str) -> bool:
        """Is something below `path` in it?"""
        return any(is_within(root, path) for root in self.paths) and not self._leaves_out(path)

    def _leaves_out(self, path: str) -> bool:
        parts = _parts(path)
        return any(_matches_start(parts, pattern) for pattern in self.excludes if pattern.startswith("/"))


@dataclass(frozen=True, slots=True)
class Backup:
    """One repository that could be opened.

    place: the location without user and password. snapshots: those of this machine, oldest first, none from the future.
    future: how many were left out for being dated there. encrypted: is it unreadable without the password?
    other_hosts: names of other machines saved in it.
    device: number of the file system it lies on; None when it is not a folder of this machine.
    drills: restore tests of it; None when their log could not be read.
    share: is that file system one that another machine shares over the network?
    beside_the_data: is it a help to a backup, and none alone? (Dumps of databases, which the real backup has to save.)
    broken: (file, data folder of its database, "" when not known) of dumps made lately that did not come to their end.
    """

    subject: str
    product: str
    place: str
    snapshots: tuple[Snapshot, ...]
    encrypted: bool = True
    other_hosts: tuple[str, ...] = ()
    future: int = 0
    vital: bool = False
    device: int | None = None
    share: bool = False
    drills: tuple[Drill, ...] | None = ()
    beside_the_data: bool = False
    broken: tuple[tuple[str, str], ...] = ()

    @property
    def newest(self) -> datetime | None:
        """When the newest state of this machine was saved; None when there is none."""
        return max((snapshot.when for snapshot in self.snapshots), default=None)

    @property
    def remote(self) -> bool:
        """Is it kept on another machine?"""
        return self.share or is_remote(self.place)

    def newest_with(self, path: str) -> datetime | None:
        """When the newest state that holds the whole of `path` was saved."""
        return self._newest(lambda snapshot: snapshot.covers(path))

    def newest_with_part_of(self, path: str) -> datetime | None:
        """When the newest state that holds something below `path` was saved."""
        return self._newest(lambda snapshot: snapshot.touches(path))

    def age_hours(self, machine: api.Machine) -> float | None:
        """Hours since the newest state; None when there is none. Never below 0."""
        return None if self.newest is None else hours_since(self.newest, machine.now)

    def _newest(self, holds: Callable[[Snapshot], bool]) -> datetime | None:
        """Of 200,000 snapshots most hold the same folders: each set of folders is looked at once."""
        others: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
        for snapshot in reversed(self.snapshots):
            kept = (snapshot.paths, snapshot.excludes)
            if kept not in others and holds(snapshot):
                return snapshot.when
            others.add(kept)
        return None


def hours_since(when: datetime, now: datetime) -> float:
    """Hours from `when` to `now`, 0 when it lies ahead."""
    return max(0.0, (now - when).total_seconds() / 3600)


def readable_age(hours: float) -> str:
    """26.5 -> "26 hours", 200 -> "8 days": whole units that have passed; days from two on."""
    count, unit = (int(hours // 24), "day") if hours >= 48 else (int(hours), "hour")
    return "less than an hour" if not count else f"{count} {unit}{'' if count == 1 else 's'}"


def place_of(location: str) -> str:
    """The location without user and password, to be shown."""
    return _USER_IN_ADDRESS.sub("://", location)


def is_remote(location: str) -> bool:
    """Does the location name another machine? Folders, `file:` and addresses of this very machine do not."""
    return ":" in location and not _FOLDER.match(location) and not _THIS_MACHINE.search(location)


def same_host(recorded: str, wanted: str) -> bool:
    """Compare names of machines without their network's name; "*" wants any."""
    return wanted == "*" or recorded.split(".")[0].casefold() == wanted.split(".")[0].casefold()


def sorted_out(
    all_snapshots: Iterable[tuple[str, Snapshot]], host: str, now: datetime
) -> tuple[tuple[Snapshot, ...], tuple[str, ...], int]:
    """Split (host, snapshot) pairs: those of this machine by time, names of other machines, count dated in the future."""
    own: list[Snapshot] = []
    others: set[str] = set()
    future = 0
    for recorded, snapshot in all_snapshots:
        if not same_host(recorded, host):
            others.add(recorded)
        elif snapshot.when > now + CLOCK_TOLERANCE:
            future += 1
        else:
            own.append(snapshot)
    return tuple(sorted(own, key=lambda snapshot: snapshot.when)), tuple(sorted(others)), future


def is_within(path: str, root: str) -> bool:
    """Is the path the folder `root` itself or below it?"""
    inner, outer = _parts(path), _parts(root)
    return inner[: len(outer)] == outer


def _parts(path: str) -> list[str]:
    return [part for part in normpath(path).split("/") if part]


def _matches_start(parts: list[str], pattern: str) -> bool:
    """Does the pattern match the path or a folder above it? `/home/*` leaves out all of /home."""
    wanted = _parts(pattern)
    while wanted and wanted[-1] in ("*", "**"):
        wanted.pop()
    return len(wanted) <= len(parts) and bool(wanted) and all(map(fnmatchcase, parts, wanted))
