import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.aliases import LINKS_AT_MOST, USUAL, Fate, NameAliases, hosts_of, links_of, name_aliases
from itaudit.facts.lookups import Record, Reply
from itaudit.facts.targets import Targets
from lab.dns import DnsLab

OLD = "old.a.example"


def aliases(dns_lab: DnsLab, live: api.Ask, name: str, **more: object) -> NameAliases:
    (found,) = name_aliases.function(live, dns_lab.targets(name).model_copy(update=more))
    assert isinstance(found, NameAliases), found
    return found


@pytest.mark.parametrize(
    ("name", "fates"),
    [
        ("good.test", {}),
        ("aliaswildfine.test", {}),
        ("aliases.test", {"www": Fate.THERE, "shop": Fate.THERE, "vpn": Fate.THERE}),
        ("aliasgone.test", {"www": Fate.THERE, "shop": Fate.NO_SUCH_NAME}),
        ("aliasblank.test", {"docs": Fate.NO_ADDRESS}),
        ("aliascircle.test", {"www": Fate.NO_END, "shop": Fate.NO_END}),
        ("aliasfailing.test", {"www": Fate.NO_END}),
        ("aliasunheard.test", {}),
    ],
)
def test_where_the_usual_names_lead(dns_lab: DnsLab, live: api.Ask, name: str, fates: dict[str, Fate]) -> None:
    found = aliases(dns_lab, live, name)
    assert {alias.name: alias.fate for alias in found.aliases} == {f"{label}.{name}": fate for label, fate in fates.items()}
    assert found.unseen == ()


def test_a_chain_is_followed_to_its_end(dns_lab: DnsLab, live: api.Ask) -> None:
    gone = next(alias for alias in aliases(dns_lab, live, "aliasgone.test").aliases if alias.fate is Fate.NO_SUCH_NAME)
    assert gone.links == ("old.aliasgone.test", "shop.gonecloud.test")
    assert not gone.claimable, "nobody sells names under test"


def test_names_that_the_owner_adds_are_looked_at_too(dns_lab: DnsLab, live: api.Ask) -> None:
    found = aliases(dns_lab, live, "aliasunheard.test", host_names=("special.aliasunheard.test",))
    assert [(alias.name, alias.fate) for alias in found.aliases] == [("special.aliasunheard.test", Fate.NO_SUCH_NAME)]


def test_an_alias_for_every_name_is_one_alias(dns_lab: DnsLab, live: api.Ask) -> None:
    found = aliases(dns_lab, live, "aliaswild.test")
    assert [(alias.name, alias.fate) for alias in found.aliases] == [("*.aliaswild.test", Fate.NO_SUCH_NAME)]


def test_names_of_the_owner_that_lie_elsewhere_go_with_the_first() -> None:
    targets = Targets(domains=("a.example", "b.example"), host_names=("x.b.example", "shop.elsewhere.example"))
    assert hosts_of(targets, "a.example", first=True)[:2] == ("a.example", "shop.elsewhere.example")
    assert hosts_of(targets, "b.example", first=False)[:2] == ("b.example", "x.b.example")
    assert all(len(host) <= 253 for host in hosts_of(targets, f"{'a.' * 124}test", first=False))


def answer(*records: tuple[str, str, str], rcode: str = "NOERROR", start: str = "") -> str:
    sections = [{"name": name, "type": type_, "ttl": 60, "data": [data]} for name, type_, data in records]
    authority = [{"name": start, "type": "SOA", "ttl": 60, "data": ["ns. h. 1 2 3 4 5"]}] if start else []
    return json.dumps({"rcode": rcode, "flags": ["QR", "RA"], "answer": sections, "authority": authority})


Recorded = Callable[[dict[api.Question, "api.Answer | str"]], api.Ask]


