"""Programs that wait for others and belong to no package: unpacked or built by hand, so that nobody mends them by itself.

They are asked for their version. That means to run them, so only what nobody but root can change is run, and with the rights of
nobody: a library that it loads may lie in a folder of somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator

from itaudit import api
from itaudit.facts.lifecycle import fetched_table, table
from itaudit.facts.listening import QUESTION, parse
from itaudit.facts.listening_names import Told, told_of
from itaudit.facts.packages_of_files import without_package
from itaudit.facts.software import Kind, Runtime, Software, program_of
from itaudit.facts.software_names import RUNTIMES, recognise
from itaudit.facts.updates import InstalledPackage

OWN_MOUNTS = "/proc/self/mountinfo"
_PROGRAMS_MOST = 50
_WRITABLE_BY_OTHERS = 0o022
_RUN_BY_ALL, _ENTERED_BY_ALL = 0o005, 0o001
"""Else a program may load another copy of its library, one that nobody can get at, and tell its version (seen with Python)."""
_NOBODY = "65534"
"""The number of "nobody" on every Linux; by number, since its name and group differ."""
_OF_OTHER_MANAGERS = ("/snap/", "/var/lib/snapd/", "/var/lib/flatpak/", "/nix/store/", "/gnu/store/")
_STRANGE = frozenset("*?[]\\\"'")


def version_question(file: str, told: Told) -> api.Command:
    """setpriv(1) of util-linux gives up all rights first. Nothing is looked for in PATH but setpriv itself."""
    without_rights = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs", "--")
    return api.Command((*without_rights, file, *told.arguments), timeout=5.0, limit_bytes=65536)


def mounts_question(process: int) -> api.ReadFile:
    return api.ReadFile(f"/proc/{process}/mountinfo")


@api.provider("linux", seconds=30)
def listening_runtimes(ask: api.Ask, machine: api.Machine, packages: list[InstalledPackage]) -> api.Facts[Runtime]:
    """Databases and programming languages: one for each product and release. Raises Missing when the sockets cannot be seen."""
    yield from _programs(Runtime, ask, machine, packages)


@api.provider("linux", seconds=30)
def listening_software(ask: api.Ask, machine: api.Machine, packages: list[InstalledPackage]) -> api.Facts[Software]:
    """Any other program: one for each product and release. Raises Missing when the sockets cannot be seen."""
    yield from _programs(Software, ask, machine, packages)


def _programs(kind: type[Kind], ask: api.Ask, machine: api.Machine, packages: list[InstalledPackage]) -> Iterator[Kind | api.Gap]:
    known = _unpacked(ask, machine)
    packaged = {found[0] for package in packages if (found := recognise(package))}
    seen: set[str] = set()
    for file, told in sorted(known.items()):
        if (told.product in RUNTIMES) is not (kind is Runtime):
            continue
        folder = file.rpartition("/")[0] or "/"
        try:
            _check_that_it_is_safe(ask, file)
            product, version = told.version(ask(version_question(file, told)))
        except api.Missing as error:
            yield api.Gap(f"{table().product[told.product].name} in {folder}", error)
            continue
        cycle = table().product[product].cycle(version) or ".".join(version.split(".")[:2])
        # A package of the same product may be there too: then the folder tells them apart.
        place = folder if product in packaged else ""
        program: Kind = program_of(kind, product, cycle, file, version, False, fetched_table(ask), place)
        if program.subject not in seen:
            seen.add(program.subject)
            yield program


def _unpacked(ask: api.Ask, machine: api.Machine) -> dict[str, Told]:
    """{file: how it is asked} of this machine's own programs that wait for others and belong to no package."""
    try:
        listeners = parse(ask(QUESTION).json)
    except api.NotApplicable:
        return {}  # a disk in a folder: nothing runs there
    if not machine.admin:
        if any(not each.file or told_of(each.file) for each in listeners):
            raise api.AccessDenied("the programs that wait for others")
        return {}
    asked = {(each.file, each.process) for each in listeners if told_of(each.file) and _may_be_unpacked(each.file)}
    if len(asked) > _PROGRAMS_MOST:
        raise api.Unreadable(f"{len(asked)} programs that wait for others")
    own = sorted({file for file, process in sorted(asked) if _runs_in_this_system(ask, process)})
    gone = {file for file in own if isinstance(ask(api.FileStatus(file)).error, api.NotFound)}
    alone = gone | without_package(ask, [file for file in own if file not in gone])
    return {file: told for file in alone if (told := told_of(file))}


def _may_be_unpacked(file: str) -> bool:
    return file.startswith("/") and file.isprintable() and not set(file) & _STRANGE and not file.startswith(_OF_OTHER_MANAGERS)


def _runs_in_this_system(ask: api.Ask, process: int) -> bool:
    """A container's program has a path of its own system; whoever builds the container mends it. Raises api.Missing."""
    try:
        return _root_of(ask(mounts_question(process)).text) == _root_of(ask(api.ReadFile(OWN_MOUNTS)).text)
    except api.NotFound:
        return False  # it has ended meanwhile


def _root_of(mounts: str) -> tuple[str, ...]:
    """(device, folder of it) that is "/" for a process; the last one lies above the others. Source: proc_pid_mountinfo(5)."""
    lines = [line.split() for line in mounts.splitlines()]
    return next((tuple(words[2:4]) for words in reversed(lines) if len(words) > 4 and words[4] == "/"), ())


def _check_that_it_is_safe(ask: api.Ask, file: str) -> None:
    """The file, and each folder on the way to it: only root may change them, and everybody may use them. Raises api.Missing."""
    steps = file.split("/")
    folders = ["/".join(steps[:count]) or "/" for count in range(1, len(steps))]
    by_hand = "Whoever keeps it up knows its version: compare it with the releases that its maker still mends."
    for path, answer in zip([file, *folders], ask.many([api.FileStatus(path) for path in (file, *folders)]), strict=True):
        try:
            status = answer.json
            kind, owner, mode = str(status["kind"]), int(status["uid"]), int(status["mode"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise api.Unreadable(f"the status of {path}") from error
        if kind != ("file" if path == file else "directory"):
            raise api.Unreadable(f"{path} is a {kind}, so {file} is not run", by_hand)
        if owner != 0 or mode & _WRITABLE_BY_OTHERS:
            raise api.Unreadable(f"others than root can change {path}, so {file} is not run", by_hand)
        if mode & (needed := _RUN_BY_ALL if path == file else _ENTERED_BY_ALL) != needed:
            raise api.Unreadable(f"{path} is closed to other users, so {file} is not run with their rights", by_hand)
