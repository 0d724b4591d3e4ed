"""Why something could not be known, in words that read well alone, after a name and as a reason."""

from __future__ import annotations

import pytest

from itaudit.errors import KINDS


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("not_found", "what is needed for it is missing"),
        ("timed_out", "no answer came in time"),
        ("unreachable", "no connection could be made"),
        ("tool_missing", "the program that can tell is not installed"),
    ],
)
def test_the_reason_names_what_is_missing(kind: str, words: str) -> None:
    assert KINDS[kind].words == words


def test_a_reason_is_a_clause_of_its_own() -> None:
    # "Could not be checked, because ...", "192.0.2.1:443: ...", "not seen: ... (detail)".
    said = [error.words for error in KINDS.values()]
    assert len(set(said)) == len(said)
    assert [words for words in said if words[0].isupper() or words.endswith(".") or words.startswith("it is not")] == []
