"""Does somebody sit at this machine? The kinds of desktops that can be chosen at its login screen.

Source: the freedesktop.org folders of sessions, which login screens read.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from itaudit import api

SESSIONS = (
    api.Glob("/usr/share/wayland-sessions/*.desktop", most=100),
    api.Glob("/usr/share/xsessions/*.desktop", most=100),
)
LOGIN_SCREEN = api.Glob("/etc/systemd/system/display-manager.service", most=1)
_KINDS = {
    "GNOME": r"gnome|ubuntu|pop",
    "KDE Plasma": r"plasma|kde",
    "Cinnamon": r"cinnamon",
    "MATE": r"mate",
    "Xfce": r"xfce|xubuntu",
    "LXQt": r"lxqt|lubuntu",
    "Raspberry Pi desktop": r"lxde|labwc|wayfire|rpd",
}


def desktops(ask: api.Ask) -> tuple[str, ...]:
    """Names of the desktops, sorted; "another desktop" for those that we do not know. () for a machine without a login screen:
    the libraries of a desktop on a server do not make it one. Raises api.Missing where the folders cannot be read."""
    screen, *answers = [answer.json for answer in ask.many([LOGIN_SCREEN, *SESSIONS])]
    if not isinstance(screen, list) or not all(isinstance(paths, list) for paths in answers):
        raise api.Unreadable("not a list of sessions")
    if not screen:
        return ()
    names = [PurePosixPath(str(path)).stem.lower() for paths in answers for path in paths]
    return tuple(sorted({_kind(name) for name in names}))


def _kind(name: str) -> str:
    return next((kind for kind, pattern in _KINDS.items() if re.match(pattern, name)), "another desktop")
