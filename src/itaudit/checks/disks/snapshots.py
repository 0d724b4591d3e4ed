"""Earlier states of files leave room for new ones.

A disk can keep earlier states of its files, which helps after a mistake.
Whatever was deleted since then still takes its room.
So they grow unseen until the disk is full, or until they are lost themselves.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.snapshots import Snapshots


class Settings(api.CheckSettings):
    own_room_percent: float = 80
    """Used of the room set aside for one earlier state, in percent, at which it fails. When it is full, the state is lost."""
    free_percent: float = 20
    """Free room of the disk, in percent, below which it matters what earlier states hold."""
    held_percent: float = 20
    """Room that they then hold, in percent of the disk, from which on we warn."""
    count: int = 100
    """How many we then warn of, where the disk does not tell the room that they hold."""


ROOM = api.Remedy(
    "Delete the earlier state, or give it more room.",
    steps=("lvs -a -o lv_name,lv_size,data_percent,origin GROUP", "lvremove GROUP/SNAPSHOT, or lvextend -L +5G GROUP/SNAPSHOT"),
    verify="lvs -a -o lv_name,data_percent GROUP",
    if_you_wait="When it is full this earlier state is lost; until then it slows the disk down.",
)
FIX = api.Remedy(
    "Delete the oldest of these earlier states, and limit how many are kept.",
    api.Effort.HOURS,
    steps=(
        "ZFS: zfs list -r -o name,used,usedbysnapshots NAME; zfs list -r -t snapshot -o name,used,creation -s creation NAME",
        "ZFS: zfs destroy -nv DATASET@SNAPSHOT (only says what it would free), then the same without -n",
        "btrfs: btrfs subvolume list -s MOUNT; snapper: snapper delete FIRST-LAST; others: btrfs subvolume delete MOUNT/PATH",
        "limits: NUMBER_LIMIT and TIMELINE_LIMIT_* in /etc/snapper/configs, Timeshift's settings, sanoid, zfs-auto-snapshot",
    ),
    verify="zfs list -o name,available,usedbysnapshots NAME; btrfs subvolume list -s MOUNT; df -h MOUNT",
    if_you_wait="Deleting files frees no room, and the disk fills up all the same.",
)


@api.check(
    severity=api.Severity.LOW,
    sources=("lvs(8), data_percent", "zfsprops(7), usedbysnapshots", "itaudit's own choice: 80 %, 20 % and 100"),
)
def snapshots(kept: Snapshots, limits: Settings) -> api.Verdict:
    return _own_room(kept, limits) if kept.product == "lvm" else _shared_room(kept, limits)


def _own_room(kept: Snapshots, limits: Settings) -> api.Verdict:
    record, used = f"{kept.subject}: data_percent={kept.full_percent}", kept.full_percent
    if kept.lost:
        words = f"The earlier state {kept.subject} ran full and is lost."
        return api.verdict(api.Status.WARN, words, detail=f"{record}, invalid", fix=ROOM, severity=api.Severity.MEDIUM)
    if used is None:
        return api.verdict(api.Status.SKIPPED, f"The earlier state {kept.subject} is not in use.", detail=record)
    return api.verdict(
        api.Status.FAIL if used >= limits.own_room_percent else api.Status.OK,
        f"The room set aside for the earlier state {kept.subject} is {int(used)}% full.",
        api.Measurement("used", used, api.Unit.PERCENT),
        detail=record,
        fix=ROOM,
        # It is lost when it runs full; what it was made of is not.
        severity=api.Severity.MEDIUM,
        flags=(api.Flag.EARLY_WARNING,),
    )


def _shared_room(kept: Snapshots, limits: Settings) -> api.Verdict:
    free = kept.free_percent
    short = free is not None and free < limits.free_percent
    if kept.held_bytes is not None:
        much = (kept.held_percent or 0) >= limits.held_percent
        words = f"Earlier states hold {api.readable_bytes(kept.held_bytes)} of {kept.subject}"
        measured = api.Measurement("held", kept.held_bytes, api.Unit.BYTES)
    else:
        count = kept.count or 0
        much = count >= limits.count
        words = f"{kept.subject} keeps {count or 'no'} earlier state{'' if count == 1 else 's'} of its files"
        measured = api.Measurement("count", count, api.Unit.COUNT)
    bad = short and much
    return api.verdict(
        api.Status.WARN if bad else api.Status.OK,
        f"{words}, and only {free:.0f}% of its room is free." if bad else f"{words}.",
        measured,
        detail=f"{kept.product} {kept.subject}: {kept.free_bytes} of {kept.size_bytes} bytes free; "
        + ("held by snapshots: not told without quotas" if kept.held_bytes is None else f"usedbysnapshots={kept.held_bytes}"),
        fix=FIX,
        flags=(api.Flag.EARLY_WARNING,),
    )
