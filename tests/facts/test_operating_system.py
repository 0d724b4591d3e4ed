from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask, Gap
from itaudit.facts.lifecycle import FETCHED
from itaudit.facts.operating_system import (
    DISKSTATION,
    OS_RELEASE,
    OS_RELEASE_OF_VENDOR,
    RASPBERRY_PI,
    TRUENAS,
    UBUNTU_PRO,
    OperatingSystem,
    distro_info,
    distro_row,
    linux_system,
    parse_os_release,
)

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
NOT_THERE = api.Answer.missing(api.NotFound("no such file"))
DEBIAN_12 = """PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
"""
UBUNTU_22 = 'NAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n'
FEDORA_43 = 'NAME="Fedora Linux"\nVERSION_ID=43\nID=fedora\nSUPPORT_END=2026-12-02\n'
# As in distro-info-data 0.58+deb12u6, but for one day of bookworm, so that it shows which source answered.
DEBIAN_CSV = """version,codename,series,created,release,eol,eol-lts,eol-elts
11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2031-06-30
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-29,2033-06-30
14,Forky,forky,2025-08-09
"""
UBUNTU_CSV = """version,codename,series,created,release,eol,eol-server,eol-esm,eol-legacy
22.04 LTS,Jammy Jellyfish,jammy,2021-10-14,2022-04-21,2027-06-01,2027-06-01,2032-04-21,2034-04-25
"""


def pro(attached: bool, infra: str) -> str:
    return json.dumps(
        {"attached": attached, "services": [{"name": "esm-apps", "status": "n/a"}, {"name": "esm-infra", "status": infra}]}
    )


def system_of(recorded: Recorder, release: str, **files: str) -> OperatingSystem | Gap:
    answers: dict[api.Question, api.Answer | str] = {
        OS_RELEASE: release,
        distro_info("debian"): files.get("debian", NOT_THERE),
        distro_info("ubuntu"): files.get("ubuntu", NOT_THERE),
        UBUNTU_PRO: files.get("pro", NOT_THERE),
    }
    found = linux_system.function(recorded(answers))
    (fact,) = found
    assert isinstance(fact, OperatingSystem | Gap)
    return fact


def end_of(recorded: Recorder, release: str, **files: str) -> date | None:
    found = system_of(recorded, release, **files)
    assert isinstance(found, OperatingSystem)
    return found.support_end


def test_debians_lts_counts_because_it_comes_by_itself(recorded: Recorder) -> None:
    assert end_of(recorded, DEBIAN_12, debian=DEBIAN_CSV) == date(2028, 6, 29)


def test_an_old_distro_info_without_the_lts_column_gives_way_to_our_table(recorded: Recorder) -> None:
    old = "version,codename,series,created,release,eol\n12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11\n"
    assert end_of(recorded, DEBIAN_12, debian=old) == date(2028, 6, 30)


def test_without_distro_info_our_table_answers(recorded: Recorder) -> None:
    found = system_of(recorded, DEBIAN_12)
    assert isinstance(found, OperatingSystem)
    assert (found.subject, found.support_end) == ("Debian GNU/Linux 12", date(2028, 6, 30))
    assert "https://wiki.debian.org/LTS" in found.basis


def test_an_unfinished_debian_has_no_end_and_says_so(recorded: Recorder) -> None:
    testing = 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=forky\nID=debian\n'
    found = system_of(recorded, testing, debian=DEBIAN_CSV)
    assert isinstance(found, Gap)
    assert (found.subject, found.error.kind) == ("Debian GNU/Linux forky", "not_found")


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (pro(True, "enabled"), date(2032, 4, 21)),
        (pro(True, "disabled"), date(2027, 6, 1)),
        (pro(False, "enabled"), date(2027, 6, 1)),
        ("[]", date(2027, 6, 1)),
        ("not json", date(2027, 6, 1)),
    ],
)
def test_ubuntus_paid_support_counts_only_where_it_is_switched_on(recorded: Recorder, status: str, end: date) -> None:
    assert end_of(recorded, UBUNTU_22, ubuntu=UBUNTU_CSV, pro=status) == end


def test_ubuntu_without_distro_info_is_in_our_table_free_and_paid(recorded: Recorder) -> None:
    assert end_of(recorded, UBUNTU_22) == date(2027, 4, 1)
    assert end_of(recorded, UBUNTU_22, pro=pro(True, "enabled")) == date(2032, 4, 21)


def test_the_makers_own_date_beats_our_table(recorded: Recorder) -> None:
    assert end_of(recorded, FEDORA_43) == date(2026, 12, 2)


def test_a_makers_date_that_makes_no_sense_is_passed_over(recorded: Recorder) -> None:
    assert end_of(recorded, FEDORA_43.replace("2026-12-02", "soon")) == date(2026, 12, 9)


