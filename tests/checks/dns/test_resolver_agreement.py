import pytest

from itaudit import api
from itaudit.checks.dns.resolver_agreement import resolver_agreement
from itaudit.facts.resolver_agreements import ResolverAgreement, View

from .conftest import Plain

NAMES = ("ns1.example.com",)
WORLD = View("the name servers of example.com", ("mx.example.com",), NAMES, True)
SAME = View("192.0.2.1", ("mx.example.com",), NAMES, True)
ALSO = View("192.0.2.2", ("mx.example.com",), NAMES, True)
OTHER = View("192.0.2.3", ("old.example.com",), NAMES, True)
BEHIND = View("the second name server", ("old.example.com",), NAMES, True)
NEITHER = View("192.0.2.4", ("forged.example.com",), NAMES, True)


@pytest.mark.parametrize(
    ("resolvers", "servers", "status", "words"),
    [
        ((SAME,), (WORLD,), api.Status.OK, "rest of the world"),
        ((SAME, ALSO), (), api.Status.OK, "agree"),
        ((SAME, OTHER), (WORLD,), api.Status.FAIL, "2 look-up servers"),
        ((SAME, OTHER), (), api.Status.FAIL, "different"),
        ((OTHER,), (WORLD,), api.Status.WARN, "something else"),
        # name servers that quarrel: the fault is theirs
        ((OTHER,), (WORLD, BEHIND), api.Status.OK, "rest of the world"),
        ((SAME, OTHER), (WORLD, BEHIND), api.Status.OK, "rest of the world"),
        ((SAME, NEITHER), (WORLD, BEHIND), api.Status.FAIL, "different"),
        ((NEITHER,), (WORLD, BEHIND), api.Status.WARN, "something else"),
    ],
)
def test_views_are_compared(
    judged: Plain, resolvers: tuple[View, ...], servers: tuple[View, ...], status: api.Status, words: str
) -> None:
    verdict = resolver_agreement(ResolverAgreement("example.com", resolvers, servers))
    assert judged(verdict) == (status, None)
    assert words in verdict.summary
