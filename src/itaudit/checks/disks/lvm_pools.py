"""Stores that grow as they are used have room left.

Such a store promises more room than it has.
When it is full, everything on it stops at once, although each disk in it still seems to have room.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.lvm import GrowingStore


class Settings(api.CheckSettings):
    fail_percent: float = 80
    """Room used, in percent, from which on it fails: of the data or of the store's own lists, whichever is fuller."""
    critical_percent: float = 95
    """Room used, in percent, from which on a failure is critical."""


FIX = api.Remedy(
    "Give the store more room, or delete old snapshots.",
    api.Effort.HOURS,
    steps=(
        "lvs -a -o lv_name,lv_size,data_percent,metadata_percent,origin GROUP",
        "lvextend -L +10G GROUP/STORE; when its lists are full: lvextend --poolmetadatasize +1G GROUP/STORE",
        "or: lvremove GROUP/OLD_SNAPSHOT",
        "let it grow by itself: thin_pool_autoextend_threshold = 80 in /etc/lvm/lvm.conf",
    ),
    verify="lvs -a -o lv_name,data_percent,metadata_percent GROUP",
    if_you_wait="When it is full, everything that is kept on it stops, and files can be damaged.",
)
SNAPSHOT = api.Remedy(
    "Delete the old snapshot, or give it more room.",
    steps=("lvs -a -o lv_name,lv_size,data_percent,origin GROUP", "lvremove GROUP/SNAPSHOT, or lvextend -L +5G GROUP/SNAPSHOT"),
    verify="lvs -a -o lv_name,data_percent GROUP",
    if_you_wait="When it is full the snapshot is lost; until then it slows the disk down.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("lvmthin(7), data and metadata space exhaustion", "itaudit's own choice: 80 and 95 %"),
)
def lvm_pools(store: GrowingStore, limits: Settings) -> api.Verdict:
    used = store.used_percent
    record = f"{store.name}: data_percent={store.data_percent}, metadata_percent={store.metadata_percent}"
    what = "snapshot" if store.snapshot else "store"
    if store.invalid:
        words = f"The snapshot {store.name} ran full and is lost."
        return api.verdict(api.Status.WARN, words, detail=f"{record}, invalid", fix=SNAPSHOT, severity=api.Severity.MEDIUM)
    if used is None:
        return api.verdict(api.Status.SKIPPED, f"The {what} {store.name} is not in use.", detail=record)
    grave = used >= limits.critical_percent
    return api.verdict(
        api.Status.FAIL if used >= limits.fail_percent else api.Status.OK,
        f"The {what} {store.name} is {int(used)}% full.",
        api.Measurement("used", used, api.Unit.PERCENT),
        detail=record,
        fix=SNAPSHOT if store.snapshot else FIX,
        # A snapshot that runs full is lost; what it was made of is not.
        severity=api.Severity.MEDIUM if store.snapshot else api.Severity.CRITICAL if grave else None,
        flags=(api.Flag.EARLY_WARNING,),
    )
