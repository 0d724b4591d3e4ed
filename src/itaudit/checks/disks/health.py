"""Drives say that they are healthy.

Drives watch themselves and say when they are about to fail. A drive that says so should be replaced before it stops.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.disks._replace import replace_drive
from itaudit.facts.drive import Drive
from itaudit.facts.drive_alarms import Alarm

GRAVE = {Alarm.SPARE, Alarm.RELIABILITY, Alarm.READ_ONLY, Alarm.PERSISTENT_MEMORY}
UNLOCK = "Run smartctl -H -A on the drive, if need be with another -d TYPE."


@api.check(
    severity=api.Severity.CRITICAL,
    sources=("smartctl(8), exit status bits 3 and 4", "NVM Express Base Specification, log page 02h"),
)
def health(drive: Drive) -> api.Verdict:
    dying = _dying(drive)
    if dying:
        flags = (api.Flag.FAILING_NOW,)
        return api.verdict(
            api.Status.FAIL, f"{drive.title} says that {dying}.", detail=_record(drive), fix=replace_drive(drive), flags=flags
        )
    if drive.failing:
        words = f"{drive.title} has worn down to the limit that its maker set for failing soon."
        return api.verdict(
            api.Status.FAIL, words, detail=_record(drive), fix=replace_drive(drive), flags=(api.Flag.EARLY_WARNING,)
        )
    if Alarm.BACKUP_POWER in drive.alarms:
        words, milder = f"{drive.title} says that {Alarm.BACKUP_POWER}.", api.Severity.MEDIUM
        return api.verdict(api.Status.WARN, words, detail=_record(drive), fix=_power(drive), severity=milder)
    if drive.passed is None or drive.unclear:
        doubt = "contradicts itself about its health" if drive.unclear else "does not say whether it is healthy"
        return api.verdict(api.Status.UNKNOWN, f"{drive.title} {doubt}.", detail=_record(drive), unlock=UNLOCK)
    well = "has no fault but its temperature" if Alarm.TEMPERATURE in drive.alarms else "says that it is healthy"
    return api.verdict(api.Status.OK, f"{drive.title} {well}.", detail=_record(drive))


def _dying(drive: Drive) -> str:
    """Why it is about to fail, in words; "" when it does not say so. Heat and power alone also make it "not pass"."""
    grave = [alarm for alarm in drive.alarms if alarm in GRAVE]
    if grave:
        return " and ".join(grave)
    if drive.spare_used_up:
        return Alarm.SPARE
    return "it is failing" if drive.passed is False and not drive.alarms else ""


def _power(drive: Drive) -> api.Remedy:
    return api.Remedy(
        f"Put the computer on a battery-backed power supply and plan to replace the drive {drive.name}.",
        api.Effort.HOURS,
        cost=(100, 300),
        steps=(f"smartctl -a {drive.way}", f"nvme smart-log {drive.device}"),
        verify="upsc NAME (Network UPS Tools) shows the supply on line; smartctl -H NEW_DEVICE once the drive is replaced",
        if_you_wait="A power cut can damage what was being written.",
        lead=api.LeadTime.LICENCE,
    )


def _record(drive: Drive) -> str:
    words = {True: "passed", False: "FAILED", None: "no verdict"}[drive.passed]
    parts = [f"SMART overall: {words}", *(f"alarm: {alarm.name.lower()}" for alarm in drive.alarms)]
    parts += [f"at its limit now: {each}" for each in drive.failing] + [
        f"at its limit once: {each}" for each in drive.failed_before
    ]
    if drive.unclear:
        parts.append("smartctl ends with bit 4 (an attribute at its limit), but the table shows none")
    if drive.spare_percent is not None:
        parts.append(f"spare {drive.spare_percent} %, limit {drive.spare_least_percent} %")
    return f"{drive.record}: " + "; ".join(parts)
