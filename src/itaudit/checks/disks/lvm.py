"""Groups of drives that share their room are complete.

Several drives can be joined so that they look like one.
When one of them is gone, whatever lay on it is gone too, and the rest may not start.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.lvm import VolumeGroup

FIX = api.Remedy(
    "Reconnect or replace the missing drive, then restore what was on it.",
    api.Effort.DAY,
    cost=(60, 300),
    steps=(
        "pvs -o pv_name,pv_uuid,vg_name,pv_missing",
        "check cables and power; when the drive is back: vgextend --restoremissing GROUP DEVICE",
        "mirrored volumes: vgextend GROUP NEW_DEVICE; lvconvert --repair GROUP/VOLUME; vgreduce --removemissing GROUP",
        "others: replace the drive and restore from the backup",
    ),
    verify="vgs -o vg_name,pv_count,vg_missing_pv_count",
    if_you_wait="What lay on the missing drive stays out of reach, and the computer may not start again.",
    lead=api.LeadTime.LICENCE,
)


@api.check(severity=api.Severity.CRITICAL, sources=("vgs(8), vg_missing_pv_count",))
def lvm(group: VolumeGroup) -> api.Verdict:
    here = group.drives - group.missing
    return api.verdict(
        api.Status.FAIL if group.missing else api.Status.OK,
        f"The group of drives {group.name} has only {here} of its {group.drives} drives."
        if group.missing
        else f"The group of drives {group.name} is complete.",
        detail=f"volume group {group.name}: pv_count={group.drives}, vg_missing_pv_count={group.missing}",
        fix=FIX,
        flags=(api.Flag.FAILING_NOW,),
    )
