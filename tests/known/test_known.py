"""Public data: what is kept of it, by whom it can be read, and what becomes of pages that are not what they should be."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api, known
from itaudit.contributions import Ask
from itaudit.errors import UserError
from itaudit.evidence.live import Live
from itaudit.facts.exploited import LIST, KnownExploited, known_exploited
from itaudit.known import ENDOFLIFE, EXPLOITED, endoflife, exploited

if TYPE_CHECKING:
    from lab.pages import Serve

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CISA = {
    "title": "CISA Catalog of Known Exploited Vulnerabilities",
    "catalogVersion": "2026.11.20",
    "dateReleased": "2026-11-20T15:00:01.4321Z",
    "count": 2,
    "vulnerabilities": [
        {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "dateAdded": "2021-12-10", "dueDate": "2021-12-24"},
        {"cveID": "CVE-2021-3156", "vendorProject": "Sudo", "dateAdded": "2022-04-06", "dueDate": "2022-04-27"},
    ],
}
ENDS = {
    "schema_version": "1.2.0",
    "result": [
        {
            "name": "debian",
            "releases": [
                {"name": "13", "isEol": False, "eolFrom": "2028-08-09", "isEoes": False, "eoesFrom": "2030-06-30"},
                {"name": "6", "isEol": True, "eolFrom": None},
            ],
        },
    ],
}
Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def test_of_the_catalogue_the_holes_and_their_days_are_kept() -> None:
    assert exploited.read(json.dumps(CISA)) == {
        "released": "2026-11-20",
        "holes": {"CVE-2021-44228": "2021-12-10", "CVE-2021-3156": "2022-04-06"},
    }


def test_a_file_that_another_program_saved_with_a_mark_at_its_beginning_is_read(tmp_path: Path) -> None:
    """Windows writes the mark (U+FEFF) where it saves a text as UTF-8."""
    file = tmp_path / "kev.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(CISA).encode())
    assert len(exploited.read(known.read_file(file))["holes"]) == 2


def test_of_the_support_ends_the_days_are_kept() -> None:
    assert endoflife.read(json.dumps(ENDS)) == {
        "products": {"debian": {"13": {"end": "2028-08-09", "paid_end": "2030-06-30"}, "6": {"end": "", "ended": True}}}
    }


@pytest.mark.parametrize(
    "text",
    ["", "<html>", "[]", "{}", '{"dateReleased": "soon", "vulnerabilities": [{"cveID": "CVE-2021-44228"}]}', "[" * 100_000],
)
def test_a_page_that_is_no_catalogue_is_refused_and_the_old_one_stays(text: str, tmp_path: Path) -> None:
    known.keep(EXPLOITED, json.dumps(CISA), "a test", NOW, tmp_path)
    before = (tmp_path / "known/exploited.json").read_bytes()
    with pytest.raises(UserError, match="What was kept before stays"):
        known.keep(EXPLOITED, text, "another test", NOW, tmp_path)
    assert (tmp_path / "known/exploited.json").read_bytes() == before


def test_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(api.Unreadable):
        exploited.read(json.dumps({**CISA, "vulnerabilities": [{"cveID": "hello"}, 7]}))


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    known.keep(ENDOFLIFE, json.dumps(ENDS), "a test", NOW, tmp_path / "state")
    for path, mode in (("state", 0o700), ("state/known", 0o700), ("state/known/endoflife.json", 0o600)):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == mode


def test_a_fact_reads_what_was_kept(tmp_path: Path) -> None:
    known.keep(EXPLOITED, json.dumps(CISA), "a test", NOW, tmp_path)
    source = Live()
    source.know(known.folder_in(tmp_path))
    assert list(known_exploited.function(Ask(source))) == [
        KnownExploited(date(2026, 11, 20), frozenset({"CVE-2021-44228", "CVE-2021-3156"}))
    ]


def test_without_a_list_there_is_no_fact_and_the_answer_says_how_to_get_one(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        source = Live()
        if folder:
            source.know(folder)
        assert list(known_exploited.function(Ask(source))) == []
    assert source.ask(LIST).problem == api.NotFound.kind


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    source = Live()
    source.know(tmp_path / "known")
    assert source.ask(api.PublicData("../secret")).problem == api.Unreadable.kind


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '{"data": 7}', '{"data": {"released": "x", "holes": {}}}', '{"data": {"holes": 1}}']
)
def test_a_damaged_list_is_a_fact_that_says_so(text: str, recorded: Recorder) -> None:
    (found,) = known_exploited.function(recorded({LIST: text}))
    assert isinstance(found, KnownExploited)
    assert found.problem
    assert not found.holes


def test_a_page_comes_only_from_a_server_whose_name_is_proved(web_pages: Serve) -> None:
    address = web_pages({"/list": (200, json.dumps(CISA), "")}, secure=True)
    assert json.loads(known.fetch(f"{address}/list", seconds=60)) == CISA
    with pytest.raises(api.Unreachable):
        known.fetch(f"{address.replace('localhost', '127.0.0.1')}/list", seconds=60)


def test_an_error_page_and_one_that_leaves_encryption_are_refused(web_pages: Serve) -> None:
    plain = web_pages({"/list": (200, json.dumps(CISA), "")})
    address = web_pages({"/gone": (503, json.dumps(CISA), ""), "/away": (302, "", f"{plain}/list")}, secure=True)
    with pytest.raises(api.Unreadable, match="503"):
        known.fetch(f"{address}/gone", seconds=60)
    with pytest.raises(api.Unreadable, match="not encrypted"):
        known.fetch(f"{address}/away", seconds=60)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_hostile_pages_give_data_or_unreadable(value: object) -> None:
    pages = [
        value,
        {"dateReleased": "2026-11-20", "vulnerabilities": value},
        {"dateReleased": value, "vulnerabilities": [value, {"cveID": "CVE-2021-44228", "dateAdded": value}]},
        {"result": value},
        {"result": [{"name": value, "releases": value}, {"name": "x", "releases": [value, {"name": value, "eolFrom": value}]}]},
    ]
    for page in pages:
        for read in (exploited.read, endoflife.read):
            with contextlib.suppress(api.Unreadable):
                json.dumps(read(json.dumps(page)))
