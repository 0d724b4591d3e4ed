"""Expectations follow RFC 9989 4.10 (tree walk), 4.10.1 (what a faulty policy means) and RFC 9990 4 (who takes reports)."""

import itertools

import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.dmarc_policies import DmarcPolicy, deciding_place, dmarc_policies, judged, walk_of
from itaudit.facts.dmarc_records import DmarcRecord, Policy, parse
from lab.dns import DnsLab, answers_with, scripted


def of(text: str) -> DmarcPolicy:
    return judged("example.com", "example.com", "example.com", {"example.com": [parse(text)]})


@pytest.mark.parametrize(
    ("text", "policy", "faults"),
    [
        ("v=DMARC1; p=reject", Policy.REJECT, 0),
        ("v=DMARC1;p=Quarantine;", Policy.QUARANTINE, 0),
        ("v = DMARC1 ; p = none", Policy.NONE, 0),
        ("v=DMARC1; p=rejct", None, 1),
        ("v=DMARC1; p=rejct; rua=mailto:a@example.com", Policy.NONE, 1),
        ("v=DMARC1; p=rejct; rua=a@example.com", None, 1),
        ("v=DMARC1", None, 1),
        ("v=DMARC1; rua=mailto:a@example.com", Policy.NONE, 0),
        ("v=DMARC1; p=reject; sp=never; rua=mailto:a@example.com", Policy.NONE, 1),
        ("v=DMARC1; p=reject; t=y", Policy.QUARANTINE, 0),
        ("v=DMARC1; p=quarantine; t=y", Policy.NONE, 0),
        ("v=dmarc1; p=reject", None, 1),
        ("v=DMARC1 p=reject", None, 2),
    ],
)
def test_what_receivers_make_of_a_record(text: str, policy: Policy | None, faults: int) -> None:
    found = of(text)
    assert (found.policy, len(found.faults)) == (policy, faults)


@pytest.mark.parametrize(
    ("tags", "weak"),
    [
        ("p=reject", ()),
        ("p=reject; sp=quarantine; np=reject", ()),
        ("p=reject; sp=none", ("sp",)),
        ("p=reject; sp=none; np=reject", ("sp",)),
        ("p=reject; np=none", ("np",)),
        ("p=reject; sp=none; np=none", ("sp", "np")),
        ("p=none; sp=none", ()),
        ("p=quarantine; sp=none; t=y", ()),
    ],
)
def test_names_below_that_are_less_protected(tags: str, weak: tuple[str, ...]) -> None:
    assert of(f"v=DMARC1; {tags}").weak_below == weak


@pytest.mark.parametrize(("psd", "weak"), [("", ()), ("; psd=n", ("sp",))])
def test_only_the_record_of_the_organisation_speaks_for_names_below(psd: str, weak: tuple[str, ...]) -> None:
    name = "mail.example.co.uk"
    assert judged(name, name, name, {name: [parse(f"v=DMARC1; p=reject; sp=none{psd}")]}).weak_below == weak


def test_several_records_count_as_none() -> None:
    records = [parse("v=DMARC1; p=reject"), parse("v=DMARC1; p=none")]
    found = judged("example.com", "example.com", "example.com", {"example.com": records})
    assert found.policy is None
    assert found.faults == ("there are several records, so receivers use none",)


def test_a_text_that_receivers_do_not_know_does_not_spoil_the_good_record() -> None:
    records = [parse("v=DMARC1; p=reject"), parse("v=dmarc1; p=none")]
    found = judged("example.com", "example.com", "example.com", {"example.com": records})
    assert (found.policy, found.faults) == (Policy.REJECT, ())


def test_a_name_below_takes_the_policy_for_names_below() -> None:
    for tags, policy in (
        ("p=reject; sp=none", Policy.NONE),
        ("p=reject", Policy.REJECT),
        ("p=none; sp=reject", Policy.REJECT),
        ("rua=mailto:a@b.cd; sp=reject", Policy.NONE),
    ):
        found = {"shop.example.com": [], "example.com": [parse(f"v=DMARC1; {tags}")]}
        assert judged("shop.example.com", "shop.example.com", "example.com", found).policy is policy


def test_the_walk_goes_up_to_the_top() -> None:
    assert walk_of("a.mail.example.com") == ["a.mail.example.com", "mail.example.com", "example.com", "com"]


def test_a_long_name_continues_with_its_last_seven_labels() -> None:
    assert walk_of("a.b.c.d.e.f.g.h.i.j.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.example.com",
        "f.g.h.i.j.example.com",
        "g.h.i.j.example.com",
        "h.i.j.example.com",
        "i.j.example.com",
        "j.example.com",
        "example.com",
        "com",
    ]


@given(st.lists(st.sampled_from(["a", "b", "com"]), min_size=2, max_size=40).map(".".join))
def test_a_walk_never_asks_for_more_than_eight_names(name: str) -> None:
    walk = walk_of(name)
    assert walk[0] == name
    assert len(walk) == min(8, name.count(".") + 1)
    assert all(below.endswith(f".{above}") for below, above in itertools.pairwise(walk))


