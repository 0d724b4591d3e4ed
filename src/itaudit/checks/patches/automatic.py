"""Security updates install themselves.

Updates that wait for somebody with time are installed late. Left to the machine, most are in within a day.
"""

from dataclasses import replace
from datetime import timedelta

from itaudit import api
from itaudit.facts.updates import AutomaticUpdates


class Settings(api.CheckSettings):
    last_run_days: api.AtMost = api.AtMost(warn=7, fail=30)
    """Days since it last ran to its end. A machine that is often switched off may need more."""
    failed_runs: api.AtMost = api.AtMost(warn=2, fail=6)
    """Runs in a row that ended with an error."""


FIX = api.Remedy(
    "Turn on automatic security updates.",
    api.Effort.MINUTES,
    steps=(
        "sudo apt-get install unattended-upgrades",
        # By hand: dpkg-reconfigure keeps what was switched off in this file.
        "printf 'APT::Periodic::%s \"1\";\\n' Update-Package-Lists Unattended-Upgrade"
        " | sudo tee /etc/apt/apt.conf.d/20auto-upgrades",
        "sudo systemctl unmask apt-daily.timer apt-daily-upgrade.timer",
        "sudo systemctl enable --now apt-daily.timer apt-daily-upgrade.timer",
    ),
    undo="sudo apt-get remove unattended-upgrades",
    verify="sudo unattended-upgrade --dry-run -v names the security archive and ends without errors.",
    if_you_wait="Somebody has to think of the updates, every week, without a gap.",
)


def _faults(updates: AutomaticUpdates) -> list[str]:
    """What stands in the way, in the order in which one mends it."""
    faults = {
        "the program that installs them is missing": not updates.installer,
        "the machine is not told to look for them": not updates.looks,
        "the machine is not told to install them": not updates.installs,
        "security updates are not among those allowed": updates.installer and not updates.covers_security,
        "nothing starts it": updates.timer not in ("enabled", "enabled-runtime", "static", "cron"),
    }
    return [words for words, present in faults.items() if present]


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 7.3", "https://wiki.debian.org/UnattendedUpgrades"))
def automatic(updates: AutomaticUpdates, machine: api.Machine, limits: Settings) -> api.Verdict:
    detail = (
        f"{updates.name} installed: {updates.installer}; looks for updates: {updates.looks}; "
        f"installs them: {updates.installs}; timer: {updates.timer or 'none'}; "
        f"security updates allowed: {updates.covers_security}; last run that ended well: {updates.last_run or 'never'}"
    )
    fix = replace(FIX, steps=updates.setup, undo="", verify=updates.verify) if updates.setup else FIX
    if faults := _faults(updates):
        summary = f"Security updates do not install themselves: {faults[0]}."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=fix)
    failing = limits.failed_runs.judge(updates.failed_runs)
    if failing is not api.Status.OK:
        summary = f"Automatic security updates are set up, but the last {updates.failed_runs} attempts failed."
        detail += f"; its log says: {updates.error}"
        look = f"{updates.log}   # the reason is in its last lines"
        return api.verdict(failing, summary, detail=detail, fix=replace(fix, steps=(look, *fix.steps)))
    if updates.last_run is None:
        summary = "Automatic security updates are set up, but have never run yet."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=fix)
    days = max(0.0, (machine.now - updates.last_run) / timedelta(days=1))
    return api.verdict(
        limits.last_run_days.judge(days),
        f"Automatic security updates are set up and last ran {api.readable_days(days)} ago.",
        api.Measurement("last_run", days, api.Unit.DAYS),
        detail=detail,
        fix=fix,
    )
