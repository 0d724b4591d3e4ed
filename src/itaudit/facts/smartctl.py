"""What `smartctl --json` says, as far as we read it. Source: smartctl(8), "EXIT STATUS" and the JSON of versions 7.0 to 7.5."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, Field, model_validator

from itaudit.facts.self_tests import AtaTests, NvmeTests, ScsiTest, scsi_tests

PLAUSIBLE = 1_000_000
"""Raw values above are several numbers packed into one (attribute 188 of Seagate, 5 of some SSDs), not a count."""


DEVICE = r"^/dev/[\w/.:+-]+$"


class Scanned(BaseModel):
    """One device of `--scan-open`. The names become arguments, so only what a device can be called passes."""

    name: str = Field(pattern=DEVICE)
    type: str = Field(pattern=r"^\w[\w,+/.:-]*$")
    open_error: str = ""

    @property
    def label(self) -> str:
        """Its path; with the type where many drives lie behind one path ("/dev/bus/0 megaraid,3")."""
        return f"{self.name} {self.type}" if "," in self.type else self.name


class Scan(BaseModel):
    devices: list[Scanned] = Field(default=[], max_length=512)


class Message(BaseModel):
    string: str = ""


class Tool(BaseModel):
    """Bits of exit_status: 1 usage, 2 device did not open, 4 a command failed, 8 failing, 16 prefail now, 32 prefail in the past,
    64 error log not empty, 128 self-test failed.
    """

    exit_status: int = Field(default=0, ge=0, le=255)
    messages: list[Message] = []


class Named(BaseModel):
    name: str = ""
    protocol: str = ""


class WorldWideName(BaseModel):
    naa: int = 0
    oui: int = 0
    id: int = 0


class Support(BaseModel):
    available: bool = True
    enabled: bool = True


class ScsiSense(BaseModel):
    asc: int = 0
    ascq: int = 0


class Status(BaseModel):
    passed: bool | None = None
    scsi: ScsiSense | None = None


class Temperature(BaseModel):
    current: int | None = None


class Flags(BaseModel):
    prefailure: bool = False


class Capacity(BaseModel):
    bytes: int | None = None


class Running(BaseModel):
    hours: int | None = None


class Raw(BaseModel):
    string: str = ""


class Attribute(BaseModel):
    """One line of the ATA attribute table. `value` is normalized: 100 or 200 when new, falling towards `thresh`."""

    id: int
    name: str = ""
    value: int = 0
    thresh: int | None = None
    when_failed: str = ""
    flags: Flags = Flags()
    raw: Raw = Raw()

    @property
    def count(self) -> int | None:
        """The first number of the raw value as smartctl shows it ("8 (0 3)" -> 8); None when it is no plausible count."""
        match = re.match(r"[0-9]{1,15}(?!\w)", self.raw.string)
        return int(match[0]) if match and int(match[0]) <= PLAUSIBLE else None


class AttributeTable(BaseModel):
    table: list[Attribute] = []


class ErrorCount(BaseModel):
    count: int | None = None


class ErrorLog(BaseModel):
    summary: ErrorCount = ErrorCount()
    extended: ErrorCount = ErrorCount()


class NvmeLog(BaseModel):
    """SMART / Health Information, log page 02h (NVM Express Base Specification)."""

    critical_warning: int = Field(default=0, ge=0, le=255)
    available_spare: int | None = None
    available_spare_threshold: int | None = None
    percentage_used: int | None = None
    media_errors: int | None = None
    warning_temp_time: int | None = None
    critical_comp_time: int = 0

    @property
    def plausible(self) -> bool:
        """Whether its percentages can be true: a healthy Samsung 980 PRO was seen to say 255 for the limit and for the wear."""
        return (self.available_spare_threshold or 0) <= 100


class ScsiCounter(BaseModel):
    total_uncorrected_errors: int = 0


class ScsiErrors(BaseModel):
    read: ScsiCounter = ScsiCounter()
    write: ScsiCounter = ScsiCounter()
    verify: ScsiCounter = ScsiCounter()


class Report(BaseModel):
    """The answer of `smartctl -a`."""

    smartctl: Tool
    device: Named = Named()
    model_name: str = ""
    model_family: str = ""
    scsi_model_name: str = ""
    serial_number: str = ""
    wwn: WorldWideName | None = None
    logical_unit_id: str = ""
    user_capacity: Capacity = Capacity()
    nvme_total_capacity: int | None = None
    power_on_time: Running = Running()
    rotation_rate: int | None = None
    smart_support: Support = Support()
    smart_status: Status = Status()
    temperature: Temperature = Temperature()
    ata_smart_attributes: AttributeTable | None = None
    ata_smart_error_log: ErrorLog = ErrorLog()
    nvme_smart_health_information_log: NvmeLog | None = None
    scsi_grown_defect_list: int | None = None
    scsi_error_counter_log: ScsiErrors | None = None
    scsi_percentage_used_endurance_indicator: int | None = None
    ata_smart_self_test_log: AtaTests | None = None
    nvme_self_test_log: NvmeTests | None = None
    scsi_self_tests: list[ScsiTest] = []

    @model_validator(mode="before")
    @classmethod
    def _gather_scsi_tests(cls, answer: Any) -> Any:
        return {**answer, "scsi_self_tests": scsi_tests(answer)} if isinstance(answer, dict) else answer

    @property
    def attributes(self) -> list[Attribute]:
        return self.ata_smart_attributes.table if self.ata_smart_attributes else []

    @property
    def unit(self) -> str:
        """What names the drive, or the half of it, whichever way leads there; "" when it does not say."""
        if self.device.protocol == "NVMe":
            return self.serial_number
        return self.logical_unit_id or (f"{self.wwn.naa:x}-{self.wwn.oui:x}-{self.wwn.id:x}" if self.wwn and self.wwn.id else "")

    @property
    def said(self) -> str:
        """What smartctl complained about, on one line."""
        return " ".join(" ".join(message.string for message in self.smartctl.messages).split())[:300]
