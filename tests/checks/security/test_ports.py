from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.security.ports import SEEN, Settings, ports
from itaudit.facts.filter_rules import Passage
from itaudit.facts.listening import Door, Reach

OK, WARN, FAIL, UNKNOWN = api.Status.OK, api.Status.WARN, api.Status.FAIL, api.Status.UNKNOWN
NETWORK, INTERNET = Reach.NETWORK, Reach.INTERNET


def judged(machine: api.Machine, door: Door, *days: float) -> api.Verdict:
    """days: how long ago it was seen before."""
    points = tuple(api.Point(machine.now - timedelta(days=day), 1.0) for day in days)
    return ports(door, api.History(lambda name: points if name == SEEN else ()), machine, Settings())


def door(
    port: int,
    program: str = "",
    reach: Reach = NETWORK,
    passage: Passage = Passage.EVERYBODY,
    protocol: str = "tcp",
    **more: Any,
) -> Door:
    programs = (program,) if program else ()
    return Door(f"{protocol.upper()} {port}", protocol, port, reach, passage, programs=programs, **more)


@pytest.mark.parametrize(
    ("port", "program", "in_network", "from_internet"),
    [
        (22, "sshd", OK, OK),
        (443, "nginx", OK, OK),
        (23, "in.telnetd", FAIL, FAIL),
        (23, "", FAIL, FAIL),
        (23, "systemd", FAIL, FAIL),
        (23, "inetutils-inetd", FAIL, FAIL),
        (5984, "beam.smp", WARN, FAIL),
        (5672, "beam.smp", OK, OK),
        (5900, "qemu-system-x86_64", WARN, FAIL),
        (5900, "vncserver-x11-core", WARN, FAIL),
        (5902, "Xtightvnc", WARN, FAIL),
        (514, "in.rshd", FAIL, FAIL),
        (514, "rsyslogd", OK, OK),
        (2375, "dockerd", FAIL, FAIL),
        (2376, "dockerd", OK, OK),
        (6379, "redis-server", FAIL, FAIL),
        (7000, "redis-server", FAIL, FAIL),
        (6379, "docker-proxy", FAIL, FAIL),
        (6379, "myprogram", OK, OK),
        (9200, "java", FAIL, FAIL),
        (11211, "memcached", FAIL, FAIL),
        (6000, "Xorg", FAIL, FAIL),
        (6000, "python3", OK, OK),
        (5432, "postgres", WARN, FAIL),
        (3306, "mariadbd", WARN, FAIL),
        (5901, "Xtigervnc", WARN, FAIL),
        (3389, "xrdp", OK, FAIL),
        (445, "smbd", OK, FAIL),
        (2049, "", OK, FAIL),
        (631, "cupsd", OK, FAIL),
    ],
)
def test_what_waits_there_and_for_whom_decides(
    port: int, program: str, in_network: api.Status, from_internet: api.Status, machine: api.Machine
) -> None:
    assert judged(machine, door(port, program, NETWORK)).status is in_network
    found = judged(machine, door(port, program, INTERNET))
    assert found.status is from_internet
    assert (api.Flag.REACHABLE in found.flags) == (from_internet is FAIL)


def test_a_data_store_that_answers_by_udp_is_one_too(machine: api.Machine) -> None:
    assert judged(machine, door(11211, "memcached", protocol="udp")).status is FAIL


@pytest.mark.parametrize(
    ("program", "reach", "passage", "status"),
    [
        ("postgres", INTERNET, Passage.NOBODY, OK),
        ("postgres", INTERNET, Passage.SOME, OK),  # as the fix has it: only those who need it
        ("postgres", INTERNET, Passage.UNKNOWN, UNKNOWN),
        ("postgres", NETWORK, Passage.UNKNOWN, UNKNOWN),
        ("postgres", INTERNET, Passage.EVERYBODY, FAIL),
        ("redis-server", NETWORK, Passage.SOME, WARN),  # each of them is trusted without a question
        ("redis-server", NETWORK, Passage.UNKNOWN, UNKNOWN),
        ("nginx", INTERNET, Passage.UNKNOWN, OK),
    ],
)
def test_the_firewall_counts(program: str, reach: Reach, passage: Passage, status: api.Status, machine: api.Machine) -> None:
    found = judged(machine, door(5432, program, reach, passage))
    assert found.status is status
    assert bool(found.unlock) == (status is UNKNOWN)
    assert (api.Flag.REACHABLE in found.flags) == (status is FAIL)


def test_what_only_the_machine_itself_reaches_is_ok_and_is_the_anchor_of_the_baseline(machine: api.Machine) -> None:
    inside = Door("only from this machine", "", 0, Reach.MACHINE, Passage.NOBODY, programs=("redis-server",), count=3)
    found = judged(machine, inside)
    assert found.status is OK
    assert [(each.name, each.value) for each in found.measurements] == [("doors", 3), ("doors_seen_by_root", 3)]
    assert [each.name for each in judged(replace(machine, admin=False), inside).measurements] == ["doors"]


