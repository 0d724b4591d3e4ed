"""Becoming administrator takes a password.

Where no password is asked for, every program that somebody starts can change everything, and so can every stranger at an
unlocked screen.
"""

from itaudit import api
from itaudit.facts.account import Account, Accounts, Password
from itaudit.facts.sudo_rules import SudoRule, SudoRules

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
_MAKERS = ("90-cloud-init-users", "010_pi-nopasswd", "waagent", "google_sudoers", "90-cloudimg-ubuntu", "vagrant")
"""Files that hosting companies and makers of images write (cloud-init, Azure, Google Cloud, Raspberry Pi OS)."""


def _mildly(rule: SudoRule, accounts: Accounts) -> bool:
    """As the maker set it up, for accounts that have no password to give."""
    if rule.file.rpartition("/")[2] not in _MAKERS or "ALL" in rule.users:
        return False
    found = [accounts.named(user) for user in rule.users if not user.startswith("%")]
    return all(one is None or one.password is not Password.SET for one in found)


def _is_service(name: str, accounts: Accounts) -> bool:
    account: Account | None = accounts.named(name)
    return account is not None and not account.person and account.number != 0


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 5.4", "sudoers(5), NOPASSWD and authenticate"))
def sudo_nopasswd(sudo: SudoRules, accounts: list[Accounts]) -> api.Verdict:
    """Rules for single commands are no fault. A hosting company's own rule, for an account without a password, is a mild one."""
    if not sudo.present:
        raise api.NotApplicable("sudo is not set up on this machine")
    table = accounts[0]
    rules = [rule for rule in sudo.rules if rule.without_password and set(rule.users) - {"root", "#0"}]
    unread = [f"not read: {line}" for line in sudo.unread]
    detail = "\n".join([*(f"{rule.file}, line {rule.line}: {rule.text}" for rule in rules[:20]), *unread[:20]])
    if not rules:
        if sudo.unread:
            words = "Not all of the rules could be read; those that were ask for a password."
            return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock="Run: sudo visudo --check")
        return api.verdict(api.Status.OK, "Whoever becomes administrator has to give a password.", detail=detail)
    users = list(dict.fromkeys(user for rule in rules for user in rule.users))
    names = [f"the group {user[1:]}" if user.startswith("%") else user for user in users]
    shown = "everybody" if "ALL" in users else ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    if all(_mildly(rule, table) for rule in rules):
        words = f"As the maker of this system set it up, {shown} can become administrator without a password."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX, severity=api.Severity.LOW)
    worse = "ALL" in users or any(_is_service(user, table) for user in users)
    words = f"{shown[0].upper()}{shown[1:]} can change everything on this machine without giving a password."
    return api.verdict(api.Status.FAIL, words, detail=detail, fix=FIX, severity=api.Severity.HIGH if worse else None)
