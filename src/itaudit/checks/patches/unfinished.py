"""No installation was left half done.

After an interrupted installation the package system refuses all further work, security updates included, until it is repaired.
"""

from itaudit import api
from itaudit.facts.updates import InstalledPackage

FIX = api.Remedy(
    "Finish the interrupted installation.",
    api.Effort.MINUTES,
    steps=(
        "sudo dpkg --configure -a   # Debian, Ubuntu",
        "sudo apt-get --fix-broken install   # Debian, Ubuntu",
        "sudo apk fix   # Alpine",
        "sudo pacman -Syu --overwrite '*' PACKAGE   # Arch, after its folder in /var/lib/pacman/local was moved away",
    ),
    undo="Not needed: this only completes what was begun.",
    verify="dpkg --audit (Debian, Ubuntu) prints nothing; apk fix (Alpine) ends without errors; then scan again.",
    if_you_wait="No update can be installed, and the programs concerned may not start.",
)


@api.check(severity=api.Severity.HIGH, sources=("dpkg(1), package states",))
def unfinished(packages: list[InstalledPackage]) -> api.Verdict:
    """One scan during an update shows it too: scan again a little later before repairing anything."""
    broken = sorted(f"{package.name}: {package.state}" for package in packages if package.state != "installed")
    if not broken:
        return api.verdict(api.Status.OK, f"All {len(packages)} programs are completely installed.")
    many = f"{len(broken)} {'program was' if len(broken) == 1 else 'programs were'} only half installed"
    return api.verdict(api.Status.FAIL, f"{many} ({broken[0].partition(':')[0]}).", detail="\n".join(broken), fix=FIX)
