"""Accounts that people and programs log in with: passwd(5), shadow(5), group(5). Never a hash of a password.

Accounts that a directory of the network keeps (LDAP, Active Directory) are not in these files:
it is told which were not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from itaudit import api
from itaudit.facts.account import Account, Accounts, Group, Password

PASSWD = api.AccountTable("/etc/passwd")
SHADOW = api.AccountTable("/etc/shadow")
GROUP = api.AccountTable("/etc/group")
LOGIN_DEFS = api.ReadFile("/etc/login.defs", limit_bytes=262144)
NAME_SERVICES = api.ReadFile("/etc/nsswitch.conf", limit_bytes=262144)
SSSD = api.FileStatus("/etc/sssd/sssd.conf")
MOST_ACCOUNTS = 20_000
_LONGEST_NAME = 100
_FIRST_PERSON, _LAST_PERSON = 1000, 60000
_DIRECTORIES = ("sss", "ldap", "winbind", "nis", "nisplus", "hesiod")
_STATES = {state.value: state for state in (Password.SET, Password.EMPTY, Password.LOCKED)}


@dataclass(slots=True)
class _Shadow:
    password: Password
    changed: date | None
    ended: bool


@dataclass(slots=True)
class _Table:
    lines: dict[str, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    odd: int = 0


@api.provider("linux", seconds=20)
def linux_accounts(ask: api.Ask, machine: api.Machine) -> api.Facts[Accounts]:
    """One fact. Raises api.Unreadable for a table without an account."""
    table = _table(ask(PASSWD).text, 7)
    if not table.lines:
        raise api.Unreadable("/etc/passwd names no account")
    shadow = _shadows(ask, machine)
    people = _range_of_people(ask)
    accounts = tuple(_with_keys(ask, [_account(parts, shadow, people) for parts in table.lines.values()]))
    yield Accounts(
        accounts,
        tuple(_groups(ask, accounts)),
        shadow is not None or all(account.password is not Password.UNKNOWN for account in accounts),
        tuple(table.twice),
        table.odd,
        tuple(_directories(ask)),
    )


def _table(text: str, columns: int) -> _Table:
    """Name -> fields of its first line. Lines of NIS ("+::::::") are no accounts of this table."""
    table = _Table()
    # Not splitlines: people choose what stands in the field of their name.
    lines = text.split("\n")
    if len(lines) > MOST_ACCOUNTS:
        raise api.Unreadable(f"a table of more than {MOST_ACCOUNTS} accounts")
    for line in lines:
        parts = line.split(":")
        name = parts[0]
        if not line.strip() or line.startswith(("#", "+", "-")):
            continue
        numbers = columns < 7 or all(re.fullmatch("[0-9]{1,10}", number) for number in parts[2:4])
        if len(parts) < columns or not numbers or not name or len(name) > _LONGEST_NAME or not name.isprintable():
            table.odd += 1
        elif name in table.lines:
            table.twice.append(name)
        else:
            table.lines[name] = parts
    return table


def _account(parts: list[str], shadow: Mapping[str, _Shadow] | None, people: tuple[int, int]) -> Account:
    name, state, number, group, _, home, shell = parts[:7]
    kept = (shadow or {}).get(name)
    # pam_unix lets nobody in who is in the one table but not in the other.
    otherwise = Password.UNKNOWN if shadow is None else kept.password if kept else Password.LOCKED
    password = _STATES.get(state, otherwise)
    person = people[0] <= int(number) <= people[1]
    changed, ended = (kept.changed, kept.ended) if kept else (None, False)
    return Account(name, int(number), int(group), home[:300], shell[:300], password, changed, ended, person=person)


def _shadows(ask: api.Ask, machine: api.Machine) -> dict[str, _Shadow] | None:
    """None where this user may not see it. Without the file at all, passwords are in passwd(5) alone."""
    answer = ask(SHADOW)
    if isinstance(answer.error, api.NotFound):
        return {}
    if answer.error:
        return None
    found = {}
    for name, parts in _table(answer.text, 2).lines.items():
        columns = [*parts, *[""] * 8]
        end = _day(columns[7])
        found[name] = _Shadow(_STATES.get(columns[1], Password.LOCKED), _day(columns[2]), bool(end and end <= machine.now.date()))
    return found


def _day(text: str) -> date | None:
    """Days since 1970; 0 stands for "must be changed at the next login", which tells no day."""
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0:
        return None
    return date(1970, 1, 1) + timedelta(days=int(text))


def _range_of_people(ask: api.Ask) -> tuple[int, int]:
    """UID_MIN and UID_MAX of login.defs(5)."""
    settings = login_definitions(ask)

    def number(name: str, otherwise: int) -> int:
        text = settings.get(name, "")
        return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else otherwise

    return number("UID_MIN", _FIRST_PERSON), number("UID_MAX", _LAST_PERSON)


def login_definitions(ask: api.Ask) -> dict[str, str]:
    """login.defs(5): name -> value; empty where it cannot be read."""
    answer = ask(LOGIN_DEFS)
    words = [line.split() for line in answer.body.splitlines()] if answer.error is None else []
    return {line[0]: line[1] for line in words if len(line) > 1 and not line[0].startswith("#")}


def _groups(ask: api.Ask, accounts: Sequence[Account]) -> Iterator[Group]:
    answer = ask(GROUP)
    # Who is in which group decides who is an administrator: what cannot be read is not empty.
    text = "" if isinstance(answer.error, api.NotFound) else answer.text
    own: dict[int, list[str]] = {}
    for account in accounts:
        own.setdefault(account.group, []).append(account.name)
    for name, parts in _table(text, 4).lines.items():
        if re.fullmatch(r"[0-9]{1,10}", parts[2]):
            named = [member.strip() for member in parts[3].split(",") if member.strip()]
            yield Group(name, int(parts[2]), tuple(dict.fromkeys(named + own.get(int(parts[2]), []))))


def _with_keys(ask: api.Ask, accounts: Sequence[Account]) -> Iterator[Account]:
    """Only of accounts that somebody may log in to: those of people, and of the system's administrator."""
    wanted = [a for a in accounts if (a.person or a.number == 0) and a.interactive and a.home.startswith("/")][:200]
    files = {a.name: [api.FileStatus(f"{a.home.rstrip('/')}/.ssh/authorized_keys{end}") for end in ("", "2")] for a in wanted}
    answers = dict(
        zip([q for some in files.values() for q in some], ask.many([q for some in files.values() for q in some]), strict=True)
    )
    for account in accounts:
        found = tuple((q.path, mode) for q in files.get(account.name, ()) if (mode := _mode(answers[q])) is not None)
        yield replace(account, key_files=found) if found else account


def _mode(answer: api.Answer) -> int | None:
    """Permissions of a file that holds something, None for all else."""
    try:
        status = answer.json
        return int(status["mode"]) if status["kind"] == "file" and status["size_bytes"] > 0 else None
    except (api.Missing, KeyError, TypeError, ValueError):
        return None


def _directories(ask: api.Ask) -> Iterator[str]:
    """Directories of the network that accounts come from too. The line of groups is read, as recordings cover "passwd: ..."."""
    answer = ask(NAME_SERVICES)
    line = re.search(r"^[ \t]*+group[ \t]*+:([^#\n]*)", answer.body, re.MULTILINE) if answer.error is None else None
    for word in line[1].split()[:20] if line else ():
        # Fedora names sss although nothing is set up for it.
        if word in _DIRECTORIES and (word != "sss" or ask(SSSD).error is None):
            yield word
