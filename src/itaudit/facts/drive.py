"""One drive's health, the same words for ATA, NVMe and SCSI.

Sources: smartctl(8) and its drive database for the names of vendors' attributes; NVM Express Base Specification, log page 02h;
Backblaze on attributes 5, 187, 197 and 198 ("What SMART stats tell us about hard drives").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from itaudit import api
from itaudit.facts.drive_alarms import Alarm, alarms_of
from itaudit.facts.drive_life import life_left
from itaudit.facts.self_tests import NO_TESTS, SelfTests, all_tests, self_tests
from itaudit.facts.smartctl import PLAUSIBLE, Attribute, Report

_NAME_LENGTH = 60
_MOST_BYTES = 10**18
_MOST_HOURS = 50 * 8766
"""Larger numbers are no size and no age: an answer that was garbled on the way."""
_SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive. None: it does not say.

    way: how to ask for it, as arguments of smartctl. holds: where its file systems are mounted. hours: how long it has run.
    passed: its own verdict. spinning: a hard disk (True) or solid state (False). failing: attributes at their limit now, of
    the kind that precedes failure. unclear: smartctl says that there is such an attribute, and the report shows none.
    unreadable: places it cannot read; replaced: worn places it has replaced; uncorrected: data errors it could not correct,
    ever. errors_logged: errors in its log, ever. life_left_percent: what is left of the writing it was built for.
    hot_minutes: for how long it has been too hot, ever.
    """

    subject: str
    device: str
    model: str
    serial: str = ""
    way: str = "DEVICE"
    size_bytes: int | None = None
    holds: tuple[str, ...] = ()
    hours: int | None = None
    passed: bool | None = True
    spinning: bool | None = None
    alarms: tuple[Alarm, ...] = ()
    failing: tuple[str, ...] = ()
    failed_before: tuple[str, ...] = ()
    unclear: bool = False
    tests: SelfTests = NO_TESTS
    unreadable: int | None = None
    replaced: int | None = None
    uncorrected: int | None = None
    errors_logged: int | None = None
    life_left_percent: int | None = None
    spare_percent: int | None = None
    spare_least_percent: int | None = None
    celsius: int | None = None
    hot_minutes: int | None = None

    @property
    def title(self) -> str:
        """How sentences call it: "The drive WDC WD20EFRX (2.0 TB, serial number W1, /dev/sda, holds / and /home)"."""
        return f"The drive {self.name}"

    @property
    def name(self) -> str:
        """The title without "The drive": all by which a person can find it."""
        size = [api.readable_bytes(self.size_bytes)] if self.size_bytes else []
        serial = [f"serial number {self.serial}"] if self.serial else []
        return f"{self.model} ({', '.join([*size, *serial, self.device, *self._held])})"

    @property
    def _held(self) -> list[str]:
        shown, more = self.holds[:_SHOWN_PLACES], len(self.holds) - _SHOWN_PLACES
        words = [*shown, f"{more} more"] if more > 0 else [*shown]
        return [f"holds {' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)}"] if words else []

    @property
    def record(self) -> str:
        """For the technician: device, model and serial number as one line begins with them."""
        return f"{self.device} {self.model} {self.serial}".strip()

    @property
    def spare_used_up(self) -> bool:
        if self.spare_percent is None or self.spare_least_percent is None:
            return False
        # Virtual drives have no spare memory, and say 0 of 0; a limit of 100 or more is none.
        return self.spare_percent <= self.spare_least_percent and 0 < self.spare_least_percent < 100

    @property
    def behind_a_controller(self) -> bool:
        """smartctl counts the drives behind a controller ("-d megaraid,8 /dev/bus/0")."""
        return "," in self.way

    def named_apart(self, unit: str) -> Drive:
        """The same drive, where its serial number does not tell it from others, under the name of its unit or else its device."""
        where = f"unit {_clean(unit)}" if unit else self.device
        return replace(self, subject=f"drive {self.serial} at {where}" if self.serial else self.device)

    @property
    def health(self) -> Drive:
        """Without when and in which way it was asked: two ways to one drive tell the same."""
        return replace(self, subject="", device="", way="", holds=(), hours=None, celsius=None, tests=NO_TESTS)


