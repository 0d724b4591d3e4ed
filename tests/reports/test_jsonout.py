"""The JSON holds the whole assessment."""

from __future__ import annotations

import json

from itaudit.document import assessment_from_json
from itaudit.outcome import Assessment
from itaudit.reports.jsonout import json_schema, render_json


def test_the_json_reads_back_as_the_same_assessment(assessment: Assessment, hostile: Assessment) -> None:
    for given in (assessment, hostile):
        assert assessment_from_json(render_json(given)) == given


def test_hostile_text_is_escaped(hostile: Assessment) -> None:
    text = render_json(hostile)
    assert text.isascii()
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert json.loads(text)["scan"]["findings"][0]["host"] == "<script>alert(1)</script>"


def test_the_schema_describes_what_is_written(assessment: Assessment) -> None:
    assert set(json.loads(render_json(assessment))) == set(json_schema()["properties"])
