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
    "Give the store more room, or delete what is no longer needed on it.",
    api.Effort.HOURS,
    steps=(
        "lvs -a -o lv_name,lv_size,data_percent,metadata_percent,origin GROUP",
        "lvextend -L +10G GROUP/STORE; when its lists are full: lvextend --poolmetadatasize +1G GROUP/STORE",
        "or: lvs -o lv_name,lv_size,data_percent,origin -S pool_lv=STORE GROUP; lvremove GROUP/OLD_SNAPSHOT",
        "let it grow by itself: thin_pool_autoextend_threshold = 80 in /etc/lvm/lvm.conf",
    ),
    verify="lvs -a -o lv_name,data_percent,metadata_percent GROUP",
    if_you_wait="When it is full, everything that is kept on it stops, and files can be damaged.",
)
REPAIR = api.Remedy(
    "Make a fresh backup, then have the store repaired.",
    api.Effort.HOURS,
    steps=(
        "lvs -a -o lv_name,lv_attr,lv_health_status,data_percent,metadata_percent GROUP",
        "dmesg --level=err,warn | tail -50",
        "out of room: lvextend -L +10G GROUP/STORE, or lvextend --poolmetadatasize +1G GROUP/STORE",
        "check needed, failed or read only: unmount all on it; lvchange -an GROUP/STORE; lvconvert --repair GROUP/STORE",
    ),
    verify="lvs -o lv_name,lv_health_status GROUP (the column is empty)",
    if_you_wait="What is kept on it cannot be changed, and may not come back after a restart.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("lvmthin(7), data and metadata space exhaustion", "itaudit's own choice: 80 and 95 %"),
)
def lvm_pools(store: GrowingStore, limits: Settings) -> api.Verdict:
    used = store.used_percent
    record = f"{store.name}: data_percent={store.data_percent}, metadata_percent={store.metadata_percent}"
    if store.fault:
        words = f"The store {store.name} has a fault, and may take no more changes."
        detail, now = f"{record}: {store.fault}", (api.Flag.FAILING_NOW,)
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=REPAIR, severity=api.Severity.CRITICAL, flags=now)
    if used is None:
        return api.verdict(api.Status.SKIPPED, f"The store {store.name} is not in use.", detail=record)
    grave = used >= limits.critical_percent
    return api.verdict(
        api.Status.FAIL if used >= limits.fail_percent else api.Status.OK,
        f"The store {store.name} is {int(used)}% full.",
        api.Measurement("used", used, api.Unit.PERCENT),
        detail=record,
        fix=FIX,
        severity=api.Severity.CRITICAL if grave else None,
        flags=(api.Flag.EARLY_WARNING,),
    )