@pytest.fixture
def one_alias(recorded: Recorded) -> Callable[..., NameAliases]:
    """The aliases of a.example, of which old is one; only what is said of its target differs."""

    def found(target: str, address: str, owner: str, said_of_owner: str) -> NameAliases:
        missing = answer(rcode="NXDOMAIN", start="a.example")
        answers: dict[api.Question, api.Answer | str] = {
            api.Dns(f"{label}.a.example", "A"): missing for label in (*USUAL, "itaudit-control-question")
        }
        answers |= {
            api.Dns("a.example", "SOA"): answer(("a.example", "SOA", "ns. h. 1 2 3 4 5")),
            api.Dns("example", "SOA"): answer(("example", "SOA", "ns. h. 1 2 3 4 5")),
            api.Dns("a.example", "A"): answer(("a.example", "A", "192.0.2.1")),
            api.Dns(OLD, "A"): answer((OLD, "CNAME", f"{target}."), rcode="NXDOMAIN"),
            api.Dns(target, "AAAA"): address,
            api.Dns(owner, "SOA"): said_of_owner,
        }
        targets = Targets(domains=("a.example",), host_names=(OLD,))
        (one,) = name_aliases.function(recorded(answers), targets)
        assert isinstance(one, NameAliases)
        return one

    return found


def test_a_target_that_anybody_can_buy_is_named(one_alias: Callable[..., NameAliases]) -> None:
    gone = answer(rcode="NXDOMAIN", start="com")
    (alias,) = one_alias("shop.formerly-ours.com", gone, "formerly-ours.com", gone).aliases
    assert (alias.name, alias.fate, alias.claimable) == (OLD, Fate.NO_SUCH_NAME, "formerly-ours.com")


def test_a_target_at_a_large_host_is_the_customers_name_there(one_alias: Callable[..., NameAliases]) -> None:
    gone = answer(rcode="NXDOMAIN", start="azurewebsites.net")
    (alias,) = one_alias("ours.azurewebsites.net", gone, "ours.azurewebsites.net", gone).aliases
    assert (alias.fate, alias.claimable) == (Fate.NO_SUCH_NAME, "ours.azurewebsites.net")


def test_a_target_in_a_name_that_is_taken_cannot_be_bought(one_alias: Callable[..., NameAliases]) -> None:
    taken = answer(("host.com", "SOA", "ns. h. 1 2 3 4 5"))
    (alias,) = one_alias("shop.host.com", answer(rcode="NXDOMAIN", start="host.com"), "host.com", taken).aliases
    assert (alias.fate, alias.claimable) == (Fate.NO_SUCH_NAME, "")


def test_the_word_of_a_filter_is_no_proof_that_a_target_is_gone(one_alias: Callable[..., NameAliases]) -> None:
    blocked = answer(rcode="NXDOMAIN")
    found = one_alias("tracker.blocked.com", blocked, "blocked.com", answer(("blocked.com", "SOA", "ns. h. 1 2 3 4 5")))
    assert (found.aliases, found.unseen) == ((), (OLD,))


def test_a_resolver_that_denies_everything_proves_nothing(recorded: Recorded) -> None:
    denied = answer(rcode="NXDOMAIN")
    answers: dict[api.Question, api.Answer | str] = {api.Dns("a.example", "SOA"): denied, api.Dns("example", "SOA"): denied}
    (gap,) = name_aliases.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.Unreadable)


def test_a_circle_is_cut_where_it_closes() -> None:
    pairs = (("a.example", "b.example."), ("b.example", "c.example."), ("c.example", "b.example."))
    reply = Reply("NOERROR", answer=tuple(Record(name, "CNAME", target) for name, target in pairs))
    assert links_of("a.example", reply) == ("b.example", "c.example", "b.example")


NAMES = st.sampled_from(["a.example", "b.example", "c.example", ".", ""])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=30))
def test_no_answer_makes_following_endless(pairs: list[tuple[str, str]]) -> None:
    reply = Reply("NOERROR", answer=tuple(Record(name, "CNAME", target) for name, target in pairs))
    assert len(links_of("a.example", reply)) <= LINKS_AT_MOST
