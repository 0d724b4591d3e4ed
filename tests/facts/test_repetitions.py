"""Against a real journal, written by systemd-journal-remote and read by journalctl."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts import journal
from itaudit.facts.journal import Entry
from itaudit.facts.repetitions import ERRORS, RESTARTS, Kind, Repetition, grouped, repetitions
from itaudit.facts.services import Services
from itaudit.facts.virtual import DETECTOR
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.journal import JournalLab

NOW = datetime.now(UTC).replace(microsecond=0)
"""journalctl counts --since from the real clock."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SCHEDULED = {"MESSAGE_ID": "5eb03494b6584870a536b337290809b3", "SYSLOG_IDENTIFIER": "systemd"}
PLAIN = Services()


@pytest.fixture
def today(machine: api.Machine) -> api.Machine:
    return replace(machine, now=NOW)


def seen(live: Ask, today: api.Machine, lab: JournalLab) -> dict[Kind, Repetition]:
    found = ran(repetitions.function(live, today, lab.services))
    assert all(isinstance(each, Repetition) for each in found), found
    return {each.kind: each for each in found}


def test_restarts_of_the_last_day_are_counted_for_each_service(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    for number in range(7):
        when = NOW - 20 * HOUR + number * HOUR
        journal_lab.say(
            when, f"shop.service: Scheduled restart job, restart counter is at {number}.", UNIT="shop.service", **SCHEDULED
        )
    for number in range(9):
        journal_lab.say(NOW - HOUR, f"getty@tty1.service: Scheduled restart job {number}", UNIT="getty@tty1.service", **SCHEDULED)
    journal_lab.say(NOW - 30 * HOUR, "old.service: Scheduled restart job", UNIT="old.service", **SCHEDULED)
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.RESTARTS]
    assert [(item.source, item.times, item.a_day) for item in found.items] == [("shop.service", 7, 7.0)]
    assert "restart counter is at 6" in found.items[0].example


def test_the_same_error_is_counted_whatever_its_numbers_on_a_usual_day(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    journal_lab.say(NOW - 8 * DAY, "cannot reach 192.0.2.9: code 9", PRIORITY="3", SYSLOG_IDENTIFIER="backup")
    for day in reversed(range(5)):  # 3 on five of the seven days: the middle day has 3
        for number in range(3):
            journal_lab.say(NOW - (day + 1) * DAY + 12 * HOUR, f"cannot reach 192.0.2.{number}: code {number}", PRIORITY="3",
                            SYSLOG_IDENTIFIER="backup")  # fmt: skip
    for number in range(200):  # one bad hour is no habit
        journal_lab.say(NOW - 2 * HOUR, f"queue {number} is full", PRIORITY="3", SYSLOG_IDENTIFIER="printer")
        journal_lab.say(NOW - 2 * HOUR, f"{number} is fine", PRIORITY="6", SYSLOG_IDENTIFIER="backup")
        journal_lab.say(NOW - 2 * HOUR, f"error: kex_exchange_identification {number}", PRIORITY="3", SYSLOG_IDENTIFIER="sshd")
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.ERRORS]
    assert [(item.source, item.times, item.a_day) for item in found.items] == [("backup", 15, 3.0), ("printer", 200, 0.0)]
    assert (found.total, found.complete, found.note) == (215, True, "")


def test_where_the_journal_reaches_back_three_days_only_these_count(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    """A flood of errors itself makes the journal short: days that it does not hold are not days without errors."""
    for number in range(60):
        journal_lab.say(NOW - 3 * DAY + number * HOUR, f"queue {number} is full", PRIORITY="3", SYSLOG_IDENTIFIER="printer")
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.ERRORS]
    assert [(item.source, round(item.a_day)) for item in found.items] == [("printer", 20)]
    assert found.known_days == pytest.approx(3)


