"""Counts worked out by hand from the zones of the laboratory."""

import dns.flags
import dns.message
import dns.rrset
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.sender_policies import SenderPolicy, sender_policies, sender_policy_of
from itaudit.facts.spf_walk import COUNTED_AT_MOST
from lab._spf_answers import Zones, lookups_in
from lab.dns import DnsLab, scripted


def policy_of(dns_lab: DnsLab, live: api.Ask, name: str) -> SenderPolicy:
    (found,) = sender_policies.function(live, dns_lab.targets(name))
    assert isinstance(found, SenderPolicy), found
    return found


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
        ("list-forms.test", 1, 5, 1, 0, "~", False),
        ("list-ten.test", 1, 10, 0, 0, "-", False),
        ("list-alias.test", 1, 3, 0, 0, "-", False),
        ("list-ipv6-address.test", 1, 1, 0, 1, "-", False),
        ("list-colon.test", 1, 1, 0, 1, "", False),
        ("list-dash.test", 1, 1, 0, 1, "", False),
        ("list-twice.test", 1, 2, 1, 2, "", False),
        ("list-deep.test", 1, 2, 0, 1, "-", False),
        ("list-two-included.test", 1, 1, 0, 1, "-", False),
        ("list-circle.test", 1, 2, 0, 1, "-", False),
        ("list-many-servers.test", 1, 1, 0, 1, "-", False),
        ("list-exists.test", 1, 1, 0, 0, "-", True),
        ("list-halves.test", 1, 0, 0, 0, "-", True),
        ("list-included-all.test", 1, 1, 0, 0, "-", True),
        ("list-open-end.test", 1, 1, 0, 0, "", False),
        ("list-nine.test", 1, 9, 0, 0, "-", False),
        ("list-ptr.test", 1, 2, 0, 0, "-", False),
        ("list-misread.test", 1, 1, 0, 0, "-", False),
        ("list-large.test", 1, 1, 0, 0, "-", False),
        ("list-almost.test", 0, 0, 0, 0, "", False),
        ("list-void-six.test", 1, 3, 3, 0, "-", False),
    ],
)
def test_the_list_of_senders(
    dns_lab: DnsLab, live: api.Ask, name: str, records: int, lookups: int, void: int, faults: int, ending: str, everyone: bool
) -> None:
    found = policy_of(dns_lab, live, name)
    assert (len(found.records), found.lookups, found.void_lookups, len(found.faults)) == (records, lookups, void, faults)
    assert (found.ending, found.lets_everyone) == (ending, everyone)


def test_a_fault_deep_in_the_tree_says_where_it_stands(dns_lab: DnsLab, live: api.Ask) -> None:
    found = policy_of(dns_lab, live, "list-deep.test")
    assert [str(fault) for fault in found.faults] == [
        "_b.list-deep.test: character 8, 'ip4:1.2.3': it is no IPv4 address or network"
    ]
    assert found.tree == "list-deep.test 2 (include:_a.list-deep.test 2 (include:_b.list-deep.test 1))"


def test_the_record_is_mended_as_far_as_it_can_be(dns_lab: DnsLab, live: api.Ask) -> None:
    assert policy_of(dns_lab, live, "list-dash.test").repaired == "v=spf1 mx -all"
    assert policy_of(dns_lab, live, "list-ipv6-address.test").repaired == "v=spf1 mx ip6:2001:db8::25 -all"
    assert policy_of(dns_lab, live, "twice.test").repaired == "v=spf1 a mx -all"
    assert policy_of(dns_lab, live, "lostinclude.test").repaired == "v=spf1 ~all"
    assert policy_of(dns_lab, live, "loop.test").repaired == "v=spf1 ~all"
    assert policy_of(dns_lab, live, "list-deep.test").repaired == "v=spf1 include:_a.list-deep.test -all"


def test_what_is_valid_and_odd_is_noted(dns_lab: DnsLab, live: api.Ask) -> None:
    assert policy_of(dns_lab, live, "list-forms.test").notes == (
        "depends on the sender: exists:%{ir}.senders.%{d2}",
        "void look-ups for the unluckiest sender: 2",
    )
    assert policy_of(dns_lab, live, "list-misread.test").misread == ("ip4=192.0.2.25",)
    assert policy_of(dns_lab, live, "list-almost.test").almost == ("v=spf1; mx -all",)
    # 12 header, 15 + 6 question, 12 record, 3 strings of "v=spf1 mx " + 10 x "ip4:198.51.0.0/24 " + 18 x one more + "-all"
    assert policy_of(dns_lab, live, "list-large.test").response_bytes == 12 + 21 + 12 + 3 + 10 + 180 + 342 + 4


