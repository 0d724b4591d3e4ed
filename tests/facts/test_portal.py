"""The page that must come back empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itaudit import api
from itaudit.facts.internet import Internet
from itaudit.facts.portal import WebProbe, web_probe

URL = "http://probe.example.com/204"
SECTION = Internet(portal_url=URL)


def test_a_redirect_to_a_sign_in_page_is_seen(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    body = '{"status": 302, "headers": {"location": "http://hotel.example.com/"}, "text": "moved", "url": "x"}'
    assert facts_of(web_probe, recorded({api.Http(URL): body}), SECTION) == [
        WebProbe("web", URL, 302, 5, "http://hotel.example.com/")
    ]


def test_no_page_at_all_is_unknown(live: api.Ask, facts_of: Callable[..., list[Any]], closed_port: int) -> None:
    with pytest.raises(api.Unreachable):
        facts_of(web_probe, live, Internet(portal_url=f"http://127.0.0.1:{closed_port}/"))


def test_an_empty_address_turns_it_off(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(web_probe, recorded({}), Internet(portal_url=""))


@pytest.mark.parametrize(
    "body", ["", "null", "{}", '{"status": "204", "headers": {}, "text": ""}', '{"status": 204, "headers": [], "text": ""}']
)
def test_what_is_no_answer_of_a_web_server_is_refused(
    always: Callable[[str], api.Ask], facts_of: Callable[..., list[Any]], body: str
) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(web_probe, always(body), SECTION)
