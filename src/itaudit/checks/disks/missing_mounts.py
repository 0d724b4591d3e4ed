"""Disks that should be in use are in use.

A disk or share that should be there after every start is absent.
What people and backups save in its place lands on another disk, or nowhere.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.fstab import PlannedMount

FIX = api.Remedy(
    "Find out why the disk or share is not in use, and connect it again.",
    api.Effort.HOURS,
    steps=(
        "findmnt --verify",
        "lsblk -f (is the device in the list?)",
        "dmesg --level=err,warn | tail -50",
        "ls -la MOUNT (what was saved there meanwhile lies on the disk below; move it before mounting)",
        "mount MOUNT",
        "if it is no longer wanted: remove its line from /etc/fstab",
    ),
    verify="findmnt MOUNT",
    if_you_wait="New files land in the wrong place, and the backup may save an empty folder.",
)


@api.check(severity=api.Severity.HIGH, sources=("fstab(5)", "proc_pid_mountinfo(5)"))
def missing_mounts(planned: PlannedMount) -> api.Verdict:
    record = f"/etc/fstab: {planned.device} {planned.mount} {planned.file_system} {planned.options}"
    if planned.mounted:
        return api.verdict(api.Status.OK, f"{planned.mount} is in use, as planned.", detail=record)
    # "nofail" says that the start may go on without it, as for a drive that is carried away: then only its absence is told.
    carried_away = planned.optional and planned.device_present is not True
    where = {True: "; the device is there", False: "; the kernel has no such device", None: ""}[planned.device_present]
    return api.verdict(
        api.Status.WARN if carried_away else api.Status.FAIL,
        f"{planned.mount} should be in use since the start of the computer, and is not.",
        detail=f"{record}: not mounted{where}",
        fix=FIX,
        severity=api.Severity.LOW if carried_away else None,
    )
