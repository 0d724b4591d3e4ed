"""The one remedy for drives that are about to fail: findings that share it are one action."""

from __future__ import annotations

from itaudit import api

REPLACE = api.Remedy(
    "Back up the drive today, then replace it.",
    api.Effort.DAY,
    cost=(60, 300),
    steps=("smartctl -x DEVICE", "back up or clone: ddrescue DEVICE NEW_DEVICE rescue.map", "replace the drive, then restore"),
    verify="smartctl -H NEW_DEVICE",
    if_you_wait="The drive can stop at any moment, with everything that is on it.",
    lead=api.LeadTime.LICENCE,
)
