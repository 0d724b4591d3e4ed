"""What to do, in which order, and what it brings: findings folded into actions, each with its deadline and its rank.

First the tier (how soon it must begin), then P = S x C x L x B x U / E inside it, then the score after it and all before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import log2

from itaudit.caps import Key, flagged_as_stopper
from itaudit.ledger import DEFAULT_WEIGHTS, Ledger
from itaudit.model import Effort, Finding, Flag, Severity, Status
from itaudit.outcome import Action, Grade, Tier
from itaudit.severity import RECURRING_TIMES, exploited_and_reachable

EXPLOITED_AND_REACHABLE_DAYS = 3
EXPLOITED_OR_REACHABLE_DAYS = 14
MUCH_MONEY = 1000
"""In whole units of the owner's currency: from here on an action weighs as much as a week of work."""

_URGENCY = ((7, 3.0), (30, 2.0), (90, 1.5), (365, 1.0))
_LATER = 0.5


def make_plan(
    findings: Sequence[Finding],
    today: date,
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    areas_left_out: Sequence[str] = (),
) -> tuple[Action, ...]:
    """Return the actions that mend `findings` (each key once, any order), most pressing first.

    Failures need action, warnings too when they have a remedy; info, unknown and accepted findings do not (what failed when last
    seen does). What one remedy cures is one action, with the worst of each factor among its findings; the first of
    `Action.findings` is the worst and has the remedy to show.
    """
    ledger = Ledger(findings, weights, areas_left_out)
    # One pass in the house order makes everything after it independent of the order given.
    ordered = sorted((finding for finding in findings if needs_action(finding, today)), key=_worst_first)
    stoppers = {finding.key for finding in ledger.concerns.stoppers()}
    folded: dict[str, list[Finding]] = defaultdict(list)
    for finding in ordered:
        folded[_title(finding)].append(finding)
    actions = sorted((_action(title, group, stoppers, today) for title, group in folded.items()), key=_rank)
    return tuple(_with_score(ledger, actions))


def needs_action(finding: Finding, today: date) -> bool:
    """Is there something to do about it? An acceptance counts until its last day, and never for an exploited, reachable hole."""
    if finding.severity is Severity.INFO or _accepted(finding, today):
        return False
    return finding.open or (finding.status is Status.WARN and finding.verdict.remedy is not None)


def due_date(finding: Finding, today: date) -> date:
    """The earliest of: the day it will hurt, the deadline of exploited or reachable flaws, first sight plus severity days."""
    seen = finding.first_seen.date() if finding.first_seen else today
    days = [] if finding.severity.days is None else [finding.severity.days]
    flags = finding.verdict.flags
    if exploited_and_reachable(flags):
        days.append(EXPLOITED_AND_REACHABLE_DAYS)
    elif flags & {Flag.EXPLOITED, Flag.REACHABLE}:
        days.append(EXPLOITED_OR_REACHABLE_DAYS)
    dates = [seen + timedelta(days=count) for count in days]
    if finding.verdict.due is not None:
        dates.append(finding.verdict.due)
    return min(dates, default=date.max)


def _accepted(finding: Finding, today: date) -> bool:
    acceptance = finding.acceptance
    return acceptance is not None and today <= acceptance.until and not exploited_and_reachable(finding.verdict.flags)


def _title(finding: Finding) -> str:
    remedy = finding.verdict.remedy
    return remedy.action if remedy else f"Look into: {finding.title}"


def _worst_first(finding: Finding) -> tuple[int, int, str, str, str]:
    return (-finding.severity.rank, 0 if finding.open else 1, finding.check, finding.subject, finding.host)


def _start_by(finding: Finding, today: date) -> date:
    due, remedy = due_date(finding, today), finding.verdict.remedy
    lead = timedelta(days=remedy.lead.days if remedy else 0)
    return due - min(lead, due - date.min)  # a damaged certificate may have ended in the year 1


def _action(title: str, findings: Sequence[Finding], stoppers: set[Key], today: date) -> Action:
    start_by = min(_start_by(finding, today) for finding in findings)
    slack_days = (start_by - today).days
    priority, arithmetic = _priority(findings, slack_days)
    stops = any(finding.key in stoppers or flagged_as_stopper(finding) for finding in findings)
    return Action(
        title=title,
        findings=tuple(findings),
        tier=Tier.FIX_NOW if stops else _tier(slack_days),
        due=min(due_date(finding, today) for finding in findings),
        start_by=start_by,
        priority=priority,
        arithmetic=arithmetic,
        score_after=0.0,  # known once all actions are in order: _with_score
        grade_after=Grade.NONE,
    )


def _tier(slack_days: int) -> Tier:
    return next((tier for tier in Tier if slack_days <= tier.slack_days), Tier.PLAN)


def _priority(findings: Sequence[Finding], slack_days: int) -> tuple[float, str]:
    """Return P and its arithmetic in words. Breadth is rounded before use, so that the printed numbers give the printed P."""
    factors = (
        max(finding.severity.points for finding in findings),
        max(finding.importance.value for finding in findings),
        max(_likelihood(finding) for finding in findings),
        _breadth(len({(finding.host, finding.subject) for finding in findings})),
        next((factor for most, factor in _URGENCY if slack_days <= most), _LATER),
    )
    effort = max(_effort(finding) for finding in findings)
    product = 1.0
    for factor in factors:
        product *= factor
    priority = round(product / effort, 2)
    return priority, f"{' x '.join(f'{factor:g}' for factor in factors)} / {effort} = {priority:g}"


def _likelihood(finding: Finding) -> float:
    if finding.verdict.flags & {Flag.EXPLOITED, Flag.FAILING_NOW}:
        return 2
    return 1.5 if finding.times_seen >= RECURRING_TIMES or Flag.EARLY_WARNING in finding.verdict.flags else 1


def _breadth(subjects: int) -> float:
    return round(min(3, 1 + log2(subjects) / 2), 2)


def _effort(finding: Finding) -> int:
    remedy = finding.verdict.remedy
    if remedy is None:
        return Effort.MINUTES.weight  # looking into it takes no longer; what it then needs is not known yet
    costly = remedy.cost is not None and remedy.cost[1] > MUCH_MONEY
    return max(remedy.effort.weight, Effort.WEEK.weight if costly else 0)


def _rank(action: Action) -> tuple[int, float, date, int, str, str]:
    worst = action.findings[0]
    return (list(Tier).index(action.tier), -action.priority, action.start_by, -worst.severity.rank, worst.check, action.title)


def _with_score(ledger: Ledger, actions: Iterable[Action]) -> Iterable[Action]:
    for action in actions:
        for finding in action.findings:
            ledger.mend(finding)
        mark = ledger.mark()
        yield replace(action, score_after=float(mark.score), grade_after=mark.grade)
