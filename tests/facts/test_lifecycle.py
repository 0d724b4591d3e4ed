from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.lifecycle import FETCHED, Fetched, Line, Support, fetched_table, support_of, table

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
LINES = {**table().system, **table().product}
# Not among the reference data: written down from the makers' pages.
BY_HAND = {"samba", "synology-dsm", "truenas"}
# Paid ends that differ from the reference, each with its reason.
DIFFERENT_PAID_ENDS = {
    "ubuntu": "as Ubuntu's own distro-info-data has it (eol-esm): without the years of the Legacy add-on, and to the day",
}


def reference(folder: Path, file: str) -> dict[str, dict[str, Any]]:
    releases = json.loads((folder / "endoflife" / f"{file}.json").read_text())["releases"]
    return {release["releaseCycle"]: release for release in releases}


def compared() -> list[str]:
    return sorted(key for key, line in LINES.items() if line.listed and key not in BY_HAND)


def end_in(release: dict[str, Any], line: Line) -> str:
    """Debian's end is that of its LTS team, which the reference calls extended support."""
    longer = release.get("eoes") if line.listed_end == "paid_end" else None
    return str(longer or release["eol"])  # "False" where no day is named


@pytest.mark.parametrize("key", compared())
def test_the_dates_equal_the_reference(shared_data: Path, key: str) -> None:
    line, releases = LINES[key], reference(shared_data, LINES[key].listed)
    pairs = {cycle: (str(end), end_in(releases[cycle], line)) for cycle, end in line.end.items()}
    assert {cycle: pair for cycle, pair in pairs.items() if pair[0] != pair[1]} == {}
    assert [cycle for cycle in line.open if releases[cycle]["eol"] is not False] == []
    if key not in DIFFERENT_PAID_ENDS:
        paid = {cycle: (str(end), releases[cycle].get("eoes")) for cycle, end in line.paid_end.items()}
        assert {cycle: pair for cycle, pair in paid.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("key", compared())
def test_no_release_that_is_still_mended_is_left_out(shared_data: Path, key: str) -> None:
    line = LINES[key]
    # LMDE calls itself linuxmint too, with numbers of its own: it stays unknown.
    releases = {c: r for c, r in reference(shared_data, line.listed).items() if not c.startswith("lmde")}
    over = {cycle for cycle, release in releases.items() if release["eol"] is True or end_in(release, line) < "2026-08-22"}
    mended = set(releases) - over
    own_choice = {"raspbian": {"10", "11", "12", "13"}}.get(key, line.releases)
    assert mended - own_choice == set()


def test_every_product_of_the_reference_is_in_the_table(shared_data: Path) -> None:
    files = {file.stem for file in (shared_data / "endoflife").glob("*.json")}
    assert len(files) >= 44
    # CentOS and CentOS Stream have one ID, and so one line, which is compared below.
    assert files - {line.listed for line in LINES.values()} == {"centos", "centos-stream"}


def test_centos_is_its_linux_up_to_7_and_its_stream_from_8(shared_data: Path) -> None:
    both = {**reference(shared_data, "centos"), **reference(shared_data, "centos-stream")}
    line = LINES["centos"]
    assert {cycle: str(end) for cycle, end in line.end.items()} == {cycle: both[cycle]["eol"] for cycle in line.end}


def test_the_products_of_the_issue_are_there_by_hand() -> None:
    assert set(LINES) >= BY_HAND | {"raspbian"}
    assert LINES["samba"].end["4.24"] == date(2027, 9, 30)
    assert LINES["synology-dsm"].end["7.3"] == date(2028, 10, 31)
    assert "24.04" in LINES["truenas"].gone


def test_paid_support_ends_later_than_the_free_one() -> None:
    paid = [(line.end[release], end) for line in LINES.values() for release, end in line.paid_end.items()]
    assert len(paid) > 30
    assert all(free < end for free, end in paid)


def test_every_line_names_its_makers_page_and_no_release_twice() -> None:
    assert all(line.source.startswith("https://") for line in LINES.values())
    assert all(len(line.releases) == len(line.end) + len(line.open) + len(line.gone) for line in LINES.values())
    assert not set(table().system) & set(table().product)


@pytest.mark.parametrize(
    ("system", "version", "cycle"),
    [
        ("alpine", "3.20.3", "3.20"),
        ("almalinux", "9.4", "9"),
        ("debian", "12", "12"),
        ("debian", "99", ""),
        ("ubuntu", "24.04", "24.04"),
        ("truenas", "25.10.1", "25.10"),
        ("debian", "not a version", ""),
        ("debian", "", ""),
    ],
)
def test_a_release_belongs_to_its_longest_known_prefix(system: str, version: str, cycle: str) -> None:
    assert table().system[system].cycle(version) == cycle


def test_three_dates_by_hand() -> None:
    """Written down a second time, so that a slip in the table shows where the reference data is absent."""
    assert table().system["debian"].end["12"] == date(2028, 6, 30)
    assert table().product["php"].end["8.2"] == date(2026, 12, 31)
    assert table().product["postgresql"].end["13"] == date(2025, 11, 13)


def kept(day: str, **products: object) -> str:
    return json.dumps({"source": "https://endoflife.date", "fetched": f"{day}T08:00:00+00:00", "data": {"products": products}})


def support(recorded: Recorder, text: str, key: str, version: str) -> Support | None:
    return support_of(LINES[key], version, fetched_table(recorded({FETCHED: text})))


def test_what_was_fetched_later_replaces_our_own_date_and_says_of_when_it_is(recorded: Recorder) -> None:
    text = kept("2026-11-01", php={"8.2": {"end": "2027-03-31"}, "8.6": {"end": "2030-12-31"}})
    changed = support(recorded, text, "php", "8.2")
    assert changed == Support("8.2", date(2027, 3, 31), None, False, "endoflife.date of 2026-11-01", date(2026, 11, 1))
    newer = support(recorded, text, "php", "8.6.1")
    assert newer is not None
    assert newer.end == date(2030, 12, 31)
    ours = support(recorded, text, "php", "8.1")
    assert ours is not None
    assert (ours.end, ours.checked) == (date(2025, 12, 31), table().checked)


def test_what_was_fetched_before_our_table_was_checked_is_not_used(recorded: Recorder) -> None:
    text = kept(table().checked.isoformat(), php={"8.2": {"end": "2099-01-01"}})
    assert fetched_table(recorded({FETCHED: text})) is None


def test_debian_counts_to_the_end_of_its_lts_also_in_what_was_fetched(recorded: Recorder) -> None:
    text = kept("2026-11-01", debian={"12": {"end": "2026-07-11", "paid_end": "2028-07-01"}, "14": {"end": "2030-08-01"}})
    for version, end in (("12", date(2028, 7, 1)), ("14", date(2030, 8, 1))):
        found = support(recorded, text, "debian", version)
        assert found is not None
        assert (found.end, found.paid_end) == (end, None)


def test_a_release_without_a_day_is_mended_or_over(recorded: Recorder) -> None:
    text = kept("2026-11-01", truenas={"25.04": {"end": "", "ended": True}, "26.04": {"end": ""}})
    over, mended = (support(recorded, text, "truenas", version) for version in ("25.04", "26.04"))
    assert over is not None
    assert mended is not None
    assert (over.end, over.ended, mended.end, mended.ended) == (None, True, None, False)
    assert [found and found.ended for found in (support_of(LINES["truenas"], v, None) for v in ("24.04", "25.10"))] == [
        True,
        False,
    ]


def test_a_release_that_nobody_knows_is_unknown(recorded: Recorder) -> None:
    assert support(recorded, kept("2026-11-01", php={}), "php", "17.3") is None


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(JSON | st.builds(lambda x: {"fetched": "2027-01-01", "data": {"products": {"php": x}}}, JSON))
def test_a_damaged_store_never_raises(value: object) -> None:
    class Source:
        abandoned: Mapping[str, int] = {}
        machine: Any = None

        def ask(self, question: api.Question) -> api.Answer:
            return api.Answer(json.dumps(value))

    fetched = fetched_table(Ask(Source()))
    found = support_of(LINES["php"], "8.2", fetched)
    assert found is not None
    assert fetched is None or isinstance(fetched, Fetched)


def test_a_fetched_table_that_tells_less_than_ours_takes_no_day_away() -> None:
    fetched = Fetched(date(2026, 11, 1), {"php": {"8.1": {"end": ""}, "8.1.2": "rubbish", "9.9": ["rubbish"]}})
    found = support_of(table().product["php"], "8.1.2", fetched)
    assert found
    assert (found.cycle, found.end) == ("8.1", date(2025, 12, 31))
    assert support_of(table().product["php"], "9.9", fetched) is None
