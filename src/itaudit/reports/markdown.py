"""The report as Markdown, for tickets and wikis. Source: CommonMark 0.31, GitHub Flavored Markdown (tables, autolinks)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from itaudit.outcome import Assessment
from itaudit.reports.view import View, build_view
from itaudit.reports.viewmodel import ActionCard, Fact, Row

EVERYTHING = "Everything that applies here could be checked."

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@$])")
_LEADING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
_LINK = re.compile(r"(?i)(www)(\.)|(:)(//)")


def render_markdown(assessment: Assessment) -> str:
    """Return the report as Markdown. What a machine says is shown literally, never as markup."""
    view = build_view(assessment)
    parts = (*_page_one(view), *_health(view), *_plan(view), *_proof(view), *_limits(view), *_appendix(view))
    return "\n".join(parts).rstrip("\n") + "\n"


def literal(text: str) -> str:
    """Escape everything that Markdown, or GitHub's additions to it, would take for markup."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    escaped = _LINK.sub(lambda m: f"{m[1]}\\." if m[1] else "\\://", escaped)
    return _LEADING.sub(lambda m: f"{m[1]}{m[2]}\\" if m[2].isdigit() else f"{m[1]}\\{m[2]}", escaped)


def _page_one(view: View) -> Iterable[str]:
    one, standing = view.page_one, view.page_one.standing
    yield from (f"# {literal(view.title)}", "", f"{view.day} · {literal(view.system)}", "", f"**{literal(one.verdict)}**", "")
    if view.partial:
        yield from (view.partial, "")
    reach = f"; could be up to {standing.could_be}" if standing.could_be else ""
    grade = f"Grade **{standing.letter}** ({standing.words}), {standing.score}"
    yield f"{grade}; {standing.coverage} of what matters could be checked{reach}."
    if standing.trend:
        yield from ("", f"{standing.trend}.")
    yield from _section("Why this grade", _texts(standing.caps))
    yield from _section("What to do first", map(_short, one.actions), literal(one.nothing_to_do))
    yield from _section("What works well", _facts(one.works))
    yield from _section("Decisions we need from you", _facts(one.decisions), "None this time.")
    yield from (one.changes, "")


def _health(view: View) -> Iterable[str]:
    yield from ("## Health by area", "")
    chart = view.health.chart
    if view.health.questions:
        yield from _table(chart.headers, chart.rows)
    for item in view.health.questions:
        facts = [*_facts(item.attention), *([f"- {literal(item.more)}"] if item.more else [])]
        good = [f"- Good: {_fact(item.good)}"] if item.good else []
        yield from (f"### {item.question}", "", literal(item.answer), "", *facts, *good, "")


def _plan(view: View) -> Iterable[str]:
    yield from ("## What needs attention", "", literal(view.plan.good or view.plan.unseen), "")
    for card in view.plan.cards:
        yield from (f"### {card.number}. {literal(card.title)} ({card.tier})", "")
        yield f"- Found: {'; '.join(map(_fact, card.found))}"
        pairs = (
            ("What it means for you", " ".join(card.means)), ("How we know", card.how_we_know), ("What it takes", card.takes),
            ("By when, and why", card.by_when), ("If you wait", card.if_you_wait), ("Who", card.who),
            ("How we will prove it", card.proof), ("Score after it", card.after),
        )  # fmt: skip
        yield from (*(f"- {label}: {literal(value)}" for label, value in pairs if value), "")
    if view.plan.others:
        headers = ("Number", "Action", "When", "Cost", *(["Score after"] if view.plan.scored else []))
        rows = [(str(c.number), c.title, f"{c.tier}, {c.by}", c.cost, c.after)[: len(headers)] for c in view.plan.others]
        yield from ("### After that", "", *_table(headers, rows))


def _proof(view: View) -> Iterable[str]:
    if not view.proof.certificates:
        return
    yield from ("## Proof that your data comes back", "", literal(view.proof.intro), "")
    for item in view.proof.certificates:
        yield from (
            f"### Restore certificate: {literal(item.backup)} ({item.ref})",
            "",
            literal(item.age),
            literal(item.verdict),
            "",
        )
        yield from (*_rows(item.rows), *_rows(item.technical), "")
    yield from ((literal(view.proof.more), "") if view.proof.more else ())


def _limits(view: View) -> Iterable[str]:
    limits = view.limits
    yield from ("## Risks you chose to live with, and limits", "", literal(limits.good))
    accepted = (f"- {literal(a.what)} ({a.ref}): {literal(a.by)}, until {a.until}: {literal(a.reason)}" for a in limits.accepted)
    yield from _section("Risks you chose to live with", accepted, "None.")
    unseen = (f"- {literal(group.unlock)} {'; '.join(map(_fact, group.things))}" for group in limits.unlocks)
    yield from _section("What we could not check, and what would show it", unseen, EVERYTHING)
    yield from (literal(text) for text in (limits.left_out, limits.skipped) if text)
    yield from _section("Not a guarantee", _texts(limits.guarantee))


def _appendix(view: View) -> Iterable[str]:
    extra = view.appendix
    yield from ("## Appendix for technicians", "", *_rows(extra.run), *_texts(extra.notes), "")
    if extra.assets:
        # The machine chose these labels, unlike those of the other rows.
        rows = (f"- {literal(row.label)}: {literal(row.value)}" for row in extra.assets)
        yield from ("### Register of assets", "", *rows, "")
    for item in extra.results:
        yield from (f"### {item.ref} {item.status}: {literal(item.title)}", "", literal(item.summary), "")
        yield f"- Check: {literal(item.check)} · {literal(item.subject)} · {literal(item.host)}"
        if item.detail:
            yield f"- Detail: {literal(item.detail)}"
        yield from (*_rows(item.rows), *(f"- Step {n}: {literal(step)}" for n, step in enumerate(item.steps, start=1)), "")
    yield from ("### How the score was made", "")
    for total in extra.sums:
        yield from (*_table((total.area, *extra.sum_headers[1:]), total.lines), literal(total.total), "")
    yield from _texts(extra.overall)


def _section(title: str, lines: Iterable[str], empty: str = "") -> Iterable[str]:
    found = list(lines) or ([empty] if empty else [])
    return ("", f"### {title}", "", *found, "") if found else ()


def _short(card: ActionCard) -> str:
    facts = f"{card.tier}; cost: {card.cost}; {card.who}; {card.when}{f'; then {card.after}' if card.after else ''}"
    return f"{card.number}. {literal(card.title)} {literal(card.why)} {literal(facts)}"


def _facts(facts: Iterable[Fact]) -> list[str]:
    return [f"- {_fact(fact)}" for fact in facts]


def _fact(fact: Fact) -> str:
    return literal(fact.text) + (f" ({', '.join(fact.refs)})" if fact.refs else "")


def _texts(texts: Iterable[str]) -> list[str]:
    return [f"- {literal(text)}" for text in texts]


def _rows(rows: Iterable[Row]) -> list[str]:
    return [f"- {row.label}: {literal(row.value)}" for row in rows]


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [headers, ["---"] * len(headers), *rows]
    return [*(f"| {' | '.join(cell if cell == '---' else literal(cell) for cell in line)} |" for line in lines), ""]
