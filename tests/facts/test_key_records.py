"""Keys were made by openssl, so their kinds and lengths are its word; the rules are those of RFC 6376 3.6.1, 8301 and 8463."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.key_records import KeyRecord, is_key, parse
from lab._zones_dkim import ED25519, ELLIPTIC, RSA_512, RSA_1024, RSA_1024_UNWRAPPED, RSA_2048


@pytest.mark.parametrize(
    ("text", "kind", "bits"),
    [
        (f"v=DKIM1; k=rsa; p={RSA_2048}", "rsa", 2048),
        (f"p={RSA_1024}", "rsa", 1024),
        (f"v=DKIM1; p={RSA_1024_UNWRAPPED}", "rsa", 1024),
        (f"v=DKIM1; p={RSA_512}", "rsa", 512),
        (f"v=DKIM1; k=ed25519; p={ED25519}", "ed25519", 256),
        (f"v=DKIM1; h=sha1:SHA256; s=email; t=s; n=x; p={RSA_1024[:50]} \t{RSA_1024[50:]};", "rsa", 1024),
        (f" v = DKIM1 ; s=*; k=RSA ; p = {RSA_2048} ", "rsa", 2048),
        (f"v=DKIM1; future=x; p={RSA_2048}", "rsa", 2048),
    ],
)
def test_a_good_key_is_measured(text: str, kind: str, bits: int) -> None:
    assert is_key(text)
    record = parse(text)
    assert (record.kind, record.bits, record.faults, record.usable) == (kind, bits, (), True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("v=DKIM1; k=rsa", "missing"),
        ("v=DKIM1; p=MIIB-not-base64", "no rsa key"),
        ("v=DKIM1; p=AAAA", "no rsa key"),
        (f"v=DKIM1; p={RSA_2048[:-4]}", "no rsa key"),
        (f"v=DKIM1; p={RSA_2048[:48]}*{RSA_2048[48:]}", "no rsa key"),
        (f"v=DKIM1; p={ELLIPTIC}", "another kind"),
        (f"v=DKIM1; k=ed25519; p={RSA_1024}", "162 bytes"),
        (f"v=DKIM1; p={ED25519}", "no rsa key"),
        (f"v=DKIM1; k=dsa; p={RSA_2048}", "k=dsa"),
        (f"v=DKIM1; h=sha1; p={RSA_2048}", "h=sha1"),
        (f"v=DKIM1; s=tlsrpt; p={RSA_2048}", "s=tlsrpt"),
        (f"v=dkim1; p={RSA_2048}", "v="),
        (f"p={RSA_2048}; v=DKIM1", "v="),
        (f"v=DKIM1; p={RSA_2048}; p=", "twice"),
        (f"v=DKIM1 p={RSA_2048}", "v="),
        (f"v=DKIM1; {RSA_2048}", "missing"),
    ],
)
def test_a_key_that_receivers_cannot_use_is_told_with_the_reason(text: str, fault: str) -> None:
    assert is_key(text)
    record = parse(text)
    assert not record.usable
    assert not record.revoked
    assert any(fault in words for words in record.faults), record.faults


def test_a_withdrawn_key_is_no_mistake() -> None:
    assert parse("v=DKIM1; p=") == KeyRecord("v=DKIM1; p=", revoked=True)
    assert parse("v=DKIM1; k=rsa; t=y; p= ") == KeyRecord("v=DKIM1; k=rsa; t=y; p= ", revoked=True, testing=True)


@pytest.mark.parametrize(
    ("flags", "testing"), [("y", True), ("s : y", True), ("Y", True), ("s", False), ("", False), ("yes", False)]
)
def test_the_mark_of_a_test_is_read(flags: str, testing: bool) -> None:
    assert parse(f"v=DKIM1; t={flags}; p={RSA_2048}").testing is testing


@pytest.mark.parametrize(
    "text",
    ["v=spf1 -all", "v=DMARC1; p=reject", "site-verification=abc", "", "just words", "V=DMARC1;p=none", "v=DMARC1;v=DKIM1;p="],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert not is_key(text)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda key: f"v=DKIM1; p={base64.b64encode(key).decode()}"))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    record = parse(text)
    assert record.bits == 0 or not record.revoked
    assert record.usable is (not record.revoked and record.faults == ())
    assert all(len(words) < 200 for words in record.faults)


@given(st.integers(0, 293), st.integers(0, 255), st.integers(0, 40))
def test_a_damaged_key_is_read_without_a_crash(place: int, byte: int, cut: int) -> None:
    damaged = bytearray(base64.b64decode(RSA_2048))
    damaged[place] = byte
    record = parse(f"p={base64.b64encode(bytes(damaged[: len(damaged) - cut])).decode()}")
    assert record.bits or record.faults


def test_a_huge_key_is_read_in_bounds() -> None:
    record = parse("v=DKIM1; p=" + "A" * 65000 + ";x" * 1000)
    assert not record.usable
    assert len(record.faults) < 10
