"""Expected texts are the examples of RFC 7208 7.4, or worked out by hand from 7.1 to 7.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.spf_macros import expanded, is_askable, is_explanation, is_macro_string, letters, name_fault, name_of

VALUES = {"s": "strong-bad@email.example.com", "l": "strong-bad", "d": "email.example.com", "i": "192.0.2.3", "v": "in-addr"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{l1r-}", "strong"),
        ("%{d007}", "email.example.com"),
        ("%{d99999999999999999999999}", "email.example.com"),
        ("%{L}@%%%_%-", "strong-bad@% %20"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{l+-}", "strong.bad"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
    ],
)
def test_macros_become_what_the_standard_says(text: str, expected: str) -> None:
    assert expanded(text, VALUES.__getitem__) == expected


@pytest.mark.parametrize(
    "text", ["a.com", ".com", "a:b/c.example.com.", "%{d}", "x%{i}", "a%%", "a%_", "%{ir.-}", "a.xn--p1ai", "a.1-b"]
)
def test_names_of_the_grammar_are_accepted(text: str) -> None:
    assert name_fault(text) == ""


@pytest.mark.parametrize(
    "text",
    ["", "com", "com.", "a.123", "a.-com", "a.com-", "a.", "a..", "a}", "%{d}x", "%{d", "%d", "%", "%{x}",
     "%{d0}", "%{d00r}.com", "%{c}", "a.c\u00f6m", "%{\u017f}.com", "a b.com", "%{dr2}.com", "a.com%"],
)  # fmt: skip
def test_names_outside_the_grammar_are_told_why(text: str) -> None:
    assert name_fault(text)


def test_letters_are_those_of_macros_only() -> None:
    assert letters("%%{s}.%{D2}.%{ir}.x%_") == {"d", "i"}


def test_an_explanation_may_hold_spaces_and_a_name_may_not() -> None:
    assert is_explanation("See %{c}, please!")
    assert not is_macro_string("See %{c}")
    assert not is_explanation("See%")


LABELS = st.lists(st.sampled_from(["a", "bcd", "x" * 40, "y" * 63]), min_size=1, max_size=40)


@given(LABELS)
def test_a_name_keeps_as_many_whole_labels_on_the_right_as_fit(labels: list[str]) -> None:
    shortened = name_of(".".join(labels)).split(".")
    kept = len(shortened)
    assert shortened == labels[-kept:]
    assert len(".".join(shortened)) <= 253
    assert kept == len(labels) or len(".".join(labels[-kept - 1 :])) > 253


@pytest.mark.parametrize(
    ("name", "possible"),
    [
        ("a.b", True),
        ("x" * 63 + ".b", True),
        ("x" * 64 + ".b", False),
        ("a..b", False),
        ("", False),
        ("\u00fc.b", False),
        ("a\x00.b", False),
    ],
)
def test_only_what_the_wire_can_carry_is_asked(name: str, possible: bool) -> None:
    assert is_askable(name) is possible


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_read_and_expanded_without_a_crash(text: str, value: str) -> None:
    name_fault(text)
    if is_macro_string(text):
        is_askable(name_of(expanded(text, lambda _: value)))


@given(st.text(alphabet="%{}dolr0.a5", max_size=30))
def test_what_is_a_name_expands_completely(text: str) -> None:
    if not name_fault(text) and "%%" not in text:
        assert "%" not in expanded(text, lambda _: "value.example")
