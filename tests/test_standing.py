"""What the store remembers and what the owner accepted, put on the findings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from itaudit.config import Configuration
from itaudit.config_tables import AcceptedRisk
from itaudit.evidence.questions import Answer
from itaudit.model import Finding, Flag, Severity, Status, Verdict
from itaudit.standing import PastFinding, read_past, stand, write_past

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def finding(status: Status, severity: Severity = Severity.HIGH, **more: object) -> Finding:
    verdict = Verdict(status, "It is so.", flags=more.pop("flags", frozenset()))  # type: ignore[arg-type] # a short way to write the cases
    base = Finding("office", "disks.space", "/", "Disks have room", severity, severity, verdict)
    return replace(base, **more)  # type: ignore[arg-type] # a short way to write the cases


def past(status: Status, **more: object) -> dict[tuple[str, str], PastFinding]:
    row = PastFinding("disks.space", "/", status, Severity.HIGH, frozenset(), None, 0)
    return {("disks.space", "/"): replace(row, **more)}  # type: ignore[arg-type] # a short way to write the cases


def stood(
    one: Finding, before: dict[tuple[str, str], PastFinding] | None = None, *risks: AcceptedRisk
) -> tuple[Finding, tuple[str, ...]]:
    findings, notes = stand([one], before or {}, Configuration(accepted=risks), NOW)
    return findings[0], notes


def risk(**more: object) -> AcceptedRisk:
    values = {"check": "disks.space", "subject": "/", "by": "owner", "reason": "soon replaced", "until": date(2027, 1, 1)}
    return AcceptedRisk.model_validate({**values, **more})


def test_a_new_failure_is_first_seen_now() -> None:
    done, _ = stood(finding(Status.FAIL))
    assert (done.first_seen, done.times_seen, done.sticky) == (NOW, 1, False)


def test_an_open_failure_keeps_the_day_it_was_first_seen() -> None:
    then = NOW - timedelta(days=40)
    done, _ = stood(finding(Status.FAIL), past(Status.FAIL, first_seen=then, earlier=1))
    assert (done.first_seen, done.times_seen) == (then, 1)


def test_a_failure_that_comes_back_is_counted_and_moves_up() -> None:
    done, _ = stood(finding(Status.FAIL), past(Status.OK, earlier=1))
    assert (done.first_seen, done.times_seen, done.severity) == (NOW, 2, Severity.CRITICAL)
    assert done.moves


def test_what_failed_and_cannot_be_seen_now_still_counts_as_failed() -> None:
    before = past(Status.FAIL, severity=Severity.CRITICAL, flags=frozenset({Flag.BUSINESS_STOPPER}), first_seen=NOW, earlier=1)
    done, _ = stood(finding(Status.UNKNOWN), before)
    assert done.sticky
    assert done.open
    assert done.severity is Severity.CRITICAL
    assert done.verdict.flags == {Flag.BUSINESS_STOPPER}
    assert done.verdict.status is Status.UNKNOWN


def test_a_failure_out_of_sight_behind_a_check_that_is_blind_still_counts() -> None:
    before = past(Status.FAIL, severity=Severity.CRITICAL, first_seen=NOW, earlier=1)
    blind = finding(Status.UNKNOWN, subject="this machine")
    findings, _ = stand([blind], before, Configuration(), NOW)
    assert {(one.subject, one.open, one.severity) for one in findings} == {
        ("this machine", False, Severity.HIGH),
        ("/", True, Severity.CRITICAL),
    }


def test_a_failure_whose_subject_is_gone_from_a_check_that_sees_does_not_stick() -> None:
    findings, _ = stand([finding(Status.OK, subject="/home")], past(Status.FAIL), Configuration(), NOW)
    assert [one.subject for one in findings] == ["/home"]


def test_a_clock_that_was_ahead_once_does_not_put_off_what_is_due() -> None:
    ahead = past(Status.FAIL, first_seen=NOW + timedelta(days=1600), earlier=1)
    assert stood(finding(Status.FAIL), ahead)[0].first_seen == NOW


@pytest.mark.parametrize("before", [Status.OK, Status.WARN, Status.SKIPPED])
def test_what_did_not_fail_is_unknown_and_no_more(before: Status) -> None:
    assert not stood(finding(Status.UNKNOWN), past(before))[0].sticky


def test_a_warning_is_one_step_milder_than_the_failure() -> None:
    assert stood(finding(Status.WARN))[0].severity is Severity.MEDIUM


def test_a_risk_can_be_accepted_by_name_with_wildcards() -> None:
    accepted = stood(finding(Status.FAIL), None, risk(subject="*"))[0].acceptance
    assert accepted is not None
    assert (accepted.by, accepted.until) == ("owner", date(2027, 1, 1))
    assert stood(finding(Status.FAIL), None, risk(subject="/home"))[0].acceptance is None


def test_what_is_well_needs_no_acceptance() -> None:
    assert stood(finding(Status.OK), None, risk())[0].acceptance is None


def test_an_acceptance_holds_on_its_last_day_and_not_after() -> None:
    assert stood(finding(Status.FAIL), None, risk(until=date(2026, 11, 22)))[0].acceptance
    done, notes = stood(finding(Status.FAIL), None, risk(until=date(2026, 11, 21)))
    assert done.acceptance is None
    assert "ended on 2026-11-21" in notes[0]


@pytest.mark.parametrize(("severity", "days"), [(Severity.CRITICAL, 90), (Severity.HIGH, 180), (Severity.MEDIUM, 365)])
def test_an_acceptance_longer_than_its_severity_allows_does_not_hold(severity: Severity, days: int) -> None:
    since = date(2026, 11, 1)
    assert stood(finding(Status.FAIL, severity), None, risk(since=since, until=since + timedelta(days=days)))[0].acceptance
    done, notes = stood(finding(Status.FAIL, severity), None, risk(since=since, until=since + timedelta(days=days + 1)))
    assert done.acceptance is None
    assert f"{days} days at most" in notes[0]


def test_evidence_getting_worse_voids_an_acceptance() -> None:
    before = past(Status.WARN, accepted_severity=Severity.MEDIUM, accepted_status=Status.WARN, first_seen=NOW, earlier=1)
    done, notes = stood(finding(Status.FAIL), before, risk())
    assert done.acceptance is None
    assert "got worse" in notes[0]


def test_an_exploited_hole_that_can_be_reached_cannot_be_accepted() -> None:
    flags = frozenset({Flag.EXPLOITED, Flag.REACHABLE})
    done, notes = stood(finding(Status.FAIL, flags=flags), None, risk())
    assert done.acceptance is None
    assert notes


def test_what_is_remembered_survives_writing_and_reading() -> None:
    row = PastFinding("a.b", "/\n", Status.FAIL, Severity.LOW, frozenset({Flag.EXPLOITED}), NOW, 3, Severity.LOW, Status.WARN)
    assert read_past(Answer(body=write_past([row]))) == {("a.b", "/\n"): row}


def test_one_row_that_makes_no_sense_does_not_take_the_others_with_it() -> None:
    row = PastFinding("a.b", "/", Status.FAIL, Severity.LOW, frozenset(), NOW, 3)
    good = json.loads(write_past([row]))
    for spoiled in ({"severity": "weird"}, {"earlier": float("inf")}, {"first_seen": "0001-01-01T00:00:00+14:00"}, {"flags": 3}):
        assert read_past(Answer(body=json.dumps([good[0] | {"subject": "x"} | spoiled, *good]))) == {("a.b", "/"): row}


@pytest.mark.parametrize("body", ["", "[", "{}", "[1]", '[{"check": 1}]', "null"])
def test_a_past_that_cannot_be_read_is_no_past(body: str) -> None:
    assert read_past(Answer(body=body)) == {}
