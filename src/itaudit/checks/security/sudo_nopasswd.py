"""Becoming administrator takes a password.

Where no password is asked for, every program that somebody starts can change everything, and so can every stranger at an
unlocked screen.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.account import Account, Accounts, Password
from itaudit.facts.sudo_rules import COVERED, SudoRule, SudoRules

FIX = api.Remedy(
    "Let everybody who becomes administrator give a password.",
    api.Effort.MINUTES,
    steps=(
        "sudo passwd NAME   # first: an account without a password could not become administrator any more",
        "sudo visudo -f FILE   # the file named in the detail: take NOPASSWD: (or !authenticate) out of the line",
        "A program that needs it: name its command in the rule instead of ALL.",
    ),
    undo="sudo visudo -f FILE, and write the line as it was.",
    verify="sudo grep -rnE 'NOPASSWD|!authenticate' /etc/sudoers /etc/sudoers.d shows no rule that ends with ALL.",
    if_you_wait="A harmful program that somebody opens by mistake takes over the whole machine at once.",
)
DOAS = replace(
    FIX,
    steps=(
        "sudo passwd NAME   # as the administrator (doas passwd NAME); first: without a password nobody could become it any more",
        "In the file named in the detail: write permit persist :wheel, or the name, in place of the line with nopass.",
        "A program that needs it: name its command behind cmd.",
    ),
    undo="Write the line as it was.",
    verify="grep -rn nopass /etc/doas.conf /etc/doas.d shows no rule without cmd.",
)
_MAKERS = ("90-cloud-init-users", "010_pi-nopasswd", "waagent", "google_sudoers", "90-cloudimg-ubuntu", "vagrant")
"""Files that hosting companies and makers of images write (cloud-init, Azure, Google Cloud, Raspberry Pi OS)."""


def _mildly(rule: SudoRule, accounts: Accounts) -> bool:
    """As the maker set it up, for accounts that have no password to give."""
    if rule.file.rpartition("/")[2] not in _MAKERS or "ALL" in rule.users:
        return False
    found = [accounts.named(user) for user in rule.users if not user.startswith("%")]
    return all(one is None or one.password is not Password.SET for one in found)


def _members(users: tuple[str, ...], accounts: Accounts) -> list[str]:
    """The users themselves, and the members of the groups among them."""
    groups = {f"%{group.name}": group.members for group in accounts.groups}
    return [name for user in users for name in (user, *groups.get(user, ()))]


def _without_password(rule: SudoRule, accounts: Accounts) -> SudoRule | None:
    """The rule for those whom it does not ask: none, all, or those of its users whom a setting saves from being asked."""
    if rule.without_password:
        return rule
    freed = dict.fromkeys(_members(rule.freed, accounts))
    mine = set(freed) if "ALL" in rule.users else set(_members(rule.users, accounts)).intersection(freed)
    users = tuple(name for name in freed if name in mine and name not in rule.excepted)
    return replace(rule, users=users) if users else None


def _shown(user: str) -> str:
    if not user.startswith("%"):
        return user
    return "a group" if COVERED in user else f"the group {user[1:]}"


def _is_service(name: str, accounts: Accounts) -> bool:
    account: Account | None = accounts.named(name)
    return account is not None and not account.person and account.number != 0


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 5.4", "sudoers(5), NOPASSWD and authenticate"))
def sudo_nopasswd(sudo: SudoRules, accounts: list[Accounts]) -> api.Verdict:
    """Rules for single commands are no fault. A hosting company's own rule, for an account without a password, is a mild one."""
    if not sudo.present:
        raise api.NotApplicable("neither sudo nor doas is set up on this machine")
    table = accounts[0]
    rules = [one for rule in sudo.rules if (one := _without_password(rule, table)) and set(one.users) - {"root", "#0"}]
    unread = [f"not read: {line}" for line in sudo.unread]
    detail = "\n".join([*(f"{rule.file}, line {rule.line}: {rule.text}" for rule in rules[:20]), *unread[:20]])
    if not rules:
        if sudo.unread:
            words = "Not all of the rules could be read; those that were ask for a password."
            return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock="Run: sudo visudo --check")
        return api.verdict(api.Status.OK, "Whoever becomes administrator has to give a password.", detail=detail)
    users = list(dict.fromkeys(user for rule in rules for user in rule.users))
    names = [_shown(user) for user in users]
    shown = "everybody" if "ALL" in users else ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    if all(_mildly(rule, table) for rule in rules):
        words = f"As the maker of this system set it up, {shown} can become administrator without a password."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX, severity=api.Severity.LOW)
    fix = DOAS if all(rule.file.startswith("/etc/doas") for rule in rules) else FIX
    worse = "ALL" in users or any(_is_service(user, table) for user in users)
    words = f"{shown[0].upper()}{shown[1:]} can change everything on this machine without giving a password."
    return api.verdict(api.Status.FAIL, words, detail=detail, fix=fix, severity=api.Severity.HIGH if worse else None)
