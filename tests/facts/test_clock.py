"""The clock, against a real chronyd that is wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.clock import CHRONY, Clock, TimeKeeping, Tracking, linux_clock, linux_time_keeping, other_clock, parse_tracking
from itaudit.facts.internet import Internet

if TYPE_CHECKING:
    from lab.connectivity import Chrony

MACHINE = api.Machine("office", "linux", datetime(2026, 11, 23, 0, 0, tzinfo=UTC), admin=True)
KERNEL = api.KernelClock()
KEPT = '{"synchronised": true, "largest_error_seconds": 0.5}'
NOT_KEPT = KEPT.replace("true", "false")
# chronyd 4.3 that follows a server which is 5 s fast.
FIVE_SLOW = (
    "7F000001,127.0.0.1,9,1795391662.252199467,5.000030041,-5.000027657,5.000027657,"
    "-3.115,-0.000,210.823,0.000069848,0.000280375,0.0,Normal\n"
)
UNSYNCHRONISED = (
    "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n"
)
NO_DAEMON = api.Answer(body="506 Cannot talk to daemon\n", exit_code=1)
NO_ADJTIMEX = api.Answer.missing(api.Unreadable("this system has no adjtimex"))
SECTION = Internet(time_servers=["192.0.2.1", "192.0.2.2:1123"])
NO_SERVERS = {
    api.NetworkTime(*end): api.Answer.missing(api.TimedOut("no answer")) for end in (("192.0.2.1", 123), ("192.0.2.2", 1123))
}
Collect = Callable[..., list[Any]]


def time_of(offset: float, delay: float) -> str:
    return f'{{"offset_seconds": {offset}, "delay_seconds": {delay}, "stratum": 2}}'


def test_tracking_is_read_with_its_sign() -> None:
    assert parse_tracking(FIVE_SLOW) == Tracking(5.000030041, True, "127.0.0.1", 1795391662.252199467)
    assert not parse_tracking(UNSYNCHRONISED).synchronised


@pytest.mark.parametrize(
    "text", ["", "506 Cannot talk to daemon\n", FIVE_SLOW * 2, FIVE_SLOW.replace("5.000030041", "nan"), "," * 13]
)
def test_what_is_no_tracking_is_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_tracking(text)


def test_a_synchronised_chrony_is_believed(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    ask = recorded({CHRONY: FIVE_SLOW, KERNEL: NOT_KEPT})
    assert facts_of(linux_clock, ask, MACHINE, SECTION) == [Clock("clock", 5.000030041, "chrony, following 127.0.0.1")]
    assert facts_of(linux_time_keeping, ask, MACHINE) == [TimeKeeping("clock", True, True, "chrony, following 127.0.0.1")]


def test_a_chrony_without_a_source_keeps_nothing_right(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    servers = {api.NetworkTime("192.0.2.1", 123): time_of(0.25, 0.1), api.NetworkTime("192.0.2.2", 1123): time_of(-0.5, 0.02)}
    ask = recorded({CHRONY: UNSYNCHRONISED, KERNEL: KEPT, **servers})
    # The second server is nearer, so its word counts.
    assert facts_of(linux_clock, ask, MACHINE, SECTION) == [Clock("clock", -0.5, "192.0.2.2:1123")]
    [keeping] = facts_of(linux_time_keeping, ask, MACHINE)
    assert (keeping.kept, keeping.certain) == (False, True)


# chronyd 4.3 with nothing but `local stratum 10`: it follows itself, and is content.
ALONE = (
    "7F7F0101,,10,1795391662.252199467,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,1.0,Normal\n"
)


def test_a_chrony_that_follows_itself_keeps_nothing_right(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    servers = {api.NetworkTime("192.0.2.1", 123): time_of(90, 0.1), api.NetworkTime("192.0.2.2", 1123): time_of(90.2, 0.02)}
    ask = recorded({CHRONY: ALONE, KERNEL: KEPT, **servers})
    assert facts_of(linux_clock, ask, MACHINE, SECTION) == [Clock("clock", 90.2, "192.0.2.2:1123")]
    assert facts_of(linux_time_keeping, ask, MACHINE) == [
        TimeKeeping("clock", False, True, "chrony, following nothing but its own clock")
    ]


@pytest.mark.parametrize(("days", "kept"), [(2.9, True), (3.1, False)])
def test_a_chrony_that_lost_its_server_long_ago_keeps_nothing_right(
    recorded: Callable[..., api.Ask], facts_of: Collect, days: float, kept: bool
) -> None:
    """It goes on calling itself normal, however long nothing has answered."""
    later = replace(MACHINE, now=datetime.fromtimestamp(1795391662, UTC) + timedelta(days=days))
    ask = recorded({CHRONY: FIVE_SLOW, KERNEL: KEPT, **NO_SERVERS})
    [keeping] = facts_of(linux_time_keeping, ask, later)
    assert (keeping.kept, keeping.certain) == (kept, True)
    assert keeping.reference == f"chrony, {'' if kept else 'which last heard on 2026-11-22 from '}{'following ' * kept}127.0.0.1"
    if not kept:
        with pytest.raises(api.TimedOut):
            facts_of(linux_clock, ask, later, SECTION)


def test_a_real_chrony_that_follows_itself_says_so(chrony: Chrony) -> None:
    assert parse_tracking(chrony.alone()).follows_itself


@pytest.mark.parametrize(("other", "contradicts"), [(1.4, False), (1.6, True), (-60.0, True)])
def test_time_servers_that_contradict_each_other_prove_nothing(
    recorded: Callable[..., api.Ask], facts_of: Collect, other: float, contradicts: bool
) -> None:
    servers = {api.NetworkTime("192.0.2.1", 123): time_of(0.5, 0.1), api.NetworkTime("192.0.2.2", 1123): time_of(other, 0.02)}
    ask = recorded({CHRONY: NO_DAEMON, KERNEL: NOT_KEPT, **servers})
    if contradicts:
        with pytest.raises(api.Unreadable, match="contradict"):
            facts_of(linux_clock, ask, MACHINE, SECTION)
    else:
        assert facts_of(linux_clock, ask, MACHINE, SECTION) == [Clock("clock", other, "192.0.2.2:1123")]


def test_without_chrony_the_kernels_own_mark_tells_whether_anything_keeps_it(
    recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    for word, kept in ((KEPT, True), (NOT_KEPT, False)):
        [keeping] = facts_of(linux_time_keeping, recorded({CHRONY: NO_DAEMON, KERNEL: word}), MACHINE)
        assert (keeping.kept, keeping.certain) == (kept, False)


def test_without_time_servers_the_kernel_vouches_for_a_clock_that_is_kept(
    recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    kept = recorded({CHRONY: NO_DAEMON, KERNEL: KEPT, **NO_SERVERS})
    assert facts_of(linux_clock, kept, MACHINE, SECTION) == [Clock("clock", None, "the kernel's own word")]
    with pytest.raises(api.TimedOut):
        facts_of(linux_clock, recorded({CHRONY: NO_DAEMON, KERNEL: NOT_KEPT, **NO_SERVERS}), MACHINE, SECTION)


def test_a_clock_nobody_can_vouch_for_is_unknown(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.TimedOut):
        facts_of(linux_clock, recorded({CHRONY: UNSYNCHRONISED, KERNEL: KEPT, **NO_SERVERS}), MACHINE, SECTION)
    with pytest.raises(api.Unreadable, match="adjtimex"):
        facts_of(linux_time_keeping, recorded({CHRONY: NO_DAEMON, KERNEL: NO_ADJTIMEX}), MACHINE)


@pytest.mark.parametrize(
    "body", ["null", "{}", '{"offset_seconds": NaN, "delay_seconds": 0}', '{"offset_seconds": "1", "delay_seconds": 0}']
)
def test_a_time_server_that_talks_nonsense_is_not_believed(
    always: Callable[[str], api.Ask], facts_of: Collect, body: str
) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(other_clock, always(body), SECTION)


def test_a_real_server_that_is_fast_shows_the_machine_slow(chrony: Chrony, live: api.Ask, facts_of: Collect) -> None:
    [clock] = facts_of(other_clock, live, Internet(time_servers=[f"127.0.0.1:{chrony.server(400)}"]))
    assert clock.offset_seconds == pytest.approx(400, abs=1)


def test_a_real_chrony_and_a_real_server_agree_on_the_sign(
    chrony: Chrony, live: api.Ask, recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    port = chrony.server(-5)
    [asked] = facts_of(other_clock, live, Internet(time_servers=[f"127.0.0.1:{port}"]))
    tracking = chrony.tracking(port, synchronised=True)
    [followed] = facts_of(linux_clock, recorded({CHRONY: tracking}), MACHINE, SECTION)
    assert asked.offset_seconds == pytest.approx(-5, abs=0.5)
    assert followed.offset_seconds == pytest.approx(-5, abs=0.5)


def test_a_real_chrony_at_its_start_keeps_nothing_right_and_later_does(
    chrony: Chrony, recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    port = chrony.server(0)
    [early] = facts_of(linux_time_keeping, recorded({CHRONY: chrony.tracking(port, synchronised=False), KERNEL: KEPT}), MACHINE)
    assert (early.kept, early.certain) == (False, True)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"synchronised": 1}', '{"synchronised": "yes"}'])
def test_a_kernel_that_talks_nonsense_is_not_believed(always: Callable[[str], api.Ask], facts_of: Collect, body: str) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(linux_time_keeping, always(body), MACHINE)


@given(st.text() | st.lists(st.text(max_size=5), min_size=14, max_size=14).map(",".join))
def test_any_output_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_tracking(text), Tracking)
    except api.Unreadable:
        return
