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
