"""The Wi-Fi signal is strong enough.

With a weak signal everything gets slow and breaks off at times, however fast the line to the internet is.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.wifi import WifiLink


class Settings(api.CheckSettings):
    decibels_below_milliwatt: api.AtMost = api.AtMost(warn=70, fail=80)
    """Weakness of the signal: 70 is a signal of -70 dBm."""


FIX = api.Remedy(
    "Bring the machine and the Wi-Fi sender closer together, add a sender, or use a cable.",
    api.Effort.HOURS,
    cost=(0, 200),
    steps=(
        "iw dev INTERFACE link",
        "iw dev INTERFACE scan | grep -E 'freq|signal|SSID' (is there a stronger one, or a free channel?)",
    ),
    verify="cat /proc/net/wireless (or: iw dev INTERFACE link), at the place where the machine is used",
    if_you_wait="Calls keep breaking up, and files and backups move slowly.",
)


@api.check(
    severity=api.Severity.MEDIUM, sources=("itaudit's own choice: -70 and -80 dBm, where voice and then data get difficult",)
)
def wifi(link: WifiLink, limits: Settings) -> api.Verdict:
    if link.signal_dbm is None:
        return api.verdict(api.Status.SKIPPED, f"{link.subject} is not connected to any Wi-Fi.")
    status = limits.decibels_below_milliwatt.judge(-link.signal_dbm)
    word = {api.Status.OK: "strong enough", api.Status.WARN: "weak", api.Status.FAIL: "very weak"}[status]
    return api.verdict(
        status,
        f"The Wi-Fi signal at {link.subject} is {word}: {link.strength} of 100.",
        api.Measurement("strength", link.strength, api.Unit.COUNT),
        detail=f"{link.subject}: {link.signal_dbm} dBm",
        fix=FIX,
    )
