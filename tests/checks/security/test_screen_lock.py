from __future__ import annotations

import subprocess
from pathlib import Path

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


def test_the_commands_for_cinnamon_set_what_cinnamon_reads() -> None:
    cinnamon = screen_lock(ScreenLock("Cinnamon", "", None, False, "x"), Settings())
    assert cinnamon.remedy
    steps = "\n".join(cinnamon.remedy.steps)
    assert "org/cinnamon/desktop/session" in steps
    assert "org/gnome" not in steps + cinnamon.remedy.verify
    assert "org.cinnamon" in cinnamon.remedy.verify


def test_the_commands_keep_a_profile_that_is_there(tmp_path: Path) -> None:
    gnome = screen_lock(ScreenLock("GNOME", "", None, False, "x"), Settings())
    assert gnome.remedy
    (step,) = (step for step in gnome.remedy.steps if "profile/user" in step)
    command = step.replace("sudo ", "").replace("/etc/dconf/profile/user", str(tmp_path / "user"))
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    assert (tmp_path / "user").read_text() == "user-db:user\nsystem-db:local\n"
    (tmp_path / "user").write_text("user-db:user\nsystem-db:company\n")
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    assert "company" in (tmp_path / "user").read_text()


def test_one_minute_is_no_plural() -> None:
    assert screen_lock(ScreenLock("GNOME", "", 1.0, False, "x"), Settings()).summary.endswith("after 1 minute.")
