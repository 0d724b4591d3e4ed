from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.internet import Settings, internet
from itaudit.facts.internet import Target


def targets(*times: float | None) -> list[Target]:
    return [Target(f"192.0.2.{number}:443", one, "" if one else "it did not answer in time") for number, one in enumerate(times)]


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ((1.0, 2.0, 3.0), api.Status.OK),
        ((1.0, 2.0, None), api.Status.OK),
        ((1.0, None, None), api.Status.FAIL),
        ((None, None, None), api.Status.FAIL),
        ((1.0, None), api.Status.WARN),
        ((1.0,), api.Status.OK),
    ],
)
def test_two_of_three_are_enough(times: tuple[float | None, ...], status: api.Status) -> None:
    assert internet(targets(*times), Settings()).status is status


def test_the_counts_and_the_reasons_are_told() -> None:
    verdict = internet(targets(1.5, None, None), Settings())
    assert verdict.summary == "Only 1 of 3 well-known internet addresses answers."
    assert "192.0.2.0:443: 1.5 ms" in verdict.detail
    assert "192.0.2.1:443: it did not answer in time" in verdict.detail
    assert verdict.measurements[0].value == pytest.approx(33.3, abs=0.1)


def test_a_page_that_stands_in_for_blocked_addresses_is_told() -> None:
    verdict = internet([Target("page.test:80", 4.0, "instead of those that do not answer: 192.0.2.1:443")], Settings())
    assert verdict.status is api.Status.OK
    assert verdict.detail == "page.test:80: 4.0 ms, instead of those that do not answer: 192.0.2.1:443"


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((1.0, 2.0, 3.0), "The internet can be reached: 3 of 3 well-known addresses answer."),
        ((None, None, None), "The internet cannot be reached: none of 3 well-known addresses answers."),
        ((1.0,), "The internet can be reached (1 well-known address was tried)."),
        ((None,), "The internet cannot be reached (1 well-known address was tried)."),
    ],
)
def test_the_owner_reads_a_sentence(times: tuple[float | None, ...], words: str) -> None:
    assert internet(targets(*times), Settings()).summary == words
