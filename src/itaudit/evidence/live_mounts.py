"""What is mounted where, and which paths must not be touched in this process: a mount that another machine or a program answers
for may never answer. Source: proc_pid_mountinfo(5)."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_REMOTE_TYPES = (
    *(
        "nfs",
        "cifs",
        "smb",
        "fuse",
        "9p",
        "ceph",
        "glusterfs",
        "afs",
        "davfs",
        "autofs",
        "lustre",
        "ocfs2",
        "gfs",
        "orangefs",
        "coda",
    ),
    *("virtiofs", "vboxsf", "prl_fs", "vmhgfs"),  # the host of a virtual machine answers
)
_LINKS_AT_MOST = 40
"""As many as Linux follows (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """What is mounted on a point. number: major:minor of its device; root: the part of the file system that is seen there."""

    number: str
    root: str
    file_system: str

    @property
    def remote(self) -> bool:
        return self.file_system.startswith(_REMOTE_TYPES)


def is_remote(path: str) -> bool:
    """Does the path, or what it links to, lie on such a mount? Of a pattern: may anything that it matches? Says yes when in doubt
    about a type.

    Each step is looked up in the table of mounts before it is touched.
    """
    try:
        mounts = mount_table()
    except OSError:
        return False
    fixed = re.split(r"[*?\[]", path, maxsplit=1)[0]
    if fixed != path and any(mounted.remote and point.startswith(fixed) for point, mounted in mounts.items()):
        return True
    whole = fixed if fixed.startswith("/") else f"{Path.cwd()}/{fixed}"
    place, waiting, links = "", deque(whole.split("/")), 0
    while waiting:
        step = waiting.popleft()
        place = place.rpartition("/")[0] if step == ".." else place if step in ("", ".") else f"{place}/{step}"
        if _lies_on_remote(place, mounts):
            return True
        try:
            target = os.readlink(place)  # noqa: PTH115 - asked at each step of a thousand paths, and Path takes thrice as long
        except OSError:
            continue
        links += 1
        if links > _LINKS_AT_MOST:
            return False  # a circle, as whoever opens it is told
        place = "" if target.startswith("/") else place.rpartition("/")[0]
        waiting.extendleft(reversed(target.split("/")))
    return False


def _lies_on_remote(place: str, mounts: Mapping[str, Mounted]) -> bool:
    """By the nearest mount point above it."""
    while place and place not in mounts:
        place = place.rpartition("/")[0]
    mounted = mounts.get(place or "/")
    return mounted is not None and mounted.remote


def mount_table() -> Mapping[str, Mounted]:
    """By mount point, undecodable bytes as surrogates. Raises OSError."""
    return _parsed(Path("/proc/self/mountinfo").read_bytes())


@lru_cache(maxsize=1)
def _parsed(table: bytes) -> Mapping[str, Mounted]:
    """A scan asks about a hundred files, and mounts seldom change meanwhile."""
    mounts = {}
    # Not splitlines: the kernel escapes none of the other characters at which that would part a name.
    for line in table.decode(errors="surrogateescape").split("\n")[:-1]:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        # A later mount on the same point covers the earlier.
        mounts[_unescaped(fields[4])] = Mounted(fields[2], _unescaped(fields[3]), right.split(" ")[0])
    return mounts


def _unescaped(field: str) -> str:
    """The kernel writes space, tab, newline and backslash as octal (proc(5))."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
