"""Disks have room for more files.

Some disks can hold only a certain number of files.
When that number is reached nothing new can be saved, although space seems to be free.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from itaudit import api
from itaudit.facts.volumes import Volume


class Settings(api.CheckSettings):
    free_percent: api.AtLeast = api.AtLeast(warn=10, fail=5)
    """Files that can still be made, in percent of all that the volume can hold. Counts only while free_files alarms too."""
    free_files: api.AtLeast = api.AtLeast(warn=2_000_000, fail=1_000_000)
    """Files that can still be made, a number that is enough whatever the percentage."""
    days_left: api.AtLeast = api.AtLeast(warn=60, fail=14)
    """Days until the volume can take no more files at its present growth. Counts only while free_files alarms too."""


FIX = api.Remedy(
    "Delete the masses of small files that are no longer needed.",
    api.Effort.HOURS,
    if_you_wait="Nothing new can be saved there, and programs stop.",
    steps=("du -x --inodes --max-depth=3 MOUNT | sort -n | tail -20",),
    verify="df -i MOUNT",
)


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 5 % of the inodes, 60 and 14 days",))
def inodes(volume: Volume, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    free_percent = volume.files_free_percent
    if free_percent is None:
        return api.verdict(api.Status.SKIPPED, f"{volume.mount} can hold any number of files.")
    used = volume.files - volume.files_free
    points = [*past.series("files"), api.Point(machine.now, used)]
    forecast = api.forecast_until(volume.files, points, machine.now)
    few = limits.free_files.judge(volume.files_free)
    soon = _milder(limits.days_left.judge(forecast.days), few)
    return api.verdict(
        api.worst(_milder(limits.free_percent.judge(free_percent), few), soon),
        f"{volume.mount} can take {volume.files_free} more files ({int(free_percent)}% of all it can hold){forecast.phrase}.",
        api.Measurement("files", used, api.Unit.COUNT),
        detail=f"{volume.device} ({volume.file_system}): {volume.files_free} of {volume.files} inodes free",
        fix=_fix(volume.mount),
        due=forecast.date,
        flags=() if soon is api.Status.OK else (api.Flag.EARLY_WARNING,),
    )


def _fix(mount: str) -> api.Remedy:
    """With the commands for this very volume."""
    place = shlex.quote(mount) if mount.isprintable() else "MOUNT"
    steps = tuple(step.replace("MOUNT", place) for step in FIX.steps)
    return replace(FIX, steps=steps, verify=FIX.verify.replace("MOUNT", place))


def _milder(first: api.Status, second: api.Status) -> api.Status:
    return second if api.worst(first, second) is first else first
