"""The assessment as JSON, and the JSON Schema of it, for other programs."""

from __future__ import annotations

from typing import Any

from itaudit.document import assessment_schema, assessment_to_json
from itaudit.outcome import Assessment


def render_json(assessment: Assessment) -> str:
    """Return the whole assessment as ASCII JSON; `itaudit.document.assessment_from_json` reads it back."""
    return assessment_to_json(assessment)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what `render_json` writes."""
    return assessment_schema()
