"""The arithmetic of the score, line by line, so that anyone can redo it from the report."""

from __future__ import annotations

from itaudit.outcome import AreaScore, Score
from itaudit.reports.viewmodel import AreaSum
from itaudit.reports.words import TIMES, area, counted, floored

HEADERS = ("Check", "Subjects", "Seen", "Points", "Credit", "Earned", "Could earn")


def sums(score: Score) -> tuple[AreaSum, ...]:
    """One table per area: points x credit for each check, and their sum over the points."""
    return tuple(AreaSum(area(item.area), _lines(item), _total(item)) for item in score.areas)


def overall(score: Score) -> tuple[str, ...]:
    """The weighted mean of the areas, then the caps, as sentences."""
    weights = sum(item.weight for item in score.areas)
    terms = " + ".join(f"{item.weight:g} {TIMES} {floored(item.score, 2)}" for item in score.areas)
    lines = (
        [f"Weighted mean: ({terms}) / {weights:g} = {floored(score.raw, 2)}"]
        if score.areas
        else ["Nothing applied that has points."]
    )
    lines += [f"Cap {cap.grade.value}: {cap.reason}" for cap in score.caps]
    lines.append(f"Score {floored(score.score, 2)}, grade {score.grade.value}; coverage {floored(score.coverage, 2)} %.")
    lines.append(f"Could be up to {floored(score.could_be, 2)}, grade {score.could_be_grade.value}.")
    return tuple(lines)


def _lines(item: AreaScore) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            line.check,
            str(line.subjects),
            f"{floored(100 * line.seen)} %",
            str(line.points),
            f"{line.credit:.3f}",
            f"{line.points * line.credit:.2f}",
            f"{line.points * line.best_credit:.2f}",
        )
        for line in item.checks
    )


def _total(item: AreaScore) -> str:
    earned = sum(line.points * line.credit for line in item.checks)
    return (
        f"100 {TIMES} {earned:.2f} / {item.points} = {floored(item.score, 2)} with weight {item.weight:g}; "
        f"{counted(len(item.checks), 'check')}, coverage {floored(item.coverage)} %, could be up to {floored(item.could_be)}"
    )
