"""The machine keeps a record of what happens on it.

After a break-in or a breakdown, the record is the only witness: who came in, when, and what went wrong before.
"""

from dataclasses import replace
from datetime import timedelta

from itaudit import api
from itaudit.facts.logging import Logs


class Settings(api.CheckSettings):
    silent_days: api.AtMost = api.AtMost(warn=3, fail=14)
    """Days without a new line in the record of a machine that runs. A machine that sleeps for long may need more."""
    kept_days: api.AtLeast = api.AtLeast(warn=28, fail=3)
    """Days for which the journal is told to keep its lines. CIS 8.10 asks for 90; makers of systems keep about 28."""


FIX = api.Remedy(
    "Let the machine keep its record on the disk.",
    api.Effort.MINUTES,
    steps=(
        "sudo mkdir -p /etc/systemd/journald.conf.d",
        "printf '[Journal]\\nStorage=persistent\\n' | sudo tee /etc/systemd/journald.conf.d/90-keep.conf",
        "sudo systemctl restart systemd-journald && sudo journalctl --flush",
    ),
    undo="sudo rm /etc/systemd/journald.conf.d/90-keep.conf && sudo systemctl restart systemd-journald",
    verify="journalctl --header | grep 'File path' names files below /var/log/journal.",
    if_you_wait="After a restart nobody can tell who came in or why the machine failed.",
)
LONGER = replace(
    FIX,
    action="Let the machine keep its record for longer.",
    steps=(
        "grep -rs MaxRetentionSec /etc/systemd/journald.conf /etc/systemd/journald.conf.d   # take the line out, or 90day",
        "sudo systemctl restart systemd-journald",
    ),
    undo="Put the line back.",
)
AGAIN = replace(
    FIX,
    action="Find out why the machine no longer writes its record.",
    steps=(
        "systemctl status systemd-journald rsyslog; df -h /var/log; df -i /var/log",
        "sudo journalctl --vacuum-size=500M   # where the place is full",
        "sudo systemctl restart systemd-journald rsyslog",
    ),
    undo="Not needed: nothing is changed but old lines removed.",
    verify="logger probe; sudo journalctl --since -1min shows it.",
)


def _detail(logs: Logs) -> str:
    kept = "no limit of time" if logs.kept_days is None else f"{logs.kept_days:.1f} days"
    return (
        f"journal on the disk: {logs.journal} (Storage={logs.storage}, kept: {kept}); files: {', '.join(logs.files) or 'none'}; "
        f"last line: {logs.newest or 'not told'}; logins: {', '.join(logs.logins) or 'not recorded'}; "
        f"/var/log in memory: {logs.in_memory}; free there: "
        f"{'not told' if logs.free_bytes is None else api.readable_bytes(logs.free_bytes)}"
    )


def _lost(logs: Logs) -> str:
    """Why nothing would be left after a restart, "" when something would."""
    if not logs.journal and not logs.files:
        return "keeps no record" if logs.storage == "none" else "forgets its record at every restart"
    return "forgets its record at every restart" if logs.in_memory else ""


def _kept_too_short(logs: Logs, limits: Settings) -> api.Status:
    """Classic log files beside the journal are kept by other rules."""
    return api.Status.OK if logs.files or not logs.journal else limits.kept_days.judge(logs.kept_days)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 8.2, 8.3, 8.10", "journald.conf(5)"))
def logs(logs: Logs, machine: api.Machine, limits: Settings) -> api.Verdict:
    """The worst of: kept at all, still written, long enough, logins among it. Of a disk that does not run, no new lines."""
    detail = _detail(logs)
    running = logs.in_memory is not None
    if not running and not logs.journal and not logs.files:
        summary = "This disk holds no record of what happened; it may lie on another one, or was never kept."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock="Scan the machine itself while it runs.")
    if why := _lost(logs):
        return api.verdict(api.Status.FAIL, f"The machine {why}.", detail=detail, fix=FIX)
    if running and logs.free_bytes == 0:
        summary = "The place where the machine keeps its record is full."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=AGAIN)
    days = (machine.now - logs.newest) / timedelta(days=1) if logs.newest and running else 0.0
    if (status := limits.silent_days.judge(days)) is not api.Status.OK:
        return api.verdict(status, f"The machine has recorded nothing for {days:.0f} days.", detail=detail, fix=AGAIN)
    if (status := _kept_too_short(logs, limits)) is not api.Status.OK:
        kept = f"{logs.kept_days or 0.0:.1f}".removesuffix(".0")
        summary = f"The machine keeps its record for {kept} {'day' if kept == '1' else 'days'} only."
        return api.verdict(status, summary, detail=detail, fix=LONGER)
    if not logs.logins:
        return api.verdict(api.Status.WARN, "The machine does not record who comes in.", detail=detail, fix=FIX)
    return api.verdict(api.Status.OK, "The machine keeps a record of what happens and who comes in.", detail=detail)
