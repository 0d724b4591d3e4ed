"""After how long an unused desktop locks itself, by the settings that hold for everybody, and in KDE by each person's own.

Sources: GNOME's and Cinnamon's settings schemas (org.gnome.desktop.session, .screensaver; the makers' defaults: DEFAULTS),
dconf(7) for what an administrator sets; kscreenlockerrc of KDE Plasma. What a person sets in GNOME lies in a binary file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.desktop import desktops

OVERRIDES = api.Glob("/usr/share/glib-2.0/schemas/*.gschema.override", most=200)
KEYFILES = api.Glob("/etc/dconf/db/*.d/*", most=200)
LOCKS = api.Glob("/etc/dconf/db/*.d/locks/*", most=200)
KDE_ALL = api.ReadFile("/etc/xdg/kscreenlockerrc", limit_bytes=65536)
KDE_PERSONS = api.Glob("/home/*/.config/kscreenlockerrc", most=200)
DEFAULTS = {"GNOME": ("org/gnome/desktop", 300), "Cinnamon": ("org/cinnamon/desktop", 900)}
"""Desktop -> (folder of its settings, seconds until it counts as unused); both lock then, without further delay."""
_KDE_MINUTES = 5
_OTHER_DESKTOPS = frozenset(["budgie", "lxqt", "mate", "pantheon", "phosh", "unity", "xfce"])
_LIMIT_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class ScreenLock:
    """minutes: unused until locked, None when it never locks. whose: of a person's own setting, "" for everybody.

    forced: people cannot change it. source: where it is set.
    """

    desktop: str
    whose: str
    minutes: float | None
    forced: bool
    source: str

    @property
    def subject(self) -> str:
        return f"{self.desktop} of {self.whose}" if self.whose else self.desktop


def parse_keys(text: str) -> dict[str, str]:
    """{"org/gnome/desktop/session/idle-delay": "uint32 300"} of a key file; a section ends with the next. Never raises.

    Overrides of schemas write [org.gnome.desktop.session:GNOME]: the same, for one desktop. Those for none that we judge are
    left out.
    """
    found, section = {}, ""
    for line in text.splitlines():
        stripped = line.strip()
        if header := re.fullmatch(r"\[([^\[\]]{1,200})\]", stripped):
            schema, _, desktop = header[1].partition(":")
            section = "" if desktop.lower() in _OTHER_DESKTOPS else schema.replace(".", "/")
        elif section and (match := re.fullmatch(r"([\w./-]{1,100})\s*=\s*(.*)", stripped)):
            found[f"{section}/{match[1]}"] = match[2].strip()
    return found


def seconds_of(value: str) -> int | None:
    """ "uint32 300" and "300" are 300; None for what is no number."""
    match = re.fullmatch(r"(?:uint32\s+)?(\d{1,9})", value)
    return int(match[1]) if match else None


def minutes_until_locked(keys: dict[str, str], folder: str, default_seconds: int) -> float | None:
    """None for never: not locked, or never unused (idle-delay 0)."""
    idle = seconds_of(keys.get(f"{folder}/session/idle-delay", ""))
    delay = seconds_of(keys.get(f"{folder}/screensaver/lock-delay", ""))
    idle = default_seconds if idle is None else idle
    locks = keys.get(f"{folder}/screensaver/lock-enabled", "true") != "false"
    forbidden = keys.get("org/gnome/desktop/lockdown/disable-lock-screen") == "true"
    return (idle + (delay or 0)) / 60 if locks and idle and not forbidden else None


def kde_minutes(texts: list[str]) -> float | None:
    """Of kscreenlockerrc, later texts over earlier ones: [Daemon] Autolock, Timeout in minutes."""
    keys = _keys([text.replace("[$i]", "") for text in texts])
    minutes = seconds_of(keys.get("Daemon/Timeout", ""))
    minutes = _KDE_MINUTES if minutes is None else minutes
    return float(minutes) if keys.get("Daemon/Autolock", "true").lower() != "false" and minutes else None


def _paths(ask: api.Ask, question: api.Glob) -> list[str]:
    paths = ask(question).json
    if not isinstance(paths, list):
        raise api.Unreadable("not a list of files of settings")
    return [str(path) for path in paths]


def _texts(ask: api.Ask, paths: list[str]) -> list[str]:
    """Of those that are text files; folders between them (locks) are none."""
    answers = ask.many([api.ReadFile(path, limit_bytes=_LIMIT_BYTES) for path in paths])
    return [answer.text for answer in answers if not isinstance(answer.error, api.NotFound | api.Unreadable)]


def _keys(texts: list[str]) -> dict[str, str]:
    """Of all texts, the later over the earlier."""
    return {key: value for text in texts for key, value in parse_keys(text).items()}


def _gnome_like(ask: api.Ask, name: str) -> ScreenLock:
    folder, seconds = DEFAULTS[name]
    # gdm.d is about the login screen alone.
    keyfiles = [path for path in _paths(ask, KEYFILES) if not path.startswith("/etc/dconf/db/gdm.d/")]
    own = _keys(_texts(ask, keyfiles))
    keys = _keys(_texts(ask, _paths(ask, OVERRIDES))) | own
    locked = "\n".join(_texts(ask, _paths(ask, LOCKS))).split()
    forced = {f"/{folder}/session/idle-delay", f"/{folder}/screensaver/lock-enabled"} <= set(locked)
    source = "/etc/dconf/db" if any(key.startswith(folder) for key in own) else "the maker's default"
    return ScreenLock(name, "", minutes_until_locked(keys, folder, seconds), forced, source)


def _kde(ask: api.Ask) -> Iterator[ScreenLock]:
    """For everybody, and for each person with a setting of their own."""
    answer = ask(KDE_ALL)
    common = [] if isinstance(answer.error, api.NotFound) else [answer.text]
    forced = bool(common) and "[$i]" in common[0]
    yield ScreenLock("KDE Plasma", "", kde_minutes(common), forced, KDE_ALL.path if common else "the maker's default")
    if forced:
        return
    for path in _paths(ask, KDE_PERSONS):
        if texts := _texts(ask, [path]):
            yield ScreenLock("KDE Plasma", path.split("/")[2][:100], kde_minutes([*common, *texts]), False, path)


@api.provider("linux", seconds=15)
def screen_locks(ask: api.Ask) -> api.Facts[ScreenLock]:
    """One fact for each desktop, and more for people with settings of their own. NotApplicable without a login screen."""
    names = desktops(ask)
    if not names:
        raise api.NotApplicable("nobody works at the screen of this machine: it has no desktop")
    for name in names:
        try:
            if name == "KDE Plasma":
                yield from _kde(ask)
            elif name in ("GNOME", "Cinnamon"):
                yield _gnome_like(ask, name)
            else:
                unlock = "Look in the settings of the desktop, under screen saver or power."
                yield api.Gap(name, api.NotFound(f"how {name} locks the screen is not known to itaudit", unlock))
        except api.Missing as error:
            yield api.Gap(name, error)
