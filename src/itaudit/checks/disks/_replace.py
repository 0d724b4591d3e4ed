"""The one remedy for a drive that is about to fail: findings of one drive that share it are one action."""

from __future__ import annotations

from itaudit import api
from itaudit.facts.drive import Drive


def replace_drive(drive: Drive) -> api.Remedy:
    """Back up and replace this very drive."""
    return api.Remedy(
        f"Back up the drive {drive.name} today, then replace it.",
        api.Effort.DAY,
        cost=(60, 300),
        steps=(f"smartctl -x {drive.way}", *_steps(drive)),
        verify="smartctl -H NEW_DEVICE",
        if_you_wait="The drive can stop at any moment, with everything that is on it.",
        lead=api.LeadTime.LICENCE,
    )


def _steps(drive: Drive) -> tuple[str, str]:
    known = f"the drive with the serial number {drive.serial or '(ask smartctl -i)'}"
    if drive.behind_a_controller:
        return (
            "storcli /cX/eY/sZ start locate (its light blinks; show all on /call/eall/sall tells X, Y, Z by serial number)",
            f"swap {known} in its slot; the controller then builds the set anew: storcli /call show",
        )
    return "back up or clone: ddrescue OLD_DEVICE NEW_DEVICE rescue.map", f"replace {known}, then restore"
