"""The log of unattended-upgrades, in the words of version 2.9.1 of Debian 12 (/usr/bin/unattended-upgrade)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates.automatic_log import LOG, Runs, parse_log, runs_of

START = "{} INFO Starting unattended upgrades script\n{} INFO Allowed origins are: origin=Debian,codename=bookworm-security\n"
QUIET = START + "{} INFO No packages found that can be upgraded unattended and no pending auto-removals\n"
BUSY = START + "{} INFO Packages that will be upgraded: libssl3 openssl\n{} INFO All upgrades installed\n"
BROKEN = (
    START + "{} ERROR Installing the upgrades failed!\n{} ERROR error message: installArchives() failed\n{} ERROR dpkg returned\n"
)


def run(form: str, day: int) -> str:
    return form.replace("{}", f"2026-11-{day:02d} 06:12:01,123")


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 6, 12, 1, tzinfo=UTC)


def test_the_last_run_that_ended_well_is_found() -> None:
    assert parse_log(run(BUSY, 18) + run(QUIET, 19) + run(QUIET, 20)) == Runs(day(20))


def test_failed_runs_are_counted_since_the_last_good_one() -> None:
    text = run(BROKEN, 16) + run(BUSY, 17) + run(BROKEN, 18) + run(BROKEN, 19)
    assert parse_log(text) == Runs(day(17), 2, "dpkg returned", day(19))


def test_a_log_with_failures_only_knows_no_success() -> None:
    assert parse_log(run(BROKEN, 18)) == Runs(None, 1, "dpkg returned", day(18))


def test_a_run_that_has_only_begun_does_not_count() -> None:
    text = run(QUIET, 19) + "2026-11-20 06:12:01,123 INFO Starting unattended upgrades script\n"
    assert parse_log(text) == Runs(day(19))


def test_the_language_of_the_words_does_not_matter() -> None:
    text = run("{} INFO Unbeaufsichtigtes Upgrade\n{} ERROR Installieren gescheitert\n", 19) + run(QUIET, 18).replace(
        "found", "gefunden"
    )
    assert parse_log(text).error == ""
    assert parse_log(run(QUIET, 18) + run("{} INFO Beginn\n{} ERROR Installieren gescheitert\n", 19)).failed == 1


def test_an_error_after_which_the_stamp_of_success_was_set_stopped_nothing() -> None:
    """Such as "No /usr/bin/mail": the stamp is set only when the program ended with 0 (/usr/lib/apt/apt.systemd.daily)."""
    runs = parse_log(run(QUIET, 18) + run(BROKEN, 19))
    assert runs.unless_ended_well(day(19)) == Runs(day(18))
    assert runs.unless_ended_well(day(18)) == runs
    assert runs.unless_ended_well(None) == runs


def test_a_traceback_between_the_lines_is_passed_over() -> None:
    text = run(QUIET, 19) + "Traceback (most recent call last):\n  File x\n2026-99-99 06:12:01,123 ERROR no day\n"
    assert parse_log(text) == Runs(day(19))


def test_a_log_that_may_not_be_read_tells_nothing(recorded: Callable[..., Ask]) -> None:
    assert runs_of(recorded({LOG: api.Answer.missing(api.AccessDenied("log"))})) == Runs()


@given(st.lists(st.text() | st.sampled_from([run(QUIET, 1), run(BROKEN, 2), "9999-12-31 23:59:59,1 INFO Starting unattended"])))
def test_hostile_logs_give_runs(pieces: list[str]) -> None:
    runs = parse_log("\n".join(pieces))
    assert bool(runs.error) <= bool(runs.failed)