def drive_of(report: Report, device: str, way: str = "DEVICE", holds: tuple[str, ...] = ()) -> Drive:
    """Read a report of `smartctl -a`. `device`: its path; `way` and `holds`: as Drive has them."""
    nvme = report.nvme_smart_health_information_log
    serial = _clean(report.serial_number)
    attributes = report.attributes
    hours = report.power_on_time.hours
    failing = tuple(_line(each) for each in attributes if each.when_failed == "now" and each.flags.prefailure)
    known_hours = hours if hours is not None and 0 <= hours <= _MOST_HOURS else None
    return Drive(
        subject=f"drive {serial}" if serial else device,
        device=device,
        model=_clean(report.model_name) or _clean(report.scsi_model_name) or "of unknown make",
        serial=serial,
        way=way,
        size_bytes=_size(report.user_capacity.bytes) or _size(report.nvme_total_capacity),
        holds=holds,
        hours=known_hours,
        passed=False if report.smartctl.exit_status & 8 else report.smart_status.passed,
        spinning=False if nvme else None if report.rotation_rate is None else report.rotation_rate > 0,
        alarms=alarms_of(report),
        failing=failing,
        failed_before=tuple(_line(each) for each in attributes if each.when_failed == "past"),
        unclear=bool(report.smartctl.exit_status & 16) and not failing,
        tests=_tests(report, known_hours),
        unreadable=_most(_pending(attributes), _count(attributes, 198, "uncorrect")),
        replaced=_most(_count(attributes, 5, "realloc"), _count(attributes, 5, "retired"), report.scsi_grown_defect_list),
        uncorrected=_most(
            _count(attributes, 187, "uncorrect"), _capped(nvme.media_errors) if nvme else None, _scsi_uncorrected(report)
        ),
        errors_logged=_most(report.ata_smart_error_log.summary.count, report.ata_smart_error_log.extended.count),
        life_left_percent=life_left(report),
        spare_percent=_most(nvme.available_spare) if nvme and nvme.plausible else None,
        spare_least_percent=_most(nvme.available_spare_threshold) if nvme and nvme.plausible else None,
        hot_minutes=_hot(report),
        # Some drives and adapters report 0 or 255 for "I have no sensor".
        celsius=report.temperature.current if 0 < (report.temperature.current or 0) < 150 else None,
    )


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isascii() and c.isprintable() else " " for c in text[: 4 * _NAME_LENGTH]).split())[
        :_NAME_LENGTH
    ]


def _size(count: int | None) -> int | None:
    return count if count is not None and 0 < count <= _MOST_BYTES else None


def _tests(report: Report, hours: int | None) -> SelfTests:
    """Bit 7 of the exit status is smartctl's own reading of the log, also where the log itself does not reach us."""
    log = all_tests(report.ata_smart_self_test_log, report.nvme_self_test_log, report.scsi_self_tests)
    found = self_tests(log, hours)
    return replace(found, failed=True) if report.smartctl.exit_status & 128 else found


def _line(attribute: Attribute) -> str:
    return f"{attribute.id} {_clean(attribute.name)} {attribute.value}, limit {attribute.thresh}"


def _count(attributes: Iterable[Attribute], number: int, word: str) -> int | None:
    """The raw count of an attribute, when its name says that it means what most vendors mean by its number."""
    return _most(*(each.count for each in attributes if each.id == number and word in each.name.lower()))


def _pending(attributes: Iterable[Attribute]) -> int | None:
    """Attribute 197, but not Crucial's and Micron's "Current_Pending_ECC_Cnt", which goes to 1 and back on healthy drives."""
    return _count([each for each in attributes if "ecc" not in each.name.lower()], 197, "pending")


def _most(*numbers: int | None) -> int | None:
    return max((number for number in numbers if number is not None and 0 <= number <= PLAUSIBLE), default=None)


def _scsi_uncorrected(report: Report) -> int | None:
    if (log := report.scsi_error_counter_log) is None:
        return None
    return _capped(sum(max(0, each.total_uncorrected_errors) for each in (log.read, log.write, log.verify)))


def _hot(report: Report) -> int | None:
    """Minutes above the warning and above the critical temperature (log page 02h)."""
    nvme = report.nvme_smart_health_information_log
    return _capped(nvme.warning_temp_time + nvme.critical_comp_time) if nvme and nvme.warning_temp_time is not None else None


def _capped(number: int | None) -> int | None:
    """A counter of its own, which is never packed: however large, it counts."""
    return None if number is None or number < 0 else min(number, PLAUSIBLE)
