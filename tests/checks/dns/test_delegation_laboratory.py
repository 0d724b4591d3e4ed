"""Name servers and the start of zones, against the laboratory: each fault is found, and only that."""

from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.dns.delegation import delegation
from itaudit.checks.dns.open_recursion import open_recursion
from itaudit.checks.dns.server_networks import server_networks
from itaudit.checks.dns.version_shown import version_shown
from itaudit.checks.dns.zone_start import zone_start
from itaudit.checks.dns.zone_transfer import zone_transfer
from itaudit.facts.name_servers import Delegation, delegations
from itaudit.model import Severity, Status
from lab import _zones_delegation
from lab._dns_zones import HAS_IPV6
from lab.dns import DnsLab

CHECKS = (delegation, server_networks, zone_start, open_recursion, zone_transfer, version_shown)
FAULTS = {
    "good.test": None,
    "xn--bcher-kva.test": None,
    "lame.test": (delegation, Status.FAIL, Severity.HIGH, "REFUSED"),
    "silent.test": (delegation, Status.FAIL, Severity.HIGH, "does not answer"),
    "twin.test": (delegation, Status.FAIL, Severity.HIGH, "names with one address"),
    "notcp.test": (delegation, Status.WARN, Severity.MEDIUM, "over TCP"),
    "mismatch.test": (delegation, Status.WARN, Severity.MEDIUM, "NS records of parent and zone differ"),
    "nsalias.test": (delegation, Status.WARN, Severity.MEDIUM, "CNAME: alias.nsalias.test"),
    "halfknown.test": (delegation, Status.FAIL, Severity.HIGH, "NS at the parent: ns1.halfknown.test;"),
    "homeless.test": (delegation, Status.FAIL, Severity.HIGH, "ns3.homeless.test: no address"),
    "nsaddress.test": (delegation, Status.FAIL, Severity.HIGH, ": no address"),
    "badname.test": (delegation, Status.WARN, Severity.MEDIUM, "ns_2.badname.test"),
    "quarrel.test": (delegation, Status.WARN, Severity.MEDIUM, "NS records differ between the servers"),
    "oldglue.test": (delegation, Status.WARN, Severity.MEDIUM, "its parent says"),
    "shared.test": (delegation, Status.WARN, Severity.MEDIUM, "ns1.shared.test ns3.shared.test"),
    "onesix.test": (delegation, Status.WARN, Severity.LOW, "IPv6 address: ns1.onesix.test") if HAS_IPV6 else None,
    "oneplace.test": (server_networks, Status.WARN, Severity.LOW, ".1.0/24"),
    "recurses.test": (open_recursion, Status.FAIL, Severity.HIGH, "answers"),
    "transfers.test": (zone_transfer, Status.FAIL, Severity.MEDIUM, "handed out (9 or more records)"),
    "tells.test": (version_shown, Status.WARN, Severity.INFO, "'NSD 4.1.0'"),
    "behind.test": (zone_start, Status.WARN, Severity.LOW, "serials differ; behind: 127.53.4.1"),
    "shortlived.test": (zone_start, Status.WARN, Severity.LOW, "expire is below"),
    "dying.test": (zone_start, Status.WARN, Severity.LOW, "expire is lower than refresh"),
    "remembered.test": (zone_start, Status.WARN, Severity.LOW, "minimum is above"),
    "fromnowhere.test": (zone_start, Status.WARN, Severity.LOW, "not a server: localhost"),
}


def test_every_zone_of_this_topic_is_judged() -> None:
    assert set(_zones_delegation.ZONES) <= set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_found_and_only_that(dns_lab: DnsLab, live: api.Ask, name: str) -> None:
    (found,) = delegations.function(live, dns_lab.targets(name))
    assert isinstance(found, Delegation), found
    verdicts = {check: check(found) for check in CHECKS}
    bad = {check: verdict for check, verdict in verdicts.items() if verdict.status is not Status.OK}
    fault = FAULTS[name]
    if fault is None:
        assert bad == {}
        return
    check, status, severity, detail = fault
    verdict = bad.pop(check)
    assert (verdict.status, verdict.severity or check.severity) == (status, severity)
    assert detail in verdict.detail
    # With only one address there is nothing to compare; that it is only one is said already.
    assert {other: each.summary for other, each in bad.items() if each.status is not Status.SKIPPED} == {}
