"""Finds calls of backup programs whose work itaudit cannot look into, in the text of schedules and scripts. Nothing is run.

rsync and tar copy many things: only what goes to another machine or to an attached disk is taken for a backup.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from itaudit.facts.backups.fact import is_remote, place_of
from itaudit.facts.backups.repository import Repository, seen

_SAVES_WITH = {
    "autorestic": ("backup",),
    "btrfs": ("send",),
    "bup": ("save",),
    "bupstash": ("put",),
    "dar": ("-c", "--create"),
    "dsmc": ("incremental", "incr", "backup"),
    "duply": ("backup", "incr", "full", "bkp"),
    "proxmox-backup-client": ("backup",),
    "rdiff-backup": ("backup",),
    "resticprofile": ("backup",),
    "rustic": ("backup",),
    "syncoid": (),
    "tarsnap": ("-c", "-cf"),
    "veeamconfig": ("start",),
    "vzdump": (),
    "xfsdump": ("-f",),
    "zfs": ("send",),
}
"""Words of which one tells that the call saves, not that it lists or brings back. Without words: it can do nothing else."""
_ATTACHED = re.compile(r"/(?:mnt|media|run/media|net|nas|backups?|usb|srv/backups?|volume\d)(?:/|$)", re.IGNORECASE)
_NO_DATA = re.compile(r"/(?:tmp|usr|proc|sys|dev|run|boot|var/(?:cache|tmp|log|lib/apt|lib/dpkg))(?:/|$)")


def unread_calls_in(plain: str, filled_in: Callable[[str], str], found_in: str) -> Iterator[Repository]:
    """Yield what the text saves with these programs. `plain`: without comments. `filled_in` puts known variables in."""
    for match in _CALL.finditer(plain):
        program, rest = match["program"], filled_in(match["rest"])
        try:
            words = shlex.split(rest)
        except ValueError:
            words = rest.split()
        if program in _COPIERS:
            target = _COPIERS[program](words)
            if target.startswith(("$", "`")) or is_remote(target) or _ATTACHED.match(target):
                yield _copied(program, target, found_in)
        elif not _SAVES_WITH[program] or any(word in _SAVES_WITH[program] for word in words):
            yield seen(program, found_in)


def _copied(program: str, target: str, found_in: str) -> Repository:
    """The target up to what is worked out when it runs: `/mnt/nas/home-$(date).tgz` is told as /mnt/nas."""
    bare = re.split(r"[$%`*]", target)[0]
    shown = (bare if bare == target else bare.rpartition("/")[0]) or target
    return replace(seen(f"{program} to {place_of(shown)}", found_in), product=program, location=shown)


def _rsync(words: Sequence[str]) -> str:
    """The target of a call that copies something of this machine; "" otherwise."""
    names = [word for word in words if not word.startswith(("-", ">", "2>"))]
    tried = any(word == "--dry-run" or re.fullmatch(r"-[A-Za-z]*n[A-Za-z]*", word) for word in words)
    if tried or len(names) < 2 or not any(_is_data(name) for name in names[:-1]):
        return ""
    return names[-1]


def _tar(words: Sequence[str]) -> str:
    """The archive of a call that packs something of this machine; "" otherwise."""
    flags = words[0].lstrip("-") if words and not words[0].startswith("--") else ""
    if "c" not in flags and "--create" not in words:
        return ""
    if named := next((word.partition("=")[2] for word in words if word.startswith("--file=")), ""):
        return named if any(map(_is_data, words)) else ""
    names = [word for word in words if not word.startswith("-")] if words[0].startswith("-") else words[1:]
    archive = names[0] if names else ""
    return archive if any(_is_data(name) for name in names[1:]) else ""


def _to_a_provider(words: Sequence[str]) -> str:
    """The target of `aws s3 sync /srv s3://office` and its like, for these programs also fetch and list."""
    names = [word for word in words if not word.startswith("-")]
    saves = any(name in ("sync", "cp", "copy", "put", "rsync", "mirror") for name in names)
    if not saves or names[-1].startswith("/") or not any(_is_data(name) for name in names[:-1]):
        return ""
    return names[-1] if ":" in names[-1] else f"{names[-1]}:"


def _is_data(name: str) -> bool:
    return name.startswith(("/", "$")) and not _NO_DATA.match(name)


_COPIERS: dict[str, Callable[[Sequence[str]], str]] = {
    "rsync": _rsync,
    "scp": _rsync,
    "tar": _tar,
    **dict.fromkeys(("aws", "azcopy", "gsutil", "mc", "s3cmd"), _to_a_provider),
}
_CALL = re.compile(
    rf"(?<![\w./$-])(?:[\w./-]{{0,200}}/)?(?P<program>{'|'.join((*_COPIERS, *_SAVES_WITH))})(?=[ \t])(?P<rest>[^\n;|&]{{0,2000}})"
)
