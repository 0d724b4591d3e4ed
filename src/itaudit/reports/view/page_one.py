"""Page 1, where you stand. It must serve an owner who reads nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from itaudit.caps import Concerns
from itaudit.model import Finding, Severity
from itaudit.outcome import Grade, Score, Tier
from itaudit.reports import charts
from itaudit.reports.view.areas import question_of
from itaudit.reports.view.context import SHORT, Book, counts
from itaudit.reports.view.limits import calm, nothing_to_do, unlock_groups
from itaudit.reports.viewmodel import ActionCard, Chart, Fact, PageOne, Standing
from itaudit.reports.words import DASH, GRADE, GRADE_TONE, counted, day, figure, floored, sentence
from itaudit.text import clean

ACTIONS, WORKS, DECISIONS, CAPS = 3, 4, 4, 3
GOODS_OF_ONE_QUESTION = 2
SOON = {Tier.FIX_NOW.slack_days: "now", Tier.THIS_MONTH.slack_days: "this month", Tier.THIS_QUARTER.slack_days: "this quarter"}
EXPIRES_SOON = timedelta(days=30)


def build_page_one(book: Book, cards: tuple[ActionCard, ...]) -> PageOne:
    """The first page, from the numbered assessment and its action cards."""
    score = book.assessment.score
    return PageOne(
        verdict=_verdict(book),
        standing=standing_of(book),
        chart=_bar(score) if book.graded else None,
        counts=counts(book.findings),
        actions=cards[:ACTIONS],
        nothing_to_do="" if cards else nothing_to_do(book, "this month"),
        works=_works(book),
        decisions=_decisions(book, cards[:ACTIONS]),
        changes=changes_of(book),
    )


def _bar(score: Score) -> Chart:
    """How far it could reach is shown where that would have a grade."""
    reach = score.score if score.could_be_grade is Grade.NONE else score.could_be
    return charts.score_bar(score.score, reach, _letter(score), GRADE_TONE[score.grade])


def _letter(score: Score) -> str:
    return DASH if score.grade is Grade.NONE else score.grade.value


def _verdict(book: Book) -> str:
    """One or two sentences in business words: the worst thing that is true decides, accepted or not, as for the grade."""
    host, grade = clean(book.scan.machine.host, 60), book.assessment.score.grade
    stoppers = tuple({finding.key: finding for finding in Concerns(book.findings).stoppers()}.values())
    if stoppers:
        little = "Not enough could be checked to say what else."
        if book.scan.areas_left_out:
            little = "Only a part of it was looked at."
        return _stopping(host, stoppers) + (f" {little}" if grade is Grade.NONE else "")
    problems = _problems(book)
    if grade is Grade.NONE:
        part = f"Only a part of {host} was looked at, too little to say where you stand."
        little = part if book.scan.areas_left_out else f"Not enough of {host} could be checked to say where you stand."
        return little + (f" What was seen has {problems}." if problems else "")
    if problems:
        return f"{host} has {problems}."
    return _without_problems(book, host, grade)


def _stopping(host: str, stoppers: tuple[Finding, ...]) -> str:
    number = sentence(counted(len(stoppers), "problem"))[:-1]
    kept = sum(finding.acceptance is not None for finding in stoppers)
    if kept == len(stoppers):
        return f"{number} on {host} that you chose to live with could stop your business."
    if kept:
        return f"{number} on {host} could stop your business; you chose to live with {figure(kept)} of them."
    rest = "It can be mended, and comes first." if len(stoppers) == 1 else "They can be mended, and come first."
    return f"{number} on {host} could stop your business. {rest}"


def _problems(book: Book) -> str:
    """The open critical and serious problems, in the words of the caps; what the owner chose to live with is named so."""
    found = []
    for words, kept in (("to mend", False), ("that you chose to live with", True)):
        numbers = [
            counted(number, f"{word} problem")
            for severity, word in ((Severity.CRITICAL, "critical"), (Severity.HIGH, "serious"))
            if (number := sum(f.open and f.severity is severity and (f.acceptance is not None) is kept for f in book.findings))
        ]
        found += [f"{' and '.join(numbers)} {words}"] if numbers else []
    return ", and ".join(found)


def _without_problems(book: Book, host: str, grade: Grade) -> str:
    when = min((action.tier.slack_days for action in book.assessment.actions if action.tier is not Tier.PLAN), default=0)
    if grade not in (Grade.A, Grade.B):
        return (
            f"{host} has gaps to close: {'the reasons are below' if book.assessment.score.caps else 'many small things add up'}."
        )
    if when:
        return f"{host} is in good shape; a few smaller things should be done {SOON[when]}."
    return f"{host} is in {'good order' if grade is Grade.A else 'good shape'}: {calm(book, 'this month')}."


def standing_of(book: Book) -> Standing:
    """Grade, score, coverage and the reasons, as text."""
    score = book.assessment.score
    reasons = dict.fromkeys(clean(cap.reason, SHORT) for cap in score.caps)
    if book.scan.areas_left_out and not reasons:
        reasons = {"Only a part was asked for, so no grade is given.": None}
    reach = f"{floored(score.could_be)} ({score.could_be_grade.value})"
    return Standing(
        letter=_letter(score),
        words=GRADE[score.grade],
        tone=GRADE_TONE[score.grade],
        score=f"{floored(score.score)} of 100" if book.graded else "No score",
        coverage=f"{floored(score.coverage)} %",
        could_be=reach if score.could_be_grade is not Grade.NONE and floored(score.could_be) != floored(score.score) else "",
        trend=_trend(book),
        caps=tuple(list(reasons)[:CAPS]),
    )


def _trend(book: Book) -> str:
    changes, now = book.assessment.changes, book.assessment.score.score
    if changes.previous_score is None or changes.previous_grade is Grade.NONE or not book.graded:
        return ""
    before = floored(changes.previous_score)
    grade = f" ({changes.previous_grade.value})" if changes.previous_grade else ""
    when = f" on {day(changes.since_day)}" if changes.since_day else ""
    if before == floored(now):
        return f"Unchanged: {before}{grade}{when}"
    return f"{'Up' if now > changes.previous_score else 'Down'} from {before}{grade}{when}"


def _works(book: Book) -> tuple[Fact, ...]:
    """Good results, at most WORKS: first from areas where nothing failed, the weightiest of each question before the next."""
    failing = {finding.area for finding in book.findings if finding.open}
    asked: Counter[tuple[bool, str]] = Counter()
    ordered: list[tuple[bool, int, Finding]] = []
    for finding in book.good(book.findings):
        place = (finding.area in failing, question_of(finding.area))
        asked[place] += 1
        if asked[place] <= GOODS_OF_ONE_QUESTION:
            ordered.append((place[0], asked[place], finding))
    ordered.sort(key=lambda item: item[:2])
    return tuple(book.fact(finding, SHORT) for *_, finding in ordered[:WORKS]) or (
        Fact("Nothing could be confirmed as good yet."),
    )


def _decisions(book: Book, cards: tuple[ActionCard, ...]) -> tuple[Fact, ...]:
    """What only the owner can decide: money, risks whose time runs out, access."""
    wanted = [
        Fact(f"Approve {card.cost} (your currency) for: {clean(card.title, 110)}", card.refs[:3])
        for card in cards
        if card.cost != "no purchase"
    ]
    for finding in book.findings:
        accepted = finding.acceptance
        if accepted and accepted.until - book.today <= EXPIRES_SOON:
            what = clean(book.fact(finding).text.rstrip("."), 110)
            text = f"{what}: your decision to live with this ends on {day(accepted.until)}. Mend it or renew?"
            wanted.append(Fact(text, book.refs([finding])))
    for group in unlock_groups(book):
        number = sentence(counted(group.results, "result"))[:-1]
        refs = tuple(ref for fact in group.things for ref in fact.refs)[:3]
        wanted.append(Fact(f"{number} could not be seen. To see more: {clean(group.unlock, 90)}", refs))
    return tuple(wanted[:DECISIONS])


def changes_of(book: Book) -> str:
    """What changed since the last visit, in one sentence; nothing is said of what there is none of."""
    changes = book.assessment.changes
    if not changes.since:
        return "This is the first visit: there is nothing to compare with yet."
    when = f"Since {day(changes.since_day)}" if changes.since_day else "Since the last visit"
    again = "keeps coming back" if len(changes.recurring) == 1 else "keep coming back"
    groups = (("new", changes.new), ("fixed", changes.fixed), ("worse", changes.worse), (again, changes.recurring))
    return f"{when}: {', '.join(f'{len(findings)} {word}' for word, findings in groups if findings) or 'nothing new'}."
