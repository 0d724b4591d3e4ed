"""Unattended screens lock themselves.

Somebody who steps away leaves mail, files and accounts open to whoever passes by.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.screen_lock import ScreenLock


class Settings(api.CheckSettings):
    minutes: api.AtMost = api.AtMost(warn=15, fail=60)
    """Minutes without use until the screen locks; never is worse than any number."""


FIX = api.Remedy(
    "Let the screens lock after 15 minutes at most.",
    api.Effort.MINUTES,
    steps=(
        "sudo mkdir -p /etc/dconf/db/local.d /etc/dconf/profile",
        "test -e /etc/dconf/profile/user || printf 'user-db:user\\nsystem-db:local\\n' | sudo tee /etc/dconf/profile/user",
        "printf '[org/gnome/desktop/session]\\nidle-delay=uint32 600\\n[org/gnome/desktop/screensaver]\\nlock-enabled=true\\n'"
        " | sudo tee /etc/dconf/db/local.d/90-lock",
        "sudo dconf update",
    ),
    undo="sudo rm /etc/dconf/db/local.d/90-lock && sudo dconf update",
    verify="gsettings get org.gnome.desktop.session idle-delay says uint32 600 for everybody; scan again.",
    if_you_wait="Anybody who walks by can read and send in the name of whoever went for a coffee.",
)
CINNAMON = replace(
    FIX,
    steps=tuple(step.replace("org/gnome/", "org/cinnamon/") for step in FIX.steps),
    verify=FIX.verify.replace("org.gnome.", "org.cinnamon."),
)
KDE = replace(
    FIX,
    steps=("printf '[Daemon][$i]\\nAutolock=true\\nTimeout=10\\n' | sudo tee /etc/xdg/kscreenlockerrc   # for everybody",),
    undo="sudo rm /etc/xdg/kscreenlockerrc",
    verify="kreadconfig6 --file kscreenlockerrc --group Daemon --key Timeout says 10 (Plasma 5: kreadconfig5); scan again.",
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 4.3, Automatic Session Locking: 15 minutes",))
def screen_lock(lock: ScreenLock, limits: Settings) -> api.Verdict:
    """What people set for themselves in GNOME cannot be read, and is said so; the setting for everybody is judged."""
    fix = {"KDE Plasma": KDE, "Cinnamon": CINNAMON}.get(lock.desktop, FIX)
    change = "people cannot change it" if lock.forced else "people may change it for themselves"
    detail = f"{lock.source}; {change}"
    if lock.minutes is None:
        return api.verdict(api.Status.FAIL, "An unused screen never locks by itself.", detail=detail, fix=fix)
    after = "1 minute" if round(lock.minutes) == 1 else f"{lock.minutes:.0f} minutes"
    summary = f"An unused screen locks by itself after {after}."
    return api.verdict(limits.minutes.judge(lock.minutes), summary, detail=detail, fix=fix)
