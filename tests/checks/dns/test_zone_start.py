from dataclasses import replace
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.dns.zone_start import zone_start
from itaudit.facts.name_servers import State
from itaudit.facts.zone_starts import ZoneStart

from ._servers import answer, of
from .conftest import Plain

START = ZoneStart("ns1.example.com", "hostmaster.example.com", 7, 14400, 3600, 1209600, 3600)


def verdict(*starts: ZoneStart) -> api.Verdict:
    return zone_start(of(*(answer(f"192.0.2.{number}", start=start) for number, start in enumerate(starts, 1))))


def test_servers_with_the_same_sound_copy_are_well(judged: Plain) -> None:
    assert judged(verdict(START, START)) == (api.Status.OK, None)


@pytest.mark.parametrize(
    ("other", "behind"), [(6, "192.0.2.2"), (8, "192.0.2.1"), (2**32 - 1, "192.0.2.2"), (7 + 2**31, "undefined (RFC 1982 3.2)")]
)
def test_who_is_behind_is_named(judged: Plain, other: int, behind: str) -> None:
    found = verdict(START, replace(START, serial=other))
    assert judged(found) == (api.Status.WARN, None)
    assert found.detail.startswith(f"serials differ; behind: {behind}; ")


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"expire_seconds": 604_799}, "expire is below 604800"),
        ({"refresh_seconds": 1_209_601}, "expire is lower than refresh"),
        ({"negative_seconds": 86_401}, "minimum is above 86400"),
        ({"primary": "localhost"}, "is not a server: localhost"),
        ({"primary": "."}, "is not a server: ."),
        ({"primary": "127.0.0.1"}, "is not a server: 127.0.0.1"),
        ({"mailbox": "root@example.com"}, "is not a mailbox: root@example.com"),
        ({"mailbox": "root"}, "is not a mailbox: root"),
        ({"mailbox": "."}, "is not a mailbox: ."),
    ],
)
def test_what_is_unsound_is_shown_with_a_record_that_is_not(judged: Plain, change: dict[str, Any], detail: str) -> None:
    found = verdict(replace(START, **change))
    assert judged(found) == (api.Status.WARN, None)
    assert detail in found.detail
    assert found.remedy is not None
    assert found.remedy.steps[-1] == (
        "example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. 8 14400 3600 1209600 3600"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"expire_seconds": 604_800},
        {"refresh_seconds": 1_209_600},
        {"negative_seconds": 86_400},
        {"negative_seconds": 0},
        {"mailbox": r"host\.master.example.com"},
        {"primary": "hidden.invalid"},
    ],
)
def test_at_the_limit_it_is_well(judged: Plain, change: dict[str, Any]) -> None:
    assert judged(verdict(replace(START, **change))) == (api.Status.OK, None)


def test_a_new_serial_goes_round(judged: Plain) -> None:
    remedy = verdict(replace(START, serial=2**32 - 1, expire_seconds=1)).remedy
    assert remedy is not None
    assert " 0 14400 " in remedy.steps[-1]


def test_servers_that_each_hold_an_original_count_their_editions_apart(judged: Plain) -> None:
    # Two providers that both hold the zone, or controllers of one Windows domain: no number is behind another.
    other = replace(START, primary="ns1.provider.example", serial=2026112301)
    assert judged(verdict(START, other)) == (api.Status.OK, None)
    found = verdict(START, replace(START, serial=6), other)
    assert found.detail.startswith("serials differ; behind: 192.0.2.2; ")


def test_of_each_original_the_times_are_judged() -> None:
    found = verdict(START, replace(START, primary="ns1.provider.example", expire_seconds=604_799))
    assert found.detail.startswith("expire is below 604800")


def test_servers_that_told_nothing_are_unknown(judged: Plain) -> None:
    assert judged(zone_start(of(answer(state=State.SILENT), answer("192.0.2.2", State.LAME)))) == (api.Status.UNKNOWN, None)
