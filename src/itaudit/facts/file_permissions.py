"""Files of the system with rights that are too wide, and whose they are: chmod(2), rpm(8), the lists of dpkg and pacman.

The places where programs and settings lie are looked at, and those where everybody may leave files; all of them with
[security] whole_walk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.security_section import Security

_FOLDERS = (
    *("/etc", "/boot", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local", "/usr/libexec"),
    *("/lib/systemd", "/usr/lib/systemd", "/var/spool/cron"),
)
PLACES = (*(api.WideRights(folder) for folder in _FOLDERS), api.WideRights("/opt", depth=3))
FOR_ALL = tuple(api.WideRights(path, depth=2, most=5000) for path in ("/tmp", "/var/tmp", "/dev/shm"))  # noqa: S108 - looked at
WHOLE = (api.WideRights("/", most=5_000_000, left_out=("/tmp", "/var/tmp", "/home", "/srv"), timeout=40.0),)  # noqa: S108 - left out
WHOLE_FOR_ALL = (*FOR_ALL, api.WideRights("/home", most=5_000_000, timeout=40.0))
PERSONS, SWITCH = api.AccountTable("/etc/passwd"), api.ReadFile("/etc/nsswitch.conf", limit_bytes=65536)
DPKG_RECORDS = api.FileStatus("/var/lib/dpkg/status")
RPM_RECORDS = (api.FileStatus("/var/lib/rpm"), api.FileStatus("/usr/lib/sysimage/rpm"))
PACMAN_RECORDS = api.FileStatus("/var/lib/pacman/local")
_ALIASES = re.compile(r"^(?:/usr)?(/(?:bin|sbin|lib)/.*)$")
_FIRST_PASSING_ID = 61_184
"""systemd hands out this id and those above it for the life of a service (systemd.exec(5), DynamicUser)."""
_ELSEWHERE = re.compile(r"^passwd:.*\b(?:sss|ldap|winbind|nis|altfiles|extrausers)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileRights:
    """writable: all may change them. foreign: programs that run as their owner, and no package owns them; None where no package
    manager could tell. planted: such programs where everybody may leave files. ownerless: files of accounts that do not exist.

    seen: files and folders looked at. complete: False when some had to be left out.
    """

    writable: tuple[str, ...]
    foreign: tuple[str, ...] | None
    planted: tuple[str, ...]
    ownerless: tuple[str, ...]
    seen: int
    complete: bool

    @property
    def subject(self) -> str:
        return "system files"


@dataclass(frozen=True, slots=True)
class _Walked:
    writable: tuple[str, ...]
    privileged: tuple[str, ...]
    owners: dict[int, str]
    seen: int
    complete: bool


def _walked(answers: Sequence[api.Answer]) -> _Walked:
    """All answers together; a folder that does not exist holds nothing. Raises api.Missing when none could be looked at."""
    writable: list[str] = []
    privileged: list[str] = []
    owners: dict[int, str] = {}
    seen, complete, errors = 0, True, []
    for answer in answers:
        try:
            body = answer.json
            writable += [str(path) or "/" for path in body["writable"]]
            privileged += [str(path) for path in body["privileged"]]
            owners = {int(owner): str(path) or "/" for owner, path in body["owners"]} | owners
            seen += int(body["seen"])
            complete = complete and body["complete"] is True and not body["unseen"]
        except api.NotFound:
            continue
        except api.Missing as error:
            errors.append(error)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise api.Unreadable(f"rights of files: {error}"[:200]) from error
    if errors and not seen:
        raise errors[0]
    return _Walked(_once(writable), _once(privileged), owners, seen, complete and not errors)


def _once(paths: Sequence[str]) -> tuple[str, ...]:
    """Sorted. Where /lib is a link to /usr/lib, the same file was met under both names."""
    return tuple(sorted(path for path in set(paths) if not (path.startswith("/lib/") and f"/usr{path}" in paths)))


def dpkg_question(paths: Sequence[str]) -> api.Command:
    """Which of these lines are in dpkg's lists of files: `dpkg-query --search` takes five times as long, and reads patterns."""
    options = [argument for path in paths for argument in ("-e", path)]
    argv = ("grep", "-rhxF", "--include=*.list", *options, "--", "/var/lib/dpkg/info")
    return api.Command(argv, timeout=20.0)


