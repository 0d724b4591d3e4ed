"""The report as PDF, set by Typst from a static template that reads the view as JSON: no text can become markup.

Tagged for PDF/UA-1 (ISO 14289-1). Where that cannot be met, an ordinary tagged PDF is written, then a plain one, with a warning.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from itaudit.outcome import Assessment
from itaudit.reports.glyphs import for_print
from itaudit.reports.view import build_view
from itaudit.reports.words import PALETTE

HERE = Path(__file__).parent
TEMPLATE = HERE / "templates" / "report.typ"

LADDER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PDF/UA-1", {"pdf_standards": "ua-1"}),
    ("tagged PDF", {}),
    ("plain PDF", {"pdf_tags": False}),
)


class PdfUnavailable(RuntimeError):
    """No PDF can be made on this machine; the message says what to do instead."""


class PdfWarning(UserWarning):
    """The PDF is less accessible than it should be; the message says what it is and why."""


def render_pdf(assessment: Assessment) -> bytes:
    """Return the report as PDF; the same assessment gives the same bytes. PdfUnavailable where Typst is missing or fails."""
    try:
        import typst
    except ImportError as error:
        raise PdfUnavailable(
            f"The PDF maker (typst) cannot be loaded here ({error}): write the HTML and print it from the browser."
        ) from error
    report = json.dumps({"view": for_print(asdict(build_view(assessment))), "palette": _colours()}, ensure_ascii=True)
    options: dict[str, Any] = {
        "font_paths": [str(HERE / "fonts")],
        "ignore_system_fonts": True,
        "sys_inputs": {"report": report},
        "timestamp": int(assessment.scan.ended.timestamp()),
    }
    return _first_that_works(typst, options)


def _first_that_works(typst: Any, options: dict[str, Any]) -> bytes:
    reasons: list[str] = []
    for name, extra in LADDER:
        try:
            made: bytes = typst.compile(str(TEMPLATE), format="pdf", **options, **extra)
        except RuntimeError as error:
            reasons.append(str(error))
            continue
        if reasons:
            warnings.warn(f"The report is only a {name}: {reasons[0]}", PdfWarning, stacklevel=3)
        return made
    raise PdfUnavailable(f"The PDF maker failed ({reasons[-1]}): write the HTML and print it from the browser.")


def _colours() -> dict[str, dict[str, str]]:
    return {name: {"ink": colour.ink, "fill": colour.fill} for name, colour in PALETTE.items()}
