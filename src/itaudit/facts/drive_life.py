"""How much of the writing that a solid-state drive was built for is left.

Sources: smartctl's drive database for the names of vendors' attributes; NVM Express Base Specification, log page 02h.
"""

from __future__ import annotations

from itaudit.facts.smartctl import Attribute, Report

_LIFE = frozenset(
    (
        (177, "wear_leveling_count"),
        (169, "remaining_lifetime_perc"),
        (169, "lifetime_remaining"),
        (173, "ave_block-erase_count"),
        (173, "wear_leveling_count"),
        (202, "percent_lifetime_remain"),
        (202, "percent_lifetime_used"),
        (202, "perc_rated_life_used"),
        (231, "ssd_life_left"),
        (231, "lifetime_left"),
        (231, "percent_lifetime_remain"),
        (231, "perc_rated_life_remain"),
        (233, "media_wearout_indicator"),
        (233, "remaining_lifetime_perc"),
    )
)
"""Attributes whose normalized value falls from 100 to 0 as an SSD wears, by number and name in smartctl's drive database.
The number alone says nothing: 231 is the temperature and 202 a data error on hard disks, 233 the amount written on Kingston's."""

_MAKERS = frozenset((("SAMSUNG", 177), ("INTEL", 233)))
"""A drive without a family in the database gets names that most makers mean; only of these is it known that they mean it."""

_IN_RAW = {"Phison Driven SSDs": 231, "Silicon Motion based SSDs": 169}
"""Families that keep the normalized value at 100 and count the percent left in the raw value."""


def life_left(report: Report) -> int | None:
    """Percent left of the rated writing, not below 0; the lowest of what the drive offers. None: it does not count."""
    nvme = report.nvme_smart_health_information_log
    used = (nvme.percentage_used if nvme.plausible else None) if nvme else report.scsi_percentage_used_endurance_indicator
    if used is not None and 0 <= used <= 255:
        return max(0, 100 - used)
    left = [_percent(each, report.model_family) for each in report.attributes if _counts_life(each, report)]
    return min(left) if left and report.rotation_rate in (0, None) else None


def _counts_life(attribute: Attribute, report: Report) -> bool:
    named = (attribute.id, attribute.name.lower().rstrip("%")) in _LIFE
    meant = report.model_family or (report.model_name.upper().partition(" ")[0], attribute.id) in _MAKERS
    return named and bool(meant) and 0 <= attribute.value <= 100


def _percent(attribute: Attribute, family: str) -> int:
    count = attribute.count if _IN_RAW.get(family) == attribute.id else None
    return count if count is not None and 1 <= count <= 100 else attribute.value