def test_other_texts_that_make_the_response_long_are_noted() -> None:
    zone = {"TXT": ["v=spf1 mx -all", "x" * 500], "SOA": ["a. b. 1 2 3 4 5"], "MX": ["10 a.example."]}
    found = sender_policy_of(lookups_in({"a.example": zone}), "a.example")
    assert found.response_bytes < 512
    assert [note.partition(" make ")[0] for note in found.notes] == ["all TXT records of the name together"]


def test_a_name_with_a_null_mx_uses_no_mail(dns_lab: DnsLab, live: api.Ask) -> None:
    found = list(sender_policies.function(live, dns_lab.targets("good.test", "nullmx.test")))
    assert [each.uses_mail for each in found if isinstance(each, SenderPolicy)] == [True, False]


def test_an_included_name_that_does_not_answer_makes_the_list_unknown() -> None:
    zones: Zones = {
        "a.example": {"TXT": ["v=spf1 include:b.example -all"], "SOA": ["a. b. 1 2 3 4 5"]},
        "b.example": {"TXT": api.TimedOut("late")},
    }
    with pytest.raises(api.TimedOut, match="late"):
        sender_policy_of(lookups_in(zones), "a.example")


def test_records_too_large_to_follow_make_the_list_unknown() -> None:
    filler = " ".join(["ip4:192.0.2.1"] * 4500)
    names = [f"n{number}.example" for number in range(8)]
    zones = {
        name: {"TXT": [f"v=spf1 {filler} include:{after} -all"]} for name, after in zip(names, names[1:] + names[:1], strict=True)
    }
    with pytest.raises(api.Unreadable, match="more to look at"):
        sender_policy_of(lookups_in({**zones, "n0.example": {**zones["n0.example"], "SOA": ["a. b. 1 2 3 4 5"]}}), "n0.example")


def test_a_tree_that_grows_with_every_answer_ends_with_a_bounded_count(dns_lab: DnsLab, live: api.Ask) -> None:
    def endless(query: dns.message.Message) -> dns.message.Message:
        """Every name exists, is a zone, and includes four others."""
        name, type_ = query.question[0].name.to_text(), query.question[0].rdtype
        response = dns.message.make_response(query, recursion_available=True)
        record = f'"v=spf1 {" ".join(f"include:{letter}.{name}" for letter in "abcd")} -all"'
        data = {dns.rdatatype.TXT: record, dns.rdatatype.SOA: "a. b. 1 2 3 4 5"}.get(type_)
        if data and len(name) < 150:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", type_, data))
        return response

    with scripted(endless) as port:
        (found,) = sender_policies.function(live, dns_lab.targets("good.test", resolver_port=port))
    assert not isinstance(found, Gap)
    assert 10 < found.lookups <= COUNTED_AT_MOST
    assert found.over_limit is not None


OWN = {"SOA": ["ns.a.example. h.a.example. 1 2 3 4 5"], "MX": ["0 mail.a.example."], "A": ["192.0.2.1"]}


def policy_from(text: str, included: str = "v=spf1 ip4:192.0.2.0/24 -all") -> SenderPolicy:
    zones: Zones = {"a.example": {**OWN, "TXT": [text]}, "b.example": {"TXT": [included]}, "example": {"SOA": OWN["SOA"]}}
    return sender_policy_of(lookups_in(zones), "a.example")


def test_only_the_owners_own_use_of_ptr_is_his_to_mend() -> None:
    found = policy_from("v=spf1 include:b.example -all", "v=spf1 ptr:b.example ?all")
    assert not found.uses_ptr
    assert "a record that this one leads to uses ptr" in found.notes
    assert policy_from("v=spf1 ptr:b.example -all").uses_ptr


def test_rules_behind_the_end_are_named_and_put_before_it() -> None:
    found = policy_from("v=spf1 mx -all include:b.example")
    assert (found.behind, found.repaired) == (("include:b.example",), "v=spf1 mx include:b.example -all")
    assert policy_from("v=spf1 mx -all redirect=b.example").behind == ()


def test_terms_without_a_space_between_do_not_cost_the_owner_his_senders() -> None:
    found = policy_from("v=spf1 include:b.exampleinclude:b.example -all")
    assert (len(found.faults), found.repaired) == (1, "v=spf1 include:b.example -all")


def test_a_text_with_a_wrong_beginning_is_given_back_mended() -> None:
    assert policy_from('"v=spf1 include:b.example -all"').repaired == "v=spf1 include:b.example -all"
