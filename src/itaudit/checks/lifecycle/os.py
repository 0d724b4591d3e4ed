"""The operating system still gets security updates.

After its last day of support nobody mends new holes any more. A move to a newer release needs time to plan and to test.
"""

from itaudit import api
from itaudit.facts.lifecycle import FETCH, STALE_DAYS
from itaudit.facts.operating_system import OperatingSystem


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=180, fail=90)
    """Days until the last day with security updates."""


FIX = api.Remedy(
    "Move to a newer release of the operating system.",
    api.Effort.DAY,
    cost=(0, 2000),
    steps=(
        "Make a backup and prove that it can be restored.",
        "Try the upgrade on a copy of the machine, with the programs of the business.",
        "Debian: one release after the other: change its name in /etc/apt/sources.list and in the files of sources.list.d,"
        " sudo apt-get update, sudo apt-get dist-upgrade",
        "Not on Proxmox VE: there, as its own pages tell, beginning with the program pve8to9 (from 8 to 9) or its like."
        " Raspberry Pi OS: its maker advises to write the card anew.",
        "TrueNAS and Synology: choose the newer release under updates in its own web page.",
        "Ubuntu: sudo do-release-upgrade; Red Hat family: leapp preupgrade, then leapp upgrade;"
        " openSUSE and SLES: zypper dup or migration",
        "Fedora: sudo dnf upgrade --refresh; sudo dnf system-upgrade download --releasever=NUMBER,"
        " then sudo dnf system-upgrade reboot",
        "Alpine: change the release in /etc/apk/repositories, apk update, apk upgrade --available",
    ),
    undo="Restore the backup made before; a release upgrade cannot be taken back.",
    verify="cat /etc/os-release shows the new release; scan again.",
    if_you_wait="From that day on every newly found hole stays open, and makers of other programs drop this release too.",
    lead=api.LeadTime.SERVER_OR_LINE,
)


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 2.2", "the maker's page, named in the technical detail"))
def os(system: OperatingSystem, machine: api.Machine, limits: Settings) -> api.Verdict:
    age = (machine.now.date() - system.checked).days
    refresh = "; a newer one: itaudit data update" if age > STALE_DAYS else ""
    detail = (
        f"by {system.basis}; the table of support ends was checked {api.readable_days(age)} ago, on {system.checked}{refresh}"
    )
    if system.support_end is None:
        return _without_a_day(system, detail, age)
    left = (system.support_end - machine.now.date()).days
    day = f"{system.support_end.day} {system.support_end:%B %Y}"
    passed = left < 0
    return api.verdict(
        limits.days_left.judge(left),
        f"{system.subject} {'got' if passed else 'gets'} security updates until {day}"
        f" ({f'{api.readable_days(-left)} ago' if passed else f'{api.readable_days(left)} left'}).",
        api.Measurement("days_left", left, api.Unit.DAYS),
        detail=detail,
        fix=FIX,
        severity=api.Severity.CRITICAL if passed else None,
        due=system.support_end,
    )


def _without_a_day(system: OperatingSystem, detail: str, age: int) -> api.Verdict:
    if system.ended:
        summary = f"{system.subject} no longer gets security updates."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX, severity=api.Severity.CRITICAL)
    if age > STALE_DAYS:
        summary = f"Whether {system.subject} still gets security updates is not known: our table is {api.readable_days(age)} old."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock=FETCH)
    summary = f"{system.subject} gets security updates; its maker has named no last day."
    return api.verdict(api.Status.OK, summary, detail=detail)
