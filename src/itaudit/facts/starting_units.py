"""Services that start with the machine: the links that `systemctl enable` makes (systemd.unit(5)), read without systemd."""

from __future__ import annotations

from pathlib import PurePosixPath

from itaudit import api

LINKS = api.Glob("/etc/systemd/system/*.wants/*", most=5000)


def starting_units(ask: api.Ask) -> frozenset[str]:
    """Names as "ssh" for ssh.service, and "backup.timer" for what is no service; none where nothing can be read."""
    try:
        paths = ask(LINKS).json
    except api.Missing:
        return frozenset()
    if not isinstance(paths, list):
        return frozenset()
    return frozenset(PurePosixPath(path).name.removesuffix(".service") for path in paths if isinstance(path, str))
