"""Running programs whose files were replaced on the disk: an update that they have not taken yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api

QUESTION = api.ReplacedFiles()
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class OldProgram:
    """Processes of one name and unit of systemd ("" for none). files: the old ones that they run. since: when the first of them
    was replaced; None where nothing took its place."""

    name: str
    unit: str
    processes: int
    files: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ProgramsInUse:
    """seen, unseen: processes that could be looked at, and that could not. complete: False when there were too many of them."""

    old: tuple[OldProgram, ...]
    seen: int
    unseen: int
    complete: bool

    @property
    def subject(self) -> str:
        return "running programs"


@api.provider("linux", seconds=15)
def programs_in_use(ask: api.Ask) -> api.Facts[ProgramsInUse]:
    """One fact. Raises api.Unreadable for an answer of another shape."""
    body = ask(QUESTION).json
    try:
        groups: dict[tuple[str, str], list[tuple[tuple[str, ...], datetime | None]]] = {}
        for entry in body["old"]:
            key = (str(entry["name"])[:_LONGEST], str(entry["unit"])[:_LONGEST])
            groups.setdefault(key, []).append((tuple(str(file) for file in entry["files"]), _moment(entry["replaced"])))
        seen, unseen, complete = int(body["seen"]), int(body["unseen"]), bool(body["complete"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise api.Unreadable(f"running programs: {error}"[:200]) from error
    old = tuple(_program(*key, processes) for key, processes in sorted(groups.items()))
    yield ProgramsInUse(old, seen, unseen, complete)


def _program(name: str, unit: str, processes: list[tuple[tuple[str, ...], datetime | None]]) -> OldProgram:
    files = sorted({file for some, _ in processes for file in some})
    return OldProgram(name, unit, len(processes), tuple(files), min((since for _, since in processes if since), default=None))


def _moment(seconds: object) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