def test_a_minor_release_is_named_by_its_line_so_that_the_subject_stays(recorded: Recorder) -> None:
    found = system_of(recorded, 'NAME="AlmaLinux"\nVERSION_ID="9.4"\nID="almalinux"\n')
    assert isinstance(found, OperatingSystem)
    assert (found.subject, found.support_end) == ("AlmaLinux 9", date(2032, 5, 31))


def test_a_rolling_system_does_not_end(recorded: Recorder) -> None:
    with pytest.raises(api.NotApplicable):
        system_of(recorded, 'NAME="Arch Linux"\nID=arch\n')


def test_a_release_of_nixos_ends_after_some_months(recorded: Recorder) -> None:
    """Only its unstable line rolls on, and os-release does not tell it from a release."""
    text = 'NAME=NixOS\nID=nixos\nVERSION_ID="23.11"\n'
    assert isinstance(system_of(recorded, text), Gap)
    assert end_of(recorded, f'{text}SUPPORT_END="2024-06-30"\n') == date(2024, 6, 30)


def test_an_unknown_system_is_a_gap_with_its_name(recorded: Recorder) -> None:
    found = system_of(recorded, 'NAME="Acme OS"\nVERSION_ID=3\nID=acme\n')
    assert isinstance(found, Gap)
    assert found.subject == "Acme OS 3"


def test_an_empty_file_is_unreadable(recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        system_of(recorded, "")


def test_the_vendors_copy_is_read_where_etc_has_none(recorded: Recorder) -> None:
    ask = recorded({OS_RELEASE: NOT_THERE, OS_RELEASE_OF_VENDOR: FEDORA_43})
    found = linux_system.function(ask)
    assert [fact.subject for fact in found] == ["Fedora Linux 43"]


def test_a_synology_device_has_no_os_release_but_a_version_file(recorded: Recorder) -> None:
    told = 'majorversion="7"\nminorversion="2"\nproductversion="7.2.2"\nbuildnumber="72806"\n'
    ask = recorded({OS_RELEASE: NOT_THERE, OS_RELEASE_OF_VENDOR: NOT_THERE, DISKSTATION: told})
    (found,) = linux_system.function(ask)
    assert isinstance(found, OperatingSystem)
    assert (found.subject, found.support_end) == ("Synology DSM 7.2", date(2025, 12, 31))


@pytest.mark.parametrize(
    ("version", "cycle", "ended"), [("25.04.2.4\n", "25.04", False), ("TrueNAS-SCALE-22.12.3\n", "22.12", True)]
)
def test_truenas_calls_itself_debian_and_is_known_by_its_version_file(
    recorded: Recorder, version: str, cycle: str, ended: bool
) -> None:
    (found,) = linux_system.function(recorded({OS_RELEASE: DEBIAN_12, TRUENAS: version}))
    assert isinstance(found, OperatingSystem)
    assert (found.subject, found.support_end, found.ended) == (f"TrueNAS {cycle}", None, ended)


def test_a_raspberry_pi_of_64_bits_is_named_and_judged_as_the_debian_it_is(recorded: Recorder) -> None:
    (found,) = linux_system.function(recorded({OS_RELEASE: DEBIAN_12, RASPBERRY_PI: '{"kind": "file"}'}))
    assert isinstance(found, OperatingSystem)
    assert (found.subject, found.support_end) == ("Raspberry Pi OS (64 bit) 12", date(2028, 6, 30))


def test_a_newer_table_that_was_fetched_replaces_ours_and_gives_its_day(recorded: Recorder) -> None:
    data = {"products": {"fedora": {"45": {"end": "2027-12-01"}}}}
    kept = json.dumps({"fetched": "2026-11-01T00:00:00+00:00", "data": data})
    (found,) = linux_system.function(recorded({OS_RELEASE: 'NAME="Fedora Linux"\nVERSION_ID=45\nID=fedora\n', FETCHED: kept}))
    assert isinstance(found, OperatingSystem)
    assert (found.support_end, found.checked) == (date(2027, 12, 1), date(2026, 11, 1))
    assert "endoflife.date" in found.basis


def test_this_machine_is_known_by_the_name_it_gives_itself(live: Ask) -> None:
    found = linux_system.function(live)
    (fact,) = found
    assert fact.subject.startswith(parse_os_release(live(OS_RELEASE).text)["NAME"])


@given(st.text() | st.text().map(lambda tail: f"ID={tail}"))
def test_hostile_os_release_gives_text(text: str) -> None:
    assert all(isinstance(value, str) for value in parse_os_release(text).values())


@given(st.text() | st.text().map(lambda tail: f"version,series,eol\n12,{tail}"))
def test_hostile_distro_info_gives_a_row_or_none(text: str) -> None:
    assert isinstance(distro_row(text, "12", "bookworm"), dict)
