"""Page 1, where you stand. It must serve an owner who reads nothing else."""

from __future__ import annotations

from datetime import timedelta

from itaudit.caps import Concerns
from itaudit.model import Finding, Severity
from itaudit.outcome import Grade, Tier
from itaudit.reports import charts
from itaudit.reports.view.areas import question_of
from itaudit.reports.view.context import SHORT, Book, counts
from itaudit.reports.view.limits import unlock_groups
from itaudit.reports.viewmodel import ActionCard, Fact, PageOne, Row, Standing
from itaudit.reports.words import DASH, GRADE, GRADE_TONE, counted, day, floored, sentence
from itaudit.text import clean

ACTIONS, WORKS, DECISIONS, CAPS = 3, 4, 4, 3
EXPIRES_SOON = timedelta(days=30)


def build_page_one(book: Book, cards: tuple[ActionCard, ...]) -> PageOne:
    """The first page, from the numbered assessment and its action cards."""
    score = book.assessment.score
    changes = book.assessment.changes
    return PageOne(
        verdict=_verdict(book),
        standing=standing_of(book),
        chart=charts.score_bar(score.score, score.could_be, score.grade.value, GRADE_TONE[score.grade]),
        counts=counts(book.findings),
        actions=cards[:ACTIONS],
        works=_works(book),
        decisions=_decisions(book, cards[:ACTIONS]),
        changes=_changes(book),
        since=f"Since {day(changes.since_day)}" if changes.since_day else "This is the first visit",
    )


def _verdict(book: Book) -> str:
    """One sentence in business words: the worst thing that is true decides."""
    host = clean(book.scan.machine.host, 60)
    at_risk = [finding for finding in book.findings if finding.open and finding.acceptance is None]
    stoppers = len(Concerns(at_risk).stoppers())
    serious = sum(finding.severity is Severity.CRITICAL for finding in at_risk)
    weak = sum(finding.severity is Severity.HIGH for finding in at_risk)
    if stoppers:
        rest = "It can be mended, and comes first." if stoppers == 1 else "They can be mended, and come first."
        return f"{sentence(counted(stoppers, 'problem'))[:-1]} on {host} could stop your business. {rest}"
    if serious:
        return f"{host} works today, but {counted(serious, 'serious problem')} should be mended now; the rest can be planned."
    if book.assessment.score.grade is Grade.NONE:
        return f"Not enough of {host} could be checked to say where you stand."
    if weak:
        return f"{host} is in fair shape, with {counted(weak, 'weak point')} to close this month."
    if any(action.tier is not Tier.PLAN for action in book.assessment.actions):
        return f"{host} is in good shape; a few smaller things should be done this quarter."
    return f"{host} is in good order: nothing needs you this month."


def standing_of(book: Book) -> Standing:
    """Grade, score, coverage and the reasons, as text."""
    score = book.assessment.score
    reasons = dict.fromkeys(clean(cap.reason, SHORT) for cap in score.caps)
    if book.scan.areas_left_out and not reasons:
        reasons = {"Only a part was asked for, so no grade is given.": None}
    reach = f"{floored(score.could_be)} ({score.could_be_grade.value})"
    return Standing(
        letter=DASH if score.grade is Grade.NONE else score.grade.value,
        words=GRADE[score.grade],
        tone=GRADE_TONE[score.grade],
        score=floored(score.score),
        coverage=f"{floored(score.coverage)} %",
        could_be=reach if floored(score.could_be) != floored(score.score) else "",
        trend=_trend(book),
        caps=tuple(list(reasons)[:CAPS]),
    )


def _trend(book: Book) -> str:
    changes, now = book.assessment.changes, book.assessment.score.score
    if changes.previous_score is None:
        return ""
    before = floored(changes.previous_score)
    grade = f" ({changes.previous_grade.value})" if changes.previous_grade else ""
    when = f" on {day(changes.since_day)}" if changes.since_day else ""
    if before == floored(now):
        return f"Unchanged: {before}{grade}{when}"
    return f"{'Up' if now > changes.previous_score else 'Down'} from {before}{grade}{when}"


def _works(book: Book) -> tuple[Fact, ...]:
    """The weightiest good result of each question, at most WORKS."""
    chosen: dict[str, Finding] = {}
    for finding in book.good(book.findings):
        chosen.setdefault(question_of(finding.area), finding)
    facts = [book.fact(finding, SHORT) for finding in list(chosen.values())[:WORKS]]
    return tuple(facts) or (Fact("Nothing could be confirmed as good yet."),)


def _decisions(book: Book, cards: tuple[ActionCard, ...]) -> tuple[Fact, ...]:
    """What only the owner can decide: money, risks whose time runs out, access."""
    wanted = [
        Fact(f"Approve {card.cost} for action {card.number}.", card.refs[:3]) for card in cards if card.cost != "no purchase"
    ]
    for finding in book.findings:
        accepted = finding.acceptance
        if accepted and accepted.until - book.today <= EXPIRES_SOON:
            text = f"{clean(finding.title, 80)}: your decision to live with this ends on {day(accepted.until)}. Mend it or renew?"
            wanted.append(Fact(text, book.refs([finding])))
    for group in unlock_groups(book):
        number = sentence(counted(len(group.things), "result"))[:-1]
        refs = tuple(ref for fact in group.things[:3] for ref in fact.refs)
        wanted.append(Fact(f"{number} could not be seen. To see more: {clean(group.unlock, 90)}", refs))
    return tuple(wanted[:DECISIONS])


def _changes(book: Book) -> tuple[Row, ...]:
    changes = book.assessment.changes
    if not changes.since:
        return ()
    groups = (("new", changes.new), ("fixed", changes.fixed), ("worse", changes.worse), ("keeps coming back", changes.recurring))
    return tuple(Row(word, str(len(findings))) for word, findings in groups)
