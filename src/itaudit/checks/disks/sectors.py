"""Drives can read back everything that was stored.

A drive that cannot read some places, or must replace more and more of them, has begun to fail.
That often shows months before the drive says so itself.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.disks._replace import REPLACE
from itaudit.facts.drive import Drive


class Settings(api.CheckSettings):
    unreadable: api.AtMost = api.AtMost(warn=0, fail=0)
    """Places that cannot be read (ATA 197, 198)."""
    replaced: api.AtMost = api.AtMost(warn=0, fail=50)
    """Worn places that the drive has replaced (ATA 5, SCSI grown defects). Growing since the last scan always fails."""
    uncorrected: api.AtMost = api.AtMost(warn=0, fail=10)
    """Errors that could not be corrected, ever (ATA 187, NVMe media errors, SCSI). Growing since the last scan always fails."""


WORDS = {
    "unreadable": "places it cannot read",
    "replaced": "worn places it has replaced",
    "uncorrected": "errors it could not correct",
}


@api.check(severity=api.Severity.HIGH, sources=("Backblaze, What SMART stats tell us about hard drives: 5, 187, 197, 198",))
def sectors(drive: Drive, past: api.History, limits: Settings) -> api.Verdict:
    counts = _counts(drive)
    if not counts and not drive.self_test_failed:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} does not count damaged places.")
    growing = [name for name, count in counts.items() if name != "unreadable" and _grew(past, name, count)]
    tested = api.Status.FAIL if growing or drive.self_test_failed else api.Status.OK
    status = api.worst(tested, *(getattr(limits, name).judge(count) for name, count in counts.items()))
    shown = [
        f"{count} {WORDS[name]}{' (more than before)' if name in growing else ''}" for name, count in counts.items() if count
    ]
    shown += ["an error in its own test"] * drive.self_test_failed
    return api.verdict(
        status,
        f"{drive.title} reports {', '.join(shown) or 'no damaged places'}.",
        *(api.Measurement(name, count, api.Unit.COUNT) for name, count in counts.items()),
        detail=f"{drive.device} {drive.model} {drive.serial}: {counts}, self-test failed: {drive.self_test_failed}",
        fix=REPLACE if status is api.Status.FAIL else WATCH,
        severity=api.Severity.LOW if status is api.Status.WARN else None,
        flags=(api.Flag.EARLY_WARNING,) if status is api.Status.FAIL else (),
    )


WATCH = api.Remedy(
    "Keep a backup of the drive up to date; replace it when the number of damaged places grows.",
    steps=("smartctl -t long DEVICE", "smartctl -a DEVICE"),
    verify="smartctl -A DEVICE",
    if_you_wait="A few damaged places are common; when they become more, the drive is on its way out.",
)


def _counts(drive: Drive) -> dict[str, int]:
    numbers = {"unreadable": drive.unreadable, "replaced": drive.replaced, "uncorrected": drive.uncorrected}
    return {name: number for name, number in numbers.items() if number is not None}


def _grew(past: api.History, name: str, count: int) -> bool:
    """Against the last scan. At first sight a count is the baseline: it may be old."""
    return any(count > point.value for point in past.series(name)[-1:])
