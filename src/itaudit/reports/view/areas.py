"""Page 3, health by area, as the questions an owner asks."""

from __future__ import annotations

from itaudit.model import Finding, Status, worst
from itaudit.reports import charts
from itaudit.reports.view.context import Book, counts
from itaudit.reports.viewmodel import Fact, Health, Question
from itaudit.reports.words import area, counted, listed

OWN = "What do your own checks say?"

QUESTIONS = (
    ("Could we get your data back?", ("backups",)),
    ("Are the doors locked?", ("patches", "security")),
    ("Is the equipment sound?", ("disks", "lifecycle", "services")),
    ("Can customers reach you, and trust it is you?", ("dns",)),
    ("Does the connection hold?", ("connectivity",)),
)

SHOWN_FACTS = 4


def question_of(name: str) -> str:
    """The question an area belongs to; areas that plugins bring belong to the last one."""
    return next((question for question, areas in QUESTIONS if name in areas), OWN)


def build_health(book: Book) -> Health:
    """The questions that were asked on this visit, each with its answer."""
    grouped: dict[str, list[Finding]] = {question: [] for question in (*(question for question, _ in QUESTIONS), OWN)}
    for finding in book.findings:
        grouped[question_of(finding.area)].append(finding)
    asked = tuple(_question(book, question, findings) for question, findings in grouped.items() if findings)
    return Health(asked, charts.count_bars([(item.question, item.counts) for item in asked]))


def _question(book: Book, question: str, findings: list[Finding]) -> Question:
    status = worst(*(finding.status for finding in findings))
    attention = [finding for finding in findings if finding.status in (Status.FAIL, Status.WARN, Status.UNKNOWN)]
    good = book.good(findings)
    shown = book.facts(attention)[:SHOWN_FACTS]
    rest = len(attention) - sum(len(fact.refs) for fact in shown)
    return Question(
        question=question,
        answer=_answer(status, findings),
        tone=status.value,
        about=listed(dict.fromkeys(area(finding.area) for finding in findings)),
        counts=counts(findings),
        good=book.fact(good[0]) if good else None if status is Status.SKIPPED else Fact("Nothing that we could confirm yet."),
        attention=shown,
        more=f"and {counted(rest, 'more result')}, in the appendix" if rest > 0 else "",
    )


def _answer(status: Status, findings: list[Finding]) -> str:
    applies = sum(finding.status is not Status.SKIPPED for finding in findings)
    number = sum(finding.status is status for finding in findings)
    share = f"{number} of {applies} results" if applies > 1 else "the only result"
    one = number == 1
    return {
        Status.FAIL: f"Not yet: {share} {'needs' if one else 'need'} work.",
        Status.WARN: f"Mostly: {share} {'is' if one else 'are'} worth watching.",
        Status.UNKNOWN: f"We cannot be sure: {share} could not be seen.",
        Status.OK: f"Yes: {share} {'is' if one else 'are'} good.",
        Status.SKIPPED: "This does not apply here.",
    }[status]
