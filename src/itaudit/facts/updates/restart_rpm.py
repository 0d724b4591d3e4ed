"""What asks for a restart on Fedora, Red Hat and SUSE: the rules are those of their own tools, without running them.

`dnf needs-restarting -r` compares when certain packages were installed with the start of the system; zypper leaves a mark
(`zypper needs-rebooting`). A container has no system core of its own, and its start is not that of the machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.updates import Patches
from itaudit.facts.updates.listed import modified
from itaudit.facts.updates.system_manager import DNF, ZYPPER, system_manager

KERNELS = ("kernel", "kernel-core", "kernel-rt", "kernel-rt-core", "kernel-64k-core")
CORE = ("glibc", "linux-firmware", "systemd", "dbus", "dbus-broker", "dbus-daemon", "microcode_ctl")
"""As dnf-plugins-core names them (needs-restarting)."""
INSTALLED = api.Command(("rpm", "-q", "--queryformat", "%{NAME}\\t%{INSTALLTIME}\\n", *KERNELS, *CORE))
MARK = api.FileStatus("/run/reboot-needed")
_LINE = re.compile(r"(?P<name>[\w.+-]+)\t(?P<seconds>[0-9]{1,12})")


def parse_installed(text: str) -> list[tuple[str, datetime]]:
    """(package, when it was installed); rpm says of the others that they are not installed."""
    found = []
    for match in map(_LINE.fullmatch, text.splitlines()):
        try:
            found += [(match["name"], datetime.fromtimestamp(int(match["seconds"]), UTC))] if match else []
        except (ValueError, OverflowError, OSError):
            continue
    return found


def asked_since(ask: api.Ask, booted: datetime) -> tuple[tuple[str, ...], datetime | None]:
    """(who asks for a restart, since when); ((), None) where nobody does. Raises api.Missing where rpm cannot tell."""
    manager = system_manager(ask, Patches())
    if manager == DNF:
        return _replaced(ask, booted)
    since = modified(ask, MARK.path) if manager == ZYPPER else None
    return (("zypper",), since) if since else ((), None)


def _replaced(ask: api.Ask, booted: datetime) -> tuple[tuple[str, ...], datetime | None]:
    answer = ask(INSTALLED)
    packages = parse_installed(answer.text)
    if not packages:  # even a container has a glibc
        raise api.Unreadable(f"rpm names none of the packages that ask for a restart: {answer.errors[:200]!r}")
    if not any(name in KERNELS for name, _ in packages):
        return (), None
    late = [(name, when) for name, when in packages if when > booted]
    return tuple(sorted({name for name, _ in late})), min((when for _, when in late), default=None)