def pacman_question(paths: Sequence[str]) -> api.Command:
    """Which of these are in pacman's lists of files, where names begin without a slash."""
    options = [argument for path in paths for argument in ("-e", path.removeprefix("/"))]
    return api.Command(("grep", "-rhxF", "--include=files", *options, "--", "/var/lib/pacman/local"), timeout=20.0)


def parse_rpm_foreign(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"^file (/.*) is not owned by any package$", text, re.MULTILINE))


def _other_name(path: str) -> str:
    """/usr/bin/su is also /bin/su, which older records say."""
    match = _ALIASES.match(path)
    return path if not match else match[1] if path.startswith("/usr") else f"/usr{path}"


def _foreign(ask: api.Ask, paths: tuple[str, ...]) -> tuple[str, ...] | None:
    """Those that no package owns; None when it cannot be told, and of those in /usr/local it always can (hier(7))."""
    if not paths:
        return ()
    found = _by_package_manager(ask, paths)
    return (tuple(path for path in paths if path.startswith("/usr/local/")) or None) if found is None else found


def _by_package_manager(ask: api.Ask, paths: tuple[str, ...]) -> tuple[str, ...] | None:
    both = tuple(dict.fromkeys(name for path in paths for name in (path, _other_name(path))))
    if _has_content(ask, DPKG_RECORDS):
        return _not_listed(ask(dpkg_question(both)), paths)
    if ask(PACMAN_RECORDS).error is None:
        return _not_listed(ask(pacman_question(both)), paths)
    if any(ask(question).error is None for question in RPM_RECORDS):
        answer = ask(api.Command(("rpm", "--query", "--file", *paths), timeout=20.0))
        foreign = parse_rpm_foreign(answer.body)
        return None if answer.problem or answer.exit_code != len(foreign) else tuple(p for p in paths if p in foreign)
    return None


def _not_listed(answer: api.Answer, paths: tuple[str, ...]) -> tuple[str, ...] | None:
    if answer.problem or answer.exit_code not in (0, 1):
        return None
    owned = frozenset(f"/{line.removeprefix('/')}" for line in answer.body.splitlines())
    return tuple(path for path in paths if not owned.intersection((path, _other_name(path))))


def _has_content(ask: api.Ask, question: api.FileStatus) -> bool:
    try:
        return int(ask(question).json["size_bytes"]) > 0
    except (api.Missing, KeyError, TypeError, ValueError):
        return False


def _ownerless(ask: api.Ask, owners: dict[int, str]) -> tuple[str, ...]:
    """One file for each account that does not exist; none where accounts also come from elsewhere (a directory service)."""
    try:
        if _ELSEWHERE.search(ask(SWITCH).text):
            return ()
    except api.Missing:
        pass  # without the file, passwd alone counts
    fields = (line.split(":") for line in ask(PERSONS).text.splitlines())
    known = {int(parts[2]) for parts in fields if len(parts) > 2 and re.fullmatch(r"\d{1,10}", parts[2], re.ASCII)}
    return tuple(
        f"{path} (user {owner})" for owner, path in sorted(owners.items()) if owner not in known and owner < _FIRST_PASSING_ID
    )


@api.provider("linux", seconds=110)
def file_rights(ask: api.Ask, security: Security) -> api.Facts[FileRights]:
    """One fact. Raises api.Missing when no place could be looked at."""
    walked = _walked(ask.many(WHOLE if security.whole_walk else PLACES))
    for_all = _privileged_for_all(ask.many(WHOLE_FOR_ALL if security.whole_walk else FOR_ALL))
    foreign = _foreign(ask, walked.privileged[:400])
    ownerless = _ownerless(ask, walked.owners)
    yield FileRights(walked.writable, foreign, for_all, ownerless, walked.seen, walked.complete)


def _privileged_for_all(answers: Sequence[api.Answer]) -> tuple[str, ...]:
    """What cannot be looked at there tells nothing: private folders of others are the rule."""
    try:
        return _walked(answers).privileged
    except api.Missing:
        return ()
