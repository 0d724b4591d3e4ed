"""Battery units carry the machines through a power cut.

Without one, a short power cut stops every machine in the middle of its work and can damage what is being saved.
Their batteries wear out within three to five years, and nobody notices until the power fails.
"""

from __future__ import annotations

from itaudit import api
from itaudit_ups.units import Ups


class Settings(api.CheckSettings):
    runtime_minutes: api.AtLeast = api.AtLeast(warn=10, fail=5)
    """Minutes that the machines go on running from the battery: enough to save and shut down in order."""


FIX = api.Remedy(
    "Replace the battery of the UPS, or connect fewer machines to it.",
    api.Effort.MINUTES,
    cost=(30, 200),
    steps=("upsc NAME shows the model (ups.model) and often the type of the battery (battery.type).",),
    verify="upsc NAME battery.runtime, after it was charged for a day",
    if_you_wait="The next power cut stops the machines at once, and unsaved work is lost.",
    lead=api.LeadTime.COMPUTER,
)
SWITCH_ON = api.Remedy(
    "Switch the UPS so that its battery stands in when the power fails.",
    steps=("Press its power button, or leave bypass mode; ups.status then shows OL.",),
    verify="upsc NAME ups.status",
    if_you_wait=FIX.if_you_wait,
)
WITHOUT_BATTERY = {"OFF", "BYPASS"}
"""Words of ups.status for a unit whose battery carries nothing."""


@api.check(severity=api.Severity.HIGH, sources=("Network UPS Tools developer guide: ups.status; the minutes are our own choice",))
def ups_battery(ups: Ups, limits: Settings) -> api.Verdict:
    status, words, fix = judged(ups, limits)
    seconds = ups.runtime_seconds
    return api.verdict(
        status,
        f"The battery unit {ups.name} {words}.",
        *([] if seconds is None else [api.Measurement("runtime", seconds, api.Unit.SECONDS)]),
        detail=f"{ups.model or 'unknown model'}; ups.status {' '.join(sorted(ups.flags))}",
        fix=fix,
        unlock="Pull its plug while somebody watches, and note how long it lasts." if status is api.Status.UNKNOWN else "",
    )


def judged(ups: Ups, limits: Settings) -> tuple[api.Status, str, api.Remedy]:
    """The status, its reason in the owner's words, and what mends it."""
    if "RB" in ups.flags:
        return api.Status.FAIL, "asks for a new battery", FIX
    if ups.flags & WITHOUT_BATTERY:
        return api.Status.FAIL, "is switched so that its battery carries nothing", SWITCH_ON
    if ups.runtime_seconds is None:
        # Not ok: nobody has seen that the battery holds.
        return api.Status.UNKNOWN, "does not say how long its battery lasts", FIX
    minutes = ups.runtime_seconds / 60
    return limits.runtime_minutes.judge(minutes), f"lasts {int(minutes)} min when the power fails", FIX
