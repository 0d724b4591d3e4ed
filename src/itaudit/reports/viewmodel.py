"""The view model: everything a report shows, as finished text. Renderings arrange it; none of them computes.

`dataclasses.asdict(view)` is what the PDF template reads as JSON. A `tone` names a meaning (ok, warn, fail, unknown, skipped):
its colours are in words.PALETTE. A `ref` (R12) names one result, everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture (SVG) with the words and the table that say the same."""

    svg: str
    alt: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence and the results it rests on."""

    text: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Grade, score and how much was seen, as text. `caps`: why the grade is what it is.

    Without a grade there is no score: it would only be the ceiling that the areas set which were left out.
    """

    letter: str
    words: str
    tone: str
    score: str
    coverage: str
    could_be: str
    trend: str
    caps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionCard:
    """One action: the short line on page one and in tables, and the card on the action page.

    after: score and grade after it; empty where no grade is given.
    """

    number: int
    title: str
    tier: str
    tone: str
    why: str
    cost: str
    who: str
    by: str
    when: str
    after: str
    found: tuple[Fact, ...]
    more_found: str
    means: tuple[str, ...]
    how_we_know: str
    takes: str
    by_when: str
    if_you_wait: str
    proof: str
    refs: tuple[str, ...]
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many results have one status."""

    tone: str
    mark: str
    word: str
    number: int


@dataclass(frozen=True, slots=True)
class PageOne:
    """Where you stand. It is complete without the other pages. `nothing_to_do` is shown where there is no action."""

    verdict: str
    standing: Standing
    chart: Chart | None
    counts: tuple[Count, ...]
    actions: tuple[ActionCard, ...]
    nothing_to_do: str
    works: tuple[Fact, ...]
    decisions: tuple[Fact, ...]
    changes: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question an owner asks, its answer, and what it rests on."""

    question: str
    answer: str
    tone: str
    about: str
    counts: tuple[Count, ...]
    good: Fact | None
    attention: tuple[Fact, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Health:
    """Health by area, as questions."""

    questions: tuple[Question, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class Plan:
    """What needs attention. `others` are the actions without a card.

    unseen: said in place of `good` where there is no action, but something important could not be seen.
    scored: is there a score after each action?
    """

    cards: tuple[ActionCard, ...]
    others: tuple[ActionCard, ...]
    good: str
    unseen: str
    chart: Chart | None
    scored: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one restore test proved. `rows` are for the owner, `technical` for whoever wants to verify it."""

    ref: str
    backup: str
    tone: str
    age: str
    verdict: str
    rows: tuple[Row, ...]
    technical: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Restore tests that went well. Without any there is no such page."""

    intro: str
    certificates: tuple[Certificate, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A risk the owner chose to live with."""

    ref: str
    what: str
    by: str
    reason: str
    since: str
    until: str
    now: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """What could not be checked and one step makes visible."""

    unlock: str
    things: tuple[Fact, ...]
    """Lines: results that read the same are folded into one."""
    results: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Risks the owner chose to live with, and what this report does not know."""

    accepted: tuple[Accepted, ...]
    unlocks: tuple[Unlock, ...]
    left_out: str
    skipped: str
    good: str
    guarantee: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One result, for the technician. `rows` are label and value; `steps` are typed in order."""

    ref: str
    check: str
    subject: str
    host: str
    tone: str
    mark: str
    status: str
    severity: str
    title: str
    summary: str
    detail: str
    rows: tuple[Row, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaSum:
    """The arithmetic of one area, line by line."""

    area: str
    lines: tuple[tuple[str, ...], ...]
    total: str


@dataclass(frozen=True, slots=True)
class Appendix:
    """For the technician: run data, the register of assets, every result, the arithmetic of the score."""

    run: tuple[Row, ...]
    notes: tuple[str, ...]
    assets: tuple[Row, ...]
    results: tuple[Result, ...]
    sum_headers: tuple[str, ...]
    sums: tuple[AreaSum, ...]
    overall: tuple[str, ...]
    priority_headers: tuple[str, ...]
    priorities: tuple[tuple[str, ...], ...]
    changes: tuple[tuple[str, ...], ...]
    timings: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The whole report."""

    title: str
    host: str
    day: str
    system: str
    version: str
    partial: str
    page_one: PageOne
    health: Health
    plan: Plan
    proof: Proof
    limits: Limits
    appendix: Appendix
