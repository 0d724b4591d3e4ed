"""Earlier states that ZFS, btrfs and Timeshift keep on a disk of this machine: a help against mistakes, and no backup alone.

Sources: zfs-list(8), btrfs-subvolume(8) (its times are local and name no zone: hence TZ=UTC), Timeshift's src/Core/Snapshot.vala.
snapper tells of its own (local_snapshots.py).
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts import zfs
from itaudit.facts.backups.local_snapshots import LocalSnapshots
from itaudit.facts.mounts import Mount

ZFS_LIST = api.Command(("zfs", "list", "-Hp", "-t", "snapshot", "-o", "name,creation"), timeout=30.0, limit_bytes=64 * 2**20)
TIMESHIFT_SETTINGS = ("/etc/timeshift/timeshift.json", "/etc/timeshift.json")
_ZFS_ROW = re.compile(r"(?P<pool>[^\t\n/@]{1,255})(?P<inside>[^\t\n@]{0,1000})@[^\t\n]{1,255}\t(?P<seconds>\d{1,12})")
_BTRFS_ROW = re.compile(
    r"^ID \d+ gen \d+ cgen \d+ top level \d+ otime (?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|-) path (?P<path>.+)$", re.MULTILINE
)
_OF_CONTAINERS = re.compile(
    r"/[0-9a-f]{64}(?:-init)?$|(?:^|/)(?:btrfs/subvolumes|containers|containers-snapshots|machines)/|containerd"
)
"""Layers of images and clones of containers are snapshots too, and no earlier states."""
_OF_SNAPPER = re.compile(r"(?:^|/)\.snapshots/\d+/snapshot$")
_OF_TIMESHIFT = re.compile(r"(?:^|/)timeshift-btrfs/snapshots/(?P<name>[^/]+)/")
_STAMP = re.compile(r"/(?P<name>[^/]+)/info\.json$")
_LIMIT_BYTES = 64 * 2**10


@api.provider("linux", seconds=45)
def zfs_kept(ask: api.Ask) -> api.Facts[LocalSnapshots]:
    """Yield one for each pool that has snapshots."""
    if not zfs.in_use(ask):
        return
    for pool, times in parse_zfs(ask(ZFS_LIST).checked_text).items():
        yield LocalSnapshots(pool, "zfs", len(times), max(times))


@api.provider("linux", seconds=30)
def btrfs_kept(ask: api.Ask, machine: api.Machine, mounts: list[Mount]) -> api.Facts[LocalSnapshots]:
    """Yield one for each file system with snapshots that neither snapper nor Timeshift made, and one for Timeshift's there."""
    of_timeshift: list[datetime | None] = []
    for mount in mounts:
        if mount.file_system != "btrfs":
            continue
        try:
            rows = parse_btrfs(_btrfs_list(ask, machine, mount.mount))
        except api.Missing as error:
            yield api.Gap(mount.mount, error)
            continue
        names = {match["name"]: when for path, when in rows if (match := _OF_TIMESHIFT.search(path))}
        of_timeshift.extend(names.values())
        plain = [when for path, when in rows if not _OF_TIMESHIFT.search(path)]
        # Where snapper is at work, its own count says it all.
        if plain and not any(_OF_SNAPPER.search(path) for path, _ in rows):
            yield LocalSnapshots(mount.mount, "btrfs", len(plain), _newest(plain))
    if of_timeshift:
        yield LocalSnapshots("the system", "Timeshift", len(of_timeshift), _newest(of_timeshift))


@api.provider("linux", seconds=30)
def timeshift_kept(ask: api.Ask, mounts: list[Mount]) -> api.Facts[LocalSnapshots]:
    """Yield what Timeshift copied to a mounted disk; a Gap where it is set up and its disk is not mounted."""
    root = next((mount.number for mount in mounts if mount.mount == "/"), "")
    for mount in mounts:
        folder = f"{mount.mount.rstrip('/')}/timeshift/snapshots"
        files = ask(api.Glob(f"{glob.escape(folder)}/*/info.json", most=10_000)).json
        if files:
            newest = max(map(str, files), key=lambda file: match["name"] if (match := _STAMP.search(file)) else "")
            when = parse_timeshift(ask(api.ReadFile(newest, limit_bytes=_LIMIT_BYTES)).text)
            yield LocalSnapshots("the system", "Timeshift", len(files), when, own_disk=mount.number == root)
            return
    if _copies_with_rsync(ask):
        yield api.Gap("the system", api.NotFound("the disk that Timeshift copies to", "Attach it and scan again."))


def parse_zfs(text: str) -> dict[str, list[datetime]]:
    """Return the UTC times of the snapshots in each pool. Raises Unreadable for any other line."""
    found: dict[str, list[datetime]] = {}
    for line in text.removesuffix("\n").split("\n") if text else ():
        if not (row := _ZFS_ROW.fullmatch(line)):
            raise api.Unreadable("zfs list: not as zfs-list(8) says")
        if not _OF_CONTAINERS.search(row["inside"]):
            found.setdefault(row["pool"], []).append(_time(row["seconds"]))
    return found


def parse_btrfs(text: str) -> list[tuple[str, datetime | None]]:
    """Return (path, UTC time, None where it is not known) of the snapshots. Raises Unreadable."""
    rows = [(match["path"], match["when"]) for match in _BTRFS_ROW.finditer(text)]
    if text.strip() and not rows:
        raise api.Unreadable("btrfs subvolume list: not as btrfs-subvolume(8) says")
    try:
        return [
            (path, None if when == "-" else datetime.fromisoformat(when).replace(tzinfo=UTC))
            for path, when in rows
            if not _OF_CONTAINERS.search(path)
        ]
    except ValueError as error:
        raise api.Unreadable(f"btrfs subvolume list: {error}") from error


def parse_timeshift(text: str) -> datetime:
    """Return the UTC time in an info.json, which holds the seconds as a text. Raises Unreadable where there is none."""
    try:
        return _time(str(int(json.loads(text)["created"])))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise api.Unreadable(f"info.json of a Timeshift snapshot: {error!r}"[:300]) from error


def _time(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise api.Unreadable(f"no time: {seconds[:40]}") from error


def _newest(times: Iterable[datetime | None]) -> datetime | None:
    return max((when for when in times if when), default=None)


def _btrfs_list(ask: api.Ask, machine: api.Machine, mount: str) -> str:
    answer = ask(api.Command(("btrfs", "subvolume", "list", "-s", "--", mount), environment=(("TZ", "UTC"),)))
    if answer.error is None and answer.exit_code and not machine.admin:
        raise api.AccessDenied(" ".join(answer.errors.split())[:200])
    return answer.checked_text


def _copies_with_rsync(ask: api.Ask) -> bool:
    """Is it set up to copy to a disk? (In its other way of working the snapshots are btrfs's.)"""
    for settings in _settings(ask, TIMESHIFT_SETTINGS):
        return bool(settings.get("backup_device_uuid")) and settings.get("btrfs_mode") != "true"
    return False


def _settings(ask: api.Ask, paths: Sequence[str]) -> Iterator[dict[str, object]]:
    for answer in ask.many([api.ReadFile(path, limit_bytes=_LIMIT_BYTES) for path in paths]):
        try:
            read = answer.json
        except api.Missing:
            continue
        if isinstance(read, dict):
            yield read
