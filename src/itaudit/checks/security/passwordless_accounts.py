"""Nobody gets in without a password.

An account without any password lets in whoever sits down at the machine, and sometimes whoever reaches it over the network.
"""

from itaudit import api
from itaudit.facts.account import Accounts, Password

FIX = api.Remedy(
    "Give the accounts without a password one, or lock them.",
    api.Effort.MINUTES,
    steps=(
        "sudo passwd NAME   # for an account that a person uses",
        "sudo passwd --lock NAME   # for one that nobody logs in to",
        "Take the word nullok out of /etc/pam.d/common-auth; on Fedora: sudo authselect enable-feature without-nullok",
    ),
    undo="sudo passwd --unlock NAME opens a locked account again.",
    verify="sudo awk -F: '$2 == \"\" {print $1}' /etc/shadow prints nothing.",
    if_you_wait="Anybody who reaches this machine can work on it under that name, without leaving a trace of who it was.",
)


@api.check(severity=api.Severity.CRITICAL, sources=("CIS v8.1 4.7, 5.2", "shadow(5)"))
def passwordless_accounts(accounts: Accounts) -> api.Verdict:
    """Those whose shell lets nobody in are named, and no fault."""
    empty = [account for account in accounts.accounts if account.password is Password.EMPTY and not account.ended]
    doors = [account.name for account in empty if account.interactive]
    lines = [f"{account.name}: no password, shell {account.shell or '/bin/sh'}" for account in empty[:30]]
    detail = "\n".join([*lines, *filter(None, [accounts.unseen])])
    if doors:
        many = "account needs" if len(doors) == 1 else "accounts need"
        shown = ", ".join(doors[:5]) + (" and others" if len(doors) > 5 else "")
        return api.verdict(api.Status.FAIL, f"{len(doors)} {many} no password to get in: {shown}.", detail=detail, fix=FIX)
    if accounts.odd_lines:
        words = "The list of accounts holds lines that make no sense, and whom they let in could not be seen."
        unlock = "Have your IT person look at /etc/passwd, for example with: sudo cat -A /etc/passwd"
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    if not accounts.passwords_seen:
        words = "Which accounts have a password could not be seen by this user."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock="Run itaudit as root (sudo itaudit scan).")
    return api.verdict(api.Status.OK, "Every account that somebody can get in with asks for a password or a key.", detail=detail)
