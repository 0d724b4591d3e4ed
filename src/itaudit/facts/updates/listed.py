"""What the package managers without advisories have in common: lists that are dated by their files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.updates import Archive, PackageManager

NOT_RUNNING = "not_running"
"""The problem of an answer about a disk that does not run (scan --root)."""
_MOST_LISTS = 50


def exists(ask: api.Ask, *patterns: str) -> bool:
    """Is there any such file? What cannot be seen counts as absent: a manager whose records nobody can see is none of ours."""
    for answer in ask.many([api.Glob(pattern, most=1) for pattern in patterns]):
        try:
            if answer.json:
                return True
        except api.Missing:
            continue
    return False


def paths(ask: api.Ask, pattern: str, most: int) -> list[str]:
    """Sorted, at most `most`. Raises api.Missing."""
    found = ask(api.Glob(pattern, most=most)).json
    if not isinstance(found, list):
        raise api.Unreadable(f"not a list of files: {pattern}")
    return [str(path) for path in found]


def moment(answer: api.Answer) -> datetime | None:
    """When the file of a FileStatus was last changed; None where that cannot be had."""
    try:
        return datetime.fromtimestamp(float(answer.json["modified"]), UTC)
    except (api.Missing, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def modified(ask: api.Ask, path: str) -> datetime | None:
    return moment(ask(api.FileStatus(path)))


def dated_lists(ask: api.Ask, pattern: str, origin: str, named: Callable[[PurePosixPath], str]) -> tuple[Archive, ...]:
    """One archive for each list on the machine. `published`: the time of the file.

    These managers give a fetched list the date that its server told, and leave it alone when a fetch fails.
    """
    files = paths(ask, pattern, _MOST_LISTS)
    answers = ask.many([api.FileStatus(file) for file in files])
    return tuple(
        Archive(origin, origin, named(PurePosixPath(file)), moment(answer)) for file, answer in zip(files, answers, strict=True)
    )


def unseen(name: str, subject: str, error: api.Missing, refresh: str) -> PackageManager:
    """A manager of programs beside the system's that could not be asked: nothing is known of its updates.

    No gap: that would hide from checks what the system's own manager knows, wherever they need all managers at once.
    """
    why = f"not seen: {error.words}{f' ({error.detail})' if error.detail else ''}"[:200]
    return PackageManager(
        name,
        (),
        (Archive(name, why, ""),),
        tells_security=False,
        subject=subject,
        refresh=error.unlock or refresh,
        install=(refresh,),
    )
