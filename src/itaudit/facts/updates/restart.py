"""Whether a restart is due: asked for by a package, or a newer kernel lies on the disk than the one that runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.updates import Patches, RestartNeed
from itaudit.facts.updates.restart_rpm import asked_since
from itaudit.facts.updates.system_manager import APK, PACMAN, system_manager

RUNNING = api.ReadFile("/proc/sys/kernel/osrelease", limit_bytes=1024)
KERNELS = api.Glob("/boot/vmlinuz-*")
MODULES = api.Glob("/lib/modules/*/modules.dep")
BOOTED = api.Psutil("boot_time")
ASKED = api.FileStatus("/run/reboot-required")
ASKED_BY = api.ReadFile("/run/reboot-required.pkgs")
# Debian: "-amd64", "-cloud-amd64", Ubuntu: "-generic", Raspberry Pi: "-rpi-v8", Red Hat: ".x86_64"
_FLAVOUR = re.compile(r"-[a-z][a-z0-9_+-]*$|\.[a-z][a-z0-9_]*$")


def installed_on(release: str) -> api.FileStatus:
    """dpkg writes this file when it installs the kernel; the kernel's own time is that of its making."""
    return api.FileStatus(f"/var/lib/dpkg/info/linux-image-{release}.list")


def newest_kernel(running: str, installed: list[str]) -> str:
    """The newest installed kernel of the running one's flavour if it is newer than that, else ""."""
    same = [release for release in installed if _flavour(release) == _flavour(running)]
    newest = max(same, key=_numbers, default="")
    return newest if newest and _numbers(newest) > _numbers(running) else ""


def successor(running: str, installed: list[str]) -> str:
    """The kernel that took the place of the running one, by the names of the folders of modules; "" where that is still there."""
    same = [release for release in installed if _kind(release) == _kind(running)]
    return "" if running in installed else max(same, key=_numbers, default="")


def _kind(release: str) -> str:
    """'arch' of '6.9.1-arch1-1', 'lts' of '6.6.30-0-lts'."""
    return re.sub(r"[\d.-]+", "", release)


def _successor(ask: api.Ask, running: str) -> str:
    """pacman and apk keep one kernel of each kind, under a name that never changes; its modules carry the version."""
    if system_manager(ask, Patches()) not in (PACMAN, APK):
        return ""
    try:
        paths = ask(MODULES).json
    except api.Missing:
        return ""
    return successor(running, [PurePosixPath(str(path)).parent.name for path in paths]) if isinstance(paths, list) else ""


def _flavour(release: str) -> str:
    match = _FLAVOUR.search(release)
    return match[0] if match else ""


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d{1,18}", release.removesuffix(_flavour(release))))


def _when(ask: api.Ask, question: api.FileStatus) -> datetime | None:
    try:
        return _instant(ask(question).json["modified"])
    except (api.Missing, KeyError, TypeError):
        return None


def _instant(seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise api.Unreadable(f"not a time: {seconds!r}") from error


def _is_asked(ask: api.Ask) -> bool:
    try:
        return bool(ask(ASKED).text)
    except api.NotFound:
        return False


def _askers(ask: api.Ask) -> tuple[str, ...]:
    try:
        return tuple(sorted(set(ask(ASKED_BY).text.split())))
    except api.Missing:
        return ()


def _core(ask: api.Ask, booted: datetime, *, known: bool) -> tuple[tuple[str, ...], datetime | None]:
    """known: that a restart is due, so that it may be left open who else asks for it."""
    try:
        return asked_since(ask, booted)
    except api.Missing:
        if known:
            return (), None
        raise


@api.provider("linux", seconds=20)
def restart(ask: api.Ask) -> api.Facts[RestartNeed]:
    """One fact. Raises the Missing of whichever answer is not there."""
    running = ask(RUNNING).text.strip()
    paths = ask(KERNELS).json
    if not running or not isinstance(paths, list):
        raise api.Unreadable("the running kernel has no name")
    newer = newest_kernel(running, [PurePosixPath(str(path)).name.removeprefix("vmlinuz-") for path in paths])
    newer = newer or _successor(ask, running)
    booted = _instant(ask(BOOTED).json)
    asked = _is_asked(ask)
    moments = [_when(ask, ASKED)] if asked else []
    # A kernel that was mended under its old name runs only after the next start, too.
    replaced = _when(ask, installed_on(running))
    if newer:
        moments.append(_when(ask, installed_on(newer)))
    elif replaced and replaced > booted:
        newer = f"{running} (replaced)"
        moments.append(replaced)
    core, core_since = _core(ask, booted, known=asked or bool(newer))
    askers = tuple(sorted({*_askers(ask), *core}))
    since = min((moment for moment in (*moments, core_since) if moment), default=None)
    yield RestartNeed(running, newer, asked or bool(core), askers, booted, since)