def test_what_is_said_at_the_first_start_of_a_machine_is_no_rate(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    for number in range(30):
        journal_lab.say(NOW - HOUR, f"no such device {number}", PRIORITY="3", SYSLOG_IDENTIFIER="kernel")
    journal_lab.write()
    [item] = seen(live, today, journal_lab)[Kind.ERRORS].items
    assert item.a_day == pytest.approx(30)


def test_a_journal_that_ended_long_ago_shows_nothing_of_today(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    journal_lab.say(NOW - 9 * DAY, "the last word")
    journal_lab.write()
    with pytest.raises(api.NotFound, match="ends on"):
        seen(live, today, journal_lab)


def test_what_the_service_manager_says_of_a_service_is_not_told_twice(
    live: Ask, today: api.Machine, journal_lab: JournalLab
) -> None:
    """A service that fails is found by services.failed, services.cron or the restarts above."""
    errors = {"PRIORITY": "3", "SYSLOG_IDENTIFIER": "systemd", "_SYSTEMD_UNIT": "init.scope"}
    for number in range(20):
        journal_lab.say(NOW - HOUR, "Failed to start shop.service - The shop.", UNIT="shop.service", **errors)
        journal_lab.say(NOW - HOUR, f"Cannot open folder {number}", **errors)
        journal_lab.say(NOW - HOUR, "Failed to start pipewire.service.", **(errors | {"_SYSTEMD_UNIT": "user@1000.service"}))
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.ERRORS]
    assert {item.example for item in found.items} == {"Cannot open folder 19", "Failed to start pipewire.service."}


def test_messages_that_are_no_text_are_read_all_the_same(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    journal_lab.say(NOW - HOUR, b"\xff\xfe\x00broken \x1b[31m 7", PRIORITY="3", SYSLOG_IDENTIFIER="odd")
    journal_lab.say(NOW - HOUR, b"", PRIORITY="2", SYSLOG_IDENTIFIER="empty")
    journal_lab.say(NOW - HOUR, "x" * 2_000_000, PRIORITY="3", SYSLOG_IDENTIFIER="long")
    journal_lab.write()
    found = seen(live, today, journal_lab)[Kind.ERRORS]
    assert {item.source for item in found.items} == {"odd", "empty", "long"}
    assert all(item.example.isprintable() and len(item.example) <= 300 for item in found.items)


def test_a_damaged_file_is_told_and_the_others_are_read(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    journal_lab.say(NOW - HOUR, "it hurts", PRIORITY="3", SYSLOG_IDENTIFIER="backup")
    journal_lab.write()
    (journal_lab.folder / "other.journal").write_bytes(bytes(range(256)) * 1000)
    found = seen(live, today, journal_lab)[Kind.ERRORS]
    assert found.total == 1
    assert "corrupted" in found.note


def test_nothing_but_damaged_files_is_unknown(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    journal_lab.folder.mkdir()
    (journal_lab.folder / "system.journal").write_bytes(bytes(range(256)) * 1000)
    with pytest.raises(api.Unreadable, match="corrupted"):
        seen(live, today, journal_lab)


def test_no_entry_at_all_and_no_folder_are_unknown(live: Ask, today: api.Machine, journal_lab: JournalLab) -> None:
    with pytest.raises(api.Unreadable):
        seen(live, today, journal_lab)
    journal_lab.folder.mkdir()
    with pytest.raises(api.NotFound):
        seen(live, today, journal_lab)


def test_a_journal_that_hides_what_belongs_to_others_is_unknown(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    hint = api.Answer("", 0, "Hint: You are currently not seeing messages from other users and the system.\n")
    with pytest.raises(api.AccessDenied):
        ran(repetitions.function(recorded({journal.one_entry(PLAIN): hint}), replace(machine, admin=False), PLAIN))


@pytest.mark.parametrize("nothing", ["", api.Answer.missing(api.ToolMissing("journalctl"))])
@pytest.mark.parametrize(
    ("kind", "does", "never"),
    [
        ("docker", "docker logs NAME", "journald.conf"),
        ("lxc", "journalctl -M NAME", "journald.conf"),
        ("kvm", "journald.conf", "docker"),
        ("none", "rsyslog", "docker"),
        ("", "rsyslog", "docker"),
    ],
)
def test_where_no_diary_is_kept_the_advice_can_be_followed_there(
    kind: str, does: str, never: str, nothing: api.Answer | str, recorded: Callable[..., Ask], machine: api.Machine
) -> None:
    answers = {journal.one_entry(PLAIN): nothing, DETECTOR: f"{kind}\n"}
    with pytest.raises((api.NotFound, api.ToolMissing)) as caught:
        ran(repetitions.function(recorded(answers), machine, PLAIN))
    assert does in caught.value.unlock
    assert never not in caught.value.unlock


def test_one_kind_that_cannot_be_read_leaves_the_other(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    stamp = int((machine.now - HOUR).timestamp() * 1e6)
    entry = f'{{"__REALTIME_TIMESTAMP":"{stamp}","MESSAGE":"x"}}\n'
    answers = {
        journal.one_entry(PLAIN): entry,
        journal.list_of_boots(PLAIN): json.dumps([{"boot_id": "a" * 32, "first_entry": stamp, "last_entry": stamp}]),
        journal.question(PLAIN, *RESTARTS): api.Answer.missing(api.TimedOut("journalctl")),
        journal.question(PLAIN, *ERRORS): entry,
    }
    gap, errors = ran(repetitions.function(recorded(answers), machine, PLAIN))
    assert isinstance(gap, api.Gap)
    assert (gap.subject, errors.kind) == ("restarts", Kind.ERRORS)


def test_where_little_is_known_the_rate_is_what_was_seen_in_that_time() -> None:
    entries = [Entry(NOW - HOUR, f"error {number}", "loop") for number in range(60)]
    [item] = grouped(entries, NOW - 12 * HOUR, NOW)
    assert item.a_day == pytest.approx(120)


def test_an_error_of_every_day_is_counted_by_its_middle_day() -> None:
    each_day = (10, 10, 10, 500, 0, 10, 12)
    entries = [Entry(NOW - day * DAY - HOUR, "error", "loop") for day, count in enumerate(each_day) for _ in range(count)]
    [item] = grouped(entries, NOW - 7 * DAY, NOW)
    assert (item.a_day, item.times) == (10.0, 552)


@given(st.text(max_size=400))
def test_whatever_the_journal_says_it_is_read_or_missing(body: str) -> None:
    always = Always(body)
    with contextlib.suppress(api.Missing):
        ran(repetitions.function(Ask(always), always.machine, PLAIN))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda x: st.lists(x, max_size=4), max_leaves=8
)


def test_no_field_of_a_message_carries_orders_to_the_terminal() -> None:
    fields = ("SYSLOG_IDENTIFIER", "SYSLOG_PID", "UNIT", "_BOOT_ID", "MESSAGE_ID")
    record = {"__REALTIME_TIMESTAMP": "1763800000000000"} | dict.fromkeys(fields, "7\x1b[31m")
    [entry] = journal.entries_of(api.Answer(json.dumps(record) + "\n", 0), Always("").machine)
    assert all(text.isprintable() for text in (entry.source, entry.process, entry.unit, entry.boot, entry.message_id))


@given(st.dictionaries(st.sampled_from(["MESSAGE", "UNIT", "__REALTIME_TIMESTAMP", "_BOOT_ID", "_PID"]), JSON))
def test_fields_of_any_type_are_read_or_missing(record: dict[str, object]) -> None:
    with contextlib.suppress(api.Missing):
        [entry] = journal.entries_of(api.Answer(json.dumps(record) + "\n", 0), Always("").machine)
        assert isinstance(entry.message, str)
