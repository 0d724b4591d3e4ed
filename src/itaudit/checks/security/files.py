"""Only the administrator can change the system's programs and settings.

If anybody may change a program that the administrator runs, anybody is the administrator. The same holds for programs that run
with the administrator's rights, whoever starts them.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.file_permissions import FileRights

SHOWN = 20
_MORE = "Run itaudit as root (sudo itaudit scan). If it was: there are many files, look at all with [security] whole_walk = true."
FIX = api.Remedy(
    "Take back the rights to change the system's files.",
    api.Effort.MINUTES,
    steps=("sudo chmod o-w FILE   # each file named in the detail; ask the maker of the program why, before the next update",),
    undo="sudo chmod o+w FILE",
    verify="ls -ld FILE shows no w before its last letter (-rw-r--r--); scan again.",
    if_you_wait="Any account, or any program that is broken into, can take over the whole machine.",
)
PROGRAMS = replace(
    FIX,
    action="Find out who put the programs with special rights here, and take the rights away.",
    steps=(
        "ls -l FILE; stat FILE   # whose it is and since when; each file named in the detail",
        "Nobody knows it? Keep a copy for the inquiry: sudo cp --preserve=all FILE /root/; then: sudo chmod u-s,g-s FILE",
    ),
    undo="sudo chmod u+s FILE",
    verify="ls -l FILE shows x in the place of s; scan again.",
)
OWNERS = replace(
    FIX,
    action="Give the system's files without an owner to the administrator.",
    steps=(
        "ls -ln FILE   # each file named in the detail: the number is the account that does not exist",
        "sudo chown --no-dereference root:root FILE   # or the account of the service that it belongs to",
    ),
    undo="sudo chown NUMBER FILE",
    verify="ls -l FILE shows a name in the third column; scan again.",
    if_you_wait="The next account that is made may get that number, and with it these files.",
)


def _some(many: int, one: str, more: str) -> str:
    return one if many == 1 else f"{many} {more}"


def _detail(files: FileRights) -> str:
    parts = (
        ("writable by all", files.writable),
        ("set-user-ID or set-group-ID in a folder for all", files.planted),
        ("set-user-ID or set-group-ID, owned by no package", files.foreign),
        ("of no account", files.ownerless),
    )
    lines = [f"{files.seen} files and folders looked at{'' if files.complete else ', not all of them'}"]
    for title, paths in parts:
        if paths is None:
            lines.append(f"{title}: no package manager could tell")
        elif paths:
            more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
            lines.append(f"{title}: {', '.join(paths[:SHOWN])}{more}")
    return "\n".join(lines)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 3.3, Configure Data Access Control Lists", "chmod(2), find(1)"))
def files(files: FileRights) -> api.Verdict:
    """What everybody can change or plant fails; what only looks odd is a warning."""
    detail = _detail(files)
    if files.planted:
        summary = _some(len(files.planted), "A program with special rights lies", "programs with special rights lie")
        summary += " where anybody can leave files."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=PROGRAMS)
    if files.writable:
        summary = f"Anybody can change {_some(len(files.writable), '1 place', 'places')} of the system."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX)
    if files.foreign:
        summary = _some(len(files.foreign), "A program", "programs") + " with special rights came from no known source."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=PROGRAMS)
    if files.ownerless:
        summary = _some(len(files.ownerless), "1 account that does not exist", "accounts that do not exist")
        summary = f"System files belong to {summary}."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=OWNERS, severity=api.Severity.LOW)
    if not files.complete:
        summary = f"{files.seen} files of the system could be looked at, not all; none can be changed by anybody."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock=_MORE)
    return api.verdict(api.Status.OK, f"None of {files.seen} files of the system can be changed by anybody.", detail=detail)
