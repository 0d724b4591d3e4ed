from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.screen_lock import ScreenLock, kde_minutes, minutes_until_locked, parse_keys, screen_locks, seconds_of
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.rooted_system import RootedSystem

GNOME = "org/gnome/desktop"


def locks(system: RootedSystem) -> list[Any]:
    return ran(screen_locks.function(system.ask))


def test_without_a_desktop_there_is_no_screen(rooted_system: RootedSystem) -> None:
    with pytest.raises(api.NotApplicable):
        locks(rooted_system)


def test_makers_let_screens_lock(rooted_system: RootedSystem) -> None:
    rooted_system.desktop("gnome", "gnome-classic", "cinnamon", "plasma")
    assert locks(rooted_system) == [
        ScreenLock("Cinnamon", "", 15.0, False, "the maker's default"),
        ScreenLock("GNOME", "", 5.0, False, "the maker's default"),
        ScreenLock("KDE Plasma", "", 5.0, False, "the maker's default"),
    ]


def test_what_the_administrator_sets_holds_and_may_be_forced(rooted_system: RootedSystem) -> None:
    rooted_system.desktop("gnome")
    rooted_system.put("/usr/share/glib-2.0/schemas/10_x.gschema.override", "[org.gnome.desktop.session:GNOME]\nidle-delay=0\n")
    rooted_system.put("/etc/dconf/db/gdm.d/10", f"[{GNOME}/session]\nidle-delay=uint32 60\n")
    assert locks(rooted_system)[0].minutes is None, "the login screen's own settings are not those of people"
    rooted_system.put("/etc/dconf/db/local.d/00-lock", f"[{GNOME}/session]\nidle-delay=uint32 600\n")
    rooted_system.put("/etc/dconf/db/local.d/locks/a", f"/{GNOME}/session/idle-delay\n/{GNOME}/screensaver/lock-enabled\n")
    assert locks(rooted_system) == [ScreenLock("GNOME", "", 10.0, True, "/etc/dconf/db")]


@pytest.mark.parametrize(("of", "minutes"), [(":ubuntu", None), (":GNOME", None), ("", None), (":Phosh", 5.0), (":Budgie", 5.0)])
def test_what_a_maker_sets_for_another_desktop_is_not_gnomes(of: str, minutes: float | None, rooted_system: RootedSystem) -> None:
    rooted_system.desktop("gnome")
    text = f"[org.gnome.desktop.screensaver{of}]\nlock-enabled=false\n"
    rooted_system.put("/usr/share/glib-2.0/schemas/10_x.gschema.override", text)
    assert locks(rooted_system)[0].minutes == minutes


def test_each_person_in_kde_may_have_a_setting_unless_it_is_forced(rooted_system: RootedSystem) -> None:
    rooted_system.desktop("plasma")
    rooted_system.put("/home/ada/.config/kscreenlockerrc", "[Daemon]\nAutolock=false\n")
    rooted_system.put("/home/bob/.config/kscreenlockerrc", "[Daemon]\nTimeout=30\n")
    found = {lock.subject: lock.minutes for lock in locks(rooted_system)}
    assert found == {"KDE Plasma": 5.0, "KDE Plasma of ada": None, "KDE Plasma of bob": 30.0}
    rooted_system.put("/etc/xdg/kscreenlockerrc", "[Daemon][$i]\nAutolock=true\nTimeout=10\n")
    assert locks(rooted_system) == [ScreenLock("KDE Plasma", "", 10.0, True, "/etc/xdg/kscreenlockerrc")]


def test_other_desktops_are_unknown(rooted_system: RootedSystem) -> None:
    rooted_system.desktop("xfce", "i3")
    gaps = locks(rooted_system)
    assert [(gap.subject, type(gap.error)) for gap in gaps] == [("Xfce", api.NotFound), ("another desktop", api.NotFound)]


@pytest.mark.parametrize(
    ("keys", "minutes"),
    [
        ({}, 5.0),
        ({f"{GNOME}/screensaver/lock-enabled": "false"}, None),
        ({f"{GNOME}/session/idle-delay": "uint32 0"}, None),
        ({f"{GNOME}/session/idle-delay": "900"}, 15.0),
        ({f"{GNOME}/screensaver/lock-delay": "uint32 1800"}, 35.0),
        ({"org/gnome/desktop/lockdown/disable-lock-screen": "true"}, None),
        ({f"{GNOME}/session/idle-delay": "soon"}, 5.0),
    ],
)
def test_the_time_until_locked_is_idle_time_and_delay(keys: dict[str, str], minutes: float | None) -> None:
    assert minutes_until_locked(keys, GNOME, 300) == minutes


def test_keys_are_read_by_their_sections() -> None:
    text = "stray=1\n[a.b:GNOME]\n# note\nc='x'\n\n[d/e]\nf-g = uint32 3\n[bad]]\n"
    assert parse_keys(text) == {"a/b/c": "'x'", "d/e/f-g": "uint32 3"}


@given(st.text(), st.text())
def test_any_text_gives_keys(one: str, other: str) -> None:
    assert all(isinstance(value, str) for value in parse_keys(f"[x]\n{one}={other}").values())
    minutes = kde_minutes([one, other, f"[Daemon]\nTimeout={one}"])
    assert minutes is None or minutes > 0
    assert seconds_of(one) is None or seconds_of(one) == int(one.split()[-1])


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_any_answer_gives_facts_or_missing(anything: object) -> None:
    with contextlib.suppress(api.Missing):
        assert all(
            isinstance(lock, ScreenLock | api.Gap) for lock in ran(screen_locks.function(Ask(Always(json.dumps(anything)))))
        )
