import pytest

from itaudit import api
from itaudit.checks.dns.resolve import resolve
from itaudit.facts.domains import Domain, Reach

from .conftest import Plain


def test_a_name_that_is_found_is_ok(judged: Plain) -> None:
    assert judged(resolve(Domain("example.com", "example.com", Reach.FOUND, "example.com"))) == (api.Status.OK, None)


@pytest.mark.parametrize("reach", [Reach.NO_SUCH_NAME, Reach.NO_SERVER_ANSWERS])
def test_a_name_that_is_not_found_fails_and_is_named(judged: Plain, reach: Reach) -> None:
    verdict = resolve(Domain("example.com", "example.com", reach, detail="SERVFAIL"))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert "example.com" in verdict.summary
    assert verdict.detail == "SERVFAIL"


def test_each_way_of_not_being_found_has_its_own_remedy() -> None:
    reaches = (Reach.NO_SUCH_NAME, Reach.BAD_SIGNATURES, Reach.NO_SERVER_ANSWERS)
    actions = {remedy.action for reach in reaches if (remedy := resolve(Domain("a.example", "a.example", reach)).remedy)}
    assert len(actions) == 3


def test_bad_signatures_are_the_affair_of_another_check_and_only_mentioned_here(judged: Plain) -> None:
    verdict = resolve(Domain("example.com", "example.com", Reach.BAD_SIGNATURES, "example.com", "SERVFAIL"))
    assert judged(verdict) == (api.Status.WARN, api.Severity.LOW)


def test_it_is_critical() -> None:
    assert resolve.severity is api.Severity.CRITICAL
