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
