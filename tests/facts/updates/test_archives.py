from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.updates import Archive, PackageManager, Update
from itaudit.facts.updates.archives import parse_dates, parse_index, release_date

LISTS = "/var/lib/apt/lists/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_release_file_lies_beside_the_list() -> None:
    prefix = f"{LISTS}archive.example.test_debian_dists_bookworm_"
    line = f"main/binary-amd64/Packages|{prefix}main_binary-amd64_Packages.lz4|Debian|Debian|oldstable"
    assert parse_index(line) == {prefix: Archive("Debian", "Debian", "oldstable")}


def test_two_components_of_one_archive_are_one() -> None:
    line = "{0}/binary-amd64/Packages|/l/x_dists_noble_{0}_binary-amd64_Packages|Ubuntu|Ubuntu|noble\n"
    assert list(parse_index(line.format("main") + line.format("universe"))) == ["/l/x_dists_noble_"]


def test_the_name_of_a_component_is_written_as_apt_writes_it_in_the_name_of_a_file() -> None:
    line = "my_comp~1/binary-amd64/Packages|/l/x_dists_s_my%5fcomp%7e1_binary-amd64_Packages|Vendor|Vendor|s"
    assert list(parse_index(line)) == ["/l/x_dists_s_"]


def test_what_an_archive_does_not_say_of_itself_is_nothing() -> None:
    line = "main/binary-amd64/Packages|/l/x_dists_s_main_binary-amd64_Packages|$(ORIGIN)|$(LABEL)|$(SUITE)"
    assert parse_index(line) == {"/l/x_dists_s_": Archive("", "", "")}


def test_a_line_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(api.Unreadable):
        parse_index("E: something went wrong")


def test_dates_are_read_to_the_second() -> None:
    text = "/l/x_InRelease:Date: Sat, 21 Nov 2026 00:53:02 UTC\n/l/y_Release:Date: soon\n"
    assert parse_dates(text) == {"/l/x_InRelease": datetime(2026, 11, 21, 0, 53, 2, tzinfo=UTC)}


def test_a_date_with_another_offset_is_turned_into_utc() -> None:
    assert release_date("Sat, 21 Nov 2026 02:00:00 +0200") == datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "suite", "security"),
    [
        ("Debian-Security", "oldstable", True),
        ("Ubuntu", "noble-security", True),
        ("UbuntuESM", "jammy-infra-security", True),
        ("Debian", "oldstable-updates", False),
        ("Security tools", "stable", False),
    ],
)
def test_security_archives_are_known_by_label_or_suite(label: str, suite: str, security: bool) -> None:
    assert Archive("x", label, suite).security is security


def test_an_old_security_archive_makes_the_lists_old_whatever_the_others_say() -> None:
    archives = (
        Archive("Debian", "Debian-Security", "x-security", datetime(2026, 11, 12, 12, tzinfo=UTC)),
        Archive("Vendor", "Vendor", "stable", NOW),
    )
    assert PackageManager("apt", (), archives).list_age_days(NOW) == 10.0


def test_a_date_in_the_future_is_no_negative_age() -> None:
    archive = Archive("Debian", "Debian", "x", datetime(2026, 11, 23, tzinfo=UTC))
    assert PackageManager("apt", (), (archive,)).list_age_days(NOW) == 0.0


def test_held_security_and_partly_offered_updates_are_no_ordinary_ones() -> None:
    pending = (
        Update("plain", "1", "2", (), security=False),
        Update("held", "1", "2", (), security=False, held=True),
        Update("phased", "1", "2", (), security=False, phased_percent=0),
        Update("phased-to-all", "1", "2", (), security=False, phased_percent=100),
        Update("tls", "1", "2", (), security=True),
    )
    assert [u.package for u in PackageManager("apt", pending, ()).other_pending] == ["plain", "phased-to-all"]


@given(st.text())
def test_hostile_text_gives_dates_or_none(text: str) -> None:
    found = release_date(text)
    assert found is None or found.tzinfo is UTC
    assert all(found.tzinfo is UTC for found in parse_dates(text).values())
    with contextlib.suppress(api.Missing):
        assert all(prefix.startswith("/") for prefix in parse_index(text))
