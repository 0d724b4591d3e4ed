from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.security.firewall import Settings, firewall
from itaudit.facts.filter_rules import Passage
from itaudit.facts.firewall import Firewall, Opening
from itaudit.facts.listening import Door, Reach

EVERYBODY, SOME, NOBODY, UNKNOWN = Passage.EVERYBODY, Passage.SOME, Passage.NOBODY, Passage.UNKNOWN
INSIDE = Door("only from this machine", "", 0, Reach.MACHINE, NOBODY)
SSH = Door("TCP 22", "tcp", 22, Reach.NETWORK, EVERYBODY)
SSH_OF_ALL = Door("TCP 22", "tcp", 22, Reach.INTERNET, EVERYBODY)
WEB = Door("TCP 8080", "tcp", 8080, Reach.NETWORK, EVERYBODY)
NAMES = Door("UDP 5353", "udp", 5353, Reach.NETWORK, EVERYBODY)


def wall(low: Passage, high: Passage, six: Passage | None = None, edge: int = 1023) -> Firewall:
    """low: for the ports up to `edge`, high: for those beyond. six: for all ports over IPv6."""
    openings = [
        Opening(4, kind, *ports, passage)
        for kind in ("tcp", "udp")
        for ports, passage in (((1, edge), low), ((edge + 1, 65535), high))
    ]
    return Firewall(
        (*openings, *([Opening(6, kind, 1, 65535, six) for kind in ("tcp", "udp")] if six else [])), ("ufw",), ("eth0",)
    )


@pytest.mark.parametrize(
    ("door", "status", "severity"),
    [
        (SSH_OF_ALL, api.Status.FAIL, None),
        (SSH, api.Status.FAIL, api.Severity.MEDIUM),
        (INSIDE, api.Status.WARN, api.Severity.MEDIUM),
        (NAMES, api.Status.WARN, api.Severity.MEDIUM),
    ],
)
def test_without_rules_it_depends_on_who_can_reach_what(door: Door, status: api.Status, severity: api.Severity | None) -> None:
    found = firewall(wall(EVERYBODY, EVERYBODY), [INSIDE, door], Settings())
    assert (found.status, found.severity) == (status, severity)
    assert found.remedy
    assert (api.Flag.REACHABLE in found.flags) == (door is SSH_OF_ALL)


@pytest.mark.parametrize("forwards", [False, True, None])
@pytest.mark.parametrize("door", [INSIDE, NAMES, SSH])
def test_without_rules_nobody_hurries_where_it_is_proved_that_nothing_can_be_reached(door: Door, forwards: bool | None) -> None:
    """It stays a warning: a program that begins to wait tomorrow is open at once."""
    found = firewall(replace(wall(EVERYBODY, EVERYBODY), forwards=forwards), [INSIDE, door], Settings())
    low = forwards is False and door is not SSH
    assert found.severity is (api.Severity.LOW if low else api.Severity.MEDIUM)
    assert found.status is (api.Status.FAIL if door is SSH else api.Status.WARN)
    assert found.remedy
    assert ("opens nothing just now" in found.summary) is low
    assert ("passes on" in found.summary) is (forwards is True and door is not SSH)


def test_the_owner_reads_what_waits_all_the_same() -> None:
    shut = replace(wall(EVERYBODY, EVERYBODY), forwards=False)
    assert firewall(shut, [INSIDE], Settings()).summary == (
        "No firewall on this machine refuses anything, which opens nothing just now: no program waits there for others."
    )
    assert firewall(shut, [INSIDE, NAMES], Settings()).summary.endswith(
        "no program waits there for others, but to learn its own address, the time or the names of its neighbours."
    )


def test_rules_that_refuse_what_they_do_not_name_are_ok() -> None:
    found = firewall(wall(NOBODY, NOBODY), [INSIDE, SSH_OF_ALL], Settings())
    assert found.status is api.Status.OK
    assert "rules of ufw, arriving at eth0; let in: nothing" in found.detail


def test_named_exceptions_are_told() -> None:
    found = firewall(wall(EVERYBODY, NOBODY, edge=80), [INSIDE, SSH], Settings())
    assert found.status is api.Status.OK
    assert "IPv4 tcp 1-80: everybody" in found.detail


