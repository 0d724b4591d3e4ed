"""Installed packages of rpm, what is locked among them, and the lists of dnf and zypper."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import InstalledPackage, Patches
from itaudit.facts.updates.rpm import (
    locked,
    parse_excludes,
    parse_records,
    parse_versionlock,
    parse_versionlock5,
    parse_zypper_locks,
    rpm_packages,
)
from itaudit.facts.updates.rpm_lists import day_of, parse_dates, parse_enabled, parse_list

if TYPE_CHECKING:
    from lab.rpm import RpmLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def packages_of(ask: Ask, section: Patches) -> dict[str, InstalledPackage]:
    return {one.name: one for one in rpm_packages.function(ask, section) if isinstance(one, InstalledPackage)}


def test_the_lab_has_the_packages_that_rpm_lists(rpm_lab: RpmLab, live: Ask) -> None:
    rpm_lab.is_a("rocky", "rhel centos fedora")
    listed = rpm_lab.run("rpm", "--dbpath", f"{rpm_lab.root}/var/lib/rpm", "-qa", "--queryformat", "%{NAME} %{EVR}\\n")
    found = packages_of(live, rpm_lab.section)
    assert {f"{one.name} {one.version}" for one in found.values()} == set(listed.splitlines())
    assert len(found) == 6
    assert {one.held for one in found.values()} == {False}


def test_a_lock_of_the_other_manager_locks_nothing(rpm_lab: RpmLab, live: Ask) -> None:
    (rpm_lab.root / "etc/zypp").mkdir()
    (rpm_lab.root / "etc/zypp/locks").write_text("type: package\nmatch_type: glob\nsolvable_name: acme-h*\n")
    rpm_lab.is_a("fedora", "")
    assert not packages_of(live, rpm_lab.section)["acme-held"].held
    rpm_lab.is_a("opensuse-leap", "suse opensuse")
    assert [one.name for one in packages_of(live, rpm_lab.section).values() if one.held] == ["acme-held"]


def test_on_a_debian_rpm_is_not_even_asked(recorded: Recorder, rpm_lab: RpmLab, live: Ask) -> None:
    """It would leave an empty database behind."""
    rpm_lab.is_a("debian", "")
    assert packages_of(live, rpm_lab.section) == {}


def test_keys_of_makers_are_no_packages_and_several_kernels_are() -> None:
    text = (
        "gpg-pubkey\t0\ta15b79cc\t63d04c2c\t(none)\t1700000000\t(none)\n"
        "kernel-core\t0\t6.8.5\t301.fc40\tx86_64\t1700000000\tFedora Project\n"
        "kernel-core\t0\t6.9.1\t200.fc40\tx86_64\t1710000000\tFedora Project\n"
        "bind\t32\t9.18\t1\tx86_64\t1700000000\t(none)\n"
    )
    assert [(one.name, one.version, one.vendor) for one in parse_records(text)] == [
        ("kernel-core", "6.8.5-301.fc40", "Fedora Project"),
        ("kernel-core", "6.9.1-200.fc40", "Fedora Project"),
        ("bind", "32:9.18-1", ""),
    ]


def test_no_packages_at_all_is_not_a_clean_machine() -> None:
    with pytest.raises(api.Unreadable):
        parse_records("\n")


def test_locks_are_read_to_the_letter() -> None:
    listed = "# Added lock on Sat\nbash-0:5.1.8-6.el9.*\nlib-x-y-1:2-3.*\n!nginx-1:1.24-1.*\nglob*\n\n"
    assert parse_versionlock(listed) == {"bash", "lib-x-y", "nginx", "glob*"}
    modern = 'version = "1.0"\n[[packages]]\nname = "bash"\ncomment = "x"\n[[packages.conditions]]\nkey = "evr"\nvalue = "5"\n'
    assert parse_versionlock5(modern) == {"bash"}
    zypper = "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: kernel-*\n\n\ntype: patch\nsolvable_name: p\n"
    assert parse_zypper_locks(zypper) == {"kernel-*"}
    excludes = "[main]\ngpgcheck=1\nexcludepkgs=a*, b\n c\nbest=True\n  d\n[fedora]\nexclude=z\n"
    assert parse_excludes(excludes) == {"a*", "b", "c"}
    assert locked(["a1", "b", "bb", "c[1]"], {"a*", "b"}) == {"a1", "b"}


def test_sources_that_are_switched_off_do_not_count() -> None:
    text = "# x\n[a]\nname=a\nenabled=1\n[b]\nenabled = 0\n[c]\nname=c\n[main]\ngpgcheck=1\n[d]\nenabled=False\n"
    assert parse_enabled(text) == {"a", "c"}


def test_the_newest_time_in_a_list_is_when_it_was_made() -> None:
    first = '<data type="primary"><timestamp>1790000000.5</timestamp></data>'
    text = f'<repomd>{first}<data type="x"><timestamp>5</timestamp></data></repomd>'
    assert parse_list(text, NOW) == (datetime.fromtimestamp(1790000000, UTC), False)
    assert parse_list(text.replace('"x"', '"updateinfo"'), NOW)[1]
    assert parse_list(text, datetime.fromtimestamp(1790000000, UTC) - timedelta(days=2))[0] is None
    with pytest.raises(api.Unreadable):
        parse_list(text[:-9], NOW)


def test_the_day_a_notice_was_issued_is_the_first_of_all_lists() -> None:
    text = (
        '<id>A</id>\n<issued date="2026-01-02 00:00:00"\n<id>A</id>\n<issued date="1767225600"\n'
        '<issued date="2020-01-01"\n<id>B</id>\n<id>C</id>\n<issued date="soon"\n'
    )
    assert parse_dates(text) == {"A": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T00:00:00Z", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02 00:00:00 UTC", datetime(2026, 1, 2, tzinfo=UTC)),
        ("1767312000", datetime(2026, 1, 2, tzinfo=UTC)),
        ("999999999999", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_days_are_read_in_every_form_that_makers_use(written: str, day: datetime | None) -> None:
    assert day_of(written) == day


@given(st.text())
def test_hostile_text_gives_values_or_missing(text: str) -> None:
    for parse in (parse_records, parse_versionlock5):
        with contextlib.suppress(api.Missing):
            parse(text)
    with contextlib.suppress(api.Missing):
        parse_list(f"<repomd>{text}</repomd>", NOW)
    for lenient in (parse_versionlock, parse_excludes, parse_zypper_locks, parse_enabled, parse_dates, day_of):
        lenient(text)
