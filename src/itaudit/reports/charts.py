"""Charts as SVG text, made by small pure functions. The same string goes into the HTML and into the PDF.

Colours are presentation attributes for paper; the classes (`i-ok`, `f-ok`, ...) let a dark page override them. Every chart
says in words what it shows (`<title>`, `<desc>`) and comes with the rows of a table that says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from itaudit.reports.viewmodel import Chart, Count
from itaudit.reports.words import PALETTE, floored
from itaudit.text import clean

WIDTH = 640
BANDS = ((0, 60, "F"), (60, 70, "D"), (70, 80, "C"), (80, 90, "B"), (90, 100, "A"))


def score_bar(score: float, could_be: float, letter: str, tone: str) -> Chart:
    """The score on its way from 0 to 100, with the bands of the letters and, paler, how far it could reach."""
    scale = WIDTH / 100
    parts = [_box(0, 22, WIDTH, 14, "line", fill=True)]
    if could_be > score:
        parts.append(_box(0, 22, could_be * scale, 14, "quiet", opacity=0.35))
    parts.append(_box(0, 22, score * scale, 14, tone))
    for low, high, name in BANDS:
        parts.append(_text((low + high) / 2 * scale, 54, name, "quiet", anchor="middle", bold=name == letter))
        if low:
            parts.append(_box(low * scale - 1, 20, 2, 18, "text", fill=True))
    place = min(max(score * scale, 12), WIDTH - 12)
    parts.append(_text(place, 14, floored(score), tone, anchor="middle", bold=True))
    reach = floored(could_be)
    alt = f"Score {floored(score)} of 100, grade {letter}{f'; it could be up to {reach}' if could_be > score else ''}."
    rows = (("Score", floored(score)), ("Grade", letter), ("Could be up to", reach))
    return Chart(_svg("score", 60, "Score", alt, parts), alt, ("What", "Value"), rows)


def count_bars(rows: Sequence[tuple[str, Sequence[Count]]]) -> Chart:
    """One bar per question, cut by how many of its checks are good, to watch, ... The numbers stand in the bars."""
    most = max((sum(count.number for count in counts) for _, counts in rows), default=1) or 1
    parts: list[str] = []
    for index, (label, counts) in enumerate(rows):
        top = 44 * index
        parts.append(_text(0, top + 13, label, "text"))
        parts.extend(_stack(top + 19, counts, WIDTH / most))
    words = [count.word for count in rows[0][1]] if rows else []
    table = tuple((label, *(str(count.number) for count in counts)) for label, counts in rows)
    said = (", ".join(f"{count.number} {count.word.lower()}" for count in counts if count.number) for _, counts in rows)
    alt = " ".join(f"{label} {text}." for (label, _), text in zip(rows, said, strict=True))
    svg = _svg("areas", max(44 * len(rows), 1), "Checks by question and result", alt, parts)
    return Chart(svg, alt, ("Question", *words), table)


def waterfall(steps: Sequence[tuple[str, float, str]]) -> Chart:
    """The score now and after each action: (label, score, grade) each."""
    width = WIDTH / max(len(steps), 1)
    parts = [_box(0, 138, WIDTH, 1.5, "line", fill=True)]
    for index, (label, score, grade) in enumerate(steps):
        tone, height = ("quiet" if index == 0 else "accent"), max(score, 1) * 1.1
        left = index * width + width * 0.15
        parts.append(_box(left, 138 - height, width * 0.7, height, tone, opacity=0.55 if index == 0 else 1))
        middle = (index + 0.5) * width
        parts.append(_text(middle, 132 - height, f"{floored(score)} {grade}", "text", anchor="middle", bold=True))
        parts.append(_text(middle, 156, label, "quiet", anchor="middle"))
    rows = tuple((label, floored(score), grade) for label, score, grade in steps)
    alt = "Score " + ", ".join(f"{label.lower()} {score} ({grade})" for label, score, grade in rows) + "."
    return Chart(_svg("after", 164, "Score after each action", alt, parts), alt, ("When", "Score", "Grade"), rows)


def _stack(top: float, counts: Iterable[Count], scale: float) -> list[str]:
    parts, left = [], 0.0
    for count in counts:
        if not count.number:
            continue
        length = count.number * scale
        parts.append(_box(left, top, max(length - 2, 1), 18, count.tone, fill=True, edge=True))
        if length >= 26:
            label = f"{count.mark} {count.number}"
            parts.append(_text(left + length / 2 - 1, top + 13, label, count.tone, anchor="middle", bold=True, size=11))
        left += length
    return parts


def _svg(name: str, height: float, title: str, text: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img" aria-labelledby="{name}-title {name}-text" font-family="Inter, sans-serif" font-size="12.5">'
        f'<title id="{name}-title">{_words(title)}</title><desc id="{name}-text">{_words(text)}</desc>{"".join(parts)}</svg>'
    )


def _box(
    left: float, top: float, width: float, height: float, tone: str, *, fill: bool = False, edge: bool = False, opacity: float = 1
) -> str:
    colour = PALETTE[tone]
    shown = f'class="{"f" if fill else "i"}-{tone}" fill="{colour.fill if fill else colour.ink}"'
    stroke = f' stroke="{colour.ink}" stroke-width="1"' if edge else ""
    faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" {shown}{stroke}{faint}/>'


def _text(
    left: float, base: float, text: str, tone: str, *, anchor: str = "start", bold: bool = False, size: float = 12.5
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{left:.1f}" y="{base:.1f}" class="i-{tone}" fill="{PALETTE[tone].ink}" '
        f"font-size={quoteattr(f'{size:g}')} text-anchor={quoteattr(anchor)}{weight}>{_words(text)}</text>"
    )


def _words(text: str) -> str:
    return escape(clean(text, 400))
