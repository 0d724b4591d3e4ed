"""Who can become the administrator of this machine: by number, by the rules of sudo, or by a group that comes to the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.account import Account, Accounts, Group
from itaudit.facts.sudo_rules import SudoRule, SudoRules

GROUPS_IN_EFFECT = {
    "docker": "can start a container that holds the whole disk",
    "lxd": "can start a container that holds the whole disk",
    "incus-admin": "can start a container that holds the whole disk",
    "libvirt": "can start a virtual machine that holds the whole disk",
    "disk": "can read and write the disks themselves",
}
"""Groups whose members can do everything, whatever sudo says (the vendors' own warnings; no rule is needed)."""
_MOST, _LONGEST_NAME = 500, 100


@dataclass(frozen=True, slots=True)
class Administrator:
    """ways: how, for the technician. number_zero: another name of root itself. closed: nobody gets in with this account now."""

    name: str
    ways: tuple[str, ...]
    number_zero: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Administrators:
    """Without root itself. everybody: the rules of sudo that hold for all accounts. unread: rules that could not be read.
    unseen: accounts that this machine's own files do not hold."""

    people: tuple[Administrator, ...]
    everybody: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def subject(self) -> str:
        return "administrators"


@api.provider("linux", seconds=10)
def administrators(accounts: list[Accounts], rules: list[SudoRules]) -> api.Facts[Administrators]:
    """One fact. Groups that only a directory of the network knows are named as they stand in the rules."""
    for table, sudo in zip(accounts, rules, strict=False):
        ways: dict[str, list[str]] = {}
        for name, way in (*_by_group(table), *_by_rules(table, sudo)):
            ways.setdefault(name, []).append(way)
        roots = [account.name for account in table.accounts if account.number == 0]
        # Where none is called root, the first one is: some rename it.
        zero = set(roots) - {"root" if "root" in roots else roots[0]} if roots else set()
        for name in sorted(zero):
            ways.setdefault(name, []).append("its number is 0: it is root under another name")
        ways.pop("root", None)
        people = [
            Administrator(name, tuple(dict.fromkeys(some)), name in zero, _closed(table.named(name)))
            for name, some in sorted(ways.items())
        ]
        everybody = tuple(_place(rule) for rule in sudo.rules if "ALL" in rule.users and rule.own_password)
        many = table.odd_lines
        odd = (f"/etc/passwd: {many} {'line that is no account' if many == 1 else 'lines that are no accounts'}",) if many else ()
        yield Administrators(tuple(people[:_MOST]), everybody, (*sudo.unread, *odd), table.unseen)


def _closed(account: Account | None) -> bool:
    return account is not None and (account.ended or not account.interactive)


def _place(rule: SudoRule) -> str:
    return f"{rule.file}, line {rule.line}: {rule.text}"


def _by_group(table: Accounts) -> Iterator[tuple[str, str]]:
    for group in table.groups:
        if group.name in GROUPS_IN_EFFECT:
            yield from ((member, f"group {group.name}: {GROUPS_IN_EFFECT[group.name]}") for member in group.members)


def _by_rules(table: Accounts, sudo: SudoRules) -> Iterator[tuple[str, str]]:
    """Rules that ask for the administrator's own password let nobody in who does not know it."""
    groups = {**{group.name: group for group in table.groups}, **{f"#{group.number}": group for group in table.groups}}
    for rule in sudo.rules:
        if not rule.own_password:
            continue
        excepted = {name for user in rule.excepted for name in _names(user, table, groups)}
        for user in rule.users:
            yield from ((name, _place(rule)) for name in _names(user, table, groups) if name not in excepted)


def _names(user: str, table: Accounts, groups: dict[str, Group]) -> list[str]:
    """The accounts that a user of sudoers(5) stands for; "ALL" is told of apart."""
    if user == "ALL":
        return []
    if user.startswith("%") and not user.startswith("%:"):
        group = groups.get(user[1:])
        return list(group.members) if group else []
    if user.startswith("#"):
        return [account.name for account in table.accounts if f"#{account.number}" == user]
    if user.startswith(("+", "%:")):
        return [user[:_LONGEST_NAME]]
    # A rule for an account that is not in the table holds for one of a directory only.
    return [user[:_LONGEST_NAME]] if table.named(user) or table.directories else []
