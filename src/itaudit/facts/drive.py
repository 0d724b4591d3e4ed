"""One drive's health, the same words for ATA, NVMe and SCSI.

Sources: smartctl(8) and its drive database for the names of vendors' attributes; NVM Express Base Specification, log page 02h;
Backblaze on attributes 5, 187, 197 and 198 ("What SMART stats tell us about hard drives").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from itaudit.facts.smartctl import PLAUSIBLE, Attribute, Report


class Alarm(StrEnum):
    """Bits 0 to 5 of an NVMe drive's critical warning, in order."""

    SPARE = "its spare memory is used up"
    TEMPERATURE = "its temperature is out of range"
    RELIABILITY = "it is no longer reliable"
    READ_ONLY = "it accepts no more changes"
    BACKUP_POWER = "its protection against power loss has failed"
    PERSISTENT_MEMORY = "its persistent memory is no longer reliable"


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive. None: it does not say.

    passed: its own verdict. spinning: a hard disk (True) or solid state (False). failing: attributes at their limit now, of
    the kind that precedes failure. unreadable: places it cannot read; replaced: worn places it has replaced; uncorrected:
    data errors it could not correct, ever. errors_logged: errors in its log, ever. life_left_percent: what is left of the
    writing it was built for.
    """

    subject: str
    device: str
    model: str
    serial: str = ""
    passed: bool | None = True
    spinning: bool | None = None
    alarms: tuple[Alarm, ...] = ()
    failing: tuple[str, ...] = ()
    failed_before: tuple[str, ...] = ()
    self_test_failed: bool = False
    unreadable: int | None = None
    replaced: int | None = None
    uncorrected: int | None = None
    errors_logged: int | None = None
    life_left_percent: int | None = None
    spare_percent: int | None = None
    spare_least_percent: int | None = None
    celsius: int | None = None

    @property
    def title(self) -> str:
        """How sentences call it: "The drive WDC WD20EFRX (/dev/sda)"."""
        return f"The drive {self.model} ({self.device})"

    @property
    def spare_used_up(self) -> bool:
        if self.spare_percent is None or self.spare_least_percent is None:
            return False
        return self.spare_percent <= self.spare_least_percent and self.spare_percent < 100

    def named_by_device(self) -> Drive:
        """The same drive under its device name, where the serial number does not tell it from others."""
        return replace(self, subject=f"drive {self.serial} at {self.device}" if self.serial else self.device)


def drive_of(report: Report, device: str) -> Drive:
    """Read a report of `smartctl -a`. `device`: its path."""
    nvme = report.nvme_smart_health_information_log
    serial = report.serial_number.strip()
    attributes = report.attributes
    return Drive(
        subject=f"drive {serial}" if serial else device,
        device=device,
        model=report.model_name or report.scsi_model_name or "of unknown make",
        serial=serial,
        passed=False if report.smartctl.exit_status & 8 else report.smart_status.passed,
        spinning=False if nvme else None if report.rotation_rate is None else report.rotation_rate > 0,
        alarms=tuple(alarm for bit, alarm in enumerate(Alarm) if nvme and nvme.critical_warning >> bit & 1),
        failing=tuple(_line(each) for each in attributes if each.when_failed == "now" and each.flags.prefailure),
        failed_before=tuple(_line(each) for each in attributes if each.when_failed == "past"),
        self_test_failed=bool(report.smartctl.exit_status & 128),
        unreadable=_most(_count(attributes, 197, "pending"), _count(attributes, 198, "uncorrect")),
        replaced=_most(_count(attributes, 5, "realloc"), _count(attributes, 5, "retired"), report.scsi_grown_defect_list),
        uncorrected=_most(_count(attributes, 187, "uncorrect"), nvme.media_errors if nvme else None, _scsi_uncorrected(report)),
        errors_logged=_most(report.ata_smart_error_log.summary.count, report.ata_smart_error_log.extended.count),
        life_left_percent=_life_left(report),
        spare_percent=nvme.available_spare if nvme else None,
        spare_least_percent=nvme.available_spare_threshold if nvme else None,
        # Some drives and adapters report 0 or 255 for "I have no sensor".
        celsius=report.temperature.current if 0 < (report.temperature.current or 0) < 150 else None,
    )


def _line(attribute: Attribute) -> str:
    return f"{attribute.id} {attribute.name} {attribute.value}, limit {attribute.thresh}"


def _count(attributes: Iterable[Attribute], number: int, word: str) -> int | None:
    """The raw count of an attribute, when its name says that it means what most vendors mean by its number."""
    return _most(*(each.count for each in attributes if each.id == number and word in each.name.lower()))


def _most(*numbers: int | None) -> int | None:
    return max((number for number in numbers if number is not None and 0 <= number <= PLAUSIBLE), default=None)


def _scsi_uncorrected(report: Report) -> int | None:
    if (log := report.scsi_error_counter_log) is None:
        return None
    return sum(each.total_uncorrected_errors for each in (log.read, log.write, log.verify))


_LIFE = frozenset(
    (
        (177, "wear_leveling_count"),
        (169, "remaining_lifetime_perc"),
        (169, "lifetime_remaining"),
        (173, "ave_block-erase_count"),
        (173, "wear_leveling_count"),
        (202, "percent_lifetime_remain"),
        (202, "percent_lifetime_used"),
        (202, "perc_rated_life_used"),
        (231, "ssd_life_left"),
        (231, "lifetime_left"),
        (231, "percent_lifetime_remain"),
        (231, "perc_rated_life_remain"),
        (233, "media_wearout_indicator"),
        (233, "remaining_lifetime_perc"),
    )
)
"""Attributes whose normalized value falls from 100 to 0 as an SSD wears, by number and name in smartctl's drive database.
The number alone says nothing: 231 is the temperature and 202 a data error on hard disks, 233 the amount written on Kingston's."""

_IN_RAW = {"Phison Driven SSDs": 231, "Silicon Motion based SSDs": 169}
"""Families that keep the normalized value at 100 and count the percent left in the raw value."""


def _life_left(report: Report) -> int | None:
    """Percent left of the rated writing, not below 0; the lowest of what the drive offers."""
    nvme = report.nvme_smart_health_information_log
    used = nvme.percentage_used if nvme else report.scsi_percentage_used_endurance_indicator
    if used is not None:
        return max(0, 100 - used)
    left: list[int] = []
    for each in report.attributes:
        if (each.id, each.name.lower().rstrip("%")) in _LIFE and 0 <= each.value <= 100:
            in_raw = _IN_RAW.get(report.model_family) == each.id and each.count is not None and 1 <= each.count <= 100
            left.append(each.count if in_raw and each.count else each.value)
    return min(left) if left and report.rotation_rate in (0, None) else None
