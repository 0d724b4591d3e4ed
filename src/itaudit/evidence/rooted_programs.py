"""Programs of this machine that can read the records of a system in a folder, and how each is told where it lies.

Only these run when a folder is looked at: they read files and start nothing that lies in it. apt is given a configuration of our
own, since apt.conf(5) of a strange disk may name programs to be run (solvers, methods, hooks).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from itaudit.errors import NotFound, NotRunning, Unreadable
from itaudit.evidence.questions_machine import Command
from itaudit.evidence.rooted_paths import beginning, inside

_OWN_CACHE = "Dir::Cache::"
_LIMIT_BYTES = 64 * 2**20
"""Of dpkg's record; that of ten thousand packages has a fifth of it."""
OF_ITS_RECORDS = frozenset(("apk", "cvtsudoers", "dnf", "dnf5", "pacman", "rpm", "sshd", "yum", "zypper"))
"""Programs that tell of a system's records, and that only the system itself has in the right version: run when it is asked for.
Others would tell of the kernel below them, which is this machine's."""


def moved(question: Command, root: Path, scratch: Path) -> Command:
    """The same question about the system in `root`. Raises NotRunning for a program that cannot be told so."""
    program = question.argv[0]
    if program not in _PROGRAMS:
        raise NotRunning(program)
    return _PROGRAMS[program](question, root, scratch)


def write_apt_configuration(root: Path, scratch: Path, architecture: str, *, its_settings: bool) -> Path:
    """A file for APT_CONFIG. its_settings: read the folder's apt.conf too; only for apt-config, which prints and does nothing."""
    cache = scratch / "apt"
    cache.mkdir(exist_ok=True)
    lines = [
        f'Dir "{root}/";',
        f'Dir::Etc "{_plain(root, "/etc/apt")}/";',
        f'Dir::State "{_plain(root, "/var/lib/apt")}/";',
        f'Dir::State::lists "{_plain(root, "/var/lib/apt/lists")}/";',
        f'Dir::State::status "{_plain(root, "/var/lib/dpkg/status")}";',
        f'Dir::Cache "{cache}/";',
        'Dir::Cache::pkgcache "";',
        'Dir::Cache::srcpkgcache "";',
        f'Dir::Log "{cache}/";',
    ]
    if architecture:
        lines += [
            f'APT::Architecture "{architecture}";',
            "#clear APT::Architectures;",
            f'APT::Architectures {{ "{architecture}"; }};',
        ]
    if not its_settings:
        lines += ['Dir::Etc::main "/dev/null";', 'Dir::Etc::parts "/dev/null";']
    file = scratch / f"apt-{'whole' if its_settings else 'own'}.conf"
    # Several programs are asked at once: none may read a file that another one just begins.
    unfinished = scratch / f"{threading.get_ident()}.unfinished"
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return unfinished.replace(file)


def _plain(root: Path, path: str) -> Path:
    """Where a path of the disk leads. Raises Unreadable for a name that would end a quoted value: more settings may follow it."""
    place = inside(root, path)
    if not str(place).isprintable() or set(str(place)) & set('"\\'):
        raise Unreadable(f"{path} leads to a folder with a strange name")
    return place


@lru_cache(maxsize=1)
def native_architecture(root: Path) -> str:
    """Of dpkg's own record, "" when there is none. apt would take that of this machine."""
    for record in beginning(root, "/var/lib/dpkg/status", _LIMIT_BYTES).split("\n\n"):
        lines = record.split("\n")
        if "Package: dpkg" in lines:
            found = next((line.removeprefix("Architecture: ") for line in lines if line.startswith("Architecture: ")), "")
            return found if found.replace("-", "").isalnum() else ""
    return ""


def _apt(question: Command, root: Path, scratch: Path) -> Command:
    settings = question.argv[0] == "apt-config"
    architecture = native_architecture(root)
    file = write_apt_configuration(root, scratch, architecture, its_settings=settings)
    program, *arguments = _without_cache(question.argv)
    fixed = _starting_nothing(architecture) if settings else ()
    return replace(question, argv=(program, *fixed, *arguments), environment=(*question.environment, ("APT_CONFIG", str(file))))


def _starting_nothing(architecture: str) -> tuple[str, ...]:
    """For apt-config, which has dpkg asked where it is told no architecture: what the command line says wins over all files."""
    told = (f"APT::Architectures::={architecture or 'none'}", "Dir::Bin::dpkg=/bin/false", "DPkg::Chroot-Directory=/")
    return tuple(part for one in told for part in ("-o", one))


def _without_cache(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Without `-o Dir::Cache::…`: the cache of this machine holds its own lists, not those of the folder."""
    kept: list[str] = []
    for argument in argv:
        if argument.startswith(_OWN_CACHE) and kept and kept[-1] == "-o":
            kept.pop()
        else:
            kept.append(argument)
    return tuple(kept)


def _dpkg_query(question: Command, root: Path, scratch: Path) -> Command:
    del scratch
    option = "--admindir="
    named = next((argument.removeprefix(option) for argument in question.argv if argument.startswith(option)), "/var/lib/dpkg")
    others = (argument for argument in question.argv[1:] if not argument.startswith(option))
    return replace(question, argv=("dpkg-query", f"{option}{inside(root, named)}", *others))


def _files_last(question: Command, root: Path, scratch: Path) -> Command:
    """What stands behind "--" are files and folders. A pipe or a device in their place may have no end."""
    del scratch
    end = question.argv.index("--") + 1
    places = [inside(root, file) for file in question.argv[end:]]
    if strange := [place for place in places if place.exists() and not (place.is_file() or place.is_dir())]:
        raise Unreadable(f"/{strange[0].relative_to(root)} is neither a file nor a folder")
    return replace(question, argv=(*question.argv[:end], *map(str, places)))


def _systemctl(question: Command, root: Path, scratch: Path) -> Command:
    del scratch
    if question.argv[1] not in ("is-enabled", "list-unit-files", "cat"):
        raise NotRunning(" ".join(question.argv[:2]))
    return replace(question, argv=("systemctl", f"--root={root}", *question.argv[1:]))


def _journalctl(question: Command, root: Path, scratch: Path) -> Command:
    """Of the folder's own journal, or of the one that the question names."""
    del scratch
    option = "--directory="
    named = next((argument.removeprefix(option) for argument in question.argv if argument.startswith(option)), "/var/log/journal")
    others = (argument for argument in question.argv[1:] if not argument.startswith(option))
    folder = inside(root, named)
    if not folder.is_dir():
        raise NotFound(named)
    return replace(question, argv=("journalctl", f"{option}{folder}", *others))


_PROGRAMS: dict[str, Callable[[Command, Path, Path], Command]] = {
    "apt": _apt,
    "apt-get": _apt,
    "apt-cache": _apt,
    "apt-config": _apt,
    "dpkg-query": _dpkg_query,
    "grep": _files_last,
    "head": _files_last,
    "journalctl": _journalctl,
    "systemctl": _systemctl,
}
