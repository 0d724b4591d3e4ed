from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.path_mtu import path_mtu
from itaudit.facts.path_sizes import PathSize, PathSizes


def judged(*ways: tuple[int, bool]) -> api.Verdict:
    found = tuple(PathSize(f"192.0.2.{number}", size, hole) for number, (size, hole) in enumerate(ways, 1))
    return path_mtu(PathSizes("path", found))


WHOLE, NARROW, HOLE, FILTER = (1500, False), (1400, False), (1400, True), (1390, True)


@pytest.mark.parametrize(
    ("ways", "status"),
    [
        ((WHOLE, WHOLE, WHOLE), api.Status.OK),
        ((WHOLE,), api.Status.OK),
        ((WHOLE, FILTER), api.Status.OK),
        ((WHOLE, FILTER, FILTER), api.Status.FAIL),  # two that agree against one
        ((WHOLE, WHOLE, FILTER, FILTER), api.Status.OK),
        ((HOLE, HOLE, HOLE), api.Status.FAIL),
        ((HOLE, HOLE), api.Status.FAIL),
        ((HOLE, HOLE, FILTER), api.Status.FAIL),
        ((NARROW, NARROW, WHOLE), api.Status.OK),
        ((NARROW, WHOLE, WHOLE), api.Status.OK),
        ((NARROW, WHOLE), api.Status.OK),
    ],
)
def test_two_targets_with_the_same_limit_are_needed_for_a_black_hole(
    ways: tuple[tuple[int, bool], ...], status: api.Status
) -> None:
    assert judged(*ways).status is status


@pytest.mark.parametrize("ways", [(HOLE,), (HOLE, FILTER)])
def test_one_witness_alone_is_not_believed(ways: tuple[tuple[int, bool], ...]) -> None:
    with pytest.raises(api.Unreachable, match="not two targets"):
        judged(*ways)


def test_a_black_hole_is_told_with_the_size_that_would_pass() -> None:
    verdict = judged(HOLE, HOLE, WHOLE)
    assert verdict.summary == "Pieces of data larger than 1400 bytes vanish on the way to the internet."
    assert verdict.remedy
    assert any("maxseg size set 1360" in step for step in verdict.remedy.steps)  # 1400 less 20 for IPv4 and 20 for TCP
    assert "-s 1373 " in verdict.remedy.verify  # one more than fits: 1400 less 20 for IPv4 and 8 for ICMP
    assert "192.0.2.1: 1400 bytes, larger ones vanish" in verdict.detail


@pytest.mark.parametrize("size", [1492, 1460, 1420])  # PPPoE, a cloud or DS-Lite, a tunnel
def test_a_narrow_way_that_works_is_healthy_and_told(size: int) -> None:
    verdict = judged((size, False), (size, False), (size, False))
    assert verdict.status is api.Status.OK
    assert verdict.summary == f"Pieces of data of {size} bytes reach the internet whole; larger ones are cut on the way."
    assert verdict.measurements[0].value == size


@pytest.mark.parametrize("size", [1279, 1024, 576])
def test_a_firewall_that_drops_large_pings_is_not_taken_for_the_way(size: int) -> None:
    with pytest.raises(api.Unreachable, match="large pings"):
        judged((size, True), (size, True), (size, True))
    assert judged((size, True), (size, True), WHOLE).status is api.Status.OK


def test_the_smallest_way_that_lines_have_is_believed() -> None:
    assert judged((1280, True), (1280, True)).status is api.Status.FAIL
