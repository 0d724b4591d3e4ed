"""Against a real journal, written by systemd-journal-remote and read by journalctl; the kernel's messages in its own words."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts import journal
from itaudit.facts.crashes import (
    ANY_OF_KERNEL,
    ENDINGS,
    HARDWARE,
    KERNEL,
    KERNEL_MESSAGES,
    MEMORY,
    PSTORE,
    Crashes,
    Kind,
    boots_of,
    crashes,
)
from itaudit.facts.services import Services
from itaudit.facts.syslog import FILES, search
from itaudit.facts.virtual import DETECTOR
from lab.providers import ran

if TYPE_CHECKING:
    from lab.journal import JournalLab

NOW = datetime.now(UTC).replace(microsecond=0)
"""journalctl counts --since from the real clock."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STOPPED = {"MESSAGE_ID": "d93fb3c9c24d451a97cea615ce59c00b", "SYSLOG_IDENTIFIER": "systemd-journald"}
OF_KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "3"}
PLAIN = Services()


@pytest.fixture
def today(machine: api.Machine) -> api.Machine:
    return replace(machine, now=NOW)


def seen(live: Ask, today: api.Machine, lab: JournalLab) -> dict[Kind, Crashes]:
    found = ran(crashes.function(live, today, lab.services))
    assert all(isinstance(each, Crashes) for each in found), found
    return {each.kind: each for each in found}


def test_a_run_that_ends_without_a_word_of_being_shut_down_is_unclean(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    for boot, days, clean in ((1, 40, False), (2, 20, True), (3, 10, False), (4, 5, True)):
        journal_lab.say(NOW - days * DAY, "Linux version 6.1", boot=boot)
        journal_lab.say(NOW - days * DAY + HOUR, "working", boot=boot)
        if clean:
            journal_lab.say(NOW - days * DAY + HOUR, "Journal stopped", boot=boot, **STOPPED)
    # The journal's service was restarted in the middle, as an update does; the run then ended without a word.
    journal_lab.say(NOW - 3 * DAY, "Journal stopped", boot=5, **STOPPED)
    journal_lab.say(NOW - 2 * DAY, "working", boot=5)
    journal_lab.say(NOW - DAY, "Linux version 6.1", boot=6)
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.SHUTDOWNS]
    assert found.moments == (NOW - 10 * DAY + HOUR, NOW - 2 * DAY)
    assert found.known_days == 30
    assert seen(live, today, journal_lab)[Kind.MEMORY].known_days == 30


def test_reaching_the_target_of_shutdown_is_a_clean_end_too(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    journal_lab.say(NOW - 2 * DAY, "Reached target System Shutdown.", boot=1, UNIT="shutdown.target", SYSLOG_IDENTIFIER="systemd")
    journal_lab.say(NOW - 2 * DAY + timedelta(minutes=2), "Unmounted /var", boot=1)
    journal_lab.say(NOW - DAY, "Linux version 6.1", boot=2)
    journal_lab.write()
    found = seen(live, today, journal_lab)
    assert found[Kind.SHUTDOWNS].moments == ()
    assert [found[kind].known_days for kind in Kind] == [pytest.approx(2)] * 4


def test_what_the_kernel_wrote_of_crashes_is_found_and_nothing_else(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    journal_lab.say(NOW - 35 * DAY, "Out of memory: Killed process 1 (old) total-vm:1kB", **OF_KERNEL)
    journal_lab.say(NOW - 9 * DAY, "Out of memory: Killed process 4711 (mysqld) total-vm:123456kB, anon-rss:1kB", **OF_KERNEL)
    journal_lab.say(NOW - 8 * DAY, "Memory cgroup out of memory: Killed process 12 (limited) total-vm:1kB", **OF_KERNEL)
    journal_lab.say(NOW - 7 * DAY, "BUG: unable to handle page fault for address: ffffffff", **OF_KERNEL)
    journal_lab.say(NOW - 7 * DAY + timedelta(seconds=2), "Oops: 0002 [#1] PREEMPT SMP NOPTI", **OF_KERNEL)
    journal_lab.say(NOW - 6 * DAY, "mce: [Hardware Error]: Machine check events logged", **OF_KERNEL)
    journal_lab.say(
        NOW - 5 * DAY, "mce: [Hardware Error]: CPU 2: Machine Check Exception: 5 Bank 4: b200000000070f0f", **OF_KERNEL
    )
    journal_lab.say(NOW - 4 * DAY, "Out of memory: Killed process 1 (pretender)", SYSLOG_IDENTIFIER="evil", PRIORITY="3")
    journal_lab.write()
    found = seen(live, today, journal_lab)
    assert found[Kind.MEMORY].moments == (NOW - 9 * DAY,)
    assert "mysqld" in found[Kind.MEMORY].records[0]
    assert found[Kind.KERNEL].moments == (NOW - 7 * DAY,)  # one failure of two lines
    assert found[Kind.HARDWARE].moments == (NOW - 5 * DAY,)


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("Kernel panic - not syncing: Fatal exception in interrupt", KERNEL),
        ("watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [kworker/1:0:12]", KERNEL),
        ("general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP PTI", KERNEL),
        ("Internal error: Oops: 96000004 [#1] SMP", KERNEL),
        ("Out of memory and no killable processes...", MEMORY),
        ("EDAC MC0: 1 UE memory read error on CPU_SrcID#0", HARDWARE),
        ("{1}[Hardware Error]: event severity: fatal", HARDWARE),
        ("BUG: KASAN is a word", ""),
        ("traps: prog[1] general protection fault ip:1 sp:2 error:0 in prog[1+2]", ""),
        ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0", ""),
        ("{1}[Hardware Error]: event severity: corrected", ""),
        ("EDAC MC: Ver: 3.0.0", ""),
    ],
)
def test_a_pattern_means_the_same_to_grep_and_to_us(line: str, pattern: str, tmp_path: Path) -> None:
    import re

    (tmp_path / "log").write_text(line + "\n")
    for each in (KERNEL, MEMORY, HARDWARE):
        ended = subprocess.run(["grep", "-q", "-E", "-e", each, "--", str(tmp_path / "log")], check=False).returncode
        assert (ended == 0, bool(re.search(each, line))) == (each == pattern, each == pattern)


