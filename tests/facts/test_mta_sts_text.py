"""Expected values by hand from RFC 8461 3.1, 3.2 and 4.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.mta_sts_text import Mode, StsPolicy, matches, parse_policy, record_faults

GOOD = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n"


@pytest.mark.parametrize(
    "records",
    [
        ["v=STSv1; id=20160831085700Z;"],
        ["v=STSv1;id=1"],
        ["v=STSv1 ; id=1 ; new=thing:!"],
        ["v=STSv1; id=1", "v=STSv2; id=2"],
        ["v=STSv1; id=" + "a" * 32],
    ],
)
def test_a_record_by_the_rules_has_no_fault(records: list[str]) -> None:
    assert record_faults(records) == ()


@pytest.mark.parametrize(
    "records",
    [
        ["v=STSv1"],
        ["v=STSv1;"],
        ["v=stsv1; id=1"],
        ["v=STSv1; id="],
        ["v=STSv1; id=a-b"],
        ["v=STSv1; id=" + "a" * 33],
        ["v=STSv1; ID=1"],
        ["v=STSv1; id=1; broken"],
        ["v=STSv1; id=1;; "],
        ["v=STSv1; id=1", "v=STSv1; id=1 "],
        ["v=STSv10; id=1"],
        ["v=STSv1; id=é"],
        [],
    ],
)
def test_a_record_against_the_rules_has_a_fault(records: list[str]) -> None:
    assert len(record_faults(records)) == 1


def test_a_policy_is_read() -> None:
    expected = StsPolicy(Mode.ENFORCE, 604800, ("mail.example.com", "*.example.net"))
    assert parse_policy(GOOD) == (expected, ())
    assert parse_policy(GOOD.replace("\n", "\r\n")) == (expected, ())
    assert parse_policy(GOOD.rstrip().replace(": ", ":\t ")) == (expected, ())
    assert parse_policy(GOOD + "mode: none\nmax_age: 1\nnew: thing\n") == (expected, ())


def test_a_policy_that_is_withdrawn_needs_no_server() -> None:
    assert parse_policy("version: STSv1\nmode: none\nmax_age: 0")[0] == StsPolicy(Mode.NONE, 0)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("STSv1", "STSv2", "version"),
        ("version", "Version", "version"),
        ("enforce", "Enforce", "mode: 'Enforce'"),
        ("mode: enforce\n", "", "mode: is missing"),
        ("mx: mail.example.com\nmx: *.example.net\n", "", "mx: is missing"),
        ("*.example.net", "mail.*.net", "'mail.*.net' is no host name"),
        ("*.example.net", "*", "'*' is no host name"),
        ("mail.example.com", "mail.example.com.", "is no host name"),
        ("mail.example.com", "mail example.com", "is no host name"),
        ("604800", "31557601", "max_age"),
        ("604800", "1 week", "max_age"),
        ("604800", "-1", "max_age"),
        ("604800", "٤", "max_age"),
        ("max_age: 604800\n", "", "max_age"),
        ("mode: enforce", "mode enforce", "is not a line of a policy"),
        ("version: STSv1", "<html>", "is not a line of a policy"),
    ],
)
def test_each_mistake_in_a_policy_is_named(old: str, new: str, fault: str) -> None:
    policy, faults = parse_policy(GOOD.replace(old, new))
    assert policy is None
    assert fault in "; ".join(faults)


@pytest.mark.parametrize(
    ("host", "matched"),
    [
        ("mail.example.com", True),
        ("a.example.net", True),
        ("example.net", False),
        ("a.b.example.net", False),
        ("xmail.example.com", False),
        ("mail.example.com.evil.test", False),
    ],
)
def test_a_star_stands_for_one_label(host: str, matched: bool) -> None:
    assert matches(host, ("mail.example.com", "*.example.net")) is matched


@given(st.text(max_size=300))
def test_whatever_a_record_holds_it_is_judged(text: str) -> None:
    assert isinstance(record_faults([text]), tuple)
    assert isinstance(record_faults(["v=STSv1; " + text, "v=STSv1;" + text]), tuple)


@given(st.text(alphabet=st.sampled_from("versionSTSv1modexa_gnfrc:*.0123456789 \t\r\n"), max_size=400) | st.text(max_size=400))
def test_whatever_a_policy_holds_it_is_usable_or_has_faults(text: str) -> None:
    policy, faults = parse_policy(text)
    assert (policy is None) is bool(faults)


@given(
    st.sampled_from(list(Mode)),
    st.integers(0, 31557600),
    st.lists(st.from_regex(r"(\*\.)?[a-z0-9]{1,20}\.[a-z]{2,10}", fullmatch=True), min_size=1, max_size=10, unique=True),
)
def test_what_is_written_by_the_rules_is_read_back(mode: Mode, age: int, patterns: list[str]) -> None:
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {pattern}" for pattern in patterns), f"max_age: {age}"]
    assert parse_policy("\n".join(lines)) == (StsPolicy(mode, age, tuple(patterns)), ())


def test_a_long_text_costs_no_more_than_its_length() -> None:
    assert record_faults(["v=STSv1;" + " " * 65000 + "x"]) != ()
    assert parse_policy("mx: " + "a-" * 32000)[0] is None
