"""No program is kept from being updated.

Somebody told the machine to leave these programs as they are. Such exceptions are soon forgotten,
and then nothing mends them any more.
"""

from itaudit import api
from itaudit.facts.updates import InstalledPackage, PackageManager

FIX = api.Remedy(
    "Find out why these programs are kept from being updated, and release them.",
    api.Effort.HOURS,
    steps=("apt-mark showhold", "sudo apt-mark unhold PACKAGE", "sudo apt-get install PACKAGE"),
    undo="sudo apt-mark hold PACKAGE",
    verify="apt-mark showhold prints nothing.",
    if_you_wait="Their faults stay, also those through which somebody could break in.",
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 7.3", "apt-mark(8)"))
def held(packages: list[InstalledPackage], managers: list[PackageManager]) -> api.Verdict:
    """High where a security update waits for one of them."""
    names = sorted(package.name for package in packages if package.held)
    if not names:
        return api.verdict(api.Status.OK, f"None of the {len(packages)} installed programs is kept from being updated.")
    open_ones = sorted({u.package for manager in managers for u in manager.security_pending if u.held})
    many = f"{len(names)} {'program is' if len(names) == 1 else 'programs are'} kept from being updated"
    if open_ones:
        summary = f"{many}; for {len(open_ones)} of them a security update waits ({open_ones[0]})."
        return api.verdict(api.Status.FAIL, summary, detail=", ".join(names), fix=FIX, severity=api.Severity.HIGH)
    return api.verdict(api.Status.FAIL, f"{many} ({names[0]}).", detail=", ".join(names), fix=FIX)