def test_a_journal_that_ended_long_ago_says_nothing_of_the_last_month(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    """Of a disk out of a machine that died, or where the service that writes it does not run."""
    journal_lab.say(NOW - 40 * DAY, "Linux version 6.1", **OF_KERNEL)
    journal_lab.write()
    with pytest.raises(api.NotFound, match="ends on"):
        seen(live, today, journal_lab)


@pytest.mark.parametrize(
    ("kind", "of_kernel", "unseen"),
    [("lxc", "", 3), ("lxc", "it speaks", 0), ("none", "", 0), ("kvm", "", 0)],
)
def test_a_container_without_messages_of_the_kernel_knows_nothing_of_what_it_did(
    recorded: Callable[..., Ask], machine: api.Machine, kind: str, of_kernel: str, unseen: int
) -> None:
    stamp = int((machine.now - DAY).timestamp() * 1e6)
    entry = json.dumps({"__REALTIME_TIMESTAMP": str(stamp), "MESSAGE": "x"}) + "\n"
    answers = {
        DETECTOR: f"{kind}\n",
        journal.one_entry(PLAIN): entry,
        journal.list_of_boots(PLAIN): json.dumps([{"boot_id": "a" * 32, "first_entry": stamp, "last_entry": stamp}]),
        journal.question(PLAIN, *KERNEL_MESSAGES): api.Answer("", 1),
        journal.question(PLAIN, *ANY_OF_KERNEL): entry if of_kernel else "",
        PSTORE: "[]",
    }
    gaps = [each for each in ran(crashes.function(recorded(answers), machine, PLAIN))[1:] if isinstance(each, api.Gap)]
    assert {gap.subject: type(gap.error) for gap in gaps} == (
        {"kernel failures": api.NotApplicable, "memory shortages": api.NotFound, "hardware errors": api.NotApplicable}
        if unseen
        else {}
    )


def test_windows_ends_its_linux_without_a_word_and_that_is_no_power_cut(
    recorded: Callable[..., Ask], machine: api.Machine
) -> None:
    """https://github.com/microsoft/WSL/issues/8939 and 41596."""
    stamps = [int((machine.now - days * DAY).timestamp() * 1e6) for days in (3, 2, 1)]
    boots = [{"index": n, "boot_id": str(n) * 32, "first_entry": at, "last_entry": at} for n, at in enumerate(stamps)]
    entry = json.dumps({"__REALTIME_TIMESTAMP": str(stamps[-1]), "MESSAGE": "x"}) + "\n"
    answers = {
        DETECTOR: "wsl\n",
        journal.one_entry(PLAIN): entry,
        journal.list_of_boots(PLAIN): json.dumps(boots),
        journal.question(PLAIN, *ENDINGS): "",
        journal.question(PLAIN, *KERNEL_MESSAGES): api.Answer("", 1),
        journal.question(PLAIN, *ANY_OF_KERNEL): entry,
        PSTORE: "[]",
    }
    gap, *others = ran(crashes.function(recorded(answers), machine, PLAIN))
    assert isinstance(gap, api.Gap)
    assert (gap.subject, type(gap.error)) == ("unclean shutdowns", api.NotApplicable)
    assert [other.known_days for other in others] == [pytest.approx(3)] * 3


def saved(moment: datetime) -> api.Answer:
    return api.Answer(json.dumps({"kind": "file", "modified": moment.timestamp()}))


def test_a_saved_record_of_a_dead_kernel_counts(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    new, old = "/var/lib/systemd/pstore/7", "/var/lib/systemd/pstore/1"
    stamp = int((machine.now - DAY).timestamp() * 1e6)
    boot = {"boot_id": "a" * 32, "first_entry": stamp - 40 * 86400 * 10**6, "last_entry": stamp}
    answers = {
        journal.one_entry(PLAIN): json.dumps({"__REALTIME_TIMESTAMP": str(stamp), "MESSAGE": "x"}) + "\n",
        journal.list_of_boots(PLAIN): json.dumps([boot]),
        journal.question(PLAIN, *ENDINGS): "",
        journal.question(PLAIN, *KERNEL_MESSAGES): api.Answer("", 1),  # nothing matched
        PSTORE: json.dumps([old, new]),
        api.FileStatus(new): saved(machine.now - 3 * DAY),
        api.FileStatus(old): saved(machine.now - 300 * DAY),
    }
    found = {each.kind: each for each in ran(crashes.function(recorded(answers), machine, PLAIN))}
    assert found[Kind.KERNEL].moments == (machine.now - 3 * DAY,)
    assert found[Kind.KERNEL].records == (new,)
    assert found[Kind.SHUTDOWNS].moments == ()


def test_a_journal_that_is_lost_at_each_start_cannot_tell_how_the_last_run_ended(
    recorded: Callable[..., Ask], machine: api.Machine
) -> None:
    stamp = int((machine.now - DAY).timestamp() * 1e6)
    answers = {
        journal.one_entry(PLAIN): json.dumps({"__REALTIME_TIMESTAMP": str(stamp), "MESSAGE": "x"}) + "\n",
        journal.list_of_boots(PLAIN): json.dumps([{"boot_id": "a" * 32, "first_entry": stamp, "last_entry": stamp}]),
        journal.question(PLAIN, *KERNEL_MESSAGES): api.Answer("", 1),
        api.Glob("/var/log/journal/*/*.journal", most=1): "[]",
    }
    gap, *others = ran(crashes.function(recorded(answers), machine, PLAIN))
    assert isinstance(gap, api.Gap)
    assert gap.subject == "unclean shutdowns"
    assert isinstance(gap.error, api.NotFound)
    assert len(others) == 3


def test_without_a_journal_the_files_of_syslog_are_searched(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    from itaudit.facts.crashes import _PATTERN

    line = (
        "Nov 20 08:26:40 office kernel: [12.3] Out of memory: Killed process 12 (java) total-vm:1kB\n"
        "Nov 21 08:26:40 office monitor[7]: was there a Kernel panic - not syncing, or Out of memory: Kill?\n"
    )
    answers: dict[api.Question, api.Answer | str] = {
        journal.one_entry(PLAIN): api.Answer.missing(api.ToolMissing("journalctl")),
        search(_PATTERN, FILES[1]): line,
    }
    answers |= {api.FileStatus(file): api.Answer.missing(api.NotFound(file)) for file in FILES}
    answers |= {api.FileStatus(FILES[1]): "{}"}
    gap, *rest = ran(crashes.function(recorded(answers), machine, PLAIN))
    assert isinstance(gap, api.Gap)
    assert gap.subject == "unclean shutdowns"
    found = {each.kind: each for each in rest}
    assert found[Kind.MEMORY].moments == (datetime(2026, 11, 20, 8, 26, 40, tzinfo=UTC),)
    assert found[Kind.KERNEL].moments == ()


@pytest.mark.parametrize(
    ("kept", "heard"),
    [
        ("", False),
        ("Nov 20 08:26:40 office monitor[7]: the kernel: fine\n", False),
        ("Nov 20 08:26:40 office kernel: [12.3] eth0: link up\n", True),
        ("Nov 20 08:26:40 office kern.info kernel: [12.3] eth0: link up\n", True),
        ("2026-11-20T08:26:40+01:00 office kernel: [12.3] eth0: link up\n", True),
    ],
)
def test_files_that_hold_no_word_of_the_kernel_do_not_show_that_it_is_well(
    machine: api.Machine, tmp_path: Path, kept: str, heard: bool
) -> None:
    """Alpine: the syslogd of BusyBox runs, and klogd, which hands it what the kernel says, does not."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "var/log").mkdir(parents=True)
    (tmp_path / "var/log/messages").write_text("Nov 20 08:26:41 office crond[7]: begun\n")
    (tmp_path / "var/log/messages.0").write_text(kept)
    source = Rooted(tmp_path, Live())
    try:
        found = ran(crashes.function(Ask(source), replace(source.machine, now=machine.now), PLAIN))[1:]
    finally:
        source.close()
    assert [isinstance(each, Crashes) for each in found] == [heard] * 3


def test_with_neither_journal_nor_syslog_all_is_unknown(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    answers: dict[api.Question, object] = {journal.one_entry(PLAIN): ""}
    answers |= {api.FileStatus(file): api.Answer.missing(api.NotFound(file)) for file in FILES}
    with pytest.raises(api.NotFound, match="journal of this machine is empty"):
        ran(crashes.function(recorded(answers), machine, PLAIN))


def test_the_table_of_old_versions_is_read_like_the_list_of_new_ones() -> None:
    table = (
        " -1 0123456789abcdef0123456789abcdef Sat 2025-11-22 08:26:40 UTC\u2014Sat 2025-11-22 09:26:40 UTC\n"
        "  0 0123456789abcdef0123456789abcdee Sat 2025-11-22 10:26:41 UTC\u2014Sat 2025-11-22 11:26:41 UTC\n"
    )
    first, second = boots_of(table)
    assert (first.id, first.last) == ("0123456789abcdef0123456789abcdef", datetime(2025, 11, 22, 9, 26, 40, tzinfo=UTC))
    assert second.first == datetime(2025, 11, 22, 10, 26, 41, tzinfo=UTC)


def test_boots_stay_in_the_order_of_the_journal_where_the_clock_begins_anew_at_each() -> None:
    """A battery of the clock that is empty: each run begins in the same second, and the clock is set later."""
    listed = [
        {"index": -1, "boot_id": "a" * 32, "first_entry": 1_420_070_405_000_000, "last_entry": 1_763_800_000_000_000},
        {"index": 0, "boot_id": "b" * 32, "first_entry": 1_420_070_404_000_000, "last_entry": 1_763_900_000_000_000},
    ]
    assert [boot.id[0] for boot in boots_of(json.dumps(listed))] == ["a", "b"]
    assert [boot.id[0] for boot in boots_of(json.dumps(listed[::-1]))] == ["a", "b"]


@given(st.text(max_size=300) | st.lists(st.dictionaries(st.sampled_from(["index", "boot_id", "first_entry", "last_entry"]),
       st.none() | st.integers() | st.text(max_size=5)), max_size=3).map(json.dumps))  # fmt: skip
def test_any_list_of_boots_is_read_or_unreadable(text: str) -> None:
    with contextlib.suppress(api.Unreadable):
        boots_of(text)


def test_the_journal_of_a_disk_in_a_folder_is_read_and_not_our_own(journal_lab: JournalLab, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "etc").mkdir(parents=True)
    (disk / "var/log").mkdir(parents=True)
    journal_lab.say(NOW - 9 * DAY, "Out of memory: Killed process 4711 (mysqld) total-vm:1kB", **OF_KERNEL)
    journal_lab.say(NOW - 2 * DAY, "Linux version 6.1", boot=2, **OF_KERNEL)
    journal_lab.write()
    journal_lab.folder.rename(disk / "var/log/journal")
    source = Rooted(disk, Live())
    try:
        found = {each.kind: each for each in ran(crashes.function(Ask(source), source.machine, PLAIN))}
    finally:
        source.close()
    assert found[Kind.MEMORY].moments == (NOW - 9 * DAY,)
    assert found[Kind.SHUTDOWNS].moments == (NOW - 9 * DAY,)
