"""Whether a Debian or Ubuntu machine installs security updates by itself (package unattended-upgrades, apt.systemd.daily)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.updates import AutomaticUpdates, InstalledPackage, Patches
from itaudit.facts.updates.automatic_log import runs_of
from itaudit.facts.updates.listed import moment
from itaudit.facts.updates.system_manager import APT, is_of_another

INSTALLER = "unattended-upgrades"
STAMP = api.FileStatus("/var/lib/apt/periodic/unattended-upgrades-stamp")
TIMER = api.Command(("systemctl", "is-enabled", "apt-daily-upgrade.timer"))
CRON = api.FileStatus("/etc/cron.daily/apt-compat")
_MAKERS = ("Debian", "Ubuntu", "${distro_id}")
_SETTING = re.compile(r'(?P<name>[A-Za-z0-9:_-]+) "(?P<value>.*)";')


def settings_question(section: Patches) -> api.Command:
    return api.Command(("apt-config", "dump"), environment=section.environment)


def parse_settings(text: str) -> list[tuple[str, str]]:
    """Every (name, value) in order; names of lists end with "::". Raises api.Unreadable when there are none."""
    found = [(match["name"], match["value"]) for match in map(_SETTING.fullmatch, text.splitlines()) if match]
    if not found:
        raise api.Unreadable(f"apt-config dump: {text[:200]!r}")
    return found


def _is_on(values: dict[str, str], name: str, default: str = "0") -> bool:
    """Days between two runs, or "always"; "0" and nothing are off."""
    return values.get(f"APT::Periodic::{name}", default) not in ("", "0")


def covers_security(settings: list[tuple[str, str]]) -> bool:
    """Is a security archive among the allowed origins? Raspbian has no separate one; a maker's whole archives hold it too."""
    allowed = [v for name, v in settings if re.match(r"Unattended-Upgrade::(?:Allowed-Origins|Origins-Pattern)::", name)]
    return any("security" in value.lower() or "raspbian" in value.lower() or _is_whole(value) for value in allowed)


def _is_whole(value: str) -> bool:
    """Does it allow all archives of the system's maker? Either "origin=Debian,label=*" or, for Ubuntu, "Ubuntu:*"."""
    maker, _, archive = value.partition(":")
    pairs = [part.partition("=") for part in value.split(",")] if "=" in value else [("o", "", maker), ("a", "", archive)]
    origins = [text.strip() for key, _, text in pairs if key.strip() in ("o", "origin")]
    others = [text for key, _, text in pairs if key.strip() not in ("o", "origin") and text]
    return all("*" in text for text in others) and all(any(fnmatchcase(one, origin) for one in _MAKERS) for origin in origins)


def _timer(ask: api.Ask) -> str:
    """What starts it: systemd's word for the timer, else cron. Without systemd, cron.daily does the same work."""
    try:
        words = ask(TIMER).text.split()
    except api.ToolMissing:
        words = []
    if words:
        return words[0]
    return "cron" if not ask(CRON).problem else ""


@api.provider("linux", seconds=20)
def apt_automatic(ask: api.Ask, section: Patches, packages: list[InstalledPackage]) -> api.Facts[AutomaticUpdates]:
    """The settings of apt's daily work, and whether the installer is there; none where the system has another manager."""
    if is_of_another(ask, section, APT):
        return
    settings = parse_settings(ask(settings_question(section)).checked_text)
    values = dict(settings)
    enabled = _is_on(values, "Enable", "1")
    stamp = moment(ask(STAMP))
    runs = runs_of(ask).unless_ended_well(stamp)
    moments = [moment for moment in (stamp, runs.last_success) if moment]
    yield AutomaticUpdates(
        installer=any(package.name == INSTALLER and package.state == "installed" for package in packages),
        looks=enabled and _is_on(values, "Update-Package-Lists"),
        installs=enabled and _is_on(values, "Unattended-Upgrade"),
        timer=_timer(ask),
        covers_security=covers_security(settings),
        last_run=max(moments, default=None),
        failed_runs=runs.failed,
        error=runs.error,
    )
