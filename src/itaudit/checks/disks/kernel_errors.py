"""The computer has met no errors on its drives this week.

The computer keeps a diary of everything that goes wrong between it and its drives.
Damage often shows there weeks before a drive says that it is ill, or anybody misses a file.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.kernel_log import DAYS, StorageErrors

_NO_DRIVE = re.compile(r"(?:loop|dm-|zd|md)\d+")
"""It lies on drives, or in a file on one: it has no cable, and no health that it could tell."""


class Settings(api.CheckSettings):
    lost: api.AtMost = api.AtMost(warn=0, fail=0)
    """Messages, in seven days, that stored data could not be read back or a file system is damaged."""
    failed: api.AtMost = api.AtMost(warn=2, fail=20)
    """Messages, in seven days, that a request to the drive failed or was repeated."""


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 2 and 20 failed requests in seven days",))
def kernel_errors(errors: StorageErrors, limits: Settings) -> api.Verdict:
    status = api.worst(limits.lost.judge(errors.lost), limits.failed.judge(errors.failed))
    count = errors.lost + errors.failed
    gone, old = not errors.present, not errors.current
    words = f"The computer has met {count or 'no'} error{'' if count == 1 else 's'} on {errors.name} in the last {DAYS} days"
    return api.verdict(
        # A stick that was pulled out while in use leaves errors too, and so does a drive that was replaced.
        api.Status.WARN if (gone or old) and status is api.Status.FAIL else status,
        f"{words}{', and it is no longer connected' * gone}{', all before the computer was last started' * (old and not gone)}.",
        api.Measurement("lost", errors.lost, api.Unit.COUNT),
        api.Measurement("failed", errors.failed, api.Unit.COUNT),
        detail=f"{errors.device}: {errors.lost} of damage, {errors.failed} of failed requests"
        + (f"; newest: {errors.newest}" if errors.newest else ""),
        fix=_gone(errors) if gone else _fix(errors),
        severity=api.Severity.MEDIUM if gone or old or status is api.Status.WARN else None,
        flags=(api.Flag.EARLY_WARNING,),
    )


def _fix(errors: StorageErrors) -> api.Remedy:
    if _NO_DRIVE.fullmatch(errors.device):
        return _fix_layer(errors)
    return api.Remedy(
        f"Check the cables and the health of {errors.name}, and make a fresh backup.",
        api.Effort.HOURS,
        steps=(_grep(errors, DAYS), f"smartctl -x /dev/{errors.device}", "change the cable, or the port"),
        verify=_grep(errors, 1),
        if_you_wait="A bad connection or a failing drive damages what is being written.",
    )


def _fix_layer(errors: StorageErrors) -> api.Remedy:
    return api.Remedy(
        f"Check the file system on {errors.name} and the drives below it, and make a fresh backup.",
        api.Effort.HOURS,
        steps=(
            _grep(errors, DAYS),
            f"lsblk -s -o NAME,TYPE,MODEL,SERIAL,MOUNTPOINT /dev/{errors.device}",
            *([f"losetup -l /dev/{errors.device}   # the file behind it"] if errors.device.startswith("loop") else []),
            f"unmount it, then look without changing anything: fsck -n /dev/{errors.device}",
        ),
        verify=_grep(errors, 1),
        if_you_wait="The damage goes on, and reaches more of what is stored there.",
    )


def _gone(errors: StorageErrors) -> api.Remedy:
    return api.Remedy(
        f"Make sure that {errors.name} was taken out on purpose; otherwise check its cable and power.",
        steps=(_grep(errors, DAYS), "lsblk -o NAME,MODEL,SERIAL,SIZE,MOUNTPOINT"),
        verify=f"lsblk /dev/{errors.device}",
        if_you_wait="If the drive failed, what is on it is out of reach and no longer saved.",
    )


def _grep(errors: StorageErrors, days: int) -> str:
    return f"journalctl -k -p warning --since=-{days}d | grep {errors.device}"
