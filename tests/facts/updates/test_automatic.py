from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import AutomaticUpdates, InstalledPackage, Patches
from itaudit.facts.updates.automatic import CRON, STAMP, TIMER, apt_automatic, covers_security, parse_settings, settings_question

if TYPE_CHECKING:
    from lab.apt import AptLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
INSTALLER = InstalledPackage("unattended-upgrades", "2.9.1+nmu3", "all")
# The files that Debian 12's unattended-upgrades 2.9.1 installs.
DEBIAN = """APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Origins-Pattern {
        "origin=Debian,codename=${distro_codename},label=Debian";
        "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";
};
"""


def automatic_of(ask: Ask, section: Patches, packages: list[InstalledPackage]) -> AutomaticUpdates:
    found = apt_automatic.function(ask, section, packages)
    (fact,) = found
    assert isinstance(fact, AutomaticUpdates)
    return fact


def test_debians_own_settings_are_on_and_cover_security(empty_apt_lab: AptLab, live: Ask) -> None:
    (empty_apt_lab.folder / "root/etc/apt/apt.conf.d/20auto").write_text(DEBIAN)
    found = automatic_of(live, empty_apt_lab.section, [INSTALLER])
    assert (found.installer, found.looks, found.installs, found.covers_security) == (True, True, True, True)


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("origin=Raspbian,codename=${distro_codename},label=Raspbian", True),
        ("origin=Debian", True),
        ("o=Ubuntu", True),
        ("origin=*", True),
        ("${distro_id}:*", True),
        ("Ubuntu:jammy-security", True),
        ("origin=Debian,codename=${distro_codename},label=Debian", False),
        ("origin=Docker", False),
        ("origin=Docker*,label=*", False),
        ("Ubuntu:jammy", False),
    ],
)
def test_the_patterns_decide_whether_security_updates_are_among_those_allowed(pattern: str, covered: bool) -> None:
    """A whole maker's archives hold his security updates too; Raspbian keeps no separate archive for them."""
    assert covers_security([("Unattended-Upgrade::Origins-Pattern::", pattern)]) is covered


def test_one_switch_turns_everything_off(empty_apt_lab: AptLab, live: Ask) -> None:
    (empty_apt_lab.folder / "root/etc/apt/apt.conf.d/20auto").write_text(DEBIAN + 'APT::Periodic::Enable "0";\n')
    found = automatic_of(live, empty_apt_lab.section, [INSTALLER])
    assert (found.looks, found.installs) == (False, False)


def test_a_bare_system_has_nothing_switched_on(empty_apt_lab: AptLab, live: Ask) -> None:
    found = automatic_of(live, empty_apt_lab.section, [])
    assert (found.installer, found.looks, found.installs, found.covers_security) == (False, False, False, False)


@pytest.mark.parametrize(
    ("timer", "cron", "expected"),
    [
        (api.Answer("masked\n", 1), "{}", "masked"),
        (api.Answer("enabled\n", 0), "{}", "enabled"),
        (api.Answer.missing(api.ToolMissing("systemctl")), "{}", "cron"),
        (api.Answer.missing(api.ToolMissing("systemctl")), api.Answer.missing(api.NotFound("")), ""),
    ],
)
def test_what_starts_it(recorded: Recorder, timer: api.Answer, cron: api.Answer | str, expected: str) -> None:
    answers: dict[api.Question, api.Answer | str] = {
        settings_question(Patches()): 'APT "";\n',
        TIMER: timer,
        CRON: cron,
        STAMP: '{"modified": 1795334400.0}',
    }
    found = automatic_of(recorded(answers), Patches(), [])
    assert found.timer == expected
    assert found.last_run == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_no_settings_at_all_is_unreadable() -> None:
    with pytest.raises(api.Unreadable):
        parse_settings("E: cannot read\n")