def found(**records: str) -> dict[str, list[DmarcRecord]]:
    """The walk for shop.a.b.com with records, separated by a bar, at some of shop, a, b and com."""
    places = {"shop": "shop.a.b.com", "a": "a.b.com", "b": "b.com", "com": "com"}
    return {place: [parse(text) for text in records[key].split("|")] if key in records else [] for key, place in places.items()}


@pytest.mark.parametrize(
    ("records", "place"),
    [
        ({}, ""),
        ({"shop": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject"}, "shop.a.b.com"),
        ({"b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=DMARC1; p=none; psd=n", "b": "v=DMARC1; p=reject"}, "a.b.com"),
        ({"a": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject; psd=y"}, "a.b.com"),
        ({"b": "v=DMARC1; p=reject; psd=y"}, "b.com"),
        ({"a": "v=DMARC1; p=none", "com": "v=DMARC1; p=reject; psd=y"}, "com"),
        ({"shop": "v=DMARC1; p=none|v=DMARC1; p=none", "b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=DMARC1; p=none|v=DMARC1; p=none; psd=n", "b": "v=DMARC1; p=reject"}, "b.com"),
        ({"shop": "v=dmarc1; p=none", "b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=dmarc1; p=none", "b": "v=DMARC1; p=none|v=DMARC1; p=none"}, "a.b.com"),
    ],
)
def test_where_the_deciding_record_is(records: dict[str, str], place: str) -> None:
    assert deciding_place("shop.a.b.com", found(**records)) == place


@given(
    st.lists(st.sampled_from(["", "v=DMARC1; p=none", "v=DMARC1; psd=y; p=reject", "v=dmarc1", "v=DMARC1|v=DMARC1"]), max_size=4)
)
def test_any_walk_is_judged_by_a_record_that_is_there(texts: list[str]) -> None:
    walk = {key: text for key, text in zip(("shop", "a", "b", "com"), texts, strict=False) if text}
    records = found(**walk)
    place = deciding_place("shop.a.b.com", records)
    assert bool(place) is bool(walk)
    assert not place or judged("shop.a.b.com", "shop.a.b.com", place, records).records


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_judged_without_a_crash(text: str, versioned: bool) -> None:
    policy = of(("v=DMARC1;" if versioned else "") + text)
    assert policy.policy is None or policy.record is not None


def seen(dns_lab: DnsLab, live: api.Ask, name: str) -> DmarcPolicy:
    (policy,) = dmarc_policies.function(live, dns_lab.targets(name))
    assert isinstance(policy, DmarcPolicy), policy
    return policy


@pytest.mark.parametrize(
    ("name", "found_at", "publish_at", "policy", "faults"),
    [
        ("good.test", "good.test", "good.test", Policy.REJECT, 0),
        ("bare.test", "", "bare.test", None, 0),
        ("twopolicies.test", "twopolicies.test", "twopolicies.test", None, 1),
        ("smallversion.test", "smallversion.test", "smallversion.test", None, 1),
        ("nopolicytag.test", "nopolicytag.test", "nopolicytag.test", Policy.NONE, 0),
        ("shop.parts.test", "parts.test", "parts.test", Policy.NONE, 0),
        ("shop.faultybelow.test", "shop.faultybelow.test", "shop.faultybelow.test", None, 1),
        ("mail.faultybelow.test", "faultybelow.test", "mail.faultybelow.test", Policy.REJECT, 1),
        ("firm.suffix.test", "suffix.test", "firm.suffix.test", Policy.REJECT, 0),
    ],
)
def test_the_policy_of_real_names(
    dns_lab: DnsLab, live: api.Ask, name: str, found_at: str, publish_at: str, policy: Policy | None, faults: int
) -> None:
    policy_seen = seen(dns_lab, live, name)
    assert (policy_seen.found_at, policy_seen.publish_at) == (found_at, publish_at)
    assert (policy_seen.policy, len(policy_seen.faults)) == (policy, faults)


@pytest.mark.parametrize(
    ("name", "strangers", "unseen"),
    [
        ("good.test", (), ()),
        ("elsewhere.test", ("good.test",), ()),
        ("agreed.test", (), ()),
        ("lostreports.test", (), ("failing.test",)),
    ],
)
def test_who_agreed_to_take_the_reports(
    dns_lab: DnsLab, live: api.Ask, name: str, strangers: tuple[str, ...], unseen: tuple[str, ...]
) -> None:
    policy = seen(dns_lab, live, name)
    assert (policy.strangers, policy.unseen) == (strangers, unseen)


def test_a_record_where_nobody_looks_is_found(dns_lab: DnsLab, live: api.Ask) -> None:
    assert seen(dns_lab, live, "atapex.test").misplaced == ("atapex.test",)
    assert seen(dns_lab, live, "doubled.test").misplaced == ("_dmarc.doubled.test.doubled.test",)
    assert seen(dns_lab, live, "bare.test").misplaced == ()


def test_a_resolver_that_denies_everything_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.NXDOMAIN)) as port:
        (gap,) = dmarc_policies.function(live, dns_lab.targets("good.test", resolver_port=port))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.Unreadable)
