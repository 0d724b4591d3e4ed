"""Drives that secure each other are complete.

Several drives hold the same data, so that one may fail. While one is missing, the next failure takes everything.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.arrays import Array

FIX = api.Remedy(
    "Replace the drive that dropped out of the set.",
    api.Effort.HOURS,
    cost=(60, 300),
    steps=(
        "md: mdadm --detail /dev/NAME; mdadm /dev/NAME --remove failed; mdadm /dev/NAME --add NEW_DEVICE",
        "btrfs: btrfs filesystem show MOUNT; btrfs replace start DEVICE_ID NEW_DEVICE MOUNT",
        "ZFS: zpool status -v NAME; zpool replace NAME OLD_DEVICE NEW_DEVICE",
        "LVM: lvs -a -o lv_name,devices,lv_health_status; lvchange --refresh NAME; if that fails: lvconvert --repair NAME",
        "RAID controller: storcli /cX show; ssacli ctrl all show config; swap the failed drive in its slot",
    ),
    verify="cat /proc/mdstat; btrfs filesystem show MOUNT; zpool status -x; lvs -o lv_name,lv_health_status; "
    "storcli /call show; ssacli ctrl all show config",
    if_you_wait="When one more drive fails, everything on the set is lost.",
    lead=api.LeadTime.LICENCE,
)
WAIT = api.Remedy(
    "Wait until the set of drives is whole again, keep the backups going, and check again then.",
    steps=(
        "Pull out no drive and do not switch the machine off; see that last night's backup is there.",
        "How far it is: cat /proc/mdstat; zpool status NAME; storcli /call/eall/sall show rebuild; ssacli ctrl all show config",
        "md says PENDING: it begins with the first write, or with mdadm --readwrite /dev/NAME",
        "When it is whole: itaudit scan --only disks. A drive that failed is then still to be taken out, and a new spare put in.",
    ),
    verify=FIX.verify,
    if_you_wait="There is nothing to do but watch: until it is whole, one more failing drive may take everything on the set.",
)


_TROUBLE = (api.Status.WARN, api.Status.FAIL)
_MOST_NAMES = 24


@api.check(severity=api.Severity.CRITICAL, sources=("md(4)", "btrfs-device(8)", "zpoolconcepts(7), Device Failure and Recovery"))
def raid(array: Array) -> api.Verdict:
    status, severity, words = _judge(array)
    record = [array.kind, "active" if array.active else "inactive"]
    record += [f"{array.working} of {array.wanted} working"] if array.wanted else []
    record += [f"failed: {' '.join(array.failed)}"] if array.failed else []
    record += [f"leave in place: {' '.join(array.present[:_MOST_NAMES])}"] if array.present and status in _TROUBLE else []
    record += [array.progress] if array.progress else []
    return api.verdict(
        status,
        f"The set of drives {array.name} {words}.",
        detail=", ".join(record),
        fix=WAIT if _heals(array) else FIX,
        severity=severity,
        flags=(api.Flag.EARLY_WARNING,),
    )


def _well(array: Array) -> str:
    if not array.secure:
        return "runs, without security against a failing drive"
    return "has all its drives" if array.wanted else "runs, and misses no drive"


def _heals(array: Array) -> bool:
    """Is each missing member being replaced already? Then there is nothing to buy now."""
    return array.active and array.rebuilding and not array.unfilled and bool(array.absent or array.degraded)


def _judge(array: Array) -> tuple[api.Status, api.Severity | None, str]:
    if not array.active:
        return api.Status.FAIL, None, "does not run, and what is on it cannot be reached"
    if array.absent and array.rebuilding:
        words = f"is being rebuilt with {array.working} of {array.wanted} drives complete"
        if array.unfilled:
            more = f"{array.unfilled} more {'is' if array.unfilled == 1 else 'are'} missing"
            return api.Status.FAIL, None, f"{words}, and {more}"
        return api.Status.WARN, None, words
    if array.absent:
        return api.Status.FAIL, None, f"has only {array.working} of its {array.wanted} drives"
    if array.degraded and array.rebuilding:
        return api.Status.WARN, None, "is being rebuilt"
    if array.degraded:
        return api.Status.FAIL, None, "is not complete"
    if array.failed:
        return api.Status.WARN, api.Severity.MEDIUM, "is complete, but a drive in it has failed and a spare took its place"
    return api.Status.OK, None, _well(array)
