"""What a drive's own tests found, the same words for ATA, NVMe and SCSI.

Sources: smartctl(8) and its JSON of versions 7.0 to 7.5; ATA Command Set (ACS-3), SMART self-test log; NVM Express Base
Specification, log page 06h; SCSI Primary Commands (SPC-4), log page 10h.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

_HOURS_WRAP = 65536
"""ATA and SCSI write the hour of a test in 16 bits: after seven and a half years of running it starts again at 0."""
_SCSI_TESTS = 20
"""Entries of the SCSI log; smartctl names them scsi_self_test_0 (newest) to scsi_self_test_19."""
_MOST = 100
"""Entries of one log that are read. ATA keeps 21 or a few hundred, NVMe 20; all are newest first."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One test, newest first in its log. passed: None when it was stopped, or is running. hour: of the drive's running time."""

    long: bool
    passed: bool | None
    hour: int | None
    wraps: bool


@dataclass(frozen=True, slots=True)
class SelfTests:
    """What the log of tests says. None: the drive keeps no log, or does not say.

    failed: a test found an error, and no long test has passed since. hours_ago: hours of running since the last test that passed.
    never: it keeps a log, and no test ever passed.
    """

    failed: bool = False
    hours_ago: int | None = None
    never: bool = False


NO_TESTS = SelfTests()

_Passed = Mapping[int | None, bool]
_ATA_PASSED: _Passed = {0: True, 3: False, 4: False, 5: False, 6: False, 7: False, 8: False}
_SCSI_PASSED: _Passed = {0: True, 3: False, 4: False, 5: False, 6: False, 7: False}
"""Of both: 1 and 2 were stopped, 15 is running."""
_NVME_PASSED: _Passed = {0: True, 5: False, 6: False, 7: False}
"""The others were stopped by someone."""


class _Code(BaseModel):
    value: int | None = None


class _Result(_Code):
    passed: bool | None = None


class _AtaTest(BaseModel):
    type: _Code = _Code()
    status: _Result = _Result()
    lifetime_hours: int | None = None


class _AtaTable(BaseModel):
    table: list[_AtaTest] = []


class AtaTests(BaseModel):
    standard: _AtaTable | None = None
    extended: _AtaTable | None = None


class _NvmeTest(BaseModel):
    self_test_code: _Code = _Code()
    self_test_result: _Code = _Code()
    power_on_hours: int | None = None


class NvmeTests(BaseModel):
    table: list[_NvmeTest] = []


class _Hours(BaseModel):
    hours: int | None = None


class ScsiTest(BaseModel):
    code: _Code = _Code()
    result: _Code = _Code()
    power_on_time: _Hours = _Hours()


def scsi_tests(answer: Mapping[str, Any]) -> list[Any]:
    """The numbered entries of the SCSI log out of smartctl's answer, newest first."""
    return [answer[key] for number in range(_SCSI_TESTS) if (key := f"scsi_self_test_{number}") in answer]


def all_tests(ata: AtaTests | None, nvme: NvmeTests | None, scsi: Iterable[ScsiTest]) -> list[SelfTest] | None:
    """The tests of whichever log there is, newest first; None when there is none."""
    if ata and (table := ata.extended or ata.standard):
        return list(_of_ata(table.table[:_MOST]))
    if nvme:
        return list(_of_nvme(nvme.table[:_MOST]))
    return list(_of_scsi(scsi)) or None


def self_tests(tests: list[SelfTest] | None, hours: int | None) -> SelfTests:
    """Judge a log. `hours`: how long the drive has run."""
    if tests is None:
        return NO_TESTS
    passed = next((test for test in tests if test.passed), None)
    return SelfTests(_failed(tests), _ago(passed, hours) if passed else None, never=passed is None)


def _failed(tests: Iterable[SelfTest]) -> bool:
    """smartctl(8), exit status bit 7: a failed test counts until a newer long test passes; a short one reads too little."""
    for test in tests:
        if test.passed is False:
            return True
        if test.passed and test.long:
            return False
    return False


def _ago(test: SelfTest, hours: int | None) -> int | None:
    if hours is None or test.hour is None or hours < 0 or test.hour < 0:
        return None
    if test.wraps and test.hour < _HOURS_WRAP:
        # The newest moment with this number that is not in the future.
        return (hours - test.hour) % _HOURS_WRAP if hours >= test.hour or hours >= _HOURS_WRAP else None
    return hours - test.hour if hours >= test.hour else None


def _of_ata(table: Iterable[_AtaTest]) -> Iterator[SelfTest]:
    for each in table:
        # The upper half of the byte; bit 7 of the type: captive mode.
        upper = None if each.status.value is None else each.status.value >> 4
        said = each.status.passed if upper is None else _ATA_PASSED.get(upper)
        yield SelfTest((each.type.value or 0) & 0x7F == 2, said, each.lifetime_hours, wraps=True)


def _of_nvme(table: Iterable[_NvmeTest]) -> Iterator[SelfTest]:
    for each in table:
        said = _NVME_PASSED.get(each.self_test_result.value)
        yield SelfTest(each.self_test_code.value == 2, said, each.power_on_hours, wraps=False)


def _of_scsi(tests: Iterable[ScsiTest]) -> Iterator[SelfTest]:
    for each in tests:
        # Codes 2 and 6 are the long tests.
        yield SelfTest(each.code.value in (2, 6), _SCSI_PASSED.get(each.result.value), each.power_on_time.hours, wraps=True)
