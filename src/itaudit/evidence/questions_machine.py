"""The questions to the machine itself: programs, files, and what the kernel tells."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit.evidence.questions import Question


@dataclass(frozen=True, slots=True)
class Command(Question):
    """Run a program without a shell, standard input closed, LC_ALL=C. Body: standard output; `errors`: standard error.

    environment: extra variables as pairs; values of secrets belong in files that the tool reads, never here or in argv.
    """

    argv: tuple[str, ...]
    timeout: float = 10.0
    environment: tuple[tuple[str, str], ...] = ()
    limit_bytes: int = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ReadFile(Question):
    """Body: the text of a regular file (undecodable bytes replaced). FIFOs, sockets and devices are refused, never opened."""

    path: str
    limit_bytes: int = 4 * 2**20
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Glob(Question):
    """Body: a JSON list of the existing paths, sorted, at most `most`."""

    pattern: str
    most: int = 1000
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class FileStatus(Question):
    """Body: JSON {"kind": file|directory|link|other, "mode", "uid", "gid", "size_bytes", "modified": seconds, "device"}."""

    path: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class FileSystemUsage(Question):
    """Body: JSON {"size_bytes", "free_bytes", "available_bytes", "files", "files_free", "read_only": bool} from statvfs(3).

    Network and FUSE mounts are asked in a child process, because statvfs on a dead one never returns.
    """

    path: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class FolderSizes(Question):
    """How much lies in the folders of a file system, without what is mounted in it. Body: JSON {"ended_early": bool, "folders":
    [{"path", "bytes", "changed_bytes", "complete": bool}]}, the `most` largest, largest first; `path` itself is one of them.

    Each with all that lies below it. bytes: taken on the drive. changed_bytes: of files that came or changed within
    `changed_days` before the look. complete: everything in it was read; else it holds at least so much.
    The walk ends after `seconds`, or after so many `entries`. A path on a network or FUSE mount is refused.
    """

    path: str
    seconds: float = 8.0
    entries: int = 1_000_000
    changed_days: float = 14.0
    most: int = 60
    timeout: float = 20.0


@dataclass(frozen=True, slots=True)
class Psutil(Question):
    """Body: JSON of psutil.<function>(): disk_partitions, virtual_memory, swap_memory, boot_time, cpu_count,
    net_if_addrs, net_if_stats, net_io_counters, sensors_temperatures or sensors_battery; named tuples become objects."""

    function: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class LinkModes(Question):
    """Body: JSON {"speed_mbps": int or None, "duplex": "full", "half" or None, "supported", "advertised", "partner": the link
    modes of the card, those it offers, and those that the other end offers: hexadecimal bit masks as in linux/ethtool.h}."""

    interface: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class KernelClock(Question):
    """Body: JSON {"synchronised": bool, "largest_error_seconds": float}: the kernel's own mark (adjtimex(2)), whoever set it."""

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class ReplacedFiles(Question):
    """Which running programs execute files that are no longer on the disk.

    Body: JSON {"seen": processes looked at, "unseen": those that refused, "complete": bool, "old": [{"pid", "name", "unit": of
    systemd or "", "files": [path, ...], "replaced": seconds since 1970 when the first of them got a successor, or None}]}.
    """

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class AccountTable(Question):
    """passwd(5), shadow(5) or group(5). Body: its text, with one word in place of the second field of each line, which may hold
    a hash of a password: "set", "empty", "locked" (no password fits), "elsewhere" ("x"). A line without fields becomes "?"."""

    path: str
    limit_bytes: int = 4 * 2**20
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class LoginRecords(Question):
    """Who logged in last, of a binary file. form: "wtmp", "lastlog", "lastlog2" or "wtmpdb".

    Body: JSON {"since": seconds since 1970 of the oldest record or None, "logins": {name, or in a lastlog "#" and the number of
    the account: seconds since 1970 of the newest login, none from the future}}.
    """

    path: str
    form: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class ListeningSockets(Question):
    """Which sockets wait for what others send.

    Body: JSON {"complete": bool, "sockets": [{"protocol": "tcp" or "udp", "address": "0.0.0.0", "port", "pid": int or None,
    "program": its name, "file": the path of its program}]}; "" and None for what this user may not see.
    """

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class WideRights(Question):
    """Files below a folder with rights that are too wide. Links are not followed, other file systems and systems left out.

    depth: levels looked at, 0 for all; most: entries. left_out: more folders that are not looked into.
    root: where the system lies that the folder belongs to, "" for this one.

    Body: JSON {"seen": entries, "unseen": folders that refused, "complete": False when it ended early, "writable": [path: all may
    write, and no sticky bit], "privileged": [path of a program that runs as its owner or group], "owners": [[user id, first path]
    , ...]}; at most 200 of each.
    """

    path: str
    depth: int = 0
    most: int = 20_000
    left_out: tuple[str, ...] = ()
    root: str = ""
    timeout: float = 5.0
