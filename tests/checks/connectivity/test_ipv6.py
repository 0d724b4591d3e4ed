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


def test_the_owner_reads_whether_it_works() -> None:
    dead = IPv6("IPv6", ("2001:db8::5",), (Target("[2001:db8::1]:443", None, "no route"),) * 3)
    works = IPv6("IPv6", ("2001:db8::5",), (Target("[2001:db8::1]:443", 4.0),) * 3)
    assert ipv6(dead).summary == "The newer kind of internet (IPv6) is offered, but leads nowhere: none of 3 addresses answers."
    assert ipv6(works).summary == "The newer kind of internet (IPv6) works: 3 of 3 addresses answer."


def test_an_address_without_a_way_out_makes_no_program_wait() -> None:
    why = "the server could not be reached (2001:db8::1 port 443: Network is unreachable)"
    nowhere, silent = Target("[2001:db8::1]:443", None, why), Target("[2001:db8::2]:443", None, "it did not answer in time")
    verdict = ipv6(IPv6("IPv6", ("2001:db8::5",), (nowhere, nowhere)))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.LOW)
    assert ipv6(IPv6("IPv6", ("2001:db8::5",), (nowhere, silent))).status is api.Status.FAIL
