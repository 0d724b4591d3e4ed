"""The summary after a scan: one screen of 80 x 24 characters, whatever was found.

No meaning hangs on colour, so it reads the same in a log file. Texts are rich.text.Text, never markup: nothing a machine says
can colour, link or move anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from itaudit.outcome import Assessment
from itaudit.reports.view.context import Book, counts
from itaudit.reports.view.limits import unlock_groups
from itaudit.reports.view.page_one import EXPIRES_SOON, standing_of
from itaudit.reports.words import area, counted, day, floored, sentence
from itaudit.text import clean

WIDTH, LINES = 80, 23
"""One line is left for the prompt."""
AREAS, ACTIONS, BAR, LABEL = 8, 3, 10, 23

STYLE = {"ok": "green", "warn": "yellow", "fail": "bold red", "unknown": "magenta", "skipped": "dim"}


def print_summary(assessment: Assessment, console: Console, saved_as: str) -> None:
    """Print grade, first actions, areas, what could not be checked, and where it all was saved (a path)."""
    book = Book(assessment)
    width = min(console.width, WIDTH)
    lines = [*_grade(book), Text(), *_actions(book), Text(), *_areas(book), Text(), *_rest(book)]
    where = _folded(f"Saved as {clean(saved_as)}", width)
    for line in [*lines[: LINES - len(where)], *where]:
        line.truncate(width, overflow="ellipsis")
        console.print(line, no_wrap=True, crop=True, highlight=False)


def _grade(book: Book) -> Iterator[Text]:
    score, standing = book.assessment.score, standing_of(book)
    yield Text(clean(f"{book.scan.machine.host}, {day(book.scan.machine.now)}", 200), style="dim")
    line = Text.assemble((f"Grade {standing.letter}", f"bold {STYLE[standing.tone]}"), f"  {standing.score} of 100")
    line.append(f"   {floored(score.coverage)} % checked")
    line.append(f"   could be up to {standing.could_be}" if standing.could_be else "")
    yield line
    if standing.trend:
        yield Text(standing.trend, style="dim")
    if standing.caps:
        yield Text(f"Because: {standing.caps[0]}")


def _actions(book: Book) -> Iterator[Text]:
    actions = book.assessment.actions
    if not actions:
        yield Text("Nothing needs you now.")
    for number, action in enumerate(actions[:ACTIONS], start=1):
        line = Text.assemble(f"{number} ", (f"{action.tier.words}: ", "bold"), clean(action.title, 300))
        after = f"  then {floored(action.score_after)} {action.grade_after.value}"
        line.truncate(WIDTH - len(after), overflow="ellipsis")
        yield line.append(after, style="dim")
    if len(actions) > ACTIONS:
        yield Text(f"  and {counted(len(actions) - ACTIONS, 'more action')}", style="dim")


def _areas(book: Book) -> Iterator[Text]:
    """One line per area, those that need most first; the last line counts what did not fit."""
    grouped: dict[str, list[int]] = {}
    for finding in book.findings:
        grouped.setdefault(finding.area, [])
    ordered = list(grouped)
    shown = ordered if len(ordered) <= AREAS else ordered[: AREAS - 1]
    for name in shown:
        yield _area(book, name)
    if len(ordered) > len(shown):
        yield Text(f"and {counted(len(ordered) - len(shown), 'more area')}, in the report", style="dim")


def _area(book: Book, name: str) -> Text:
    numbers = counts(finding for finding in book.findings if finding.area == name)
    applies = [count for count in numbers if count.tone != "skipped" and count.number]
    good = sum(count.number for count in applies if count.tone == "ok")
    filled = BAR * good // max(sum(count.number for count in applies), 1)
    label = Text(clean(area(name), 100))
    label.truncate(LABEL, overflow="ellipsis", pad=True)
    label.append(f" {'█' * filled}{'░' * (BAR - filled)}  ", style="dim")
    parts = [Text(f"{count.number} {count.word.lower()}", style=STYLE[count.tone]) for count in applies]
    return label.append_text(Text(", ").join(parts) if parts else Text("does not apply"))


def _rest(book: Book) -> Iterator[Text]:
    groups = unlock_groups(book)
    hidden = sum(len(group.things) for group in groups)
    if hidden:
        yield Text(f"{sentence(counted(hidden, 'result'))[:-1]} could not be seen. To see more: {clean(groups[0].unlock, 200)}")
    accepted = [finding.acceptance for finding in book.findings if finding.acceptance]
    if accepted:
        soon = sum(acceptance.until - book.today <= EXPIRES_SOON for acceptance in accepted)
        yield Text(f"{len(accepted)} accepted, {soon} expire within 30 days")
    changes = book.assessment.changes
    if changes.since:
        when = f"Since {day(changes.since_day)}" if changes.since_day else "Since the last visit"
        numbers = f"{len(changes.new)} new, {len(changes.fixed)} fixed, {len(changes.worse)} worse"
        yield Text(f"{when}: {numbers}, {len(changes.recurring)} keep coming back")


def _folded(text: str, width: int, most: int = 2) -> list[Text]:
    """A path must stay whole to be of use: it may take `most` lines, and beyond that loses its beginning."""
    rows: Iterable[str] = (text[start : start + width] for start in range(0, len(text), width))
    lines = list(rows)
    return [Text(line) for line in (lines if len(lines) <= most else [f"Saved as …{text[-(width - 10) :]}"])]
