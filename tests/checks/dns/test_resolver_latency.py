import pytest

from itaudit import api
from itaudit.checks.dns.resolver_latency import Settings, resolver_latency
from itaudit.facts.resolvers import ResolverConduct

from .conftest import Plain


@pytest.mark.parametrize(
    ("milliseconds", "status"),
    [(1.0, api.Status.OK), (100.0, api.Status.OK), (101.0, api.Status.WARN), (500.0, api.Status.WARN), (501.0, api.Status.FAIL)],
)
def test_slow_look_ups_are_judged_by_their_median(judged: Plain, milliseconds: float, status: api.Status) -> None:
    verdict = resolver_latency(ResolverConduct("192.0.2.1", milliseconds), Settings())
    assert judged(verdict) == (status, None)
    assert verdict.measurements == (api.Measurement("median", milliseconds, api.Unit.MILLISECONDS),)
