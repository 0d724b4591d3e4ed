from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.pressure import LOAD, MEMORY, PROCESSORS, STALLS, Load, Memory, loads, memory, stalled_percent
from lab.providers import Always, ran

Recorder = Callable[..., Ask]
STALL = "some avg10=77.96 avg60=93.50 avg300=88.37 total=6436262268\nfull avg10=0.00 avg60=0.00 avg300=0.25 total=12\n"
INFO = "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\nSwapTotal:   400 kB\nSwapFree:   100 kB\nHugePages: 0\n"
GONE = api.Answer.missing(api.NotFound("/proc/pressure"))


def test_processor_and_drives_are_read_of_the_kernels_own_form(recorded: Recorder) -> None:
    answers = {STALLS["cpu"]: STALL, STALLS["io"]: STALL, LOAD: "3.00 2.00 6.00 1/467 30052\n", PROCESSORS: "4"}
    processor, drives = ran(loads.function(recorded(answers)))
    assert (processor.subject, processor.waited_percent, processor.queue) == ("processor", 88.37, 1.5)
    assert (drives.subject, drives.waited_percent) == ("drives", 0.25)


def test_an_old_kernel_tells_the_queue_only(recorded: Recorder) -> None:
    answers = {STALLS["cpu"]: GONE, STALLS["io"]: GONE, LOAD: "3.00 2.00 6.00 1/467 30052\n", PROCESSORS: "4"}
    [found] = ran(loads.function(recorded(answers)))
    assert (found.subject, found.waited_percent, found.queue) == ("processor", None, 1.5)


@pytest.mark.parametrize(("load", "count"), [("rubbish", "4"), ("1 2", "4"), ("1 2 nan", "4"), ("1 2 3", "null"), ("1 2 3", "0")])
def test_neither_pressure_nor_load_is_unknown(recorded: Recorder, load: str, count: str) -> None:
    for stall in (GONE, api.Answer("rubbish")):
        with pytest.raises(api.Missing):
            ran(loads.function(recorded({STALLS["cpu"]: stall, STALLS["io"]: stall, LOAD: load, PROCESSORS: count})))


def test_memory_is_read_in_bytes(recorded: Recorder) -> None:
    [found] = ran(memory.function(recorded({MEMORY: INFO, STALLS["memory"]: STALL})))
    assert found == Memory(1024_000, 256_000, 409_600, 102_400, 0.25)
    assert (found.available_percent, found.swap_used_percent) == (25.0, 75.0)


@pytest.mark.parametrize(
    "text",
    ["", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 10 kB\nMemAvailable: 11 kB\n", "MemTotal: 10 kB\nMemFree: 1 kB\n"],
)
def test_what_cannot_be_is_unreadable(recorded: Recorder, text: str) -> None:
    with pytest.raises(api.Unreadable):
        ran(memory.function(recorded({MEMORY: text, STALLS["memory"]: GONE})))


@pytest.mark.parametrize(
    "text", ["", "some avg300=1", "full avg10=0 avg60=0 avg300=1.2.3 total=1", "full avg10=0 avg60=0 avg300=101 total=1"]
)
def test_a_share_that_is_none_is_not_known(text: str) -> None:
    assert stalled_percent(text, "full") is None


def test_this_machine_tells_both(live: Ask) -> None:
    [found] = ran(memory.function(live))
    assert 0 < found.available_bytes <= found.total_bytes
    assert any(isinstance(each, Load) and each.subject == "processor" for each in ran(loads.function(live)))


@given(st.text(max_size=200) | st.text(alphabet="MemTotalAvib: 019kB\n", max_size=200))
def test_any_answer_is_read_or_missing(body: str) -> None:
    for provider in (loads, memory):
        with contextlib.suppress(api.Missing):
            ran(provider.function(Ask(Always(body))))
