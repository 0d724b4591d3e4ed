"""Page 4, what needs attention: every action as one card, many findings folded into it."""

from __future__ import annotations

from itaudit.model import Finding, Remedy, Status
from itaudit.outcome import Action, Tier
from itaudit.reports import charts
from itaudit.reports.view.context import LONG, SHORT, Book
from itaudit.reports.view.limits import important_unseen, nothing_to_do
from itaudit.reports.viewmodel import ActionCard, Chart, Plan
from itaudit.reports.words import counted, day, first_sentence, floored, listed, money, sentence
from itaudit.text import clean

CARDS = 8
FOUND = 5
WAITING = "It stays as it is, and so does the risk."
TONES = {Tier.FIX_NOW: "fail", Tier.THIS_MONTH: "warn", Tier.THIS_QUARTER: "accent", Tier.PLAN: "skipped"}


def build_plan(book: Book) -> Plan:
    """Cards for the first actions, lines for the others, the score after each."""
    cards = tuple(_card(book, number, action) for number, action in enumerate(book.assessment.actions, start=1))
    chart = _chart(book) if cards and book.graded else None
    # What is not known is no good news, and must not look like it.
    unseen = nothing_to_do(book, "now") if not cards and important_unseen(book) else ""
    return Plan(cards[:CARDS], cards[CARDS:], _good(book), unseen, chart, book.graded)


def _chart(book: Book) -> Chart:
    score = book.assessment.score
    steps = [("Now", score.score, score.grade.value)]
    steps += [(f"After {n}", a.score_after, a.grade_after.value) for n, a in enumerate(book.assessment.actions[:CARDS], start=1)]
    return charts.waterfall(steps)


def _good(book: Book) -> str:
    actions, now = book.assessment.actions, book.assessment.score.score
    if not actions:
        return "" if important_unseen(book) else nothing_to_do(book, "now")
    number, after = counted(len(actions), "action"), actions[-1].score_after
    if not book.graded:
        return f"All of this can be mended: it takes {number}."
    if after <= now:
        return ""
    return f"All of this can be mended: {number} would bring the score from {floored(now)} to {floored(after)}."


def _card(book: Book, number: int, action: Action) -> ActionCard:
    remedies = [finding.verdict.remedy for finding in action.findings if finding.verdict.remedy]
    means = dict.fromkeys(why for finding in action.findings if (why := book.why(finding)))
    found = book.facts(action.findings)[:FOUND]
    rest = len(action.findings) - sum(len(fact.refs) for fact in found)
    return ActionCard(
        number=number,
        title=clean(sentence(action.title), SHORT),
        tier=action.tier.words,
        tone=TONES[action.tier],
        why=clean(first_sentence(next(iter(means), action.findings[0].title if action.findings else "")), SHORT),
        cost=money(_cost(remedies)),
        who=clean(listed(dict.fromkeys(remedy.who for remedy in remedies)) or "your IT person", 120),
        by=(by := _by(book, action)),
        when=f"{start}, {by}" if (start := _start(book, action)) else by,
        after=f"{floored(action.score_after)} ({action.grade_after.value})" if book.graded else "",
        found=found,
        more_found=f"and {counted(rest, 'more result')}" if rest > 0 else "",
        means=tuple(clean(text, LONG) for text in list(means)[:2]),
        how_we_know=_how_we_know(book, action),
        takes=_takes(remedies),
        by_when=_by_when(book, action),
        if_you_wait=clean(next((remedy.if_you_wait for remedy in remedies if remedy.if_you_wait), WAITING), LONG),
        proof=_proof(remedies),
        refs=book.refs(action.findings),
        arithmetic=action.arithmetic,
    )


def _cost(remedies: list[Remedy]) -> tuple[int, int] | None:
    """From the lowest to the highest: one remedy cures them all, so costs do not add up."""
    costs = [remedy.cost for remedy in remedies if remedy.cost]
    return (min(min(cost) for cost in costs), max(max(cost) for cost in costs)) if costs else None


def _takes(remedies: list[Remedy]) -> str:
    if not remedies:
        return "To be estimated: no ready remedy is known."
    effort = max((remedy.effort for remedy in remedies), key=lambda effort: effort.weight)
    lead = max(remedy.lead.days for remedy in remedies)
    wait = f" Allow {lead} days for ordering or arranging." if lead else ""
    cost = money(_cost(remedies))
    price = "No purchase." if cost == "no purchase" else sentence(f"{cost} to buy, in your currency and without labour")
    return f"Work: {effort.words}. {price}{wait}"


def _how_we_know(book: Book, action: Action) -> str:
    seen = [finding for finding in action.findings if finding.verdict.status is not Status.UNKNOWN]
    hidden = len(action.findings) - len(seen)
    parts = [f"Measured on {day(book.scan.machine.now)}."] if seen else []
    if hidden:
        parts.append(sentence(f"{counted(hidden, 'result')} could not be seen this time{_sticky(action.findings)}"))
    if any(finding.verdict.due and finding.verdict.due > book.today for finding in action.findings):
        parts.append("The date it will matter is worked out, not measured.")
    times = max((finding.times_seen for finding in action.findings), default=1)
    if times > 1:
        parts.append(f"It keeps coming back: {times} times within 12 months.")
    return " ".join(parts)


def _sticky(findings: tuple[Finding, ...]) -> str:
    return ", and needed work when last seen" if any(finding.sticky for finding in findings) else ""


def _by_when(book: Book, action: Action) -> str:
    forecasts = [finding.verdict.due for finding in action.findings if finding.verdict.due]
    if action.due in forecasts:
        why = f"That is when it {'was' if action.due < book.today else 'is'} expected to matter"
    else:
        why = "That follows from how serious it is and from when it was first seen"
    return " ".join(sentence(text) for text in (_by(book, action), _start(book, action), why) if text)


def _start(book: Book, action: Action) -> str:
    """When to begin; empty where that is the day on which it should be done."""
    if action.start_by <= book.today:
        return "start now"
    return f"start by {day(action.start_by)}" if action.start_by != action.due else ""


def _by(book: Book, action: Action) -> str:
    """What should have been done already is said to be late, without blame."""
    return f"{'late since' if action.due < book.today else 'done by'} {day(action.due)}"


def _proof(remedies: list[Remedy]) -> str:
    command = " The technician's own test is in the appendix." if any(remedy.verify for remedy in remedies) else ""
    return f"We run the same checks again, and they must come out good.{command}"
