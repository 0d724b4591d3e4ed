"""Counts worked out by hand from the zones of the laboratory."""

import pytest

from itaudit import api
from itaudit.facts.dmarc_policies import DmarcPolicy, Policy, dmarc_policies
from itaudit.facts.sender_policies import SenderPolicy, sender_policies
from lab.dns import DnsLab


@pytest.mark.parametrize(
    ("name", "records", "lookups", "void", "faults", "ending", "everyone"),
    [
        ("good.test", 1, 1, 0, 0, "-", False),
        ("bare.test", 0, 0, 0, 0, "", False),
        ("twice.test", 2, 0, 0, 0, "", False),
        ("eleven.test", 1, 11, 0, 0, "-", False),
        ("everyone.test", 1, 1, 0, 0, "+", True),
        ("neutral.test", 1, 1, 0, 0, "?", False),
        ("wrong.test", 1, 0, 0, 1, "-", False),
        ("loop.test", 1, 1, 0, 1, "-", False),
        ("void.test", 1, 3, 3, 0, "-", False),
        ("lostinclude.test", 1, 1, 1, 1, "-", False),
        ("redirect.test", 1, 3, 0, 0, "~", False),
    ],
)
def test_the_list_of_senders(
    dns_lab: DnsLab, live: api.Ask, name: str, records: int, lookups: int, void: int, faults: int, ending: str, everyone: bool
) -> None:
    (found,) = sender_policies.function(live, dns_lab.targets(name))
    assert isinstance(found, SenderPolicy)
    assert (len(found.records), found.lookups, found.void_lookups, len(found.faults)) == (records, lookups, void, faults)
    assert (found.ending, found.lets_everyone) == (ending, everyone)


def test_a_name_with_a_null_mx_uses_no_mail(dns_lab: DnsLab, live: api.Ask) -> None:
    found = list(sender_policies.function(live, dns_lab.targets("good.test", "nullmx.test")))
    assert [each.uses_mail for each in found if isinstance(each, SenderPolicy)] == [True, False]


@pytest.mark.parametrize(
    ("name", "found_at", "policy", "faults", "strangers"),
    [
        ("good.test", "good.test", Policy.REJECT, 0, ()),
        ("bare.test", "", None, 0, ()),
        ("watch.test", "watch.test", Policy.NONE, 0, ()),
        ("misspelt.test", "misspelt.test", None, 1, ()),
        ("elsewhere.test", "elsewhere.test", Policy.QUARANTINE, 0, ("good.test",)),
        ("agreed.test", "agreed.test", Policy.QUARANTINE, 0, ()),
        ("parts.test", "parts.test", Policy.REJECT, 0, ()),
        ("shop.parts.test", "parts.test", Policy.NONE, 0, ()),
    ],
)
def test_the_policy_for_forgeries(
    dns_lab: DnsLab, live: api.Ask, name: str, found_at: str, policy: Policy | None, faults: int, strangers: tuple[str, ...]
) -> None:
    (found,) = dmarc_policies.function(live, dns_lab.targets(name))
    assert isinstance(found, DmarcPolicy)
    assert (found.found_at, found.policy, len(found.faults), found.strangers) == (found_at, policy, faults, strangers)
