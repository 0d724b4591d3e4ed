"""The summary after a scan: one screen of 80 x 24 characters, whatever was found.

No meaning hangs on colour, so it reads the same in a log file. Texts are rich.text.Text, never markup: nothing a machine says
can colour, link or move anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from itaudit.outcome import Assessment
from itaudit.reports.view.context import Book, counts
from itaudit.reports.view.limits import first_step, nothing_to_do, unlock_groups
from itaudit.reports.view.page_one import EXPIRES_SOON, changes_of, standing_of
from itaudit.reports.words import area, counted, day, floored, sentence
from itaudit.reports.wrapping import lines_of, wrapped
from itaudit.text import clean

WIDTH, LINES = 80, 23
"""One line is left for the prompt. A log file or an email gets the same page."""
ACTIONS, BAR, LEAST_BAR, LABEL, GAPS = 3, 10, 3, 23, 3

STYLE = {"ok": "green", "warn": "yellow", "fail": "bold red", "unknown": "magenta", "skipped": "dim"}


class Room(NamedTuple):
    """Lines that may be used: for the areas together, for one action, for one other sentence."""

    areas: int
    action: int
    sentence: int


ROOMS = (Room(8, 3, 4), Room(8, 2, 3), Room(8, 1, 3), Room(8, 1, 2), Room(6, 1, 2), Room(4, 1, 2), Room(3, 1, 2), Room(2, 1, 1))
"""From the roomiest to the tightest: the ends of action texts give way first (the report has them whole), areas after them."""


def print_summary(assessment: Assessment, console: Console, saved_as: str) -> None:
    """Print grade, first actions, areas, what could not be checked, and where it all was saved: a path, or "not kept"."""
    book = Book(assessment)
    width = min(console.width, WIDTH)
    where = _saved(clean(saved_as), width)
    pages = (_page(book, room, width) for room in ROOMS)
    page = next((page for page in pages if len(page) + len(where) <= LINES), _page(book, ROOMS[-1], width))
    for line in [*page[: LINES - len(where)], *where]:
        console.print(line, no_wrap=True, crop=True, highlight=False)


def _page(book: Book, room: Room, width: int) -> list[Text]:
    parts = (
        *((line, Text(), room.sentence) for line in _grade(book)),
        (Text(), Text(), 1),
        *((line, tail, room.action) for line, tail in _actions(book)),
        (Text(), Text(), 1),
        *((line, Text(), 1) for line in _areas(book, room.areas, width)),
        (Text(), Text(), 1),
        *((line, Text(), room.sentence) for line in _rest(book)),
    )
    return [line for text, tail, most in parts for line in wrapped(text, tail, width, most)]


def _grade(book: Book) -> Iterator[Text]:
    score, standing = book.assessment.score, standing_of(book)
    yield Text(clean(f"{book.scan.machine.host}, {day(book.scan.machine.now)}", 200), style="dim")
    line = Text.assemble((f"Grade {standing.letter}", f"bold {STYLE[standing.tone]}"), f"  {standing.score}")
    line.append(f"   {floored(score.coverage)} % of what matters checked")
    line.append(f"   could be up to {standing.could_be}" if standing.could_be else "")
    yield line
    if standing.trend:
        yield Text(standing.trend, style="dim")
    if standing.caps:
        yield Text(f"Because: {standing.caps[0]}")


def _actions(book: Book) -> Iterator[tuple[Text, Text]]:
    """Each line, and the end of it that must not be lost."""
    actions = book.assessment.actions
    if not actions:
        yield Text(nothing_to_do(book, "now")), Text()
    for number, action in enumerate(actions[:ACTIONS], start=1):
        line = Text.assemble(f"{number} ", (f"{action.tier.words}: ", "bold"), clean(action.title, 300))
        after = f"  then {floored(action.score_after)} {action.grade_after.value}" if book.graded else ""
        yield line, Text(after, style="dim")
    if len(actions) > ACTIONS:
        yield Text(f"  and {counted(len(actions) - ACTIONS, 'more action')}", style="dim"), Text()


def _areas(book: Book, most: int, width: int) -> Iterator[Text]:
    """One line per area, those that need most first; the last line counts what did not fit."""
    ordered = list(dict.fromkeys(finding.area for finding in book.findings))
    shown = ordered if len(ordered) <= most else ordered[: most - 1]
    numbers = {name: _numbers(book, name) for name in shown}
    # Where many numbers need the room, the bars of all areas give way, so that they can still be compared.
    longest = max((words.cell_len for _, words in numbers.values()), default=0)
    bar = min(BAR, max(LEAST_BAR, width - LABEL - GAPS - longest))
    for name, (share, words) in numbers.items():
        label = Text(clean(area(name), 100))
        label.truncate(LABEL, overflow="ellipsis", pad=True)
        filled = int(bar * share)
        label.append(f" {'█' * filled}{'░' * (bar - filled)}  ", style="dim")
        yield label.append_text(words)
    if len(ordered) > len(shown):
        yield Text(f"and {counted(len(ordered) - len(shown), 'more area')}, in the report", style="dim")


def _numbers(book: Book, name: str) -> tuple[Fraction, Text]:
    """The share of an area that is good, and how many results it has of each kind."""
    numbers = counts(finding for finding in book.findings if finding.area == name)
    applies = [count for count in numbers if count.tone != "skipped" and count.number]
    good = sum(count.number for count in applies if count.tone == "ok")
    parts = [Text(f"{count.number} {count.word.lower()}", style=STYLE[count.tone]) for count in applies]
    share = Fraction(good, max(sum(count.number for count in applies), 1))
    return share, Text(", ").join(parts) if parts else Text("does not apply")


def _rest(book: Book) -> Iterator[Text]:
    groups = unlock_groups(book)
    hidden = sum(group.results for group in groups)
    if hidden:
        # Where there is no action, the step that shows what is important was named already.
        named = not book.assessment.actions and groups[0].unlock == first_step(book)
        step = "" if named else f" To see more: {clean(groups[0].unlock, 200)}"
        yield Text(f"{sentence(counted(hidden, 'result'))[:-1]} could not be seen.{step}")
    accepted = [finding.acceptance for finding in book.findings if finding.acceptance]
    if accepted:
        soon = sum(acceptance.until - book.today <= EXPIRES_SOON for acceptance in accepted)
        ending = f", {counted(soon, 'acceptance')} ending within 30 days" if soon else ""
        yield Text(f"{sentence(counted(len(accepted), 'accepted risk'))[:-1]}{ending}")
    if book.assessment.changes.since:
        yield Text(changes_of(book))


def _saved(saved_as: str, width: int, most: int = 2) -> list[Text]:
    """A path must stay whole to be of use: it may take `most` lines, and beyond that loses its beginning."""
    if saved_as in ("", "not kept"):
        return [Text("Not kept.")]
    text = f"Saved as {saved_as}"
    lines = lines_of(Text(text), width)
    return lines if len(lines) <= most else [Text(f"Saved as …{text[-(width - 10) :]}")]
