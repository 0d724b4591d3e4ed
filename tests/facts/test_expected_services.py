"""Against real servers on loopback."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.expected_services import REFUSED, ExpectedService, expected_services, judged, question_of
from itaudit.facts.services import Services
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.tls import TlsLab

NAMES = ("tcp://127.0.0.1:445", "tls://localhost:993", "https://localhost/x", "unit:nginx")


def problems(live: Ask, *names: str) -> dict[str, str]:
    found = ran(expected_services.function(live, Services(expected=names)))
    assert all(isinstance(each, ExpectedService) for each in found), found
    return {each.subject: each.problem for each in found}


def test_a_port_that_listens_answers_and_a_closed_one_does_not(live: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and never listens: nor can anybody else there meanwhile
        open_, closed = (f"tcp://127.0.0.1:{each.getsockname()[1]}" for each in (server, held))
        assert problems(live, open_, closed) == {open_: "", closed: "does not answer"}


def test_a_page_answers_unless_it_is_an_error(live: Ask, web_pages: Callable[..., str]) -> None:
    pages = {"/shop": (200, "hello", ""), "/login": (401, "", ""), "/broken": (503, "", ""), "/moved": (302, "", "/shop")}
    base = web_pages(pages)
    found = problems(live, *(f"{base}/{path}" for path in ("shop", "login", "moved", "broken", "gone")))
    assert list(found.values()) == ["", "", "", "answers with an error", "answers with an error"]


def test_a_page_with_a_certificate_of_nobody_is_refused(
    live: Ask, web_pages: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = web_pages({"/shop": (200, "hello", "")}, secure=True)
    assert problems(live, f"{base}/shop") == {f"{base}/shop": ""}
    other = base.replace("localhost", "127.0.0.1")
    assert problems(live, f"{other}/shop") == {f"{other}/shop": REFUSED}


def test_a_plain_server_makes_no_protected_connection(live: Ask, tls_lab: TlsLab) -> None:
    name = f"tls://{tls_lab.address('plain')}:{tls_lab.port}"
    assert problems(live, name) == {name: "answers, but agrees to no protected connection"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("LoadState=loaded\nActiveState=active\nSubState=running\n", ""),
        ("LoadState=loaded\nActiveState=activating\nSubState=start\n", ""),
        ("LoadState=loaded\nActiveState=activating\nSubState=auto-restart\n", "does not run"),
        ("LoadState=loaded\nActiveState=failed\nSubState=failed\n", "does not run"),
        ("LoadState=not-found\nActiveState=inactive\nSubState=dead\n", "is not installed"),
    ],
)
def test_a_unit_runs_or_not_by_the_word_of_systemd(text: str, problem: str) -> None:
    assert judged("unit:nginx", api.Answer(text, 0)).problem == problem


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("unit:nginx", api.Answer("", 1, "System has not been booted with systemd")),
        ("unit:nginx", api.Answer("", 0)),
        ("tcp://192.0.2.1:25", api.Answer.missing(api.Unreachable("192.0.2.1 port 25: Network is unreachable"))),
        ("tcp://shop.example.com:25", api.Answer.missing(api.Unreachable("x: Temporary failure in name resolution"))),
        ("tcp://192.0.2.1:25", api.Answer.missing(api.NotApplicable("no network"))),
        ("https://192.0.2.1/", api.Answer("[]")),
        ("https://192.0.2.1/", api.Answer('{"status": true}')),
        ("https://192.0.2.1/", api.Answer('{"status": 0}')),
    ],
)
def test_what_cannot_be_told_is_no_failure(name: str, answer: api.Answer) -> None:
    with pytest.raises(api.Missing):
        judged(name, answer)


def test_a_certificate_in_the_address_of_a_page_is_no_trouble_with_one() -> None:
    name = "https://certificates.example.com/"
    refused = api.Answer.missing(api.Unreachable(f"{name}: [Errno 111] Connection refused"))
    assert judged(name, refused).problem == "does not answer"


def test_one_lost_packet_is_no_failure(recorded: Callable[..., Ask]) -> None:
    name = "tcp://192.0.2.1:25"
    late = api.Answer.missing(api.TimedOut("192.0.2.1 port 25"))
    second = api.Answer(json.dumps({"milliseconds": 1200.0}))
    answers = {question_of(name, 4.0): late, question_of(name, 8.0): second}
    [found] = ran(expected_services.function(recorded(answers), Services(expected=(name,))))
    assert (found.problem, found.milliseconds) == ("", 1200.0)
    [found] = ran(expected_services.function(recorded(answers | {question_of(name, 8.0): late}), Services(expected=(name,))))
    assert found.problem == "does not answer"


def test_where_none_is_named_it_does_not_apply(live: Ask) -> None:
    with pytest.raises(api.NotApplicable):
        problems(live)


@pytest.mark.parametrize(
    "name",
    [
        "nginx",
        "tcp://host",
        "tcp://host:0",
        "ftp://host:21",
        "https://",
        "https://user:secret@host/",
        "unit:",
        "unit:a b",
        "unit:-x;y",
    ],
)
def test_what_is_no_service_is_refused_in_the_configuration(name: str) -> None:
    with pytest.raises(ValidationError):
        Services(expected=(name,))


@pytest.mark.parametrize("folder", ["relative", "../up", "/a\0b"])
def test_a_folder_of_the_journal_is_a_whole_path(folder: str) -> None:
    with pytest.raises(ValidationError):
        Services(journal_folder=folder)


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
FIELDS = st.sampled_from(["status", "protocol", "trusted", "milliseconds", "error"])
BODIES = st.text(max_size=200) | st.recursive(VALUES, lambda inner: st.dictionaries(FIELDS, inner), max_leaves=6).map(json.dumps)


@given(st.sampled_from(NAMES), BODIES)
def test_any_answer_is_judged_or_missing(name: str, body: str) -> None:
    with contextlib.suppress(api.Missing):
        ran(expected_services.function(Ask(Always(body)), Services(expected=(name,))))
