from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.ipv6 import ipv6
from itaudit.facts.internet import Target
from itaudit.facts.ipv6 import IPv6


@pytest.mark.parametrize(
    ("times", "status"),
    [((1.0, 2.0), api.Status.OK), ((None, 2.0), api.Status.OK), ((None, None), api.Status.FAIL)],
)
def test_addresses_that_lead_nowhere_fail(times: tuple[float | None, ...], status: api.Status) -> None:
    targets = tuple(Target(f"[2001:db8::{number}]:443", one, "" if one else "no route") for number, one in enumerate(times))
    assert ipv6(IPv6("IPv6", ("2001:db8::5",), targets)).status is status
