"""A scan written as JSON is the same scan when it is read."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itaudit.document import assessment_from_json, assessment_schema, assessment_to_json, scan_from_json, scan_to_json
from itaudit.model import (
    Acceptance,
    CheckCard,
    Effort,
    Finding,
    Flag,
    Importance,
    LeadTime,
    Machine,
    Measurement,
    NodeTiming,
    Remedy,
    Scan,
    Severity,
    Status,
    Unit,
    Verdict,
)
from itaudit.outcome import Action, Assessment, Cap, Changes, Grade, Score, Tier

TEXT = st.text(st.characters(codec=None, categories=None), max_size=8)
WHEN = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
DAY = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MANY = st.lists(TEXT, max_size=2).map(tuple)
REMEDY = st.builds(
    Remedy,
    action=TEXT,
    effort=st.sampled_from(Effort),
    cost=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
    steps=MANY,
    lead=st.sampled_from(LeadTime),
)
VERDICT = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    summary=TEXT,
    measurements=st.lists(st.builds(Measurement, TEXT, st.floats(allow_nan=False), st.sampled_from(Unit)), max_size=2).map(tuple),
    remedy=st.none() | REMEDY,
    severity=st.none() | st.sampled_from(Severity),
    due=st.none() | DAY,
    flags=st.frozensets(st.sampled_from(Flag)),
)
FINDING = st.builds(
    Finding,
    host=TEXT,
    check=TEXT,
    subject=TEXT,
    title=TEXT,
    base_severity=st.sampled_from(Severity),
    severity=st.sampled_from(Severity),
    verdict=VERDICT,
    evidence=MANY,
    importance=st.sampled_from(Importance),
    moves=MANY,
    first_seen=st.none() | WHEN,
    acceptance=st.none() | st.builds(Acceptance, TEXT, TEXT, DAY, DAY),
)
SCAN = st.builds(
    Scan,
    id=TEXT,
    machine=st.builds(Machine, TEXT, TEXT, WHEN, st.booleans(), TEXT),
    started=WHEN,
    ended=WHEN,
    version=TEXT,
    rule_set=TEXT,
    findings=st.lists(FINDING, max_size=2).map(tuple),
    cards=st.lists(st.builds(CheckCard, TEXT, TEXT, TEXT, st.sampled_from(Severity), MANY, TEXT), max_size=2).map(tuple),
    partial=st.booleans(),
    areas_left_out=MANY,
    timings=st.lists(st.builds(NodeTiming, TEXT, st.floats(0, 9), st.booleans()), max_size=2).map(tuple),
    weights=st.lists(st.tuples(TEXT, st.floats(0, 9)), max_size=2).map(tuple),
    evidence_sha256=TEXT,
    notes=MANY,
)
SCORE = Score(61.5, 59.0, Grade.F, 91.4, 78.2, Grade.C, (Cap(Grade.F, "why"),), ())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCAN)
def test_a_scan_comes_back_equal(scan: Scan) -> None:
    written = scan_to_json(scan)
    assert scan_from_json(written) == scan
    assert written.isascii()
    assert "\x1b" not in written


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCAN, FINDING)
def test_an_assessment_comes_back_equal(scan: Scan, finding: Finding) -> None:
    action = Action("do", (finding,), Tier.THIS_MONTH, date(2026, 12, 1), date(2026, 11, 22), 1.5, "sum", 70.0, Grade.C)
    assessment = Assessment(scan, SCORE, (action,), Changes("x", date(2026, 1, 1), 50.0, Grade.F, new=(finding,)))
    assert assessment_from_json(assessment_to_json(assessment)) == assessment


def a_scan(**changes: object) -> Scan:
    verdict = Verdict(Status.FAIL, "x", measurements=(Measurement("m", math.inf, Unit.DAYS),), flags=frozenset(Flag))
    finding = Finding("h", "a.b", "s", "t", Severity.LOW, Severity.LOW, verdict)
    now = datetime(2026, 11, 22, 9, 14, 5, tzinfo=UTC)
    return replace(Scan("i", Machine("h", "linux", now, True), now, now, "1", "r", (finding,)), **changes)  # type: ignore[arg-type]  # any field


def test_flags_are_written_in_alphabetical_order() -> None:
    flags = json.loads(scan_to_json(a_scan()))["findings"][0]["verdict"]["flags"]
    assert flags == ["business stopper", "early warning", "failing now", "known to be exploited", "reachable from the internet"]


def test_an_endless_number_is_valid_json_and_comes_back() -> None:
    written = scan_to_json(a_scan())
    assert (
        json.loads(written, parse_constant=lambda name: pytest.fail(name))["findings"][0]["verdict"]["measurements"][0]["value"]
        == "inf"
    )
    assert scan_from_json(written).findings[0].verdict.measurements[0].value == math.inf


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1}', scan_to_json(a_scan()).replace('"fail"', '"broken"')])
def test_what_is_not_a_scan_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        scan_from_json(text)


def test_the_schema_names_every_part_of_an_assessment() -> None:
    schema = assessment_schema()
    assert schema["required"] == ["scan", "score", "actions", "changes"]
    assert {"Scan", "Finding", "Verdict", "Remedy", "Score", "Action", "Changes"} <= set(schema["$defs"])


def test_the_order_of_sets_does_not_hang_on_the_hash_seed() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from test_document import *; print(scan_to_json(a_scan()))"
    run = [
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert run[0] == run[1]
    assert run[0]
