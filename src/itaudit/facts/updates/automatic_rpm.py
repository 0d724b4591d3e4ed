"""Whether a Fedora, Red Hat or SUSE installs security updates by itself, and whether that was seen to end well.

dnf-automatic (dnf 4 and 5) has one timer that obeys its settings, and others that decide themselves. SUSE has os-update,
transactional-update, and the online update of YaST, which cron starts. Runs are read from systemd's own words in the journal.
"""

from __future__ import annotations

import configparser
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.updates import AutomaticUpdates, InstalledPackage, Patches
from itaudit.facts.updates.listed import moment
from itaudit.facts.updates.system_manager import DNF, ZYPPER, system_manager

SETTINGS = api.ReadFile("/etc/dnf/automatic.conf", limit_bytes=262144)
SETTINGS5 = api.ReadFile("/usr/share/dnf5/dnf5-plugins/automatic.conf", limit_bytes=262144)
YAST = api.ReadFile("/etc/sysconfig/automatic_online_update", limit_bytes=262144)
DNF_PACKAGES = ("dnf-automatic", "dnf5-plugin-automatic")
OBEYING = ("dnf-automatic.timer", "dnf5-automatic.timer")
INSTALLING = "dnf-automatic-install.timer"
SUSE = {"os-update": "os-update.timer", "transactional-update": "transactional-update.timer"}
YAST_PACKAGE = "yast2-online-update-configuration"
_ON = ("enabled", "enabled-runtime", "static", "generated", "alias")
_MOST_RUNS = 60
SETUP = (
    "sudo dnf install dnf-automatic",
    "sudo sed -i 's/^upgrade_type.*/upgrade_type = security/; s/^apply_updates.*/apply_updates = yes/' /etc/dnf/automatic.conf",
    "sudo systemctl enable --now dnf-automatic.timer",
)
SETUP5 = (
    "sudo dnf install dnf5-plugin-automatic",
    "printf '[commands]\\nupgrade_type = security\\napply_updates = yes\\n' | sudo tee /etc/dnf/automatic.conf",
    "sudo systemctl enable --now dnf5-automatic.timer",
)
SETUP_SUSE = (
    "sudo zypper install os-update",
    "echo 'UPDATE_CMD=security' | sudo tee /etc/os-update.conf   # REBOOT_CMD=none, too, if it must not restart by itself",
    "sudo systemctl enable --now os-update.timer",
)


def enabled_question(timers: tuple[str, ...]) -> api.Command:
    return api.Command(("systemctl", "is-enabled", *timers))


def runs_question(services: tuple[str, ...]) -> api.Command:
    """What systemd wrote of the starts of these services: JOB_RESULT is "done" or "failed" (systemd.journal-fields(7))."""
    matches = tuple(part for service in services for part in ("_PID=1", "JOB_TYPE=start", f"UNIT={service}", "+"))[:-1]
    argv = ("journalctl", "--quiet", "--output", "json", "--output-fields", "JOB_RESULT,UNIT", "--lines", str(_MOST_RUNS))
    return api.Command((*argv, *matches), timeout=15.0, limit_bytes=4 * 2**20)


def cron_question(interval: str) -> api.FileStatus:
    """SUSE's cron leaves a mark when it last did its daily, weekly or monthly work."""
    return api.FileStatus(f"/var/spool/cron/lastrun/cron.{interval}")


def stamp_question(timer: str) -> api.FileStatus:
    """When systemd last let this timer go off (Persistent=, systemd.timer(5))."""
    return api.FileStatus(f"/var/lib/systemd/timers/stamp-{timer}")


@dataclass(frozen=True, slots=True)
class Runs:
    """last_success: of a run that ended well. failed: runs since then that did not."""

    last_success: datetime | None = None
    failed: int = 0