@pytest.mark.parametrize(("edge", "status"), [(511, api.Status.OK), (512, api.Status.FAIL)])
def test_more_than_half_of_the_known_ports_is_no_exception_any_more(edge: int, status: api.Status) -> None:
    """1023 known ports: half of them are 511.5."""
    assert firewall(wall(EVERYBODY, NOBODY, edge=edge), [INSIDE, SSH], Settings()).status is status


def test_ipv6_that_was_forgotten_is_a_failure_and_named() -> None:
    found = firewall(wall(NOBODY, NOBODY, six=EVERYBODY), [INSIDE, SSH], Settings())
    assert found.status is api.Status.FAIL
    assert "over IPv6" in found.summary


def test_what_the_firewall_shields_is_no_open_port() -> None:
    """A web server that waits over IPv4 alone is not reached over IPv6; a database whose port is refused neither."""
    shielded = Door("TCP 80", "tcp", 80, Reach.INTERNET, NOBODY)
    found = firewall(wall(NOBODY, NOBODY, six=EVERYBODY), [INSIDE, shielded], Settings())
    assert (found.status, found.severity) == (api.Status.WARN, api.Severity.MEDIUM)
    assert "1 open port" in firewall(wall(NOBODY, NOBODY, six=EVERYBODY), [INSIDE, shielded, SSH], Settings()).summary


def test_rules_that_name_what_is_refused_are_not_called_no_firewall() -> None:
    found = firewall(wall(EVERYBODY, NOBODY), [INSIDE, SSH], Settings())
    assert found.status is api.Status.FAIL
    assert found.summary.startswith("The firewall of this machine lets in what its rules do not name:")


@pytest.mark.parametrize(
    ("doors", "allowed"),
    [
        ([SSH], "sudo ufw allow 22/tcp && "),
        ([replace(WEB, port=2222, programs=("sshd",)), WEB], "sudo ufw allow 2222/tcp && "),
        (
            [replace(WEB, port=2222, programs=("sshd",)), replace(WEB, port=22, programs=("sshd",))],
            "allow 22/tcp && sudo ufw allow 2222",
        ),
        ([replace(WEB, port=2222, programs=("systemd",))], "sudo ufw allow 2222/tcp && "),  # Ubuntu: it waits for sshd
        ([replace(WEB, port=0, programs=("sshd",), addresses=("0.0.0.0 port 50022",))], "sudo ufw allow 50022/tcp && "),
        ([WEB], "sudo apt install ufw && sudo ufw default"),
    ],
)
def test_the_fix_leaves_the_door_open_through_which_its_reader_came(doors: list[Door], allowed: str) -> None:
    remedy = firewall(wall(EVERYBODY, EVERYBODY), [INSIDE, *doors], Settings()).remedy
    assert remedy
    [line] = [step for step in remedy.steps if "apt install ufw" in step]
    assert allowed in line
    assert [step for step in remedy.steps if "ufw enable" in step] == ["Then, last: sudo ufw enable"]


def test_rules_that_cannot_be_told_are_unknown_and_never_ok() -> None:
    found = firewall(wall(UNKNOWN, NOBODY), [INSIDE, SSH], Settings())
    assert found.status is api.Status.UNKNOWN
    assert found.unlock


def test_only_some_senders_is_a_firewall() -> None:
    assert firewall(wall(SOME, SOME), [INSIDE, SSH_OF_ALL], Settings()).status is api.Status.OK


@pytest.mark.parametrize(("door", "status"), [(SSH, api.Status.OK), (NAMES, api.Status.OK), (WEB, api.Status.WARN)])
def test_open_high_ports_matter_where_one_is_in_use(door: Door, status: api.Status) -> None:
    """Fedora Workstation lets in 1025-65535: silent there, as long as nothing waits."""
    assert firewall(wall(NOBODY, EVERYBODY), [INSIDE, door], Settings()).status is status


@pytest.mark.parametrize(
    ("doors", "words"), [([WEB], "1 of those it lets in is in use."), ([WEB, WEB], "2 of those it lets in are in")]
)
def test_one_port_is_and_two_are_in_use(doors: list[Door], words: str) -> None:
    assert words in firewall(wall(NOBODY, EVERYBODY), [INSIDE, *doors], Settings()).summary


def test_what_could_not_be_seen_stays_missing() -> None:
    with pytest.raises(api.AccessDenied):
        firewall(Firewall(missing=api.AccessDenied("nft")), [INSIDE], Settings())
