"""Updates and patches that wait, against a real zypper with its own root, and its XML from hostile hands."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import PackageManager, Patches, Update
from itaudit.facts.updates.advisories import Advisory
from itaudit.facts.updates.zypper import parse_contents, parse_elements, parse_packages, parse_patches, updates_of, zypper

if TYPE_CHECKING:
    from lab.rpm import RpmLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def manager_of(ask: Ask, machine: api.Machine, section: Patches) -> PackageManager:
    (found,) = zypper.function(ask, machine, section)
    assert isinstance(found, PackageManager)
    return found


def by_name(manager: PackageManager) -> dict[str, Update]:
    return {update.package: update for update in manager.pending}


def test_counts_ages_grades_and_holes_are_those_that_were_published(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    manager = manager_of(live, machine, zypper_lab.section)
    # Counted another way: by what zypper's solver would install.
    everything = zypper_lab.zypper("--xmlout", "--no-refresh", "update", "--dry-run")
    safety = zypper_lab.zypper("--xmlout", "--no-refresh", "patch", "--dry-run", "--category", "security")
    upgraded = r'<solvable type="package" name="([^"]+)"'
    assert set(by_name(manager)) == set(re.findall(upgraded, everything))
    assert {u.package for u in manager.security_pending} == set(re.findall(upgraded, safety))
    assert {u.package: (u.security, u.severity, u.released, u.holes) for u in manager.pending} == {
        # Issued on that day, and changed on 20 November, which is the day that zypper tells.
        "acme-tls": (True, "critical", datetime(2026, 11, 2, tzinfo=UTC), ("CVE-2026-0001",)),
        "acme-bug": (False, "", datetime(2026, 10, 3, tzinfo=UTC), ()),
        "acme-held": (True, "medium", datetime(2026, 11, 15, tzinfo=UTC), ()),
        "acme-epoch": (True, "high", datetime(2026, 11, 10, tzinfo=UTC), ("CVE-2026-0004", "CVE-2026-0005")),
        "acme-web": (False, "", None, ()),
    }
    assert (by_name(manager)["acme-tls"].installed, by_name(manager)["acme-tls"].candidate) == ("1.0-1", "1.0-2")


def test_as_many_patches_are_named_as_zypper_counts(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    told = zypper_lab.zypper("--no-refresh", "patch-check", codes=(101,))
    match = re.search(r"(\d+) patches needed \((\d+) security patches\)", told)
    assert match is not None
    manager = manager_of(live, machine, zypper_lab.section)
    assert len({name for u in manager.pending for name in u.advisories}) == int(match[1])
    assert len({name for u in manager.security_pending for name in u.advisories}) == int(match[2])


def test_locked_packages_are_counted_as_held(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    zypper_lab.zypper("addlock", "acme-held")
    zypper_lab.zypper("addlock", "acme-w*")
    updates = by_name(manager_of(live, machine, zypper_lab.section))
    assert {name: u.security for name, u in updates.items() if u.held} == {"acme-held": True, "acme-web": False}
    assert len(updates) == 5


def test_a_rolling_system_does_not_tell_what_mends_holes(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    zypper_lab.is_a("opensuse-tumbleweed", "opensuse suse")
    manager = manager_of(live, machine, zypper_lab.section)
    assert (len(manager.pending), manager.tells_security, manager.security_pending) == (5, False, ())
    assert manager.install[-1] == "sudo zypper dist-upgrade"


def test_without_fetched_lists_there_is_no_archive_and_no_age(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    zypper_lab.zypper("--quiet", "clean", "--all")
    manager = manager_of(live, machine, zypper_lab.section)
    assert (manager.archives, manager.pending, manager.list_age_days(machine.now)) == ((), (), None)


@pytest.fixture
def another_zypper(zypper_lab: RpmLab) -> Iterator[None]:
    """A program by that name which holds the lock."""
    # It says when it has that name, and goes on until its input is closed.
    with subprocess.Popen(["bash", "-c", "exec -a zypper cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"there\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"there\n"
        (zypper_lab.root / "run").mkdir(exist_ok=True)
        (zypper_lab.root / "run/zypp.pid").write_text(str(process.pid))
        yield


@pytest.mark.usefixtures("another_zypper")
def test_a_lock_held_by_another_program_is_unknown(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    with pytest.raises(api.TimedOut):
        manager_of(live, machine, zypper_lab.section)


def test_a_patch_of_which_no_package_is_found_counts_by_its_own_name() -> None:
    patch = Advisory("SUSE-2026-9", ("", ""), True, "high", datetime(2026, 11, 1, tzinfo=UTC), ("CVE-2026-0009",))
    (update,) = updates_of({}, set(), [patch], {}, telling={"lab"})
    assert (update.package, update.security, update.severity, update.holes) == ("SUSE-2026-9", True, "high", ("CVE-2026-0009",))


def test_of_a_source_without_patches_it_is_not_told_while_another_tells() -> None:
    """A vendor's browser beside the system: none of its updates is named by a patch."""
    packages = {("tzdata", "noarch"): ("1", "2", "repo-update"), ("browser", "x86_64"): ("1", "2", "vendor:stable")}
    found = updates_of(packages, set(), [], {}, telling={"repo-update"})
    assert {update.package: update.security for update in found} == {"tzdata": False, "browser": None}
    named = Advisory("VENDOR-1", ("browser", ""), True, "", None)
    assert {u.security for u in updates_of(packages, set(), [named], {}, telling={"vendor_stable"})} == {True, None}


