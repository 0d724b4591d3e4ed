"""Which package a program's file belongs to: dpkg-query(1), rpm(8). Only a name for people, so not to know it is no fault."""

from __future__ import annotations

from collections.abc import Sequence

from itaudit import api

_FILES_MOST = 200
_USR = "/usr"


def dpkg_question(files: Sequence[str]) -> api.Command:
    """Both names of a file: on a merged system the package may have put it in /bin, and the kernel calls it /usr/bin."""
    names = [name for file in files for name in (file, file.removeprefix(_USR) if file.startswith(_USR + "/") else file)]
    return api.Command(("dpkg-query", "--search", *dict.fromkeys(names)))


def rpm_question(files: Sequence[str]) -> api.Command:
    return api.Command(("rpm", "-q", "--queryformat", "%{NAME}\\n", "--file", *files))


def parse_dpkg(text: str) -> dict[str, str]:
    """ "openssh-server: /usr/sbin/sshd" -> {"/usr/sbin/sshd": "openssh-server"}; of several packages the first."""
    found = {}
    for line in text.splitlines():
        packages, colon, file = line.partition(": ")
        if colon and file.startswith("/") and not packages.startswith("diversion"):
            found[file] = packages.split(", ")[0].partition(":")[0][:100]
    return found


def packages_of(ask: api.Ask, files: Sequence[str]) -> dict[str, str]:
    """Package by file, of at most 200 files; those of no package, or of one that cannot be told, are left out."""
    asked = [file for file in files if file.startswith("/") and "\n" not in file and not set(file) & set("*?[\\")][:_FILES_MOST]
    if not asked:
        return {}
    answer = ask(dpkg_question(asked))
    if isinstance(answer.error, api.ToolMissing):
        return _by_rpm(ask, asked)
    # Exit code 1: one of them belongs to no package. The others are told all the same.
    found = {} if answer.problem else parse_dpkg(answer.body)
    merged = {file: found.get(file) or found.get(file.removeprefix(_USR)) for file in asked}
    return {file: package for file, package in merged.items() if package}


def _by_rpm(ask: api.Ask, files: list[str]) -> dict[str, str]:
    """rpm prints one line for each, in their order; "file ... is not owned by any package" is one too."""
    answer = ask(rpm_question(files))
    lines = [] if answer.problem else answer.body.splitlines()
    if len(lines) != len(files):
        return {}
    return {file: line[:100] for file, line in zip(files, lines, strict=True) if line and " " not in line}


def without_package(ask: api.Ask, files: Sequence[str]) -> set[str]:
    """Those that surely belong to no package, by each of dpkg and rpm that is here. Raises api.Missing when that cannot be told.

    Of a system with neither, only what lies in /usr/local, which is nobody's but the administrator's (hier(7)).
    """
    if not files:
        return set()
    by_dpkg, by_rpm = ask(dpkg_question(files)), ask(rpm_question(files))
    missing = [isinstance(answer.error, api.ToolMissing) for answer in (by_dpkg, by_rpm)]
    if all(missing):
        return {file for file in files if file.startswith("/usr/local/")}
    found = set(files)
    if not missing[0]:
        found = {file for file in found if _dpkg_has_none(by_dpkg, file)}
    if not missing[1]:
        lines = by_rpm.text.splitlines()
        if len(lines) != len(files):
            raise api.Unreadable(f"rpm told of {len(lines)} files instead of {len(files)}")
        found &= {file for file, line in zip(files, lines, strict=True) if line == f"file {file} is not owned by any package"}
    return found


def _dpkg_has_none(answer: api.Answer, file: str) -> bool:
    """It says so of each name of the file: one that a package has moved aside (a diversion) is not without owner."""
    text = answer.text
    if answer.exit_code not in (0, 1):
        raise api.Unreadable(f"dpkg-query ended with {answer.exit_code}: {' '.join(answer.errors.split())[:200]}")
    names = {file, file.removeprefix(_USR) if file.startswith(_USR + "/") else file}
    denied = {line.partition("no path found matching pattern ")[2] for line in answer.errors.splitlines()}
    return names <= denied and not any(line.rpartition(": ")[2] in names for line in text.splitlines())
