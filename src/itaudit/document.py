"""The scan and the assessment as JSON, and back: the border where what was written earlier is checked again.

Deterministic: the same scan gives the same text. Only ASCII is written, so no terminal escape and no lone surrogate can
reach whoever prints the file. Sources: RFC 8259 (JSON), JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from itaudit.model import Scan
from itaudit.outcome import Assessment

_SETS = ("flags",)
"""Fields that are sets: their order would change from run to run."""


@cache
def _scans() -> TypeAdapter[Scan]:
    return TypeAdapter(Scan)


@cache
def _assessments() -> TypeAdapter[Assessment]:
    return TypeAdapter(Assessment)


def scan_to_json(scan: Scan) -> str:
    """Return the scan as compact JSON. `scan_from_json` gives an equal scan back."""
    return json.dumps(_settled(_scans().dump_python(scan, mode="json")), separators=(",", ":"), allow_nan=False)


def scan_from_json(text: str) -> Scan:
    """Return the scan that `scan_to_json` wrote. ValueError, with the place, when the text is not one."""
    return _scans().validate_python(_tuples(json.loads(text)))


def assessment_to_json(assessment: Assessment) -> str:
    """Return the assessment as indented JSON."""
    return json.dumps(_settled(_assessments().dump_python(assessment, mode="json")), indent=2, allow_nan=False) + "\n"


def assessment_from_json(text: str) -> Assessment:
    """Return the assessment that `assessment_to_json` wrote. ValueError, with the place, when the text is not one."""
    return _assessments().validate_python(_tuples(json.loads(text)))


def assessment_schema() -> dict[str, Any]:
    """Return the JSON Schema of an assessment."""
    return _assessments().json_schema(mode="serialization")


def _settled(value: Any, name: str = "") -> Any:
    """Order the sets, and write numbers that JSON lacks as the words that are read back as numbers."""
    if isinstance(value, dict):
        return {key: _settled(item, key) for key, item in value.items()}
    if isinstance(value, list):
        items = [_settled(item) for item in value]
        return sorted(items) if name in _SETS else items
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _tuples(value: Any) -> Any:
    """Lists become tuples: that is what the model is made of, and what the enums with two-part values are found by."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value
