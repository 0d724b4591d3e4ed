from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.logging import (
    LOG_SPACE,
    MOUNTS,
    SETTING_PARTS,
    SETTINGS,
    Logs,
    linux_logs,
    parse_journal_settings,
    parse_span_days,
)
from itaudit.facts.virtual import DETECTOR
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.rooted_system import RootedSystem

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
JOURNAL = "/var/log/journal/0123456789abcdef0123456789abcdef/system.journal"


def logs(ask: Ask) -> Logs:
    (found,) = ran(linux_logs.function(ask))
    assert isinstance(found, Logs)
    return found


def test_a_journal_on_the_disk_is_seen_with_its_last_line(rooted_system: RootedSystem) -> None:
    os.utime(rooted_system.put(JOURNAL, "LPKSHHRH"), (1_795_000_000, 1_795_000_000))
    found = logs(rooted_system.ask)
    assert (found.storage, found.journal, found.files, found.logins) == ("auto", True, (), ("the journal",))
    assert found.newest == datetime.fromtimestamp(1_795_000_000, UTC)
    assert found.in_memory is None, "only a running machine shows what is mounted"


def test_without_any_log_nothing_is_kept(rooted_system: RootedSystem) -> None:
    rooted_system.put("/var/log/auth.log")
    found = logs(rooted_system.ask)
    assert (found.journal, found.files, found.logins, found.newest) == (False, (), (), None)


def test_classic_files_and_records_of_logins_are_seen(rooted_system: RootedSystem) -> None:
    for path in ("/var/log/syslog", "/var/log/auth.log", "/var/log/wtmp"):
        rooted_system.put(path, "x")
    found = logs(rooted_system.ask)
    assert (found.files, found.logins) == (("/var/log/syslog",), ("/var/log/auth.log", "/var/log/wtmp"))


@pytest.mark.parametrize(
    ("etc", "part", "storage", "journal"),
    [
        ("[Journal]\n#Storage=none\n", "", "auto", True),
        ("[Journal]\nStorage=volatile\n", "", "volatile", False),
        ("[Journal]\nStorage=volatile\n", "[Journal]\nStorage=persistent\n", "persistent", True),
        ("[Journal]\nStorage=none\n", "[Journal]\nStorage=\n", "auto", True),
        ("Storage=none\n[Other]\nStorage=none\n", "", "auto", True),
    ],
)
def test_settings_are_read_as_the_journal_reads_them(
    etc: str, part: str, storage: str, journal: bool, rooted_system: RootedSystem
) -> None:
    rooted_system.put(JOURNAL, "LPKSHHRH")
    rooted_system.put("/etc/systemd/journald.conf", etc)
    rooted_system.put("/etc/systemd/journald.conf.d/50-x.conf", part)
    found = logs(rooted_system.ask)
    assert (found.storage, found.journal) == (storage, journal)


def test_a_part_of_the_administrator_replaces_that_of_the_maker(rooted_system: RootedSystem) -> None:
    rooted_system.put(JOURNAL, "LPKSHHRH")
    rooted_system.put("/usr/lib/systemd/journald.conf.d/40-x.conf", "[Journal]\nStorage=none\n")
    rooted_system.put("/etc/systemd/journald.conf.d/40-x.conf", "[Journal]\nMaxRetentionSec=2week\n")
    found = logs(rooted_system.ask)
    assert (found.storage, found.kept_days) == ("auto", 14.0)


def recorded_logs(recorded: Recorder, mounts: str, virtual: str = "none") -> Logs:
    missing = api.Answer.missing(api.NotFound("-"))
    answers: dict[api.Question, api.Answer | str] = dict.fromkeys(SETTING_PARTS, "[]")
    answers |= {api.ReadFile(path, limit_bytes=262_144): missing for path in SETTINGS}
    answers |= {api.Glob("/var/log/journal/*/system.journal", most=20): "[]", MOUNTS: mounts, DETECTOR: virtual}
    answers[LOG_SPACE] = '{"available_bytes": 0}'
    return logs(recorded(answers))


@pytest.mark.parametrize(
    ("mounts", "in_memory"),
    [
        ("/dev/sda1 / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n", False),
        ("/dev/sda1 / ext4 rw 0 0\ntmpfs /var/log tmpfs rw 0 0\n", True),
        ("tmpfs /var tmpfs rw 0 0\n/dev/sda2 /var/log ext4 rw 0 0\n", False),
        ("log2ram /var/log tmpfs rw 0 0\n", False),
    ],
)
def test_a_folder_of_logs_in_memory_is_seen(mounts: str, in_memory: bool, recorded: Recorder) -> None:
    found = recorded_logs(recorded, mounts)
    assert (found.in_memory, found.free_bytes) == (in_memory, 0)


def test_a_container_without_a_log_of_its_own_is_left_out(recorded: Recorder) -> None:
    with pytest.raises(api.NotApplicable):
        recorded_logs(recorded, "", "docker")


def test_settings_that_may_not_be_read_are_unknown(recorded: Recorder) -> None:
    answers: dict[api.Question, api.Answer | str] = dict.fromkeys(SETTING_PARTS, "[]")
    answers |= {api.ReadFile(path, limit_bytes=262_144): api.Answer.missing(api.AccessDenied("-")) for path in SETTINGS}
    with pytest.raises(api.AccessDenied):
        logs(recorded(answers))


@pytest.mark.parametrize("text", ["1month", "2week", "90d", "7776000", "1w 2d 3h", "1y", "3M", "1h30min", "2.5d"])
def test_a_span_is_as_long_as_systemd_says(text: str, needs: Callable[..., str]) -> None:
    done = subprocess.run([needs("systemd-analyze", "systemd"), "timespan", text], capture_output=True, text=True, check=True)
    microseconds = next(int(line.split()[-1]) for line in done.stdout.splitlines() if "s:" in line)
    assert parse_span_days(text) == pytest.approx(microseconds / 86_400e6)


@pytest.mark.parametrize("text", ["", "0", "infinity", "-3d", "5 parsecs", "1d" * 101, "d", "9" * 40])
def test_no_span_is_no_limit(text: str) -> None:
    assert parse_span_days(text) is None


@given(st.text())
def test_any_text_is_a_span_or_none(text: str) -> None:
    span = parse_span_days(text)
    assert span is None or span > 0
    assert isinstance(parse_journal_settings([text, f"[Journal]\n{text}"]), dict)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_any_answer_gives_a_fact_or_missing(anything: Any) -> None:
    import json

    for body in (
        json.dumps(anything),
        json.dumps({"kind": "file", "size_bytes": 9, "modified": anything, "available_bytes": anything}),
    ):
        with contextlib.suppress(api.Missing):
            assert all(isinstance(fact, Logs) for fact in ran(linux_logs.function(Ask(Always(body)))))


def test_where_one_file_takes_all_messages_it_takes_those_of_logins(rooted_system: RootedSystem) -> None:
    """The syslogd of BusyBox, which Alpine has; rsyslog of Fedora and its kin keeps logins apart, in /var/log/secure."""
    rooted_system.put("/var/log/messages", "x")
    rooted_system.put("/etc/alpine-release", "3.22.0\n")
    assert logs(rooted_system.ask).logins == ("/var/log/messages",)
    (rooted_system.root / "etc/alpine-release").unlink()
    assert logs(rooted_system.ask).logins == ()
