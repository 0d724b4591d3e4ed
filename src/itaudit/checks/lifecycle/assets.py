"""Listed devices still get security updates.

Telephones, computers and storage devices that were listed in itaudit.toml, because they cannot be looked at from here.
"""

from itaudit import api
from itaudit.checks.lifecycle._program import detail_of, due_of, judge_program, measured, unlock_of
from itaudit.facts.assets import ListedDevice


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=180, fail=30)
    """Days until the last day with security updates."""


FIX = api.Remedy(
    "Move the listed devices to a newer release, or replace those that cannot take one.",
    api.Effort.DAY,
    cost=(0, 1500),
    steps=(
        "Look in the settings of the device whether it offers a newer release; make a copy of what is on it first.",
        "It offers none: plan its replacement, and take it off the internet on its last day at the latest.",
        "Afterwards write the new release down in itaudit.toml: [assets] devices",
    ),
    undo="A newer release mostly cannot be taken back: restore the copy made before.",
    verify="The device shows the new release in its settings; scan again.",
    if_you_wait="From that day on every newly found hole in it stays open.",
    lead=api.LeadTime.COMPUTER,
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 1.1, 2.2", "the maker's page, named in the technical detail"))
def assets(device: ListedDevice, machine: api.Machine, limits: Settings) -> api.Verdict:
    """High once the day has passed: then nobody mends it."""
    today = machine.now.date()
    status, summary, severity = judge_program(device, today, limits.days_left)
    return api.verdict(
        status,
        summary,
        *measured(device, today),
        detail=detail_of(device, today),
        fix=FIX,
        severity=severity,
        due=due_of(device),
        unlock=unlock_of(device, status),
    )
