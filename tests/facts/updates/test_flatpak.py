"""Updates of programs from a real flatpak with a source on loopback, and the parsers against text that nobody promised."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.security import Settings, security
from itaudit.contributions import Ask
from itaudit.facts.updates import ARCHIVE, PackageManager
from itaudit.facts.updates.flatpak import (
    INSTALLED,
    SUBJECT,
    Program,
    flatpak,
    parse_installed,
    parse_waiting,
    waiting_question,
)

if TYPE_CHECKING:
    from lab.packagers import FlatpakLab

NOVEMBER = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]
ONE = "org.example.Editor\tstable\tflathub\t1.0\t18dbe1010e52\tsystem\n"


def test_what_waits_is_what_flatpak_says_and_the_server_is_not_asked(
    flatpak_lab: FlatpakLab, facts_of: Facts, machine: api.Machine
) -> None:
    lab = flatpak_lab
    for name in ("org.example.Editor", "org.example.Steady"):
        lab.publish(name, "first")
        lab.install(name)
    (current,) = facts_of(flatpak, lab.ask())
    assert (current.pending, current.subject) == ((), SUBJECT)
    assert security(current, [], api.History(), machine, Settings()).status is api.Status.OK

    lab.publish("org.example.Editor", "second")
    # The list that was fetched before knows nothing of it: only what is on the machine is read.
    (before,) = facts_of(flatpak, lab.ask())
    assert before.pending == ()
    told = lab.fetch().split()
    lab.server.shutdown()
    os.utime(lab.list_file, (NOVEMBER.timestamp(), NOVEMBER.timestamp()))
    (after,) = facts_of(flatpak, lab.ask())
    assert [update.package for update in after.pending] == told == ["org.example.Editor"]
    (update,) = after.pending
    assert (update.released_by, update.released_from, update.security, update.suites) == (NOVEMBER, ARCHIVE, None, ("lab",))
    assert update.installed != update.candidate
    assert security(after, [], api.History(), machine, Settings()).status is api.Status.UNKNOWN

    lab.list_file.unlink()
    (manager,) = facts_of(flatpak, lab.ask())
    assert [archive.published for archive in manager.archives] == [None]


def test_without_programs_it_is_silent(flatpak_lab: FlatpakLab, facts_of: Facts) -> None:
    assert facts_of(flatpak, flatpak_lab.ask()) == []


def test_without_the_tool_it_is_silent(recorded: Recorder, facts_of: Facts) -> None:
    assert facts_of(flatpak, recorded({INSTALLED: api.Answer.missing(api.ToolMissing("flatpak"))})) == []


def test_a_disk_that_does_not_run_is_unknown_where_programs_lie_on_it(recorded: Recorder, facts_of: Facts) -> None:
    stopped = api.Answer(problem="not_running", detail="flatpak")
    apps = api.Glob("/var/lib/flatpak/app/*", most=1)
    assert facts_of(flatpak, recorded({INSTALLED: stopped, apps: "[]"})) == []
    with pytest.raises(api.Missing):
        facts_of(flatpak, recorded({INSTALLED: stopped, apps: '["/var/lib/flatpak/app/org.example.Editor"]'}))


def test_one_source_that_cannot_be_read_costs_only_itself(recorded: Recorder, facts_of: Facts) -> None:
    other = "org.example.Other\tbeta\tvendor\t\t626aca8b1da5\tuser\n"
    ask = recorded(
        {
            INSTALLED: ONE + other,
            waiting_question("flathub", "system"): api.Answer("", 1, "error: No cached summary for remote 'flathub'"),
            # Of a source of the whole system that has the same name: not the date of the user's own list.
            api.FileStatus("/var/lib/flatpak/repo/tmp/cache/summaries/vendor.idx"): '{"modified": 1795000000}',
            waiting_question("vendor", "user"): "org.example.Other\tbeta\t\taaaaaaaaaaaa\norg.example.New\tstable\t1\tb\n",
        }
    )
    (manager,) = facts_of(flatpak, ask)
    assert isinstance(manager, PackageManager)
    assert [archive.published for archive in manager.archives] == [None, None]
    assert [(u.package, u.installed, u.candidate) for u in manager.pending] == [
        ("org.example.Other//beta", "626aca8b1da5", "aaaaaaaaaaaa")
    ]


def test_versions_are_shown_where_they_differ(recorded: Recorder, facts_of: Facts) -> None:
    ask = recorded({INSTALLED: ONE, waiting_question("flathub", "system"): "org.example.Editor\tstable\t1.1\t626aca8b1da5\n"})
    (manager,) = facts_of(flatpak, ask)
    assert [(u.package, u.installed, u.candidate) for u in manager.pending] == [("org.example.Editor", "1.0", "1.1")]


@pytest.mark.parametrize(
    "line", ["org.example.Editor\tstable\n", "two words\ta\tb\tc\td\te\n", "org.example.E\ta\t--evil\tc\td\tsystem\n"]
)
def test_a_line_that_does_not_fit_is_refused(line: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_installed(ONE + line)


@given(st.text(), st.lists(st.text(), min_size=4, max_size=6).map("\t".join))
def test_hostile_output_gives_programs_or_missing(text: str, row: str) -> None:
    for hostile in (text, row):
        with contextlib.suppress(api.Missing):
            assert all(isinstance(program, Program) for program in parse_installed(hostile))
        with contextlib.suppress(api.Missing):
            assert isinstance(parse_waiting(hostile), list)
