"""A real old system in a folder: Debian 11 by debootstrap, with the lists of the fixes that came since, and some accounts.

Made once a machine and kept, since its mirror is far away; nobody writes to it. Where no mirror can be reached, its tests skip:
a recording of its scan is judged in any case.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_KEPT = Path("/var/cache/itaudit-lab/debian-11")
_MIRROR = "http://deb.debian.org/debian"
_SOURCES = f"deb {_MIRROR} bullseye main\ndeb {_MIRROR}-security bullseye-security main\n"
_ACCOUNTS = {
    "etc/passwd": "former:x:0:0:a second root:/root:/bin/bash\nanna:x:1001:1001:Anna:/home/anna:/bin/bash\n",
    "etc/shadow": "former:$y$j9T$abc$def:18000:0:99999:7:::\nanna::18000:0:99999:7:::\n",
    "etc/group": "anna:x:1001:\n",
}


@pytest.fixture(scope="session")
def old_debian(needs: Callable[..., str], needs_root: Callable[[], None]) -> Path:
    """The folder. anna may log in without a password; former is a second administrator."""
    needs_root()
    debootstrap = needs("debootstrap")
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    with (_KEPT.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _KEPT.is_dir():
            _make(debootstrap, _KEPT.with_name("unfinished"))
            _KEPT.with_name("unfinished").rename(_KEPT)
    return _KEPT


def _make(debootstrap: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _run(debootstrap, "--variant=minbase", "bullseye", str(folder), _MIRROR)
        (folder / "etc/apt/sources.list").write_text(_SOURCES)
        _run("chroot", str(folder), "apt-get", "update")
    except subprocess.SubprocessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no mirror of Debian 11 can be reached: {error}")
    (folder / "etc/hostname").write_text("old-server\n")
    for name, lines in _ACCOUNTS.items():
        with (folder / name).open("a") as file:
            file.write(lines)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=500)
