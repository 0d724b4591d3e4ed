from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.security.screen_lock import Settings, screen_lock
from itaudit.facts.screen_lock import ScreenLock


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(5.0, api.Status.OK), (15.0, api.Status.OK), (15.5, api.Status.WARN), (61.0, api.Status.FAIL), (None, api.Status.FAIL)],
)
def test_fifteen_minutes_are_the_limit(minutes: float | None, status: api.Status) -> None:
    assert screen_lock(ScreenLock("GNOME", "", minutes, False, "x"), Settings()).status is status


def test_it_says_whether_people_may_change_it_and_helps_each_desktop() -> None:
    gnome = screen_lock(ScreenLock("GNOME", "", None, False, "the maker's default"), Settings())
    kde = screen_lock(ScreenLock("KDE Plasma", "ada", 90.0, True, "/etc/xdg/kscreenlockerrc"), Settings())
    assert gnome.detail == "the maker's default; people may change it for themselves"
    assert kde.detail == "/etc/xdg/kscreenlockerrc; people cannot change it"
    assert gnome.remedy
    assert kde.remedy
    assert "dconf update" in gnome.remedy.steps[-1]
    assert "kscreenlockerrc" in kde.remedy.steps[0]
