"""A registry is asked once, within bounds, and nothing personal that it says is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from itaudit import api
from itaudit.errors import NotFound, TimedOut, Unreachable, Unreadable
from itaudit.evidence import live_registration
from itaudit.evidence.live import Live
from itaudit.evidence.live_registration import registry_in
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Registration
from lab.registry import SECRET, domain

Asked = Callable[[str], Answer]
PATIENCE_SECONDS = 50.0
"""Less than the laboratory goes on with what has no end."""


@pytest.fixture
def asked(registry_url: str) -> Asked:
    return lambda name: Live().ask(Registration(name, registry_url, timeout=1.0 if name == "dribbles.test" else PATIENCE_SECONDS))


def test_what_the_registry_says_is_kept_without_persons(asked: Asked) -> None:
    answer = asked("good.test")
    said = answer.json
    assert said["events"][0] == {"eventAction": "registration", "eventDate": "2015-01-31T23:30:00Z"}
    assert [event["eventAction"] for event in said["events"]] == ["registration", "expiration"]
    assert {key: said[key] for key in said if key != "events"} == {
        "ldhName": "good.test",
        "handle": "4711-TEST",
        "status": ["client transfer prohibited"],
        "nameservers": ["ns1.good.test"],
        "delegationSigned": True,
        "registrar": "Example Registrar Ltd.",
    }
    assert SECRET in json.dumps(domain("good.test", 1))
    assert SECRET not in answer.body
    assert "+1.555" not in answer.body


def test_a_registrar_that_is_a_person_is_not_named() -> None:
    answer = domain("a.test", 1)
    answer["entities"][0]["roles"] = ["registrar"]
    del answer["entities"][1]
    assert live_registration._harmless(answer)["registrar"] == ""


def test_a_redirect_to_the_registrar_is_followed(asked: Asked) -> None:
    assert asked("moved.test").json["ldhName"] == "good.test"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("unknown", NotFound),
        ("broken", Unreachable),
        ("busy", Unreachable),
        ("html", Unreadable),
        ("list", Unreadable),
        ("huge", Unreadable),
        ("deep", Unreadable),
        ("loop", Unreadable),
        ("endless", Unreadable),
        ("dribbles", TimedOut),
    ],
)
def test_what_is_no_answer_is_a_failure_to_look(asked: Asked, kind: str, error: type[api.Missing]) -> None:
    answer = asked(f"{kind}.test")
    assert isinstance(answer.error, error), answer


@pytest.mark.parametrize("kind", ["empty", "odd", "binary"])
def test_odd_answers_keep_the_promised_form(asked: Asked, kind: str) -> None:
    said = asked(f"{kind}.test").json
    assert all(isinstance(state, str) for state in said["status"])
    assert all(isinstance(text, str) for event in said["events"] for text in event.values())


def test_nobody_there_is_unreachable() -> None:
    answer = Live().ask(Registration("good.test", "http://127.0.0.1:9/", timeout=PATIENCE_SECONDS))
    assert isinstance(answer.error, Unreachable)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
PARTS = ("ldhName", "status", "events", "nameservers", "secureDNS", "entities", "handle", "roles", "vcardArray")


@given(some.dictionaries(some.sampled_from(PARTS), JSON | some.just([{"roles": ["registrar"], "vcardArray": ["vcard", [[]]]}])))
def test_whatever_the_registry_says_becomes_the_promised_form(said: dict[str, Any]) -> None:
    kept = live_registration._harmless(said)
    assert json.loads(json.dumps(kept)) == kept
    assert set(kept) == {"ldhName", "handle", "status", "events", "nameservers", "delegationSigned", "registrar"}


# Which registry: lists in IANA's form (RFC 9224 4), with names that exist nowhere.

LIST = {
    "services": [
        [["test", "example"], ["http://plain.invalid/", "https://one.invalid/rdap/"]],
        [["co.test"], ["https://two.invalid/"]],
        [["only-plain"], ["http://three.invalid/"]],
    ]
}


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("a.test", "https://one.invalid/rdap/"),
        ("a.co.test", "https://two.invalid/"),
        ("co.test", "https://one.invalid/rdap/"),
        ("test", ""),
        ("a.only-plain", ""),
        ("a.other", ""),
    ],
)
def test_the_longest_listed_ending_decides(name: str, server: str) -> None:
    assert registry_in(LIST, name) == server


@given(some.dictionaries(some.just("services"), JSON))
def test_whatever_stands_in_the_list_is_survived(bootstrap: dict[str, Any]) -> None:
    assert isinstance(registry_in(bootstrap, "a.test"), str)


def test_the_list_is_fetched_once_and_leads_to_the_registry(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def page(url: str, end: float) -> dict[str, Any]:
        fetched.append(url)
        if url == live_registration.IANA:
            return {"status": 200, "text": json.dumps(LIST), "url": url}
        return {"status": 200, "text": json.dumps(domain("a.test", 1)), "url": url}

    monkeypatch.setattr(live_registration, "_page", page)
    monkeypatch.setattr(live_registration, "_LIST", live_registration._Kept())
    for name in ("a.test", "b.co.test"):
        assert Live().ask(Registration(name, timeout=PATIENCE_SECONDS)).json["handle"] == "4711-TEST"
    assert fetched == [live_registration.IANA, "https://one.invalid/rdap/domain/a.test", "https://two.invalid/domain/b.co.test"]


@pytest.mark.parametrize("kind", ["broken", "html", "endless"])
def test_a_list_that_cannot_be_had_is_a_failure_to_look_for_every_name(
    registry_url: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(live_registration, "IANA", f"{registry_url}domain/{kind}.test")
    monkeypatch.setattr(live_registration, "_LIST", live_registration._Kept())
    for name in ("a.test", "b.test"):
        assert Live().ask(Registration(name, timeout=PATIENCE_SECONDS)).problem in ("unreachable", "unreadable")


def test_an_ending_that_nobody_lists_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_registration, "_page", lambda url, end: {"status": 200, "text": json.dumps(LIST), "url": url})
    monkeypatch.setattr(live_registration, "_LIST", live_registration._Kept())
    error = Live().ask(Registration("a.no-such-ending", timeout=PATIENCE_SECONDS)).error
    assert isinstance(error, NotFound)
    assert ".no-such-ending" in error.detail


def test_registries_that_iana_does_not_list_are_known_by_the_library() -> None:
    assert live_registration._left_out_by_iana("example.de").startswith("https://")
    assert live_registration._left_out_by_iana("example.no-such-ending") == ""
