"""Updates that wait, against a real apt with its own root, and the parsers against text that nobody promised."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import Archive, PackageManager, Patches, Update
from itaudit.facts.updates import apt as module
from itaudit.facts.updates.apt import Candidate, apt, parse_list, parse_mended, parse_phases, parse_simulation, released_by
from itaudit.facts.updates.archives import dates_question, index_question
from itaudit.facts.updates.dpkg import records_question

if TYPE_CHECKING:
    from lab.apt import AptLab

JULY = datetime(2026, 7, 11, 10, 16, 37, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 21, 0, 53, 2, tzinfo=UTC)
Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def manager_of(ask: Ask, machine: api.Machine, section: Patches) -> PackageManager:
    (found,) = apt.function(ask, machine, section)
    assert isinstance(found, PackageManager)
    return found


def by_name(manager: PackageManager) -> dict[str, Update]:
    return {update.package: update for update in manager.pending}


def test_the_lab_has_the_updates_that_were_published(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    manager = manager_of(live, machine, apt_lab.section)
    assert {name: (u.security, u.held) for name, u in by_name(manager).items()} == {
        "acme-tls": (True, False),
        "acme-held": (True, True),
        "acme-point": (True, False),
        "acme-web": (False, False),
    }


def test_the_count_equals_what_apt_says_package_by_package(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    policy = apt_lab.run("apt-cache", "policy", "acme-tls", "acme-held", "acme-point", "acme-web", "acme-ok", "acme-local")
    pairs = re.findall(r"Installed: (\S+)\n  Candidate: (\S+)\n", policy)
    assert len(pairs) == 6
    assert len(manager_of(live, machine, apt_lab.section).pending) == sum(old != new for old, new in pairs)


def test_an_update_is_as_old_as_the_oldest_archive_that_holds_it(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    updates = by_name(manager_of(live, machine, apt_lab.section))
    assert updates["acme-point"].released_by == JULY
    assert (updates["acme-point"].released_from, updates["acme-point"].released) == ("archive", None)
    assert updates["acme-tls"].released_by == NOVEMBER


def test_the_age_of_the_lists_is_that_of_the_security_archive(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    manager = manager_of(live, machine, apt_lab.section)
    assert manager.list_age_days(NOVEMBER + timedelta(days=3)) == pytest.approx(3.0)
    assert {(a.label, a.suite, a.published) for a in manager.archives} == {
        ("Debian", "oldstable", JULY),
        ("Debian", "oldstable-updates", NOVEMBER),
        ("Debian-Security", "oldstable-security", NOVEMBER),
    }


def test_the_simulation_finds_the_same_updates_as_the_list(apt_lab: AptLab, live: Ask) -> None:
    section = apt_lab.section
    listed = parse_list(live(module.list_question(section, admin=False)).checked_text)
    simulated = parse_simulation(live(module.simulation_question(section, admin=False)).checked_text)
    assert {(c.name, c.installed, c.version) for c in listed} == {(c.name, c.installed, c.version) for c in simulated}
    assert {c.name: {suite for _, suite in c.origins} for c in listed} == {c.name: {s for _, s in c.origins} for c in simulated}
    assert len(listed) == 4


def simulated(section: Patches) -> dict[api.Question, api.Answer | str]:
    """A Debian with its security archive only, whose apt lists in a form that nobody knows."""
    index = "main/binary-amd64/Packages|/l/x_main_binary-amd64_Packages|Debian|Debian-Security|x-security\n"
    return {
        api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f")): "STATUS='/var/lib/dpkg/status'\n",
        records_question("/var/lib/dpkg"): "openssl\t3.0.17\tamd64\tinstall\tinstalled\tok\tDebian\n",
        index_question(section): index,
        dates_question(["/l/x_"]): "/l/x_Release:Date: Sat, 21 Nov 2026 00:53:02 UTC\n",
        module.list_question(section, admin=True): "Listing...\nin a form of the future\n",
        module.simulation_question(section, admin=True): (
            "Reading package lists...\nInst openssl [3.0.17] (3.0.20 Debian-Security:12/x-security [amd64])\n"
        ),
    }


def test_where_the_list_cannot_be_read_the_simulation_answers(recorded: Recorder, machine: api.Machine) -> None:
    section = Patches()
    ask = recorded(simulated(section))
    (update,) = manager_of(ask, machine, section).pending
    assert (update.package, update.security, update.released_by) == ("openssl", True, NOVEMBER)


def test_an_archive_that_shares_its_suite_with_the_security_archive_is_told_apart(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    """Debian 10 called both "oldoldstable"; a lab cannot publish one suite twice, so the names differ in their folder only."""
    lab = empty_apt_lab
    lab.publish("buster", "Debian", {"acme-web": "2"}, JULY)
    lab.publish("buster-fixes", "Debian-Security", {"acme-tls": "2"}, NOVEMBER)
    for suite in lab.suites:
        release = lab.folder / "repository" / "dists" / suite / "Release"
        release.write_text(re.sub(r"^Suite: .*$", "Suite: oldoldstable", release.read_text(), flags=re.MULTILINE))
    lab.install("acme-web", "1")
    lab.install("acme-tls", "1")
    lab.update()
    updates = by_name(manager_of(live, machine, lab.section))
    assert {name: u.security for name, u in updates.items()} == {"acme-web": False, "acme-tls": True}


def test_where_no_archive_is_for_security_apt_does_not_tell_what_mends_holes(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    """Raspbian, Kali and Debian unstable mend holes in their one archive."""
    lab = empty_apt_lab
    lab.publish("stable", "Raspbian", {"acme-tls": "2"}, NOVEMBER, origin="Raspbian")
    lab.install("acme-tls", "1")
    lab.update()
    manager = manager_of(live, machine, lab.section)
    assert (by_name(manager)["acme-tls"].security, manager.tells_security) == (None, False)


@pytest.mark.parametrize(("suite", "origin"), [("vendor", "Vendor"), ("testing", "Debian")])
def test_of_other_makers_and_of_testing_it_is_not_told_what_mends_holes(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine, suite: str, origin: str
) -> None:
    """Debian sends most fixes for testing through the ordinary archive."""
    lab = empty_apt_lab
    lab.publish("oldstable", "Debian", {"acme-web": "2"}, NOVEMBER)
    lab.publish("oldstable-security", "Debian-Security", {"acme-tls": "2"}, NOVEMBER)
    lab.publish(suite, origin, {"acme-browser": "2"}, NOVEMBER, origin=origin)
    for name in ("acme-web", "acme-tls", "acme-browser"):
        lab.install(name, "1")
    lab.update()
    manager = manager_of(live, machine, lab.section)
    assert {name: u.security for name, u in by_name(manager).items()} == {
        "acme-web": False,
        "acme-tls": True,
        "acme-browser": None,
    }
    assert manager.tells_security


def test_an_ordinary_update_on_top_of_a_security_update_that_waits_too_is_one(
    empty_apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    """Ubuntu mends a fault in a package that it mended a hole in before: apt names the newer archive only."""
    lab = empty_apt_lab
    lab.publish("jammy-security", "Ubuntu", {"acme-tls": "2", "acme-seen": "2", "acme-pinned": "3"}, JULY, origin="Ubuntu")
    newer = {"acme-tls": "3", "acme-seen": "3", "acme-web": "2", "acme-pinned": "2"}
    lab.publish("jammy-updates", "Ubuntu", newer, NOVEMBER, origin="Ubuntu")
    for name, version in {"acme-tls": "1", "acme-seen": "2", "acme-web": "1", "acme-pinned": "1"}.items():
        lab.install(name, version)
    preferences = lab.folder / "root/etc/apt/preferences.d/pinned"
    preferences.write_text("Package: acme-pinned\nPin: version 3\nPin-Priority: -1\n")
    lab.update()
    updates = by_name(manager_of(live, machine, lab.section))
    # The one that is pinned would not get the fix by being updated.
    assert {name for name, update in updates.items() if update.security} == {"acme-tls"}
    assert {update.candidate for update in updates.values()} == {"3", "2"}
    assert len(updates) == 4


def test_a_recording_from_before_this_was_asked_is_judged_all_the_same(recorded: Recorder, machine: api.Machine) -> None:
    answers = simulated(Patches())
    listed = "Listing...\ntzdata/x 2 all [upgradable from: 1]\n"
    ask = recorded({**answers, module.list_question(Patches(), admin=True): listed})
    assert [(u.package, u.security) for u in manager_of(ask, machine, Patches()).pending] == [("tzdata", None)]


def test_ubuntu_phased_updates_are_not_ordinary_ones_yet(empty_apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    lab = empty_apt_lab
    lab.publish("noble-updates", "Ubuntu", {"acme-slow": "2"}, NOVEMBER, origin="Ubuntu", phased=30)
    lab.publish("noble", "Ubuntu", {"acme-web": "2"}, JULY, origin="Ubuntu")
    lab.publish("noble-apps-security", "UbuntuESMApps", {"acme-esm": "2"}, NOVEMBER, origin="UbuntuESMApps")
    for name in ("acme-slow", "acme-web", "acme-esm"):
        lab.install(name, "1")
    lab.update()
    manager = manager_of(live, machine, lab.section)
    assert by_name(manager)["acme-slow"].phased_percent == 30
    assert [u.package for u in manager.other_pending] == ["acme-web"]
    assert [u.package for u in manager.security_pending] == ["acme-esm"]


def test_without_fetched_lists_there_is_no_archive_and_no_age(empty_apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    empty_apt_lab.install("acme-ok", "1.0")
    empty_apt_lab.update()
    manager = manager_of(live, machine, empty_apt_lab.section)
    assert manager.archives == ()
    assert manager.list_age_days(machine.now) is None


def test_a_machine_without_apt_is_unknown_and_says_what_to_do(recorded: Recorder, machine: api.Machine) -> None:
    question = api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f"))
    with pytest.raises(api.ToolMissing) as caught:
        manager_of(recorded({question: api.Answer.missing(api.ToolMissing("apt-config"))}), machine, Patches())
    assert "dnf" in caught.value.unlock


def test_a_list_with_a_line_that_does_not_fit_is_refused() -> None:
    with pytest.raises(api.Unreadable):
        parse_list("Listing...\nacme/stable 2 all [upgradable from: 1]\nsomething new\n")


def test_the_list_is_read_to_the_letter() -> None:
    text = "Listing...\nopenssl/oldstable,oldstable-security 3.0.20-1~deb12u2 amd64 [upgradable from: 3.0.17-1~deb12u2]\n"
    assert parse_list(text) == [
        Candidate("openssl", "amd64", "3.0.17-1~deb12u2", "3.0.20-1~deb12u2", (("", "oldstable"), ("", "oldstable-security")))
    ]


def test_a_real_inst_line_is_read_to_the_letter_and_new_packages_are_no_updates() -> None:
    text = (
        "Reading package lists...\n"
        "Inst libperl5.36 [5.36.0-7+deb12u2] (5.36.0-7+deb12u4 Debian-Security:12/oldstable-security [amd64]) [perl:amd64 ]\n"
        "Inst linux-image-6.1.0-50-amd64 (6.1.170-1 Debian-Security:12/oldstable-security [amd64])\n"
        "Conf libperl5.36 (5.36.0-7+deb12u4 Debian-Security:12/oldstable-security [amd64])\n"
    )
    origins = (("Debian-Security", "oldstable-security"),)
    assert parse_simulation(text) == [Candidate("libperl5.36", "amd64", "5.36.0-7+deb12u2", "5.36.0-7+deb12u4", origins)]


def test_where_suites_share_a_name_the_newest_date_counts() -> None:
    archives = (Archive("Debian", "Debian", "stable", JULY), Archive("Vendor", "Vendor", "stable", NOVEMBER))
    assert released_by(Candidate("a", "all", "1", "2", (("", "stable"),)), archives) == NOVEMBER


def test_an_undated_archive_gives_no_age() -> None:
    archives = (Archive("Debian", "Debian", "stable", JULY), Archive("Vendor", "Vendor", "stable", None))
    assert released_by(Candidate("a", "all", "1", "2", (("", "stable"),)), archives) is None


def test_phases_are_read_from_the_version_table() -> None:
    table = "  Installed: 1\n  Candidate: 2\n  Version table:\n     2 500{}\n        500 http://x y/main\n *** 1 100\n"
    text = f"acme:\n{table.format(' (phased 30%)')}other:\n{table.format('')}"
    assert parse_phases(text) == {("acme", "2"): 30}


@given(st.sampled_from(["", "Listing...\n", "Reading package lists...\nInst "]), st.text())
def test_hostile_output_gives_candidates_or_missing(head: str, tail: str) -> None:
    text = head + tail
    for parse in (parse_list, parse_simulation):
        with contextlib.suppress(api.Missing):
            assert all(isinstance(candidate, Candidate) for candidate in parse(text))
    assert all(isinstance(percent, int) for percent in parse_phases(text).values())
    assert isinstance(parse_mended(text), set)


INDEX = "main/binary-amd64/Packages|/l/x_main_binary-amd64_Packages|Debian|Debian-Security|x-security\n"
GERMAN = "Auflistung...\nopenssl/x-security 3.0.20 amd64 [aktualisierbar von: 3.0.17]\n"
PARTIAL = api.Answer(
    body="Reading package lists...\nInst openssl [3.0.17] (3.0.20 ", exit_code=100, errors="E: Unable to correct"
)


def answers(listed: api.Answer | str, simulated: api.Answer | str) -> dict[api.Question, api.Answer | str]:
    section = Patches()
    return {
        api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f")): "STATUS='/var/lib/dpkg/status'\n",
        records_question("/var/lib/dpkg"): "openssl\t3.0.17\tamd64\tinstall\tinstalled\tok\tDebian\n",
        index_question(section): INDEX,
        dates_question(["/l/x_"]): "/l/x_Release:Date: Sat, 21 Nov 2026 00:53:02 UTC\n",
        module.list_question(section, admin=True): listed,
        module.simulation_question(section, admin=True): simulated,
    }


@pytest.mark.parametrize("listed", [GERMAN, PARTIAL, "", "\0\x80 binary\n"])
def test_a_list_that_cannot_be_read_and_a_simulation_that_failed_half_way_are_unknown(
    recorded: Recorder, machine: api.Machine, listed: api.Answer | str
) -> None:
    with pytest.raises(api.Unreadable):
        manager_of(recorded(answers(listed, PARTIAL)), machine, Patches())


def test_a_list_that_hangs_is_unknown_and_is_not_asked_for_again_more_slowly(recorded: Recorder, machine: api.Machine) -> None:
    hung = api.Answer.missing(api.TimedOut("apt did not end within 20 s"))
    with pytest.raises(api.TimedOut):
        manager_of(recorded(answers(hung, "Reading package lists...\n")), machine, Patches())


def test_five_thousand_updates_are_all_counted(recorded: Recorder, machine: api.Machine) -> None:
    lines = "".join(f"package-{n}/x-security 2 amd64 [upgradable from: 1]\n" for n in range(5000))
    manager = manager_of(recorded(answers(f"Listing...\n{lines}", "")), machine, Patches())
    assert len(manager.security_pending) == 5000


def test_the_counts_are_those_of_apt_itself(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    """By its own last line: "4 upgraded, 0 newly installed, ..."; holds count there only where they are ignored."""
    told = apt_lab.run("apt-get", "--simulate", "--ignore-hold", "dist-upgrade")
    match = re.search(r"^(\d+) upgraded", told, re.MULTILINE)
    assert match is not None
    manager = manager_of(live, machine, apt_lab.section)
    assert len(manager.pending) == int(match[1])
    assert len(manager.security_pending) == len(re.findall(r"^Inst .*Debian-Security", told, re.MULTILINE))
