"""Every source of programs answers, proves who made it, and is made for this system.

A source that no longer answers brings no more updates, and nobody notices. One that proves nothing lets a stranger on the way
put his own programs on this machine. One for another release mixes two systems, and neither is mended properly.
"""

from dataclasses import replace
from datetime import timedelta

from itaudit import api
from itaudit.facts.updates.sources import Source, Sources

MAKERS = ("Debian", "Ubuntu")
WITHOUT_RELEASE = ("sid", "experimental", "rc-buggy")
"""Debian's own archives that belong to no release."""


class Settings(api.CheckSettings):
    expired_days: int = 7
    """Days for which a source may be past the end that its maker gave its list, while others are fresh."""


FIX = api.Remedy(
    "Put the sources of programs in order.",
    api.Effort.HOURS,
    steps=(
        "sudo apt-get update   # its errors and warnings name the source",
        "ls /etc/apt/sources.list /etc/apt/sources.list.d/",
        "Gone: remove the entry, or give the address that its maker names now.",
        "Not signed: put the maker's key into /etc/apt/keyrings/ and name it with signed-by.",
        "Remove trusted=yes and allow-insecure=yes.",
        "Another release: write the codename of this system (grep CODENAME /etc/os-release) into the entry.",
    ),
    undo="Put the old files back (cp -a /etc/apt /root/apt-before, before you begin).",
    verify="sudo apt-get update ends without errors and warnings.",
    if_you_wait="Programs from these sources stay as they are, with their holes, or come from somebody whom nobody knows.",
)

OF_DNF = replace(
    FIX,
    steps=(
        "sudo dnf makecache --refresh   # its errors name the source",
        "Gone: set enabled=0 for it in /etc/yum.repos.d/, or give the address that its maker names now.",
        "Not signed: set gpgcheck=1 there, and name the maker's key with gpgkey=.",
    ),
    undo="Put the old files back (cp -a /etc/yum.repos.d /root/sources-before, before you begin).",
    verify="sudo dnf makecache --refresh ends without errors and warnings.",
)
OF_ZYPPER = replace(
    FIX,
    steps=(
        "sudo zypper refresh   # its errors name the source",
        "Gone: sudo zypper modifyrepo --disable NAME, or give the address that its maker names now in /etc/zypp/repos.d/.",
        "Not signed: sudo zypper modifyrepo --gpgcheck NAME, and name the maker's key with gpgkey= in /etc/zypp/repos.d/.",
    ),
    undo="Put the old files back (cp -a /etc/zypp /root/zypp-before, before you begin).",
    verify="sudo zypper refresh ends without errors and warnings.",
)
OF_MANAGER = {"dnf": OF_DNF, "zypper": OF_ZYPPER}


def _is_stale(source: Source, machine: api.Machine, limits: Settings) -> bool:
    return bool(source.expired and machine.now - source.expired > timedelta(days=limits.expired_days))


def _is_foreign(source: Source, codename: str) -> bool:
    own = source.codename.partition("-")[0]
    return bool(codename and own and source.origin in MAKERS and own != codename and own not in WITHOUT_RELEASE)


def _verdict(
    status: api.Status, summary: str, shown: list[Source], fix: api.Remedy, severity: api.Severity | None = None
) -> api.Verdict:
    detail = "\n".join(f"{one.shown} (origin {one.origin or '?'}, codename {one.codename or '?'})" for one in shown[:20])
    return api.verdict(status, summary, detail=detail, fix=fix, severity=severity)


def _many(found: list[Source], one: str, several: str) -> str:
    return f"{len(found)} {one if len(found) == 1 else several}"


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 7.3, 2.5", "sources.list(5), apt-secure(8)"))
def repositories(all_sources: Sources, machine: api.Machine, limits: Settings) -> api.Verdict:
    """The worst fault decides: unreadable or not proved is serious; gone or of another release a degree less."""
    if all_sources.fault:
        summary = "The list of sources cannot be read because of a mistake in it, so no update can be found or installed."
        return api.verdict(api.Status.FAIL, summary, detail=all_sources.fault, fix=FIX)
    fix = OF_MANAGER.get(all_sources.manager, FIX)
    sources = [source for source in all_sources.sources if not source.local]
    if not any(source.fetched for source in all_sources.sources):
        summary = "Whether the sources of programs answer is not known: no list of any was ever fetched."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="sudo apt-get update, sudo dnf makecache or sudo zypper refresh")
    if unsigned := [source for source in sources if source.unsigned]:
        words = _many(unsigned, "source of programs does", "sources of programs do")
        return _verdict(api.Status.FAIL, f"{words} not prove who made it: anybody on the way could change it.", unsigned, fix)
    stale = [source for source in sources if _is_stale(source, machine, limits)]
    fresh = [source for source in sources if source.expired and not _is_stale(source, machine, limits)]
    if gone := [source for source in sources if not source.fetched] + (stale if fresh else []):
        words = _many(gone, "source of programs does", "sources of programs do")
        return _verdict(api.Status.FAIL, f"{words} not answer any more, or never did.", gone, fix, api.Severity.MEDIUM)
    if foreign := [source for source in sources if _is_foreign(source, all_sources.codename)]:
        words = _many(foreign, "source of programs is", "sources of programs are")
        whole = not any(
            source.codename.partition("-")[0] == all_sources.codename for source in sources if source.origin in MAKERS
        )
        summary = f"{words} made for another release than this system's ({foreign[0].codename}, not {all_sources.codename})."
        status, severity = (api.Status.FAIL, None) if whole else (api.Status.WARN, api.Severity.MEDIUM)
        return _verdict(status, summary, foreign, fix, severity)
    shown = list(all_sources.sources)
    return _verdict(api.Status.OK, f"All {len(shown)} sources of programs answer, and fit this system.", shown, fix)
