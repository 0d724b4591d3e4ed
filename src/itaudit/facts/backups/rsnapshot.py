"""rsnapshot: folders NAME.0, NAME.1, ... below its snapshot_root; it stamps each with the time of its run.

The configuration is read (rsnapshot.conf(5): words parted by tabs); the program is not run.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import NO_REPOSITORY, Contents, looked_into, must_be_there
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

MOST_FILES = 10
MOST_SNAPSHOTS = 200
_LIMIT_BYTES = 256 * 2**10
_FIELDS = re.compile(r"\t+")
_LEVEL = re.compile(r"[A-Za-z0-9_-]{1,60}")
_OTHER_MACHINE = re.compile(r"(?:[a-z]+://)?(?:[^/@\s]{1,100}@)?(?P<host>[\w.-]{1,253}):{0,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a configuration says. levels: the names of `retain`. saved: (source, folder below the snapshot) of this machine.

    others: names of other machines that are saved too. sure: does nothing outside this text decide what is left out?
    """

    root: str = ""
    levels: tuple[str, ...] = ()
    saved: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    sure: bool = True


@api.provider("linux", "macos", seconds=30)
def rsnapshot_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield what lies below each snapshot_root; a Gap where the configuration or the folder cannot be read."""
    ours = [repository for repository in repositories if repository.product == "rsnapshot"]
    yield from looked_into(ask, machine, settings, ours, lambda repository: _look(ask, machine, repository))


def parse_plan(text: str) -> Plan:
    """Read a configuration with its included files put in. Raises Unreadable when it names no snapshot_root or no level."""
    rows = [_FIELDS.split(line.strip()) for line in text.split("\n") if not line.lstrip().startswith("#")]
    rows = [row for row in rows if len(row) > 1]
    roots = [row[1].rstrip("/") or "/" for row in rows if row[0] == "snapshot_root"]
    levels = tuple(row[1] for row in rows if row[0] in ("retain", "interval") and _LEVEL.fullmatch(row[1]))
    if not roots or not roots[-1].startswith("/") or not levels:
        raise api.Unreadable("the configuration of rsnapshot names no snapshot_root or no retain")
    backups = [row for row in rows if row[0] == "backup" and len(row) > 2]
    elsewhere = any(row[0] in ("include", "include_file", "exclude_file", "rsync_long_args") for row in rows)
    return Plan(
        root=roots[-1],
        levels=levels,
        saved=tuple((row[1], row[2].strip("/")) for row in backups if row[1].startswith("/")),
        others=tuple(dict.fromkeys(_host(row[1]) for row in backups if not row[1].startswith("/"))),
        excludes=tuple(row[1] for row in rows if row[0] == "exclude"),
        sure=not elsewhere and all(len(row) == 3 for row in backups),
    )


def read_plan(ask: api.Ask, path: str) -> Plan:
    """Read the configuration at `path` with all that it includes. Raises Missing."""
    return parse_plan(_whole_text(ask, path))


def _host(source: str) -> str:
    match = _OTHER_MACHINE.match(source)
    return match["host"] if match else "another machine"


def _look(ask: api.Ask, machine: api.Machine, repository: Repository) -> tuple[Repository, Contents]:
    plan = read_plan(ask, repository.location)
    if plan.others and not plan.saved:
        raise api.NotApplicable(f"it saves {', '.join(plan.others[:5])}, and nothing of this machine")
    must_be_there(ask, plan.root)
    host = repository.host or machine.host
    stamps = sorted(_stamps(ask, plan))
    if not stamps and _disk_is_away(ask, plan.root):
        raise api.NotFound(f"{plan.root} is empty, and no disk is mounted there", NO_REPOSITORY)
    pairs: list[tuple[str, Snapshot]] = []
    if plan.saved:
        pairs.extend((host, Snapshot(when, (), True)) for when, _ in stamps[:-1])
        pairs.extend((host, _newest(ask, plan, *stamp)) for stamp in stamps[-1:])
    pairs.extend((other, Snapshot(stamps[-1][0])) for other in plan.others if stamps)
    return replace(repository, location=plan.root), Contents(pairs, encrypted=False)


def _disk_is_away(ask: api.Ask, root: str) -> bool:
    """Is it below a folder where disks are mounted, and yet on the disk of the system?"""
    answers = ask.many([api.FileStatus(root), api.FileStatus("/")])
    try:
        here, system = (answer.json["device"] for answer in answers)
    except (api.Missing, KeyError, TypeError, ValueError):
        return False
    return root.startswith(("/mnt/", "/media/", "/run/media/")) and bool(here == system)


def _newest(ask: api.Ask, plan: Plan, when: datetime, folder: str) -> Snapshot:
    """Only the newest is looked into: a source whose folder is not there was not copied, whatever the configuration says."""
    answers = ask.many([api.FileStatus(f"{folder}/{target}/{source.strip('/')}") for source, target in plan.saved])
    held = tuple(source for (source, _), answer in zip(plan.saved, answers, strict=True) if answer.error is None)
    unseen = any(answer.error is not None and not isinstance(answer.error, api.NotFound) for answer in answers)
    return Snapshot(when, held, plan.sure and not unseen, plan.excludes)


def _stamps(ask: api.Ask, plan: Plan) -> Iterator[tuple[datetime, str]]:
    """(when, folder) of each run that is kept."""
    root = plan.root.rstrip("/")
    found: list[str] = []
    for level in plan.levels:
        names = ask(api.Glob(f"{glob.escape(root)}/{level}.[0-9]*")).json
        found.extend(str(name) for name in names if re.fullmatch(r"\d{1,6}", str(name).rpartition(".")[2]))
    for folder, answer in zip(found, ask.many([api.FileStatus(folder) for folder in found[:MOST_SNAPSHOTS]]), strict=False):
        try:
            status = answer.json
            if status["kind"] == "directory":
                yield datetime.fromtimestamp(float(status["modified"]), UTC), folder
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise api.Unreadable(f"the status of {folder}") from error


def _whole_text(ask: api.Ask, path: str) -> str:
    """The configuration followed by the files that it includes, which may include others."""
    texts: list[str] = []
    waiting = [path]
    for _ in range(MOST_FILES):
        if not waiting:
            break
        text = ask(api.ReadFile(waiting.pop(0), limit_bytes=_LIMIT_BYTES)).text
        texts.append(text)
        for included in re.findall(r"^include_conf\t+([^\n]{1,500})$", text, re.MULTILINE):
            if not included.startswith("/"):
                raise api.Unreadable(f"a part of {path} is made by a program, and itaudit runs no commands that it finds")
            waiting.append(included.strip())
    if waiting:
        raise api.Unreadable(f"{path} includes more than {MOST_FILES} files")
    return "\n".join(texts)
