"""A system that does not run: a mounted disk, a chroot, an image. Its files are read as they lie in a folder.

None of its programs is run unless that is asked for. What only a running machine knows is not guessed: it is "not running",
which is unknown.
What asks the network says nothing about a disk, and does not apply.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from itaudit.errors import Missing, NotApplicable, NotFound, NotRunning, ToolMissing, Unreadable, UserError
from itaudit.evidence.live import Live
from itaudit.evidence.questions import Answer, Past, PastFindings, PublicData, Question, StoreAnswers
from itaudit.evidence.questions_machine import (
    AccountTable,
    Command,
    FileStatus,
    FileSystemUsage,
    Glob,
    LinkModes,
    ListeningSockets,
    LoginRecords,
    Psutil,
    ReadFile,
    WideRights,
)
from itaudit.evidence.questions_network import (
    Dns,
    Http,
    NetworkTime,
    PathMtu,
    Ping,
    Registration,
    Speed,
    TcpConnect,
    Tls,
    ZoneTransfer,
)
from itaudit.evidence.rooted_paths import beginning, expand, inside
from itaudit.evidence.rooted_programs import OF_ITS_RECORDS, moved
from itaudit.model import Machine
from itaudit.text import clean

_OF_A_RUNNING_MACHINE = ("/proc", "/sys", "/dev", "/run", "/var/run")
"""On a disk these are empty; in a chroot they are this machine's own."""
_OF_THE_NETWORK = (
    Dns,
    Http,
    LinkModes,
    ListeningSockets,
    NetworkTime,
    PathMtu,
    Ping,
    Registration,
    Speed,
    TcpConnect,
    Tls,
    ZoneTransfer,
)
_OfOnePath: TypeAlias = ReadFile | AccountTable | LoginRecords | FileStatus | FileSystemUsage | WideRights


_PROGRAM_FOLDERS = ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin")


class Rooted:
    """The system in `root`, looked at from this machine. Call `close()` at the end. Raises UserError for what holds no system.

    run_programs: may programs of that system be run (by chroot) that tell of its records? They have all of this user's rights.
    """

    abandoned: Mapping[str, int] = {}

    def __init__(self, root: Path, live: Live, *, run_programs: bool = False) -> None:
        self._root = _checked(root)
        self._run_programs = run_programs
        self._live = live
        self._scratch = Path(tempfile.mkdtemp(prefix="itaudit-root-"))
        # At the end of the process at the latest, and where no such system is in the folder.
        self._remove = weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self.machine = _machine(self._root, live.machine)

    def ask(self, question: Question) -> Answer:
        """As Live does, of the files in the folder. Never raises."""
        try:
            return self._ask(question)
        except Missing as error:
            return Answer.missing(error)
        except (OSError, ValueError) as error:
            return Answer.missing(Unreadable(f"{type(error).__name__}: {error}"[:300]))

    def remember_with(self, store: StoreAnswers) -> None:
        self._live.remember_with(store)

    def know(self, folder: Path) -> None:
        self._live.know(folder)

    def close(self) -> None:
        """Remove the private folder, and end what still runs."""
        self._live.close()
        self._remove()

    def _ask(self, question: Question) -> Answer:
        if isinstance(question, Past | PastFindings | PublicData):
            return self._live.ask(question)
        if _of_the_network(question):
            raise NotApplicable("a disk in a folder has no network connection")
        match question:
            case Command():
                return self._command(question)
            case ReadFile() | AccountTable() | LoginRecords():
                return self._of(question, inside(self._root, _on_disk(question.path)))
            case FileStatus():
                return self._of(question, inside(self._root, _on_disk(question.path), follow_last=False))
            case WideRights():
                place = inside(self._root, _on_disk(question.path), follow_last=False)
                return self._of(replace(question, root=str(self._root)), place)
            case FileSystemUsage():
                return self._of(question, inside(self._root, _on_disk(question.path)))
            case Glob():
                paths = expand(self._root, _on_disk(question.pattern))
                return Answer(body=json.dumps([path for path, _ in zip(paths, range(question.most), strict=False)]))
        raise NotRunning(type(question).__name__)

    def _command(self, question: Command) -> Answer:
        if question.argv[0] not in OF_ITS_RECORDS:
            return self._without_root(self._live.ask(moved(question, self._root, self._scratch)))
        if not self._run_programs:
            raise NotRunning(question.argv[0], "Let programs of that disk run, if you trust it: --run-programs")
        if not any(inside(self._root, f"{folder}/{question.argv[0]}").is_file() for folder in _PROGRAM_FOLDERS):
            raise ToolMissing(question.argv[0])
        return self._live.ask(replace(question, argv=("chroot", str(self._root), *question.argv)))

    def _of(self, question: _OfOnePath, place: Path) -> Answer:
        if not place.is_relative_to(self._root):
            raise NotFound(question.path)
        _on_disk(f"/{place.relative_to(self._root)}")  # where its links lead
        answer = self._live.ask(replace(question, path=str(place)))
        if isinstance(question, WideRights):
            return self._without_root(answer)
        # What a file says is left as it is: on a disk that is mounted on /mnt, its own fstab may speak of /mnt.
        return replace(answer, detail=answer.detail.replace(str(self._root), ""))

    def _without_root(self, answer: Answer) -> Answer:
        """What tools print of the folder's files, as the system in it would name them."""
        root = str(self._root)
        as_json = json.dumps(root)[1:-1]
        return replace(
            answer,
            body=answer.body.replace(root, "").replace(as_json, ""),
            errors=answer.errors.replace(root, ""),
            detail=answer.detail.replace(root, ""),
        )


def _of_the_network(question: Question) -> bool:
    return isinstance(question, _OF_THE_NETWORK) or (isinstance(question, Psutil) and question.function.startswith("net_"))


def _on_disk(path: str) -> str:
    # A link to /dev/null is how a unit or a setting of the disk is switched off.
    if path != "/dev/null" and any(path == top or path.startswith(f"{top}/") for top in _OF_A_RUNNING_MACHINE):
        raise NotRunning(path)
    return path


def _checked(root: Path) -> Path:
    place = root.resolve()
    if place == Path("/"):
        raise UserError("--root / is this machine itself. Leave --root out, or name the folder a disk is mounted on.")
    if not place.is_dir():
        raise UserError(f"--root {root} is not a folder. Name the folder that the disk is mounted on.")
    if '"' in str(place) or "\n" in str(place):
        raise UserError("--root: the name of the folder holds a quote or a line break. Mount the disk somewhere else.")
    if not (place / "etc").is_dir():
        raise UserError(f"--root {root} holds no Linux system (no folder etc). Name the folder that its disk is mounted on.")
    return place


def _machine(root: Path, here: Machine) -> Machine:
    """Name and release from the folder; a disk without a name is known by the folder's."""
    host = clean(_first_line(root, "/etc/hostname"), 255) or clean(root.name, 255)
    release = next((name for file in ("/etc/os-release", "/usr/lib/os-release") if (name := _pretty_name(root, file))), "")
    return replace(here, host=host, system="linux", release=clean(release, 200))


def _first_line(root: Path, path: str) -> str:
    lines = [line for line in _text(root, path).splitlines() if line.strip() and not line.startswith("#")]
    return lines[0].strip() if lines else ""


def _pretty_name(root: Path, path: str) -> str:
    found: dict[str, Any] = dict(line.partition("=")[::2] for line in _text(root, path).splitlines() if "=" in line)
    return str(found.get("PRETTY_NAME", "")).strip("\"' ")


def _text(root: Path, path: str) -> str:
    return beginning(root, path, 65536)
