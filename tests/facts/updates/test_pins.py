"""Pins, against a real apt: what we say stops updates is what its policy then holds back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.contributions import Ask
from itaudit.facts.updates import InstalledPackage
from itaudit.facts.updates.pins import Pins, parse_preferences, pins

if TYPE_CHECKING:
    from lab.apt import AptLab

INSTALLED = [InstalledPackage("acme-web", "2.0-1", "all"), InstalledPackage("acme-tls", "1.0-1", "all")]


def pins_of(lab: AptLab, live: Ask) -> Pins:
    (found,) = pins.function(live, lab.section, INSTALLED)
    assert isinstance(found, Pins)
    return found


@pytest.mark.parametrize(
    ("record", "stopped"),
    [
        ("Package: acme-web\nPin: version 2.0-1\nPin-Priority: 1001\n", True),
        ("Package: acme-w*\nPin: version 2.0-1*\nPin-Priority: 990\n", True),
        ("Explanation: later\nPackage: other acme-web\nPin: release l=Debian\nPin-Priority: -1\n", True),
        ("Package: acme-web\nPin: version 2.0-1\nPin-Priority: 400\n", False),
        ("Package: acme-web\nPin: release l=Debian\nPin-Priority: 1001\n", False),
        ("Package: acme-tls-other\nPin: version 1\nPin-Priority: 1001\n", False),
    ],
)
def test_a_pin_that_stops_updates_is_one_after_which_apt_offers_none(
    apt_lab: AptLab, live: Ask, record: str, stopped: bool
) -> None:
    file = apt_lab.folder / "root/etc/apt/preferences.d/lab"
    file.write_text(record)
    policy = apt_lab.run("apt-cache", "policy", "acme-web")
    offered = "Candidate: 2.0-2" in policy
    found = pins_of(apt_lab, live).pins
    assert [(pin.package, pin.file) for pin in found] == ([("acme-web", str(file))] if stopped else [])
    assert offered is not stopped


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("acme-10.11.pref", True),
        ("acme_web", True),
        ("acme.pref", True),
        ("acme-10.11", False),
        ("acme.pref.old", False),
        (".acme.pref", False),
        ("acme web.pref", False),
    ],
)
def test_the_files_are_those_that_apt_reads(apt_lab: AptLab, live: Ask, name: str, is_read: bool) -> None:
    file = apt_lab.folder / "root/etc/apt/preferences.d" / name
    file.write_text("Package: acme-web\nPin: version 2.0-1\nPin-Priority: 1001\n")
    assert ("Candidate: 2.0-1" in apt_lab.run("apt-cache", "policy", "acme-web")) is is_read
    assert bool(pins_of(apt_lab, live).pins) is is_read


def test_a_program_from_its_own_makers_archive_is_not_held_by_the_pin_that_keeps_the_others_out(
    apt_lab: AptLab, live: Ask
) -> None:
    """The usual recipe for a browser from its maker: his archive above all, the system's own below none."""
    file = apt_lab.folder / "root/etc/apt/preferences.d/lab"
    other = "Package: acme-w*\nPin: release l=Ubuntu\nPin-Priority: -1\n"
    for own in (
        "Package: acme-w*\nPin: release l=Debian\nPin-Priority: 501\n",
        'Package: *\nPin: origin ""\nPin-Priority: 1000\n',
    ):
        file.write_text(f"{own}\n{other}")
        assert "Candidate: 2.0-2" in apt_lab.run("apt-cache", "policy", "acme-web")
        assert pins_of(apt_lab, live) == Pins(())


def test_files_that_apt_does_not_read_are_not_read(apt_lab: AptLab, live: Ask) -> None:
    for name in ("lab.bak", "lab.pref~", ".lab"):
        path = apt_lab.folder / "root/etc/apt/preferences.d" / name
        path.write_text("Package: acme-web\nPin: version 2.0-1\nPin-Priority: 1001\n")
    assert pins_of(apt_lab, live) == Pins(())


def test_an_archive_that_is_switched_off_is_no_pin_of_programs(apt_lab: AptLab, live: Ask) -> None:
    """As Ubuntu does it by itself for the archives that are paid for."""
    file = apt_lab.folder / "root/etc/apt/preferences"
    file.write_text("Package: *\nPin: release o=UbuntuESMApps\nPin-Priority: never\n")
    assert pins_of(apt_lab, live) == Pins(())


@given(
    st.text() | st.lists(st.sampled_from(["Package: *", "Pin: version 1", "Pin-Priority: 9", "", " x", "#", "Pin-Priority: ²"]))
)
def test_hostile_preferences_give_records(text: str | list[str]) -> None:
    for packages, pin, priority in parse_preferences(text if isinstance(text, str) else "\n".join(text)):
        assert packages
        assert pin
        assert -1_000_000 < priority < 1_000_000
