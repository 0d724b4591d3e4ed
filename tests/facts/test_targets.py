from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itaudit.facts.targets import Targets, readable, validated_name


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Example.COM.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_name_is_stored_in_its_ascii_form(written: str, stored: str) -> None:
    assert validated_name(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", "com", "https://example.com/", "info@example.com", "192.0.2.1", "a..b", "-a.example", "a b.example", "x" * 64 + ".de"],
)
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match=r"write|valid|full"):
        Targets(domains=(written,))


def test_an_international_name_is_shown_readable_and_in_ascii() -> None:
    assert readable("xn--bcher-kva.example") == "bücher.example (xn--bcher-kva.example)"
    assert readable("example.com") == "example.com"


def test_a_name_without_mail_must_be_one_of_the_names() -> None:
    with pytest.raises(ValidationError, match=r"other\.example"):
        Targets(domains=("example.com",), without_mail=("other.example",))


def test_a_name_written_twice_counts_once() -> None:
    assert Targets(domains=("example.com", "EXAMPLE.com.")).domains == ("example.com",)


def test_the_resolver_must_be_an_address() -> None:
    with pytest.raises(ValidationError):
        Targets(resolver="dns.example")


@given(st.text(max_size=80))
def test_any_text_is_a_name_that_stays_the_same_or_is_refused(text: str) -> None:
    try:
        name = validated_name(text)
    except ValueError:
        return
    assert validated_name(name) == name
    assert name.isascii()
    assert readable(name).endswith(name) or name in readable(name)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Mail.Example.COM:993", "mail.example.com:993"),
        ("192.0.2.10:8443", "192.0.2.10:8443"),
        ("[2001:DB8::1]:443", "[2001:db8::1]:443"),
        ("bücher.example:443", "xn--bcher-kva.example:443"),
    ],
)
def test_a_service_is_a_host_and_a_port(written: str, stored: str) -> None:
    assert Targets(services=(written,)).services == (stored,)
    assert Targets(services=(stored,)).services == (stored,)


@pytest.mark.parametrize(
    "written",
    [
        "mail.example.com",
        "mail.example.com:",
        "mail.example.com:0",
        "a.example:65536",
        "a.example:99x",
        ":443",
        "a:443",
        "a.example:-1",
    ],
)
def test_what_is_no_service_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match=r"write|valid"):
        Targets(services=(written,))


def test_days_of_registrations_are_kept_under_the_ascii_name() -> None:
    assert Targets.model_validate({"registrations": {"Bücher.example": "2027-03-01"}}).registrations == {
        "xn--bcher-kva.example": date(2027, 3, 1)
    }


@pytest.mark.parametrize(
    ("written", "stored"),
    [("", ""), ("https://rdap.example.com", "https://rdap.example.com/"), ("http://[::1]:80/a/", "http://[::1]:80/a/")],
)
def test_the_registrys_address_ends_in_a_slash(written: str, stored: str) -> None:
    assert Targets(registry_url=written).registry_url == stored


@pytest.mark.parametrize(
    "written", ["rdap.example.com", "ftp://x.example/", "https://user@x.example/", "https://x.example/?q=1", "https://"]
)
def test_what_is_no_address_of_a_registry_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="write an address"):
        Targets(registry_url=written)
