from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.syslog import FILES, entry_of, search, syslog_entries

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GONE: dict[api.Question, api.Answer | str] = {api.FileStatus(file): api.Answer.missing(api.NotFound(file)) for file in FILES}


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("Nov  2 08:26:40 office cron[12]: it", datetime(2026, 11, 2, 8, 26, 40, tzinfo=UTC)),
        ("Dec 31 23:59:59 office cron[12]: it", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-22T09:26:40.123456+01:00 office cron[12]: it", datetime(2026, 11, 22, 8, 26, 40, 123456, tzinfo=UTC)),
        ("2026-11-22T08:26:40Z office cron[12]: it", datetime(2026, 11, 22, 8, 26, 40, tzinfo=UTC)),
    ],
)
def test_both_forms_of_a_line_are_read(line: str, when: datetime) -> None:
    entry = entry_of(line, NOW)
    assert entry is not None
    assert (entry.when, entry.source, entry.process, entry.message) == (when, "cron", "12", "it")


@pytest.mark.parametrize(
    "line", ["", "no time at all", "Foo 99 99:99:99 office cron: it", "2026-13-45T99:00:00Z office cron: it"]
)
def test_what_is_in_neither_form_is_left_out(line: str) -> None:
    assert entry_of(line, NOW) is None


def test_a_line_with_its_facility_as_busybox_writes_it_is_read() -> None:
    entry = entry_of("Nov 20 08:26:40 alpine kern.err kernel: [12.3] Out of memory: Killed process 1 (java)", NOW)
    assert entry is not None
    assert (entry.source, entry.message) == ("kernel", "[12.3] Out of memory: Killed process 1 (java)")


def test_what_was_written_while_the_clock_was_wrong_is_not_of_the_last_days(
    recorded: Callable[..., Ask], machine: api.Machine
) -> None:
    answers = GONE | {api.FileStatus(FILES[0]): api.Answer("{}")}
    answers |= {search("x", FILES[0]): "2099-01-01T00:00:00Z office kernel: x\n2026-11-21T00:00:00Z office kernel: y x\n"}
    assert [entry.message for entry in syslog_entries(recorded(answers), machine, "x", 7)] == ["y x"]


def test_lines_of_all_files_are_put_in_order_and_said_once(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    one, two = "Nov 20 08:00:00 office kernel: b x", "Nov 19 08:00:00 office kernel: a x"
    old = "Oct  1 08:00:00 office kernel: old x"
    answers = GONE | {api.FileStatus(FILES[0]): api.Answer("{}"), api.FileStatus(FILES[1]): api.Answer("{}")}
    answers |= {search("x", FILES[0]): f"{one}\n{two}\n", search("x", FILES[1]): f"{one}\n{old}\n"}
    assert [entry.message for entry in syslog_entries(recorded(answers), machine, "x", 7)] == ["a x", "b x"]


def test_a_file_that_may_not_be_read_is_no_file_without_errors(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    answers = GONE | {api.FileStatus(FILES[0]): api.Answer("{}"), search("x", FILES[0]): api.Answer("", 2, "Permission denied")}
    with pytest.raises(api.Unreadable):
        syslog_entries(recorded(answers), machine, "x", 7)
    answers[search("x", FILES[0])] = api.Answer("", 1)
    assert syslog_entries(recorded(answers), machine, "x", 7) == []


def test_no_file_is_unknown(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    with pytest.raises(api.NotFound):
        syslog_entries(recorded(GONE), machine, "x", 7)


def test_the_real_grep_finds_lines_among_garbage(tmp_path: Path) -> None:
    (tmp_path / "messages").write_bytes(b"\x00\xff\nNov 20 08:00:00 office kernel: Out of memory: Killed process 1\n\x00binary\n")
    found = subprocess.run(search("Out of memory", str(tmp_path / "messages")).argv, capture_output=True, text=True, check=True)
    assert found.stdout == "Nov 20 08:00:00 office kernel: Out of memory: Killed process 1\n"


@given(st.text(max_size=200))
def test_any_line_is_an_entry_or_none(line: str) -> None:
    entry_of(line, NOW)
    entry_of(f"Feb 29 00:00:00 {line}", NOW)
