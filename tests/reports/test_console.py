"""The summary fits one screen of 80 x 24, whatever was found."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from itaudit.outcome import Assessment, Cap, Grade
from itaudit.reports.console import print_summary
from itaudit.reports.html import render_html
from itaudit.reports.markdown import render_markdown

VISITS = ["assessment", "hostile", "huge", "healthy", "empty", "first_visit", "unseen", "part"]


def shown(assessment: Assessment, *, width: int = 80, terminal: bool = False, saved_as: str = "/var/lib/itaudit/a.html") -> str:
    written = io.StringIO()
    console = Console(file=written, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None)
    print_summary(assessment, console, saved_as)
    return written.getvalue()


@pytest.mark.parametrize("name", VISITS)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_one_screen(name: str, width: int, request: pytest.FixtureRequest) -> None:
    lines = shown(request.getfixturevalue(name), width=width, saved_as="/x" * 300).splitlines()
    assert len(lines) <= 23
    assert max(map(cell_len, lines)) <= min(width, 80)


def test_it_says_what_matters(assessment: Assessment) -> None:
    text = shown(assessment)
    for part in (
        "Grade F  59 of 100   91 % of what matters checked   could be up to 78 (C)",
        "Because: One thing could stop your business: a drive that is failing.",
        "1 Fix now: Replace the drive that has started to report damage.  then 69 D",
        "3 This month: Install the waiting safety fixes from the maker.  then 81 B",
        "and four more actions",
        "Disks                   █████░░░░░  2 needs work, 2 watch, 1 not checked, 5 good",
        "Four results could not be seen. To see more: ",
        "One accepted risk, one acceptance ending within 30 days",
        "Since 3 October 2026: 2 new, 3 fixed, 1 worse, 1 keeps coming back.",
        "Saved as /var/lib/itaudit/a.html",
    ):
        assert part in text


def test_a_path_of_two_lines_stays_whole(assessment: Assessment) -> None:
    path = "/" + "p" * 110 + "/report.html"
    assert f"Saved as {path}" in shown(assessment, saved_as=path).replace("\n", "")


def test_sentences_wrap_and_stay_whole_where_there_is_room(assessment: Assessment) -> None:
    reason = "Only a very long sentence says why " * 4 + "the grade is what it is."
    title = "Set up a daily backup of this machine and of everything that stands beside it, or tell us where it is."
    score = replace(assessment.score, caps=(Cap(Grade.F, reason),))
    visit = replace(assessment, score=score, actions=(replace(assessment.actions[0], title=title),))
    for terminal in (False, True):
        text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", shown(visit, terminal=terminal)).split())
        assert f"Because: {reason}" in text
        assert f"1 Fix now: {title} then 69 D" in text
        assert "Name the backup in itaudit.toml, under [facts.backups]." in text


def test_where_room_is_short_the_ends_of_action_texts_give_way_before_the_areas(assessment: Assessment) -> None:
    title = "Set up a daily backup of this machine and of everything that stands beside it, or tell us where it is."
    actions = tuple(replace(action, title=title) for action in assessment.actions)
    lines = shown(replace(assessment, actions=actions)).splitlines()
    assert len(lines) <= 23
    assert sum("…  then " in line for line in lines) == 3
    areas = {finding.area for finding in assessment.scan.findings}
    assert sum("█" in line or "░" in line for line in lines) == len(areas)


def test_an_action_that_must_be_cut_keeps_what_it_brings(assessment: Assessment) -> None:
    action = replace(assessment.actions[0], title="word " * 59)
    assert "…  then 69 D" in shown(replace(assessment, actions=(action,) * 3))


def test_what_there_is_none_of_is_not_counted(assessment: Assessment) -> None:
    changes = replace(assessment.changes, fixed=(), worse=(), recurring=())
    assert "Since 3 October 2026: 2 new." in shown(replace(assessment, changes=changes))
    assert "Since 3 October 2026: nothing new." in shown(replace(assessment, changes=replace(changes, new=())))


def test_what_was_not_kept_is_said_so(assessment: Assessment) -> None:
    last = shown(assessment, saved_as="not kept").splitlines()[-1]
    assert last == "Not kept."


def test_nothing_to_do_is_said(healthy: Assessment) -> None:
    assert "Nothing needs you now." in shown(healthy)


def test_what_matters_and_was_not_seen_is_said_where_nothing_fails(unseen: Assessment) -> None:
    text = " ".join(shown(unseen).split())
    assert "Nothing needs you now" not in text
    assert (
        "Nothing found that needs you now; two important things could not be checked. "
        "To see more: Name the backup in itaudit.toml, under [facts.backups]." in text
    )
    assert "Eight results could not be seen. To see more: Run itaudit as administrator (sudo itaudit scan)." in text


def test_a_step_is_named_once(unseen: Assessment) -> None:
    findings = tuple(item for item in unseen.scan.findings if item.check != "disks.wear" and item.check != "patches.firmware")
    text = " ".join(shown(replace(unseen, scan=replace(unseen.scan, findings=findings))).split())
    assert text.count("Name the backup in itaudit.toml") == 1
    assert "Two results could not be seen. " in text


def test_without_a_grade_no_score_is_promised(part: Assessment) -> None:
    text = shown(part)
    assert "1 Fix now: Replace the drive that has started to report damage.\n" in text
    assert "then 59" not in text
    assert "(-)" not in text


PATH = "/srv/backups/of/the/office/newest/files"


@pytest.mark.parametrize("width", [60, 72, 80])
def test_lines_end_between_words(width: int, assessment: Assessment) -> None:
    title = f"Copy what lies in {PATH} and in {PATH}/again elsewhere, and then mend whatever holds the repository there."
    caps = (Cap(Grade.F, f"One serious problem is open: {PATH}/reasons cannot be read, and {PATH}/others neither."),)
    actions = tuple(replace(action, title=title) for action in assessment.actions)
    visit = replace(assessment, score=replace(assessment.score, caps=caps), actions=actions)
    printed = shown(visit, width=width, saved_as=f"2026-11-22T091405Z-web-01 in {PATH}/itaudit.db").splitlines()
    lines = [line for line in printed if "░" not in line]
    known = {word for line in (title, caps[0].reason, f"{PATH}/itaudit.db") for word in line.split()}
    begun = {word.rstrip("…") for line in lines for word in line.split() if "/srv" in word or word.endswith("…")}
    assert begun <= {*known, ""}
    assert f"{PATH}/itaudit.db" in lines[-1]


def test_a_word_longer_than_the_line_is_broken_and_none_else(assessment: Assessment) -> None:
    path = "/p" * 60
    visit = replace(assessment, score=replace(assessment.score, caps=(Cap(Grade.F, f"It is {path} that fails."),)))
    text = shown(visit)
    assert f"Because: It is {path} that fails.".replace(" ", "") in re.sub(r"\s", "", text)
    assert "/p that fails." in text


def test_many_numbers_of_one_area_shorten_its_bar_and_stay_whole(assessment: Assessment) -> None:
    like = {item.status.value: item for item in assessment.scan.findings}
    numbers = {"fail": 11, "warn": 12, "unknown": 13, "ok": 148}
    findings = tuple(
        replace(like[status], check="disks.x", subject=f"{status} {number}", acceptance=None)
        for status, most in numbers.items()
        for number in range(most)
    )
    text = shown(replace(assessment, scan=replace(assessment.scan, findings=findings)))
    assert "11 needs work, 12 watch, 13 not checked, 148 good\n" in text


def test_a_log_file_gets_no_escapes(assessment: Assessment, hostile: Assessment) -> None:
    assert "\x1b" not in shown(assessment) + shown(hostile)


def test_on_a_terminal_only_our_own_colours_are_sent(hostile: Assessment) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(hostile, terminal=True))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "\x1b[0m \x1b]8" not in shown(hostile, terminal=True)


def test_the_meaning_does_not_hang_on_colour(assessment: Assessment) -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown(assessment, terminal=True)) == shown(assessment)


def test_importing_it_loads_no_template_engine() -> None:
    code = "import itaudit.reports.console, sys; print(sorted({'jinja2', 'typst', 'pydantic'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert answer.stdout.strip() == b"[]"


def test_the_fullest_visit_still_fits_and_keeps_where_it_was_saved(assessment: Assessment, huge: Assessment) -> None:
    accepted = next(finding for finding in assessment.scan.findings if finding.acceptance)
    scan = replace(huge.scan, findings=(accepted, *huge.scan.findings))
    fullest = replace(assessment, scan=scan)
    path = "/" + "p" * 110 + "/report.html"
    lines = shown(fullest, saved_as=path).splitlines()
    assert len(lines) == 23
    assert "".join(lines[-2:]) == f"Saved as {path}"


def test_where_no_grade_is_given_no_score_is_shown_either(part: Assessment) -> None:
    # Its number would be the ceiling that the missing areas set, and say nothing of the machine.
    for text in (shown(part), render_html(part), render_markdown(part)):
        assert "No score" in text
        assert not re.search(r"of 100\b(?! Mbit)", text)
