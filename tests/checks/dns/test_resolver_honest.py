import pytest

from itaudit import api
from itaudit.checks.dns.resolver_honest import resolver_honest
from itaudit.facts.resolvers import ResolverConduct

from .conftest import Plain


@pytest.mark.parametrize(
    ("conduct", "status", "severity"),
    [
        (ResolverConduct("192.0.2.1", 5), api.Status.OK, None),
        (ResolverConduct("192.0.2.1", 5, invented=("192.0.2.80",)), api.Status.FAIL, None),
        (ResolverConduct("192.0.2.1", 5, denies_everything=True), api.Status.FAIL, api.Severity.HIGH),
        (ResolverConduct("192.0.2.1", 5, blank=True), api.Status.WARN, None),
    ],
)
def test_a_resolver_must_deny_what_cannot_exist_and_nothing_else(
    judged: Plain, conduct: ResolverConduct, status: api.Status, severity: api.Severity | None
) -> None:
    assert judged(resolver_honest(conduct)) == (status, severity)