def parse_runs(text: str) -> Runs:
    """Lines that are no record of an end are left out."""
    ends = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
            moment = datetime.fromtimestamp(int(record["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
            ends.append((moment, str(record["JOB_RESULT"])))
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            continue
    ends = [(moment, result) for moment, result in sorted(ends) if result in ("done", "failed", "timeout")]
    good = [number for number, (_, result) in enumerate(ends) if result == "done"]
    return Runs(ends[good[-1]][0] if good else None, len(ends) - (good[-1] + 1 if good else 0))


def parse_settings(text: str) -> dict[str, str]:
    """[commands] of automatic.conf. Raises api.Unreadable."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
        return dict(parser["commands"]) if "commands" in parser else {}
    except configparser.Error as error:
        raise api.Unreadable(f"automatic.conf: {error}"[:300]) from error


def parse_switches(text: str) -> dict[str, str]:
    """NAME="value" of files in /etc/sysconfig."""
    found = re.finditer(r"^\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)=[\"']?(?P<value>[^\"'\n]*?)[\"']?\s*$", text, re.MULTILINE)
    return {match["name"]: match["value"] for match in found}


def _is_yes(value: str) -> bool:
    return value.strip().lower() in ("yes", "true", "1", "on")


def _text(ask: api.Ask, question: api.ReadFile) -> str:
    try:
        return ask(question).text
    except api.NotFound:
        return ""


def _states(ask: api.Ask, timers: tuple[str, ...]) -> dict[str, str]:
    """{timer: systemd's word for it}; it says nothing of those that do not exist, or that they do not."""
    found = {}
    for timer, answer in zip(timers, ask.many([enabled_question((timer,)) for timer in timers]), strict=True):
        if answer.problem and answer.problem != api.ToolMissing.kind:
            raise answer.error or api.Unreadable(timer)
        found[timer] = (answer.body.split() or [""])[0] if not answer.problem else ""
    return found


def _seen(ask: api.Ask, timers: tuple[str, ...]) -> Runs:
    """By the journal; where it holds nothing of them, by the moment at which the timer last went off."""
    services = tuple(timer.replace(".timer", ".service") for timer in timers)
    try:
        runs = parse_runs(ask(runs_question(services)).checked_text)
    except api.Missing:
        runs = Runs()
    if runs != Runs():
        return runs
    return Runs(_last(ask, [stamp_question(timer) for timer in timers]))


def _last(ask: api.Ask, marks: list[api.FileStatus]) -> datetime | None:
    return max(filter(None, map(moment, ask.many(marks))), default=None)


def _journal_of(on: tuple[str, ...]) -> str:
    return f"journalctl --unit {on[0].replace('.timer', '.service')}" if on else "journalctl"


def _by_dnf(ask: api.Ask, names: set[str]) -> AutomaticUpdates:
    states = _states(ask, (*OBEYING, INSTALLING))
    on = tuple(timer for timer, state in states.items() if state in _ON)
    settings = {**parse_settings(_text(ask, SETTINGS5)), **parse_settings(_text(ask, SETTINGS))}
    runs = _seen(ask, on) if on else Runs()
    modern = "dnf5" in names
    return AutomaticUpdates(
        installer=bool(names.intersection(DNF_PACKAGES)),
        looks=bool(on),
        installs=INSTALLING in on or (bool(on) and _is_yes(settings.get("apply_updates", "no"))),
        timer=next((states[timer] for timer in on), next(iter(states.values()), "")).replace("alias", "enabled"),
        covers_security=settings.get("upgrade_type", "default").strip() in ("default", "security"),
        last_run=runs.last_success,
        failed_runs=runs.failed,
        error=f"see {_journal_of(on)}" if runs.failed else "",
        log=f"sudo {_journal_of(on)} --lines 40",
        name="dnf5-plugin-automatic" if modern else "dnf-automatic",
        setup=SETUP5 if modern else SETUP,
        verify=f"sudo {'dnf automatic' if modern else 'dnf-automatic'} ends without errors.",
    )


def _by_suse(ask: api.Ask, names: set[str]) -> AutomaticUpdates:
    timers = tuple(timer for package, timer in SUSE.items() if package in names)
    states = _states(ask, timers) if timers else {}
    on = tuple(timer for timer, state in states.items() if state in _ON)
    yast = parse_switches(_text(ask, YAST))
    by_yast = YAST_PACKAGE in names and _is_yes(yast.get("AOU_ENABLE_CRONJOB", "false"))
    chosen = yast.get("AOU_PATCH_CATEGORIES", "").split()
    interval = yast.get("AOU_CRON_JOB_INTERVAL", "weekly")
    by_cron = by_yast and not on and interval in ("daily", "weekly", "monthly")
    runs = _seen(ask, on) if on else Runs(_last(ask, [cron_question(interval)]) if by_cron else None)
    return AutomaticUpdates(
        installer=bool(timers) or YAST_PACKAGE in names,
        looks=bool(on) or by_yast,
        installs=bool(on) or by_yast,
        timer=next((states[timer] for timer in on), "cron" if by_yast else next(iter(states.values()), "")),
        covers_security=bool(on) or not chosen or "security" in chosen,
        last_run=runs.last_success,
        failed_runs=runs.failed,
        error=f"see {_journal_of(on)}" if runs.failed else "",
        log=f"sudo {_journal_of(on)} --lines 40",
        name="os-update" if not on else on[0].removesuffix(".timer"),
        setup=SETUP_SUSE,
        verify="sudo systemctl start os-update.service ends without errors; systemctl list-timers 'os-update*' names it.",
    )


@api.provider("linux", seconds=40)
def rpm_automatic(ask: api.Ask, section: Patches, packages: list[InstalledPackage]) -> api.Facts[AutomaticUpdates]:
    """One fact on systems of dnf and zypper; none elsewhere."""
    manager = system_manager(ask, section)
    names = {package.name for package in packages}
    if manager == DNF:
        yield _by_dnf(ask, names)
    elif manager == ZYPPER:
        yield _by_suse(ask, names)