@pytest.mark.parametrize(
    ("reach", "expected", "status"),
    [(NETWORK, None, OK), (NETWORK, True, OK), (NETWORK, False, WARN), (INTERNET, True, OK), (INTERNET, False, FAIL)],
)
def test_the_list_of_expected_ports_decides_where_there_is_one(
    reach: Reach, expected: bool | None, status: api.Status, machine: api.Machine
) -> None:
    assert judged(machine, door(8443, "nginx", reach, expected=expected)).status is status


def test_what_is_expected_may_be_a_database_but_nothing_that_trusts_everybody(machine: api.Machine) -> None:
    assert judged(machine, door(5432, "postgres", INTERNET, expected=True)).status is OK
    assert judged(machine, door(23, "in.telnetd", NETWORK, expected=True)).status is FAIL
    assert judged(machine, door(6379, "redis-server", NETWORK, Passage.SOME, expected=True)).status is OK


def test_the_list_of_expected_ports_is_offered_only_where_it_helps(machine: api.Machine) -> None:
    offered = {}
    for passage in (Passage.EVERYBODY, Passage.SOME):
        remedy = judged(machine, door(6379, "redis-server", NETWORK, passage)).remedy
        assert remedy
        offered[passage] = any("expected_ports" in step for step in remedy.steps)
    assert offered == {Passage.EVERYBODY: False, Passage.SOME: True}


@pytest.mark.parametrize(
    ("programs", "passage", "begins"),
    [
        ((), Passage.NOBODY, "An unknown program waits at TCP 8080"),
        (("cupsd", "systemd"), Passage.NOBODY, "cupsd, systemd wait at TCP 8080"),
        (("nginx",), Passage.UNKNOWN, "nginx waits at TCP 8080; whether a firewall shields it could not be seen."),
        ((), Passage.SOME, "Those whom the firewall names can reach an unknown program at TCP 8080."),
        (("nginx",), Passage.EVERYBODY, "Every device in its network can reach nginx at TCP 8080."),
    ],
)
def test_the_owner_reads_what_was_seen_and_no_more(
    programs: tuple[str, ...], passage: Passage, begins: str, machine: api.Machine
) -> None:
    assert judged(machine, replace(door(8080, passage=passage), programs=programs)).summary.startswith(begins)


@pytest.mark.parametrize(("admin", "words"), [(False, "as root"), (True, "another computer")])
def test_the_advice_for_an_unseen_firewall_fits_who_looked(admin: bool, words: str, machine: api.Machine) -> None:
    found = judged(replace(machine, admin=admin), door(5432, "postgres", NETWORK, Passage.UNKNOWN))
    assert words in found.unlock


def test_names_and_time_of_the_neighbourhood_need_not_be_expected(machine: api.Machine) -> None:
    assert judged(machine, door(5353, "avahi-daemon", protocol="udp", expected=False)).status is OK


@pytest.mark.parametrize(
    ("watched_days", "seen_days", "status"),
    [
        (None, [], OK),  # the first scan of all
        (90, [90, 60], OK),  # there from the beginning
        (90, [], WARN),  # here now, not before
        (90, [29, 3], WARN),
        (90, [31, 3], OK),  # the owner has had his month
    ],
)
def test_a_port_that_came_later_is_a_warning_for_a_month(
    watched_days: float | None, seen_days: list[float], status: api.Status, machine: api.Machine
) -> None:
    watched = None if watched_days is None else machine.now - timedelta(days=watched_days)
    found = judged(machine, door(8080, "java-app", watched_since=watched), *seen_days)
    assert found.status is status
    assert ("new since" in found.summary) == (status is WARN)
    assert [(each.name, each.value) for each in found.measurements] == [(SEEN, 1)]


def test_a_finding_names_the_program_the_package_and_who_reaches_it(machine: api.Machine) -> None:
    found = judged(machine, door(5432, "postgres", addresses=("0.0.0.0 port 5432",), packages=("postgresql",)))
    assert found.summary.startswith("Every device in its network can reach postgres at TCP 5432")
    assert "0.0.0.0 port 5432; program postgres; package postgresql; reach: private network" in found.detail
    assert found.remedy
    assert "'sport = :5432'" in found.remedy.steps[0]
    assert 'expected_ports = ["5432/tcp"]' in found.remedy.steps[-1]


def test_the_detail_names_a_program_or_says_that_it_is_unknown(machine: api.Machine) -> None:
    known, unknown = (judged(machine, door(8080, name, addresses=("0.0.0.0 port 8080",))).detail for name in ("nginx", ""))
    assert known.startswith("0.0.0.0 port 8080; program nginx; reach: ")
    assert unknown.startswith("0.0.0.0 port 8080; an unknown program; reach: ")
