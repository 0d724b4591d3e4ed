"""In the laboratory nsd tells names without records (NOERROR) from names that do not exist (NXDOMAIN), as RFC 8020 wants."""

import dns.message
import dns.query
import dns.rcode
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.evidence.redact import redact
from itaudit.facts.lookups import Record, Reply
from itaudit.facts.mail import Mail
from itaudit.facts.signing_keys import COMMON, SigningKey, SigningKeys, _key, signing_keys
from lab.dns import DnsLab, Script, answers_with, scripted


def keys_of(dns_lab: DnsLab, live: api.Ask, name: str, **selectors: tuple[str, ...]) -> SigningKeys:
    """The keys of one name; `selectors`: configured ones by the first label of a name under test."""
    mail = Mail(dkim_selectors={f"{label}.test": names for label, names in selectors.items()})
    (found,) = signing_keys.function(live, dns_lab.targets(name), mail)
    assert isinstance(found, SigningKeys), found
    return found


def short(found: SigningKeys) -> dict[str, tuple[int, ...]]:
    """Selector -> the lengths of its keys."""
    return {key.selector: tuple(record.bits for record in key.records) for key in found.keys}


@pytest.mark.parametrize(
    ("name", "keys", "none_exist"),
    [
        ("signs.test", {"selector1": (2048,), "selector2": (2048,)}, False),
        ("signsmodern.test", {"s1": (256,), "s2": (2048,)}, False),
        ("shortkey.test", {"default": (1024,)}, False),
        ("tinykey.test", {"default": (512,)}, False),
        ("brokenkey.test", {"google": (0,)}, False),
        ("twokeys.test", {"google": (1024, 2048)}, False),
        ("danglingkey.test", {"selector1": ()}, False),
        ("nokeys.test", {}, True),
        ("hiddenkey.test", {}, False),
        ("wildtext.test", {}, False),
        ("wildalias.test", {}, False),
        ("wildkey.test", {"*": (2048,)}, False),
    ],
)
def test_keys_under_common_names_are_found(
    dns_lab: DnsLab, live: api.Ask, name: str, keys: dict[str, tuple[int, ...]], none_exist: bool
) -> None:
    found = keys_of(dns_lab, live, name)
    assert ({key: tuple(sorted(bits)) for key, bits in short(found).items()}, found.none_exist) == (keys, none_exist)
    assert found.unseen == ()


def test_an_alias_is_followed_and_told(dns_lab: DnsLab, live: api.Ask) -> None:
    keys = {key.selector: key for key in keys_of(dns_lab, live, "signs.test").keys}
    assert keys["selector2"].alias == "signs-test._domainkey.signinghost.test"
    assert keys["selector2"].usable
    assert keys["selector1"].alias == ""


def test_a_configured_key_is_told_whether_it_exists_or_not(dns_lab: DnsLab, live: api.Ask) -> None:
    assert short(keys_of(dns_lab, live, "hiddenkey.test", hiddenkey=("x7f3",))) == {"x7f3": (2048,)}
    missing = keys_of(dns_lab, live, "nokeys.test", nokeys=("x7f3",))
    assert missing.keys == (SigningKey("x7f3", configured=True),)
    assert missing.none_exist


def test_a_text_for_every_name_is_no_configured_key(dns_lab: DnsLab, live: api.Ask) -> None:
    assert keys_of(dns_lab, live, "wildtext.test", wildtext=("x7f3",)).keys == (SigningKey("x7f3", configured=True),)


def test_a_withdrawn_key_is_seen_as_withdrawn(dns_lab: DnsLab, live: api.Ask) -> None:
    keys = {key.selector: key for key in keys_of(dns_lab, live, "withdrawnkey.test").keys}
    assert [(name, key.usable) for name, key in keys.items()] == [("selector1", True), ("selector2", False)]
    assert keys["selector2"].record is not None
    assert keys["selector2"].record.revoked


def test_a_name_below_is_signed_with_the_keys_of_its_organisation(dns_lab: DnsLab, live: api.Ask) -> None:
    found = keys_of(dns_lab, live, "shop.signs.test")
    assert (found.place, set(short(found))) == ("signs.test", {"selector1", "selector2"})


@pytest.mark.parametrize(("name", "declared"), [("nullmx.test", False), ("good.test", True)])
def test_a_name_without_email_has_no_keys_to_look_for(dns_lab: DnsLab, live: api.Ask, name: str, declared: bool) -> None:
    targets = dns_lab.targets(name, without_mail=(name,) if declared else ())
    (gap,) = signing_keys.function(live, targets, Mail())
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.NotApplicable)


def forwarding(dns_lab: DnsLab, to_keys: Script) -> Script:
    """The laboratory's resolver, except below _domainkey."""

    def answer(query: dns.message.Message) -> dns.message.Message | bytes | None:
        if b"_domainkey" in query.question[0].name.labels:
            return to_keys(query)
        return dns.query.udp(query, dns_lab.resolver, timeout=3, port=dns_lab.resolver_port)

    return answer


def test_keys_that_could_not_be_asked_are_unseen_and_nothing_is_proved(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(forwarding(dns_lab, answers_with(dns.rcode.SERVFAIL))) as port:
        targets = dns_lab.targets("signs.test", resolver_port=port)
        (found,) = signing_keys.function(live, targets, Mail(dkim_selectors={"signs.test": ("selector1",)}))
    assert isinstance(found, SigningKeys)
    assert (found.keys, found.unseen, found.none_exist) == ((), ("selector1",), False)


def test_a_server_that_denies_the_way_to_a_key_that_it_has_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    """RFC 8020 forbids it, and some servers do it."""

    def wrong(query: dns.message.Message) -> dns.message.Message | bytes | None:
        if query.question[0].name.labels[0] == b"_domainkey":
            return answers_with(dns.rcode.NXDOMAIN)(query)
        return dns.query.udp(query, dns_lab.resolver, timeout=3, port=dns_lab.resolver_port)

    with scripted(forwarding(dns_lab, wrong)) as port:
        (found,) = signing_keys.function(live, dns_lab.targets("signs.test", resolver_port=port), Mail())
    assert isinstance(found, SigningKeys)
    assert set(short(found)) == {"selector1", "selector2"}
    assert not found.none_exist


def test_a_resolver_that_denies_everything_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.NXDOMAIN)) as port:
        (gap,) = signing_keys.function(live, dns_lab.targets("nokeys.test", resolver_port=port), Mail())
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.Unreadable)


def test_the_common_names_are_each_asked_once() -> None:
    assert len(set(COMMON)) == len(COMMON)


def test_a_key_that_was_partly_taken_for_a_secret_is_not_seen_and_not_wrong() -> None:
    text = redact("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS7TyWQHOg7hcvPapiMlrwIaaPcHpsk==")
    assert "11qYAYKxCrf" in text
    assert "[redacted]" in text
    answer = Reply("NOERROR", answer=(Record("s1._domainkey.example.com", "TXT", text),))
    assert _key("s1", "example.com", answer, configured=True) is None
