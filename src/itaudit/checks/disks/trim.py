"""Solid-state drives are told which places are free.

Such a drive must prepare free places before it can write to them.
A drive that is never told what was deleted becomes slower and wears out sooner.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.trim import Trim

FIX = api.Remedy(
    "Switch on the weekly clean-up of the drive.",
    steps=("systemctl enable --now fstrim.timer", "without systemd: a weekly job that runs fstrim --all"),
    undo="systemctl disable --now fstrim.timer",
    verify="systemctl is-enabled fstrim.timer; fstrim --verbose MOUNT",
    if_you_wait="The drive slowly becomes slower, and wears out sooner.",
)


@api.check(severity=api.Severity.LOW, sources=("fstrim(8): once a week is enough for most",))
def trim(drive: Trim) -> api.Verdict:
    told = drive.continuous or drive.scheduled
    how = "at once" if drive.continuous else "regularly" if drive.scheduled else "never"
    return api.verdict(
        api.Status.OK if told else api.Status.WARN,
        f"The drive under {drive.mount} is {how} told which places are free.",
        detail=f"{drive.device}: mount option discard: {drive.continuous}; fstrim.timer or cron: {drive.scheduled}",
        fix=FIX,
    )
