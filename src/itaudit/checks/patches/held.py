"""No program is kept from being updated.

Somebody told the machine to leave these programs as they are. Such exceptions are soon forgotten,
and then nothing mends them any more.
"""

from itaudit import api
from itaudit.facts.updates import InstalledPackage, PackageManager
from itaudit.facts.updates.pins import Pins

FIX = api.Remedy(
    "Find out why these programs are kept from being updated, and release them.",
    api.Effort.HOURS,
    steps=(
        "Held (apt): apt-mark showhold; sudo apt-mark unhold PACKAGE; sudo apt-get install PACKAGE",
        "Pinned (apt): remove its record from the file named in the detail; sudo apt-get install PACKAGE",
        "Locked (dnf, zypper): sudo dnf versionlock delete PACKAGE; sudo zypper removelock PACKAGE",
        "Ignored (pacman): take it out of IgnorePkg in /etc/pacman.conf; sudo pacman -Syu",
        "Fixed (apk): sudo apk add PACKAGE, without a version; sudo apk upgrade",
    ),
    undo="sudo apt-mark hold PACKAGE, or put the record or the lock back.",
    verify="apt-mark showhold prints nothing; apt-cache policy names no pinned package.",
    if_you_wait="Their faults stay, also those through which somebody could break in.",
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 7.3", "apt-mark(8), apt_preferences(5)"))
def held(packages: list[InstalledPackage], managers: list[PackageManager], preferences: list[Pins]) -> api.Verdict:
    """High where a security update waits for one of them; what a pin hides from apt cannot be seen to wait."""
    pinned = {pin.package: pin for pins in preferences for pin in pins.pins}
    names = sorted({package.name for package in packages if package.held} | set(pinned))
    if not names:
        return api.verdict(api.Status.OK, f"None of the {len(packages)} installed programs is kept from being updated.")
    open_ones = sorted({u.package for manager in managers for u in manager.security_pending if u.held or u.package in pinned})
    many = f"{len(names)} {'program is' if len(names) == 1 else 'programs are'} kept from being updated"
    detail = ", ".join(
        f"{name} (pinned to {pin.pin}, priority {pin.priority}, in {pin.file})" if (pin := pinned.get(name)) else name
        for name in names[:100]
    )
    if open_ones:
        summary = f"{many}; for {len(open_ones)} of them a security update waits ({open_ones[0]})."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX, severity=api.Severity.HIGH)
    return api.verdict(api.Status.FAIL, f"{many} ({names[0]}).", detail=detail, fix=FIX)
