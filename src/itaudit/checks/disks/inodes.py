"""Disks have room for more files.

Some disks can hold only a certain number of files.
When that number is reached nothing new can be saved, although space seems to be free.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.volumes import Volume


class Settings(api.CheckSettings):
    free_percent: api.AtLeast = api.AtLeast(warn=10, fail=5)
    """Files that can still be made, in percent of all that the volume can hold."""


FIX = api.Remedy(
    "Delete the masses of small files that are no longer needed.",
    api.Effort.HOURS,
    steps=("df -i MOUNT", "du -x --inodes --max-depth=3 MOUNT | sort -n | tail -20"),
    verify="df -i MOUNT",
    if_you_wait="Nothing new can be saved there, and programs stop.",
)


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 5 % of the inodes",))
def inodes(volume: Volume, limits: Settings) -> api.Verdict:
    free_percent = volume.files_free_percent
    if free_percent is None:
        return api.verdict(api.Status.SKIPPED, f"{volume.mount} can hold any number of files.")
    return api.verdict(
        limits.free_percent.judge(free_percent),
        f"{volume.mount} can take {volume.files_free} more files ({int(free_percent)}% of all it can hold).",
        api.Measurement("files", volume.files - volume.files_free, api.Unit.COUNT),
        detail=f"{volume.device} ({volume.file_system}): {volume.files_free} of {volume.files} inodes free",
        fix=FIX,
    )
