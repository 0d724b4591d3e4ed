"""Whole suites of cases against the evaluator and the parser.

tests/facts/spf_suite.yml is ours, worked out by hand from RFC 7208. Set ITAUDIT_SPF_SUITE to further files in its format (that of
the well-known suites: several documents, each with `zonedata` and `tests`), separated by colons.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from itaudit import api
from itaudit.facts.spf_evaluation import Evaluation, Result, check_host, identity
from itaudit.facts.spf_sender import Lookup

OWN = Path(__file__).parent / "spf_suite.yml"
FILES = [OWN, *(Path(file) for file in os.environ.get("ITAUDIT_SPF_SUITE", "").split(":") if file)]
ALIASES_AT_MOST = 8


@dataclass(frozen=True)
class Case:
    name: str
    data: Mapping[str, Any]
    zones: Mapping[str, list[Any]]

    def evaluate(self) -> Evaluation:
        mail_from, helo = self.data["mailfrom"], self.data["helo"]
        domain, sender = identity(mail_from, helo)
        return check_host(self.data["host"], domain, sender, lookup_in(self.zones), helo, default_explanation="DEFAULT")

    @property
    def accepted(self) -> list[str]:
        result = self.data["result"]
        return result if isinstance(result, list) else [result]


def records_of(entries: list[Any]) -> list[Any]:
    """Records of type SPF stand for TXT ones where a name has no TXT of its own; "NONE" only says that there are none."""
    types = {type_ for entry in entries if isinstance(entry, dict) for type_ in entry}
    found: list[Any] = []
    for entry in entries:
        for type_, value in entry.items() if isinstance(entry, dict) else [("", entry)]:
            kind = "TXT" if type_ == "SPF" and "TXT" not in types else type_
            if value != "NONE":
                found.append((kind, value))
    return found


def lookup_in(zones: Mapping[str, list[Any]]) -> Lookup:
    """Answers from the zone data. TIMEOUT among a name's records: what it does not hold cannot be had."""

    def data(type_: str, value: Any) -> str:
        if type_ == "TXT":
            return "".join(value) if isinstance(value, list) else str(value)
        return f"{value[0]} {value[1] or '.'}" if type_ == "MX" else str(value)

    def look_up(name: str, type_: str, aliases: int = 0) -> list[str]:
        records = zones.get(name, [])
        if found := [data(type_, value) for kind, value in records if kind == type_ and value != "TIMEOUT"]:
            return found
        if any(value == "TIMEOUT" and kind in ("", type_) for kind, value in records):
            raise TimeoutError
        for kind, value in records:
            if kind == "CNAME":
                if aliases == ALIASES_AT_MOST:
                    raise api.Unreadable("aliases in a circle")
                return look_up(value.lower().rstrip("."), type_, aliases + 1)
        return []

    return look_up


def marked(file: Path) -> list[tuple[Case, str]]:
    return [(case, f"{file.stem}:{case.name}") for case in cases(file)]


def cases(file: Path) -> list[Case]:
    found = []
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        zones = {str(name).lower(): records_of(entries) for name, entries in document["zonedata"].items()}
        found += [Case(name, data, zones) for name, data in document["tests"].items()]
    return found


FOUND = [pair for file in FILES for pair in marked(file)]
CASES = [pytest.param(case, id=name) for case, name in FOUND]
EXPLAINED = [pytest.param(case, id=name) for case, name in FOUND if "explanation" in case.data]


@pytest.mark.parametrize("case", CASES)
def test_the_result_is_the_one_of_the_standard(case: Case) -> None:
    assert case.evaluate().result in case.accepted


@pytest.mark.parametrize("case", EXPLAINED)
def test_the_explanation_is_the_one_of_the_standard(case: Case) -> None:
    assert case.evaluate().explanation == case.data["explanation"]


@pytest.mark.parametrize("case", CASES)
def test_every_permanent_error_says_where_it_stands(case: Case) -> None:
    found = case.evaluate()
    assert (found.fault is not None) is (found.result is Result.PERMERROR)
    if found.fault and found.fault.position:
        text = next(str(one) for one in texts(case, found.fault.name) if str(one).lower().startswith("v=spf1"))
        assert text[found.fault.position - 1 :].startswith(found.fault.term)


def texts(case: Case, name: str) -> list[object]:
    return list(lookup_in(case.zones)(name, "TXT") or ())
