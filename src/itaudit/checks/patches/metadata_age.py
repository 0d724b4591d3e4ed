"""The machine looks for updates regularly.

A machine that has stopped looking reports "nothing to install" for ever, and nobody notices.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.updates import PackageManager


class Settings(api.CheckSettings):
    list_age_days: api.AtMost = api.AtMost(warn=7, fail=30)
    """Age of the newest list of updates on the machine, in days, by its own date."""


FIX = api.Remedy(
    "Let the machine look for updates every day.",
    api.Effort.MINUTES,
    steps=(
        "sudo apt-get update   # read its errors: a dead source or an expired key stops the rest",
        # A file of its own: 20auto-upgrades also switches the automatic updates on.
        "echo 'APT::Periodic::Update-Package-Lists \"1\";' | sudo tee /etc/apt/apt.conf.d/60look-for-updates",
        "sudo systemctl enable --now apt-daily.timer",
    ),
    undo="sudo rm /etc/apt/apt.conf.d/60look-for-updates; sudo systemctl disable --now apt-daily.timer",
    verify="sudo apt-get update ends without errors and warnings.",
    if_you_wait="New security updates will not be seen, so they will not be installed.",
)


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 7.3", "our own choice of numbers"))
def metadata_age(manager: PackageManager, machine: api.Machine, limits: Settings) -> api.Verdict:
    age = manager.list_age_days(machine.now)
    other = replace(FIX, steps=(manager.refresh,), undo="Not needed.", verify="itaudit scan --only patches")
    fix = FIX if manager.name == "apt" else other
    detail = "\n".join(f"{a.label} {a.suite}: {a.published:%Y-%m-%d %H:%M}" for a in manager.archives if a.published)
    if age is None and manager.archives:
        summary = "How old this machine's list of updates is cannot be told: it carries no date."
        unlock = "Use a source with a signed Release file." if manager.name == "apt" else manager.refresh
        sources = "\n".join(f"{a.label} {a.suite}".strip() for a in manager.archives)
        return api.verdict(api.Status.UNKNOWN, summary, detail=sources, unlock=unlock)
    if age is None:
        return api.verdict(api.Status.FAIL, "This machine has no list of updates: it never looked for any.", fix=fix)
    days = api.Measurement("list_age", age, api.Unit.DAYS)
    return api.verdict(
        limits.list_age_days.judge(age),
        f"This machine's list of updates is {api.readable_days(age)} old.",
        days,
        detail=detail,
        fix=fix,
    )
