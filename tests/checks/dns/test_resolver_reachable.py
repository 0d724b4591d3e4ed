from itaudit import api
from itaudit.checks.dns.resolver_reachable import resolver_reachable
from itaudit.facts.resolvers import Resolver

from .conftest import Plain

GOOD = Resolver("192.0.2.1", True, "NOERROR")
DEAD = Resolver("192.0.2.2", False, "it did not answer in time")


def test_resolvers_that_all_answer_are_ok(judged: Plain) -> None:
    assert judged(resolver_reachable([GOOD])) == (api.Status.OK, None)


def test_without_any_answer_it_fails(judged: Plain) -> None:
    verdict = resolver_reachable([DEAD])
    assert judged(verdict) == (api.Status.FAIL, None)
    assert "192.0.2.2" in verdict.summary


def test_one_silent_resolver_of_two_is_a_warning(judged: Plain) -> None:
    verdict = resolver_reachable([GOOD, DEAD])
    assert judged(verdict) == (api.Status.WARN, api.Severity.MEDIUM)
    assert "192.0.2.1" not in verdict.summary
