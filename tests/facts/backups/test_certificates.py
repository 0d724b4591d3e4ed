"""What a line of the log tells for a certificate."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.backups.certificates import NotedTest, read_certificate
from itaudit.facts.backups.drills import signed_bytes

LINE = {
    "time": "2026-11-03T09:00:00+00:00",
    "backup": "office",
    "restored": 20,
    "same": 18,
    "estimate": [60, 90.5],
    "who": "root",
}


def signed(line: dict[str, object]) -> dict[str, object]:
    key = Ed25519PrivateKey.generate()
    whole = {**line, "key": key.public_key().public_bytes_raw().hex()}
    return {**whole, "signature": key.sign(signed_bytes(whole)).hex()}


def read(line: object) -> NotedTest | None:
    return read_certificate(json.dumps(line))


def test_a_signed_line_tells_all_that_it_holds() -> None:
    noted = read(signed(LINE))
    assert noted is not None
    assert (noted.signed, noted.same, noted.estimate, noted.who) == (True, 18, (60, 90.5), "root")
    assert (noted.drill.when, noted.drill.restored) == (datetime(2026, 11, 3, 9, tzinfo=UTC), 20)


def test_a_line_made_by_hand_is_not_called_signed() -> None:
    for line in (LINE, {**LINE, "signed": True}, {**LINE, "key": "00"}):
        noted = read(line)
        assert noted is not None
        assert not noted.signed


@pytest.mark.parametrize("change", [{"same": 20}, {"who": "somebody"}, {"key": "00"}, {"signature": "zz"}, {"added": 1}])
def test_a_line_that_was_changed_after_it_was_signed_makes_no_certificate(change: dict[str, object]) -> None:
    assert read({**signed(LINE), **change}) is None


@pytest.mark.parametrize(
    "odd",
    [{"estimate": [1]}, {"estimate": ["a", {}]}, {"bytes": "12 MB"}, {"saved": "once"}, {"seed": -1}, {"limits": "x" * 2001}],
)
def test_what_does_not_fit_is_left_out_and_the_rest_is_kept(odd: dict[str, object]) -> None:
    noted = read({**LINE, **odd})
    assert noted is not None
    [name] = odd
    assert not getattr(noted, name)
    assert noted.same == 18


@given(
    st.one_of(
        st.text(max_size=100),
        st.dictionaries(
            st.sampled_from(sorted(NotedTest.model_fields)), st.one_of(st.none(), st.text(), st.integers(), st.floats())
        ).map(lambda odd: json.dumps({**LINE, **odd})),
    )
)
def test_hostile_lines_make_a_certificate_or_none(text: str) -> None:
    noted = read_certificate(text)
    assert noted is None or noted.drill.backup == "office"
