"""The computer has met no errors on its drives this week.

The computer keeps a diary of everything that goes wrong between it and its drives.
Damage often shows there weeks before a drive says that it is ill, or anybody misses a file.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.kernel_log import DAYS, StorageErrors


class Settings(api.CheckSettings):
    lost: api.AtMost = api.AtMost(warn=0, fail=0)
    """Messages, in seven days, that stored data could not be read back or a file system is damaged."""
    failed: api.AtMost = api.AtMost(warn=2, fail=20)
    """Messages, in seven days, that a request to the drive failed or was repeated."""


FIX = api.Remedy(
    "Check the drive's cables and its health, and make a fresh backup.",
    api.Effort.HOURS,
    steps=("journalctl -k -p warning --since=-7d | grep DEVICE", "smartctl -x /dev/DEVICE", "change the cable, or the port"),
    verify="journalctl -k -p warning --since=-1d | grep DEVICE",
    if_you_wait="A bad connection or a failing drive damages what is being written.",
)
GONE = api.Remedy(
    "Make sure that the drive was taken out on purpose; otherwise check its cable and power.",
    steps=("journalctl -k -p warning --since=-7d | grep DEVICE", "lsblk -o NAME,MODEL,SERIAL,SIZE,MOUNTPOINTS"),
    verify="lsblk DEVICE",
    if_you_wait="If the drive failed, what is on it is out of reach and no longer saved.",
)


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 2 and 20 failed requests in seven days",))
def kernel_errors(errors: StorageErrors, limits: Settings) -> api.Verdict:
    status = api.worst(limits.lost.judge(errors.lost), limits.failed.judge(errors.failed))
    count = errors.lost + errors.failed
    gone = not errors.present
    words = f"The computer has met {count or 'no'} error{'' if count == 1 else 's'} on {errors.device} in the last {DAYS} days"
    return api.verdict(
        # A stick that was pulled out while in use leaves errors too.
        api.Status.WARN if gone and status is api.Status.FAIL else status,
        f"{words}, and it is no longer connected." if gone else f"{words}.",
        api.Measurement("lost", errors.lost, api.Unit.COUNT),
        api.Measurement("failed", errors.failed, api.Unit.COUNT),
        detail=f"{errors.device}: {errors.lost} of damage, {errors.failed} of failed requests"
        + (f"; newest: {errors.newest}" if errors.newest else ""),
        fix=GONE if gone else FIX,
        severity=api.Severity.MEDIUM if gone or status is api.Status.WARN else None,
        flags=(api.Flag.EARLY_WARNING,),
    )
