"""The clock, against a real chronyd that is wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.clock import CHRONY, Clock, TimeKeeping, Tracking, linux_clock, linux_time_keeping, other_clock, parse_tracking
from itaudit.facts.internet import Internet

if TYPE_CHECKING:
    from lab.connectivity import Chrony

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
    assert parse_tracking(FIVE_SLOW) == Tracking(5.000030041, True, "127.0.0.1")
    assert not parse_tracking(UNSYNCHRONISED).synchronised


@pytest.mark.parametrize(
    "text", ["", "506 Cannot talk to daemon\n", FIVE_SLOW * 2, FIVE_SLOW.replace("5.000030041", "nan"), "," * 13]
)
def test_what_is_no_tracking_is_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_tracking(text)


def test_a_synchronised_chrony_is_believed(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    ask = recorded({CHRONY: FIVE_SLOW, KERNEL: NOT_KEPT})
    assert facts_of(linux_clock, ask, SECTION) == [Clock("clock", 5.000030041, "chrony, following 127.0.0.1")]
    assert facts_of(linux_time_keeping, ask) == [TimeKeeping("clock", True, True, "chrony, following 127.0.0.1")]


def test_a_chrony_without_a_source_keeps_nothing_right(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    servers = {api.NetworkTime("192.0.2.1", 123): time_of(0.25, 0.1), api.NetworkTime("192.0.2.2", 1123): time_of(-0.5, 0.02)}
    ask = recorded({CHRONY: UNSYNCHRONISED, KERNEL: KEPT, **servers})
    # The second server is nearer, so its word counts.
    assert facts_of(linux_clock, ask, SECTION) == [Clock("clock", -0.5, "192.0.2.2:1123")]
    [keeping] = facts_of(linux_time_keeping, ask)
    assert (keeping.kept, keeping.certain) == (False, True)


def test_without_chrony_the_kernels_own_mark_tells_whether_anything_keeps_it(
    recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    for word, kept in ((KEPT, True), (NOT_KEPT, False)):
        [keeping] = facts_of(linux_time_keeping, recorded({CHRONY: NO_DAEMON, KERNEL: word}))
        assert (keeping.kept, keeping.certain) == (kept, False)


def test_without_time_servers_the_kernel_vouches_for_a_clock_that_is_kept(
    recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    kept = recorded({CHRONY: NO_DAEMON, KERNEL: KEPT, **NO_SERVERS})
    assert facts_of(linux_clock, kept, SECTION) == [Clock("clock", None, "the kernel's own word")]
    with pytest.raises(api.TimedOut):
        facts_of(linux_clock, recorded({CHRONY: NO_DAEMON, KERNEL: NOT_KEPT, **NO_SERVERS}), SECTION)


def test_a_clock_nobody_can_vouch_for_is_unknown(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.TimedOut):
        facts_of(linux_clock, recorded({CHRONY: UNSYNCHRONISED, KERNEL: KEPT, **NO_SERVERS}), SECTION)
    with pytest.raises(api.Unreadable, match="adjtimex"):
        facts_of(linux_time_keeping, recorded({CHRONY: NO_DAEMON, KERNEL: NO_ADJTIMEX}))


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
    [followed] = facts_of(linux_clock, recorded({CHRONY: tracking}), SECTION)
    assert asked.offset_seconds == pytest.approx(-5, abs=0.5)
    assert followed.offset_seconds == pytest.approx(-5, abs=0.5)


def test_a_real_chrony_at_its_start_keeps_nothing_right_and_later_does(
    chrony: Chrony, recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    port = chrony.server(0)
    [early] = facts_of(linux_time_keeping, recorded({CHRONY: chrony.tracking(port, synchronised=False), KERNEL: KEPT}))
    assert (early.kept, early.certain) == (False, True)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"synchronised": 1}', '{"synchronised": "yes"}'])
def test_a_kernel_that_talks_nonsense_is_not_believed(always: Callable[[str], api.Ask], facts_of: Collect, body: str) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(linux_time_keeping, always(body))


@given(st.text() | st.lists(st.text(max_size=5), min_size=14, max_size=14).map(",".join))
def test_any_output_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_tracking(text), Tracking)
    except api.Unreadable:
        return
