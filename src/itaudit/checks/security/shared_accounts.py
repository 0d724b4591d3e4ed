"""Every person has an account of their own.

When several people share an account, nobody can tell who did what, and its password stays the same when one of them leaves.
"""

from itaudit import api
from itaudit.facts.account import Account, Accounts, Password


class Settings(api.CheckSettings):
    names: tuple[str, ...] = (
        *("office", "reception", "frontdesk", "shared", "info", "sales", "support", "accounting", "warehouse", "workshop"),
        *("scanner", "scan", "pos", "intern", "trainee", "temp", "test", "guest"),
        *("buero", "empfang", "lager", "werkstatt", "kasse", "praktikant", "azubi", "sekretariat", "gast"),
        *("bureau", "accueil", "comptabilite", "stagiaire", "invite"),
    )
    """Names that stand for a place or a task, not for a person."""


FIX = api.Remedy(
    "Give each person an account of their own.",
    api.Effort.HOURS,
    steps=(
        "sudo adduser PERSON   # for each who uses the shared account; then move their files",
        "sudo usermod --lock --expiredate 1 SHARED",
        "Two names with one number: sudo usermod --uid NEW_NUMBER NAME, then sudo chown -R NAME: on that person's files.",
        "A name that stands twice in the table: sudo vipw, and remove the line that is not meant.",
    ),
    undo="sudo usermod --unlock --expiredate '' SHARED",
    verify="sudo awk -F: 'n[$3]++ {print}' /etc/passwd prints nothing; scan again.",
    if_you_wait="When something goes wrong nobody can tell who did it, and people who left still know the password.",
)


def _same_number(accounts: Accounts) -> list[tuple[Account, ...]]:
    """Those that somebody can get in with, other than the system's administrator (security.admins tells of these)."""
    groups: dict[int, list[Account]] = {}
    for account in accounts.accounts:
        opens = account.password is not Password.LOCKED or account.key_files
        if account.number and account.interactive and not account.ended and opens:
            groups.setdefault(account.number, []).append(account)
    return [tuple(group) for group in groups.values() if len(group) > 1]


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 5.1, 6.1", "passwd(5)"))
def shared_accounts(accounts: Accounts, limits: Settings) -> api.Verdict:
    """Two names of one account are certain; a name that sounds shared is a hint."""
    same = _same_number(accounts)
    common = {name.lower() for name in limits.names}
    named = [one.name for one in accounts.accounts if one.person and one.opens_with_password and one.name.lower() in common]
    lines = [f"one account, number {group[0].number}: {', '.join(one.name for one in group[:10])}" for group in same[:10]]
    lines += [f"more than one line in /etc/passwd: {', '.join(accounts.twice[:10])}"] if accounts.twice else []
    lines += [f"by its name: {name}" for name in named[:10]]
    lines += [f"{accounts.odd_lines} lines of /etc/passwd are no accounts"] if accounts.odd_lines else []
    detail = "\n".join([*lines, *filter(None, [accounts.unseen])])
    if same or accounts.twice:
        names = ", ".join(dict.fromkeys([*(one.name for group in same for one in group), *accounts.twice][:6]))
        return api.verdict(api.Status.FAIL, f"These names share an account or have two: {names}.", detail=detail, fix=FIX)
    if named:
        words = f"By its name, {named[0]} is" if len(named) == 1 else f"By their names, {', '.join(named[:6])} are"
        summary = f"{words} used by several people, with one password."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=FIX, severity=api.Severity.LOW)
    if not accounts.passwords_seen:
        summary = "Which of the accounts are in use could not be seen by this user."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock="Run itaudit as root (sudo itaudit scan).")
    return api.verdict(api.Status.OK, "No account looks as if several people shared it.", detail=detail)
