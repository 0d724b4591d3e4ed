"""Accounts that nobody uses are closed.

People leave and their accounts stay. Nobody notices when somebody else uses such an account, and its password is often old.
"""

from datetime import timedelta

from itaudit import api
from itaudit.facts.logins import PersonalAccount


class Settings(api.CheckSettings):
    unused_days: api.AtMost = api.AtMost(warn=45, fail=365)
    """Days for which an account may lie unused before it should be closed."""


FIX = api.Remedy(
    "Close the accounts that nobody uses any more.",
    api.Effort.MINUTES,
    steps=(
        "Ask who the account belongs to, and whether a program or a backup logs in with it.",
        "sudo usermod --lock --expiredate 1 NAME   # nobody gets in any more, by password or by key; the files stay",
        "Later, when nobody missed it and its files are saved: sudo deluser NAME   # or: sudo userdel NAME",
    ),
    undo="sudo usermod --unlock --expiredate '' NAME",
    verify="sudo chage --list NAME says that the account has expired; scan again.",
    if_you_wait="Whoever knows or guesses the password of somebody who left gets in, and nobody notices.",
)
_RECORDS = "Look yourself, with: last --time-format iso NAME"


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 5.3, Disable Dormant Accounts: 45 days", "wtmp(5), shadow(5)"))
def dormant_accounts(account: PersonalAccount, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Without records of logins that reach back far enough, an account without a trace is unknown."""
    recorded = (
        f"logins are on record since {account.recorded_since:%Y-%m-%d}" if account.recorded_since else "no record of logins"
    )
    limit = timedelta(days=limits.unused_days.warn)
    long = bool(account.recorded_since and machine.now - account.recorded_since > limit)
    if account.used is None:
        words = f"No sign that {account.name} was ever used" + (" was found." if long else ", but too little is on record here.")
        return api.verdict(api.Status.WARN if long else api.Status.UNKNOWN, words, detail=recorded, fix=FIX, unlock=_RECORDS)
    days = max(0.0, (machine.now - account.used) / timedelta(days=1))
    status = limits.unused_days.judge(days)
    detail = f"last trace: {account.used:%Y-%m-%d}, {account.source}; {recorded}"
    summary = f"{account.name} was last used {_ago(int(days))}."
    if status is not api.Status.OK and not long:
        words = f"{account.name} shows no use for {days:.0f} days, but too little is on record here of who comes in."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=_RECORDS)
    return api.verdict(status, summary, api.Measurement("unused_days", days, api.Unit.DAYS), detail=detail, fix=FIX)


def _ago(days: int) -> str:
    return "today" if not days else "1 day ago" if days == 1 else f"{days} days ago"
