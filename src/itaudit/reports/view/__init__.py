"""One view model for every rendering: `build_view(assessment)` turns what was worked out into finished text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from itaudit.outcome import Assessment
from itaudit.reports.view.actions import build_plan
from itaudit.reports.view.appendix import build_appendix
from itaudit.reports.view.areas import build_health
from itaudit.reports.view.context import Book
from itaudit.reports.view.limits import build_limits
from itaudit.reports.view.page_one import build_page_one
from itaudit.reports.view.proof import build_proof
from itaudit.reports.viewmodel import Chart, View
from itaudit.reports.words import day
from itaudit.text import clean

__all__ = ["View", "build_view"]


def build_view(assessment: Assessment) -> View:
    """Return everything the reports show. Every string in it is cleaned (itaudit.text), whoever wrote it."""
    book = Book(assessment)
    scan = assessment.scan
    plan = build_plan(book)
    cards = plan.cards + plan.others
    view = View(
        title=f"IT health report for {clean(scan.machine.host, 80)}",
        host=clean(scan.machine.host, 80),
        day=day(scan.machine.now),
        system=clean(scan.machine.release or scan.machine.system, 80),
        version=scan.version,
        partial="This visit was interrupted: what had not run is shown as not checked." if scan.partial else "",
        page_one=build_page_one(book, cards),
        health=build_health(book),
        plan=plan,
        proof=build_proof(book),
        limits=build_limits(book),
        appendix=build_appendix(book, cards),
    )
    return cast(View, _cleaned(view))


def _cleaned(value: Any) -> Any:
    """The same value with every string cleaned, charts excepted: they are markup of ours, made from cleaned words."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    if isinstance(value, Chart):
        return replace(value, alt=clean(value.alt), rows=_cleaned(value.rows), headers=_cleaned(value.headers))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
    return value