def test_several_packages_of_one_patch_are_all_named() -> None:
    text = (
        "\nInformation for patch SUSE-2026-9:\n---\nName        : SUSE-2026-9\nSummary     : x\nDescription : \n    a < 3\n"
        "Provides    : patch:SUSE-2026-9 = 1\nConflicts   : [3]\n    libx-1_0.x86_64 < 1.0-2\n    srcpackage:libx < 1.0-2\n"
        "    libx-devel < 1.0-2\n\nInformation for patch SUSE-2026-10:\n---\nConflicts   : python3.11 < 3.11.9-1\n"
    )
    assert parse_contents(text) == {"SUSE-2026-9": {"libx-1_0", "libx-devel"}, "SUSE-2026-10": {"python3.11"}}


def test_words_of_the_maker_are_not_taken_for_elements() -> None:
    text = (
        '<stream><update-status><update-list><update kind="package" name="a&amp;b" edition="2-1" arch="noarch" edition-old="1-1">'
        '<summary>&lt;update kind="package" name="forged" edition="9" /&gt;</summary><source url="x" alias="lab"/></update>'
        "</update-list></update-status></stream>"
    )
    assert parse_packages(text) == {("a&b", "noarch"): ("1-1", "2-1", "lab")}


@pytest.mark.parametrize("text", ["", "<stream>", "<stream><update kind='package'", "Gesperrt\n", "\0\x80"])
def test_what_is_cut_short_is_refused(text: str) -> None:
    for parse in (parse_packages, parse_patches, parse_elements):
        with pytest.raises(api.Unreadable):
            parse(text)


@given(
    st.lists(
        st.sampled_from(['<update kind="patch" name="x">', "</update>", '<issue-date time_t="9e9"/>', "<source/>", '<issue id="'])
    )
)
def test_hostile_elements_give_updates_or_missing(parts: list[str]) -> None:
    text = f"<stream>{''.join(parts)}</stream>"
    with contextlib.suppress(api.Missing):
        parse_packages(text)
    assert set(parse_patches(text)) <= {"x"}


@given(st.text())
def test_hostile_text_gives_nothing_or_missing(text: str) -> None:
    with contextlib.suppress(api.Missing):
        parse_elements(f"<stream>{text}</stream>")
    assert isinstance(parse_contents(text), dict)
