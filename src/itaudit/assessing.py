"""Rank and keep: what the engine found becomes a scan, its score and plan, and what changed since the last one.

Apart from scan.py because nothing of it is needed before the first question is asked: it is imported while questions wait.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from itaudit import RULE_SET, __version__
from itaudit.engine import Outcome
from itaudit.errors import UserError
from itaudit.evidence.bundle import Recorder
from itaudit.evidence.questions import PastFindings
from itaudit.files import write_private
from itaudit.ledger import DEFAULT_WEIGHTS
from itaudit.model import CheckCard, Scan, in_order
from itaudit.outcome import Assessment, Changes
from itaudit.plan import make_plan
from itaudit.score import assess_score
from itaudit.standing import read_past, stand
from itaudit.store.changes import compare

if TYPE_CHECKING:
    from itaudit.preparing import Setup
    from itaudit.store.opening import OpeningStore


def make_scan(setup: Setup, recorder: Recorder, outcome: Outcome, started: datetime, notes: list[str]) -> Scan:
    """The findings in their context. Asks what the store remembers, so the recording is written after it."""
    configuration, machine = setup.configuration, recorder.machine
    findings, stand_notes = stand(outcome.findings, read_past(recorder.ask(PastFindings())), configuration, machine.now)
    return Scan(
        id=f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        machine=machine,
        started=started,
        ended=started,
        version=__version__,
        rule_set=RULE_SET,
        findings=in_order(findings),
        cards=_cards(setup, outcome),
        partial=outcome.interrupted,
        timings=outcome.timings,
        weights=tuple(sorted({**DEFAULT_WEIGHTS, **configuration.weights}.items())),
        notes=(*notes, *stand_notes, f"configuration: {configuration.origin}"),
    )


def compared(scan: Scan, store: OpeningStore | None) -> Assessment:
    """The assessment, compared with the last scan where that can be read."""
    try:
        return assess(scan, store.store.previous(scan) if store else None)
    except UserError as error:
        return assess(replace(scan, notes=(*scan.notes, f"not compared with the last scan: {error}")), None)


def keep(record: Path | None, assessment: Assessment, store: OpeningStore | None, bundle: bytes) -> Iterator[str]:
    """Write recording and store; what goes wrong with one does not stop the other."""
    try:
        if record:
            write_private(record, bundle)
    except UserError as error:
        yield str(error)
    try:
        if store:
            store.store.save(assessment.scan, assessment.score, bundle)
    except UserError as error:
        yield str(error)


def assess(scan: Scan, previous: Scan | None) -> Assessment:
    """Work out score, plan and changes of a scan: of a new one, or of a stored one again."""
    weights = dict(scan.weights)
    return Assessment(
        scan=scan,
        score=assess_score(scan.findings, weights, scan.areas_left_out),
        actions=make_plan(scan.findings, scan.machine.now.date(), weights, scan.areas_left_out),
        changes=compare(previous, scan, weights) if previous or not scan.partial else Changes(),
    )


def _cards(setup: Setup, outcome: Outcome) -> tuple[CheckCard, ...]:
    used = sorted({finding.check for finding in outcome.findings})
    return tuple(
        CheckCard(
            id=found.id,
            title=found.title,
            why=found.why,
            severity=found.check.severity,
            sources=found.check.sources,
            limits=limits_in_words(setup, found.id),
        )
        for check_id in used
        if (found := setup.catalogue.check(check_id))
    )


def limits_in_words(setup: Setup, check_id: str) -> str:
    """The limits in force: "free_percent: warn below 25, fail below 10; days_left: …"."""
    found = setup.catalogue.check(check_id)
    assert found, check_id
    settings = setup.configuration.limits(found)
    return "; ".join(f"{name}: {getattr(settings, name)}" for name in type(settings).model_fields)
