"""What exactly a drive warns of, where it says more than that it does not pass.

Sources: NVM Express Base Specification, log page 02h, Critical Warning; SCSI Primary Commands (SPC-5), additional
sense code 0Bh.
"""

from __future__ import annotations

from enum import StrEnum

from itaudit.facts.smartctl import Report


class Alarm(StrEnum):
    """Bits 0 to 5 of an NVMe drive's critical warning, in order."""

    SPARE = "its spare memory is used up"
    TEMPERATURE = "its temperature is out of range"
    RELIABILITY = "it is no longer reliable"
    READ_ONLY = "it accepts no more changes"
    BACKUP_POWER = "its protection against power loss has failed"
    PERSISTENT_MEMORY = "its persistent memory is no longer reliable"


_WARNING = 0x0B
_SCSI_WARNINGS = {
    **dict.fromkeys((0x01, 0x0A, 0x0B, 0x0C, 0x0D), Alarm.TEMPERATURE),
    **dict.fromkeys((0x06, 0x07), Alarm.BACKUP_POWER),
}
"""By additional sense code qualifier. smartctl calls each of them, like a prediction of failure, "not passed"."""


def alarms_of(report: Report) -> tuple[Alarm, ...]:
    """The alarms of an NVMe or SCSI drive; ATA has none of the kind."""
    if nvme := report.nvme_smart_health_information_log:
        return tuple(alarm for bit, alarm in enumerate(Alarm) if nvme.critical_warning >> bit & 1)
    said = report.smart_status.scsi
    alarm = _SCSI_WARNINGS.get(said.ascq) if said and said.asc == _WARNING else None
    return (alarm,) if alarm else ()
