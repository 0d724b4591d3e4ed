"""Every service that should run does run.

A service is a program that works in the background: it takes the mail, shares the files, makes the backup.
When one has failed nobody may notice until its work is missed.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.units import ServiceManager, Trouble, TroubledUnit


class Settings(api.CheckSettings):
    ignored: tuple[str, ...] = (
        "*-wait-online.service",
        "fwupd-refresh.service",
        "motd-news.service",
        "apt-news.service",
        "esm-cache.service",
        "ubuntu-advantage.service",
        "casper-md5check.service",
        "kdump*.service",
        "session-*.scope",
        "user@*.service",
    )
    """Names of services that may fail, with * for any letters. The usual ones do so without harm on healthy machines."""


FIX = api.Remedy(
    "Find out why the failed services stopped, mend them and start them again.",
    api.Effort.HOURS,
    steps=(
        "systemctl status UNIT",
        "journalctl -u UNIT -b -n 100",
        "sudo systemctl restart UNIT (or, when it is not needed: sudo systemctl disable --now UNIT)",
        "left over from a program that was removed, or a session: sudo systemctl reset-failed UNIT",
        "on OpenRC: rc-service NAME restart",
    ),
    verify="systemctl list-units --state=failed (on OpenRC: rc-status --crashed)",
    if_you_wait="What they do is not done, and nobody is told.",
)
STOPPED = api.Remedy(
    "Start the stopped services again, or switch off those that are no longer needed.",
    steps=(
        "systemctl status UNIT",
        "sudo systemctl start UNIT",
        "when it is not needed: sudo systemctl disable UNIT",
        "on OpenRC: rc-service NAME start; when it is not needed: rc-update del NAME default",
    ),
    verify="systemctl is-active UNIT (on OpenRC: rc-service NAME status)",
    if_you_wait="They come back at the next start of the machine, or are missed before that.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("systemctl(1)", "rc-status(8)", "CIS Controls v8.1, 4.1 and 4.8", "itaudit's own choice of what may fail"),
)
def failed(managers: list[ServiceManager], limits: Settings) -> api.Verdict:
    troubled = [unit for manager in managers for unit in manager.troubled]
    units = [unit for unit in troubled if _counts(unit, limits)]
    broken = [unit for unit in units if unit.trouble is Trouble.FAILED]
    stopped = [unit for unit in units if unit.trouble is Trouble.STOPPED]
    count = sum(manager.count for manager in managers)
    detail = "\n".join(unit.record for unit in [*broken, *stopped])
    measured = api.Measurement("failed", len(broken), api.Unit.COUNT)
    if broken:
        words = f"{_many(broken)} failed ({_names(broken)})."
        return api.verdict(api.Status.FAIL, words, measured, detail=detail, fix=FIX)
    if stopped:
        words = f"{_many(stopped)} should run and {'does' if len(stopped) == 1 else 'do'} not ({_names(stopped)})."
        return api.verdict(api.Status.WARN, words, measured, detail=detail, fix=STOPPED, severity=api.Severity.MEDIUM)
    aside = [unit for unit in troubled if unit.trouble is Trouble.FAILED]
    words = f"None of the {count} services of this machine has failed{_except(len(aside))}."
    return api.verdict(api.Status.OK, words, measured, detail="\n".join(unit.record for unit in aside))


def _counts(unit: TroubledUnit, limits: Settings) -> bool:
    """What a clock starts is judged with the scheduled jobs (services.cron)."""
    return not unit.scheduled and not any(fnmatchcase(unit.name, pattern) for pattern in limits.ignored)


def _except(count: int) -> str:
    """Those of the settings, and of services.cron: to deny them would be untrue."""
    are = "is" if count == 1 else "are"
    return f", except {count} that may or that {are} run by the clock" if count else ""


def _many(units: list[TroubledUnit]) -> str:
    return f"{len(units)} service{'' if len(units) == 1 else 's'}"


def _names(units: list[TroubledUnit]) -> str:
    names = ", ".join(unit.name for unit in units[:3])
    return f"{names} and {len(units) - 3} more" if len(units) > 3 else names
