"""The newest copy is not suddenly much smaller than those before it.

When a disk was not attached or a folder was moved, the backup runs without an error, and saves next to nothing.
"""

from __future__ import annotations

from statistics import median

from itaudit import api
from itaudit.facts.backups.sizes import SavedSizes

FIX = api.Remedy(
    "Find out what is missing from the newest copy, and bring it back before older copies are thrown away.",
    api.Effort.HOURS,
    steps=(
        "stop the tidying of old copies for now (restic forget, borg prune)",
        "compare: restic diff OLDER NEWEST; borg diff ::OLDER NEWEST",
        "common causes: a disk that was not mounted, a folder that was moved, a new exclude, deleted by mistake or by malware",
        "deleted on purpose: nothing to do, the finding ends after some more copies",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="The older copies, which still hold everything, are thrown away one by one.",
)


class Settings(api.CheckSettings):
    drop_percent: api.AtMost = api.AtMost(warn=50, fail=50)
    """By how much the newest copy may be smaller than the middle one of the five before it, in percent of bytes or of files."""
    least_copies: int = 3
    """Fewer earlier copies than this say nothing."""
    least_bytes: float = 1e6
    """Less than this may go missing unnoticed, in bytes."""
    least_files: float = 20
    """Fewer files than this may go missing unnoticed."""


@api.check(severity=api.Severity.HIGH)  # the limits are our own choice, wide enough for a good clean-up
def size_drop(saved: SavedSizes, limits: Settings) -> api.Verdict:
    *earlier, newest = saved.sizes
    holds = f"{api.readable_bytes(newest.size_bytes)} in {newest.files} files"
    measured = (
        api.Measurement("size", newest.size_bytes, api.Unit.BYTES),
        api.Measurement("files", newest.files, api.Unit.COUNT),
    )
    detail = "; ".join(f"{size.when:%Y-%m-%d %H:%M} UTC: {size.size_bytes} bytes, {size.files} files" for size in saved.sizes)
    if saved.paths:
        detail = f"{' '.join(saved.paths)}: {detail}"
    if len(earlier) < limits.least_copies:
        summary = f"The newest copy in {saved.subject} holds {holds}; there are too few earlier ones to compare it with."
        return api.verdict(api.Status.OK, summary, *measured, detail=detail)
    drop_of_bytes = _drop(newest.size_bytes, [size.size_bytes for size in earlier], limits.least_bytes)
    drop_of_files = _drop(newest.files, [size.files for size in earlier], limits.least_files)
    status = api.worst(limits.drop_percent.judge(drop_of_bytes), limits.drop_percent.judge(drop_of_files))
    if status is api.Status.OK:
        return api.verdict(status, f"The newest copy in {saved.subject} holds {holds}, as usual.", *measured, detail=detail)
    usual = (
        f"{api.readable_bytes(median(size.size_bytes for size in earlier))} in {median(size.files for size in earlier):.0f} files"
    )
    summary = f"The newest copy in {saved.subject} holds only {holds}; before it was {usual}."
    return api.verdict(status, summary, *measured, detail=detail, fix=FIX)


def _drop(newest: float, earlier: list[int], least: float) -> float:
    """Percent that the newest is below the middle one of the earlier; 0 when it is not, or hardly, smaller."""
    usual = median(earlier)
    missing = usual - newest
    return 100 * missing / usual if missing > 0 and missing >= least else 0.0
