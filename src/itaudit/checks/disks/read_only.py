"""Disks accept changes.

After a serious error the computer stops writing to a disk to protect what is on it. From then on nothing new is saved there.
Some disks are then shut off as a whole: what is on them cannot be read either, although they still seem to have room.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.mounts import Mount

FIX = api.Remedy(
    "Copy the important files elsewhere, then have the disk checked and repaired.",
    api.Effort.HOURS,
    steps=("dmesg --level=err,warn | tail -50", "smartctl -a DEVICE", "umount MOUNT", "fsck -f DEVICE", "mount MOUNT"),
    verify="findmnt -no OPTIONS MOUNT; touch MOUNT/try && rm MOUNT/try",
    if_you_wait="What people save there is lost, and the cause may be a dying disk.",
)


SHUT_DOWN = api.Remedy(
    "Find out why the computer shut the disk off, have it checked, and take it into use again.",
    api.Effort.HOURS,
    steps=(
        "dmesg --level=err,warn | tail -50",
        "smartctl -a DEVICE",
        "umount MOUNT && mount MOUNT (this replays its log, which a repair needs), then umount MOUNT",
        "xfs: xfs_repair -n DEVICE (only looks), then xfs_repair DEVICE; ext4: e2fsck -f DEVICE",
        "mount MOUNT",
    ),
    verify="ls MOUNT; findmnt -no OPTIONS MOUNT",
    if_you_wait="Nothing on it can be used, and the cause may be a dying disk.",
)

GONE = api.Remedy(
    "Find out why the disk dropped out, connect it again, and have it checked.",
    api.Effort.HOURS,
    steps=(
        "journalctl -k -p warning --since=-7d | tail -50",
        "umount --lazy MOUNT",
        "check cable, port and power; connect the disk; lsblk -o NAME,MODEL,SERIAL,SIZE",
        "smartctl -a DEVICE; fsck -f DEVICE",
        "mount MOUNT",
    ),
    verify="findmnt MOUNT; lsblk DEVICE",
    if_you_wait="Whatever is saved there, backups too, is lost without a word.",
)


@api.check(severity=api.Severity.CRITICAL, sources=("ext4(5), errors=remount-ro", "proc_pid_mountinfo(5)", "xfs_io(8), shutdown"))
def read_only(mount: Mount) -> api.Verdict:
    where = f"{mount.device} ({mount.file_system}, {mount.number})"
    if mount.gone:
        return api.verdict(
            api.Status.FAIL,
            f"{mount.mount} can no longer be used: its disk is not connected any more.",
            detail=f"{where} is in the table of mounts, but the kernel has no device {mount.number}",
            fix=GONE,
            severity=api.Severity.HIGH,
            flags=(api.Flag.FAILING_NOW,),
        )
    if mount.shut_down:
        return api.verdict(
            api.Status.FAIL,
            f"{mount.mount} can no longer be used: after an error the computer shut it off.",
            detail=f"{where} is shut down: every request to it ends with an input/output error",
            fix=SHUT_DOWN,
            flags=(api.Flag.FAILING_NOW,),
        )
    if mount.forced_read_only:
        return api.verdict(
            api.Status.FAIL,
            f"{mount.mount} no longer accepts changes, although it should.",
            detail=f"{where} refuses changes, not by the options it was mounted with; some kernels still show it as rw",
            fix=FIX,
            flags=(api.Flag.FAILING_NOW,),
        )
    state = "is read-only, as intended" if mount.read_only else "accepts changes"
    return api.verdict(api.Status.OK, f"{mount.mount} {state}.", detail=where)
