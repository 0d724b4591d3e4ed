"""Security updates come straight from the maker.

Without its maker's security source a machine looks up to date while every fix passes it by.
"""

from itaudit import api
from itaudit.facts.updates import PackageManager

FIX = api.Remedy(
    "Add the maker's source of security updates.",
    api.Effort.MINUTES,
    steps=(
        "Debian: add to /etc/apt/sources.list: deb http://security.debian.org/debian-security RELEASE-security main",
        "Ubuntu: add to /etc/apt/sources.list: deb http://security.ubuntu.com/ubuntu RELEASE-security main universe",
        "sudo apt-get update",
    ),
    undo="Remove the line again and run sudo apt-get update.",
    verify="apt-cache policy lists an archive whose name ends with -security.",
    if_you_wait="Security updates arrive weeks late or never, and this machine does not show it.",
)
MAKERS = ("Debian", "Ubuntu")
WITHOUT_OWN = ("unstable", "experimental")
"""Fixes go straight into Debian unstable: it has no security archive, and neither has what is only tried out."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("CIS v8.1 7.3", "https://www.debian.org/security/", "https://wiki.ubuntu.com/SecurityTeam/FAQ"),
)
def sources(manager: PackageManager) -> api.Verdict:
    makers = sorted({a.origin for a in manager.archives if a.origin in MAKERS and a.suite not in WITHOUT_OWN})
    detail = "\n".join(f"{a.origin or '?'}: {a.label or '?'} {a.suite or '?'}" for a in manager.archives)
    if any(archive.security for archive in manager.archives):
        return api.verdict(api.Status.OK, "The maker's source of security updates is set up.", detail=detail)
    if makers:
        summary = f"This machine takes its programs from {' and '.join(makers)}, but not the security updates."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX)
    if not manager.archives:
        summary = "Where security updates come from is not known: no list was ever fetched."
        return api.verdict(api.Status.UNKNOWN, summary, unlock=manager.refresh)
    summary = "Security updates come from the ordinary source here; its maker keeps no separate one that we know."
    return api.verdict(api.Status.OK, summary, detail=detail)
