import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.dkim import Settings, dkim
from itaudit.facts.key_records import KeyRecord
from itaudit.facts.signing_keys import SigningKey, SigningKeys

from .conftest import Plain

OK, WARN, FAIL, UNKNOWN = api.Status.OK, api.Status.WARN, api.Status.FAIL, api.Status.UNKNOWN
LOW, MEDIUM, HIGH = api.Severity.LOW, api.Severity.MEDIUM, api.Severity.HIGH


def record(bits: int = 2048, kind: str = "rsa", *, testing: bool = False, faults: tuple[str, ...] = ()) -> KeyRecord:
    return KeyRecord("v=DKIM1; p=KEY", kind, bits, testing=testing, faults=faults)


WITHDRAWN = KeyRecord("v=DKIM1; p=", revoked=True)
BROKEN = record(0, faults=("p= holds no rsa key",))


def key(*records: KeyRecord, selector: str = "selector1", configured: bool = False, alias: str = "") -> SigningKey:
    return SigningKey(selector, configured, records, alias)


def keys(*given: SigningKey, unseen: tuple[str, ...] = (), none_exist: bool = False) -> SigningKeys:
    return SigningKeys("example.com", "example.com", "example.com", given, unseen, none_exist)


STRONG = key(record())


@pytest.mark.parametrize(
    ("found", "status", "severity"),
    [
        (keys(STRONG), OK, None),
        (keys(key(record(256, "ed25519"))), OK, None),
        (keys(STRONG, key(WITHDRAWN, selector="selector2")), OK, None),
        (keys(key(record(), configured=True), none_exist=False), OK, None),
        # what the owner named
        (keys(key(configured=True)), FAIL, None),
        (keys(STRONG, key(configured=True, selector="x")), FAIL, None),
        (keys(key(configured=True), none_exist=True), FAIL, None),
        (keys(key(WITHDRAWN, configured=True)), FAIL, None),
        (keys(key(BROKEN, configured=True)), FAIL, None),
        (keys(key(record(), record(), configured=True)), FAIL, None),
        (keys(key(configured=True, alias="gone.example.net")), FAIL, None),
        (keys(STRONG, unseen=("x",)), UNKNOWN, None),
        (keys(key(record(1024)), unseen=("x",)), WARN, MEDIUM),
        # how long the keys are
        (keys(key(record(1023))), FAIL, HIGH),
        (keys(STRONG, key(record(512), selector="x")), FAIL, HIGH),
        (keys(key(record(512)), key(configured=True, selector="x")), FAIL, HIGH),
        (keys(key(record(1024))), WARN, MEDIUM),
        (keys(key(record(2047))), WARN, MEDIUM),
        (keys(key(record(4096))), OK, None),
        (keys(key(record(4097))), WARN, LOW),
        # what else is found under common names
        (keys(STRONG, key(BROKEN, selector="x")), WARN, None),
        (keys(STRONG, key(record(), record(1024), selector="x")), WARN, None),
        (keys(key(alias="gone.example.net")), WARN, None),
        # a second alias that is not in use yet, as Microsoft 365 asks for
        (keys(STRONG, key(alias="gone.example.net", selector="selector2")), OK, None),
        (keys(key(WITHDRAWN), key(alias="gone.example.net", selector="selector2")), WARN, None),
        (keys(key(record(testing=True))), WARN, LOW),
        # nothing
        (keys(), UNKNOWN, None),
        (keys(key(WITHDRAWN, selector="*")), UNKNOWN, None),
        (keys(none_exist=True), WARN, MEDIUM),
    ],
)
def test_whether_email_is_signed_well(
    judged: Plain, found: SigningKeys, status: api.Status, severity: api.Severity | None
) -> None:
    assert judged(dkim(found, Settings())) == (status, severity)


def test_the_reason_that_is_said_fits_the_fault() -> None:
    reasons = {
        "it is missing": key(configured=True),
        "it leads to nothing": key(configured=True, alias="gone.example.net"),
        "it was withdrawn": key(WITHDRAWN, configured=True),
        "it is written wrongly": key(BROKEN, configured=True),
        "it exists several times": key(record(), record(), configured=True),
    }
    for words, fault in reasons.items():
        assert words in dkim(keys(fault), Settings()).summary


def test_where_no_key_is_found_the_owner_learns_how_to_name_it() -> None:
    assert "dkim_selectors" in dkim(keys(), Settings()).unlock
    assert "dkim_selectors" not in dkim(keys(STRONG, unseen=("x",)), Settings()).unlock


def test_the_length_is_the_owners_to_choose() -> None:
    strict = Settings(rsa_bits=api.AtLeast(warn=4096, fail=2048))
    assert dkim(keys(key(record(2048))), strict).status is WARN
    assert dkim(keys(key(record(1536))), strict).status is FAIL


def steps_of(*given: SigningKey, none_exist: bool = False) -> str:
    remedy = dkim(keys(*given, none_exist=none_exist), Settings()).remedy
    assert remedy is not None
    assert "dig " in remedy.verify
    return " ".join(remedy.steps)


def test_a_missing_key_is_published_under_its_own_name() -> None:
    steps = steps_of(STRONG, key(configured=True, selector="x7"))
    assert 'x7._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p=KEY"' in steps
    assert "selector1._domainkey" not in steps


def test_a_short_key_is_replaced_under_another_name_and_withdrawn_later() -> None:
    steps = steps_of(STRONG, key(record(1024), selector="old"))
    assert 'NEW-SELECTOR._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p=KEY"' in steps
    assert 'old._domainkey.example.com. 3600 IN TXT "v=DKIM1; p="' in steps


def test_the_mark_of_a_test_is_taken_out_where_it_stands() -> None:
    assert "t=y out of x._domainkey.example.com." in steps_of(STRONG, key(record(testing=True), selector="x"))


def test_a_short_key_under_test_is_replaced_all_the_same() -> None:
    assert "NEW-SELECTOR._domainkey" in steps_of(key(record(1024, testing=True)))


def test_a_name_that_signs_nothing_begins_at_its_provider() -> None:
    assert steps_of(none_exist=True).startswith("At the email provider: switch on DKIM")


def test_the_records_are_shown_as_they_are_and_long_ones_by_both_ends() -> None:
    long = dataclasses.replace(record(), text="v=DKIM1; p=" + "A" * 400 + "END")
    detail = dkim(keys(STRONG, key(long, selector="x", alias="host.example.net")), Settings()).detail
    assert 'selector1._domainkey.example.com: "v=DKIM1; p=KEY", rsa 2048 bits' in detail
    assert "x._domainkey.example.com: CNAME host.example.net, " in detail
    assert "END" in detail
    assert len(detail) < 400
