from itaudit import api
from itaudit.checks.dns.resolver_reachable import resolver_reachable
from itaudit.facts.resolvers import Resolver

from .conftest import Plain

GOOD = Resolver("192.0.2.1", True, "NOERROR")
DEAD = Resolver("192.0.2.2", False, "it did not answer in time")


def test_resolvers_that_all_answer_are_ok(judged: Plain) -> None:
    assert judged(resolver_reachable([GOOD])) == (api.Status.OK, None)


def test_one_server_and_several_are_told_apart() -> None:
    assert resolver_reachable([GOOD]).summary == "The look-up server of this machine answers."
    assert resolver_reachable([GOOD, GOOD]).summary == "All 2 look-up servers of this machine answer."
    silent = [Resolver(f"192.0.2.{number}", False, "silent") for number in (2, 3, 4)]
    assert "192.0.2.2, 192.0.2.3 and 192.0.2.4 give no answer." in resolver_reachable(silent).summary
    assert "192.0.2.2 gives no answer, so" in resolver_reachable([GOOD, DEAD]).summary


def test_without_any_answer_it_fails(judged: Plain) -> None:
    verdict = resolver_reachable([DEAD])
    assert judged(verdict) == (api.Status.FAIL, None)
    assert "192.0.2.2" in verdict.summary


def test_one_silent_resolver_of_two_is_a_warning(judged: Plain) -> None:
    verdict = resolver_reachable([GOOD, DEAD])
    assert judged(verdict) == (api.Status.WARN, api.Severity.MEDIUM)
    assert "192.0.2.1" not in verdict.summary
