"""Memory, swap, load and temperature: a moment is no fault, three scans that lie apart are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.services import load as of_load
from itaudit.checks.services import memory as of_memory
from itaudit.checks.services import swap as of_swap
from itaudit.checks.services import temperature as of_temperature
from itaudit.checks.services._sustained import sustained
from itaudit.facts.pressure import Load, Memory
from itaudit.facts.processor_heat import ProcessorHeat

LIMIT = api.AtMost(warn=5, fail=20)
Judge = Callable[[api.Machine, api.History], api.Verdict]


def past(machine: api.Machine, *values: float, hours: float = 24) -> api.History:
    """Values of earlier scans, the newest last, so many hours apart; of every measurement."""
    points = [api.Point(machine.now - timedelta(hours=hours * (len(values) - n)), value) for n, value in enumerate(values)]
    return api.History(lambda _: points)


@pytest.mark.parametrize(
    ("value", "before", "status"),
    [
        (30, (30, 30), api.Status.FAIL),
        (30, (30, 10), api.Status.WARN),
        (30, (30, 3), api.Status.OK),
        (3, (30, 30), api.Status.OK),
        (30, (3, 30, 30), api.Status.FAIL),  # older ones do not count
        (30, (30,), api.Status.WARN),  # not enough is known for a failure
        (30, (), api.Status.WARN),
        (10, (10,), api.Status.OK),
    ],
)
def test_only_what_lasts_counts(machine: api.Machine, value: float, before: tuple[float, ...], status: api.Status) -> None:
    assert sustained(LIMIT, value, past(machine, *before), "waited", machine) is status


def test_scans_of_one_hour_are_one_moment(machine: api.Machine) -> None:
    assert sustained(LIMIT, 30, past(machine, *[30] * 5, hours=0.1), "waited", machine) is api.Status.WARN
    assert sustained(LIMIT, 30, past(machine, *[30] * 19, hours=0.1), "waited", machine) is api.Status.WARN
    assert sustained(LIMIT, 30, past(machine, *[30] * 20, hours=0.1), "waited", machine) is api.Status.FAIL


def memory(available: int, waited: float | None, swap_free: int = 100) -> Memory:
    return Memory(1000, available, 100, swap_free, waited)


def judge_memory(found: Memory) -> Judge:
    return lambda machine, before: of_memory.memory(found, before, machine, of_memory.Settings())


def judge_swap(found: Memory) -> Judge:
    return lambda machine, before: of_swap.swap(found, before, machine, of_swap.Settings())


def judge_load(found: Load) -> Judge:
    return lambda machine, before: of_load.load(found, before, machine, of_load.Settings())


def judge_heat(found: ProcessorHeat) -> Judge:
    return lambda machine, before: of_temperature.temperature(found, before, machine, of_temperature.Settings())


@pytest.mark.parametrize(
    ("judge", "status", "words"),
    [
        (judge_memory(memory(900, 30)), api.Status.FAIL, "Memory is short: everything waited for it 30% of the time."),
        (judge_memory(memory(10, 0)), api.Status.OK, "The machine has enough memory: 1% of 1.0 kB can be had."),
        (judge_memory(memory(10, None)), api.Status.FAIL, "Memory is short: only 1% of 1.0 kB can be had."),
        (judge_memory(memory(900, None)), api.Status.OK, "The machine has enough memory: 90% of 1.0 kB can be had."),
        (judge_swap(memory(100, 0, 1)), api.Status.FAIL,
         "99% of the spare room for memory is in use, and only 10% of the memory can be had."),
        (judge_swap(memory(800, 0, 1)), api.Status.OK,
         "99% of the spare room for memory is in use, and 80% of the memory can be had."),
        (judge_load(Load("processor", 95.0, 9)), api.Status.FAIL, "Programs waited for the processor 95% of the time."),
        (judge_load(Load("drives", 65.0)), api.Status.FAIL, "Everything waited for the drives 65% of the time."),
        (judge_load(Load("processor", 50.0, 9)), api.Status.OK,
         "Programs waited for the processor 50% of the time at this scan."),
        (judge_load(Load("processor", None, 6)), api.Status.FAIL, "6.0 programs want each processor of this machine."),
        (judge_heat(ProcessorHeat(99)), api.Status.FAIL, "The processor is at 99 °C."),
        (judge_heat(ProcessorHeat(70)), api.Status.OK, "The processor is at 70 °C."),
        (judge_heat(ProcessorHeat(70, None, 12)), api.Status.FAIL,
         "The processor is at 70 °C and held itself back to stay cool 12.0% of the time."),
        (judge_heat(ProcessorHeat(None, None, 1)), api.Status.OK,
         "The processor held itself back to stay cool 1.0% of the time."),
    ],
)  # fmt: skip
def test_each_is_judged_by_what_it_was_at_three_scans(machine: api.Machine, judge: Judge, status: api.Status, words: str) -> None:
    verdict = judge(machine, past(machine, 100, 100))
    assert (verdict.status, verdict.summary) == (status, words)
    assert (verdict.remedy is not None) == (status is not api.Status.OK)


@pytest.mark.parametrize(
    "judge",
    [
        judge_memory(memory(900, 10)),
        judge_swap(memory(100, 0, 15)),
        judge_load(Load("processor", 80.0)),
        judge_heat(ProcessorHeat(95)),
    ],
)
def test_the_first_scan_of_a_busy_machine_is_no_alarm(machine: api.Machine, judge: Judge) -> None:
    assert judge(machine, api.History()).status is api.Status.OK


def test_without_room_on_the_drives_there_is_nothing_to_judge(machine: api.Machine) -> None:
    assert of_swap.swap(Memory(1000, 1, 0, 0), api.History(), machine, of_swap.Settings()).status is api.Status.SKIPPED
