"""Who waits for others at this machine, against real listeners in a network namespace, and against answers made by hand."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts import packages_of_files
from itaudit.facts.filter_rules import Passage
from itaudit.facts.firewall import Firewall, Opening
from itaudit.facts.listening import (
    CHANGING_PORTS,
    CHECK,
    COUNTED,
    COUNTED_BY_ROOT,
    INSIDE,
    QUESTION,
    Door,
    Reach,
    linux_doors,
    reach_of,
)
from itaudit.facts.own_addresses import QUESTION as ADDRESSES
from itaudit.facts.own_addresses import is_public, own_addresses
from itaudit.facts.security_section import Security

if TYPE_CHECKING:
    from lab.listeners import Listeners

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
PRIVATE, PUBLIC = {"eth0": ["192.168.1.5"]}, {"eth0": ["8.8.4.4"]}
PAST = api.Past(CHECK, INSIDE, COUNTED)


def socket(port: int, address: str = "0.0.0.0", program: str = "", file: str = "", protocol: str = "tcp") -> dict[str, object]:
    return {"protocol": protocol, "address": address, "port": port, "pid": 1, "program": program, "file": file}


def doors(
    recorded: Recorder,
    *sockets: dict[str, object],
    addresses: Mapping[str, list[str]] = PRIVATE,
    wall: Firewall | None = None,
    expected: tuple[str, ...] = (),
    answers: Mapping[api.Question, api.Answer | str] | None = None,
) -> dict[str, Door]:
    """By subject."""
    given: dict[api.Question, api.Answer | str] = {
        QUESTION: json.dumps({"complete": True, "sockets": sockets}),
        ADDRESSES: json.dumps({name: [{"address": one} for one in some] for name, some in addresses.items()}),
        CHANGING_PORTS: "32768\t60999\n",
        **(answers or {}),
    }
    ask, section = recorded(given), Security.model_validate({"expected_ports": expected})
    found = list(linux_doors.function(ask, section, [wall or Firewall(missing=api.AccessDenied())]))
    assert all(isinstance(door, Door) for door in found)
    return {door.subject: door for door in found if isinstance(door, Door)}


def test_real_listeners_are_seen_with_their_program_and_reach(listeners: Listeners) -> None:
    """The places as they were opened; `ss` sees the same ones."""
    found = {door["subject"]: door for door in listeners.doors()}
    assert {name: door["reach"] for name, door in found.items()} == {
        INSIDE: "MACHINE",
        "TCP 2222": "NETWORK",
        "UDP 514": "NETWORK",
    }
    assert found[INSIDE]["count"] == 2
    assert found["TCP 2222"]["programs"][0].startswith("python")
    assert listeners.seen_by_ss() == {("tcp", 2222), ("udp", 514), ("tcp", 6379), ("tcp", 5433)}


def test_the_same_machine_with_a_public_address_is_reached_from_the_internet(listeners: Listeners) -> None:
    listeners.address("8.8.4.4/32")
    assert {door["subject"]: door["reach"] for door in listeners.doors()}["TCP 2222"] == "INTERNET"


@pytest.mark.parametrize(
    ("address", "own", "reach"),
    [
        ("127.0.0.53", PUBLIC, Reach.MACHINE),
        ("::1", PUBLIC, Reach.MACHINE),
        ("0.0.0.0", PRIVATE, Reach.NETWORK),
        ("::", PRIVATE, Reach.NETWORK),
        ("0.0.0.0", PUBLIC, Reach.INTERNET),
        ("8.8.4.4", PUBLIC, Reach.INTERNET),
        ("192.168.1.5", {"eth0": ["8.8.4.4"], "eth1": ["192.168.1.5"]}, Reach.NETWORK),
        ("fe80::1", PUBLIC, Reach.NETWORK),
        ("224.0.0.251", PUBLIC, Reach.NETWORK),
        ("0.0.0.0", {}, Reach.MACHINE),
        ("::", {"eth0": ["192.168.1.5", "2a01:4f8::1"]}, Reach.NETWORK),
        ("::", {"eth0": ["2a01:4f8::1"]}, Reach.INTERNET),
        ("100.64.0.9", {"eth0": ["100.64.0.9"]}, Reach.NETWORK),
    ],
)
def test_reach_follows_from_the_address_and_those_of_the_machine(address: str, own: dict[str, list[str]], reach: Reach) -> None:
    typed = {name: tuple(ipaddress.ip_address(one) for one in some) for name, some in own.items()}
    assert reach_of(ipaddress.ip_address(address), typed) is reach


def test_one_port_over_both_families_is_one_door(recorded: Recorder) -> None:
    found = doors(
        recorded, socket(22, program="sshd"), socket(22, "::", program="sshd"), socket(631, "127.0.0.1"), socket(631, "::1")
    )
    assert set(found) == {INSIDE, "TCP 22"}
    assert found["TCP 22"].addresses == ("0.0.0.0 port 22", ":: port 22")
    assert found[INSIDE].count == 1


def test_ports_that_the_system_gives_out_are_named_by_their_program_and_left_out_for_udp(recorded: Recorder) -> None:
    found = doors(
        recorded, socket(40001, program="rpc.mountd"), socket(40002, program="rpc.mountd"), socket(41000, protocol="udp")
    )
    assert set(found) == {INSIDE, "TCP, changing port of rpc.mountd"}


def test_a_machine_tuned_for_many_connections_hides_no_port_of_a_service(recorded: Recorder) -> None:
    """Guides for busy web servers write "1024 65535"."""
    found = doors(
        recorded,
        socket(6379, program="docker-proxy"),
        socket(11211, protocol="udp"),
        socket(40001, program="rpc.mountd"),
        answers={CHANGING_PORTS: "1024\t65535\n"},
    )
    assert set(found) == {INSIDE, "TCP 6379", "UDP 11211", "TCP, changing port of rpc.mountd"}


@pytest.mark.parametrize(
    ("title", "file", "name"),
    [
        ("nsd: server 1", "/usr/sbin/nsd", "nsd"),
        ("telnetd", "/bin/busybox", "telnetd"),
        ("redis-server", "", "redis-server"),
        ("gnome-remote-de", "/usr/libexec/gnome-remote-desktop-daemon", "gnome-remote-desktop-daemon"),
        ("", "/usr/sbin/sshd", "sshd"),
    ],
)
def test_a_program_is_named_by_its_file(title: str, file: str, name: str, recorded: Recorder) -> None:
    assert doors(recorded, socket(99, program=title, file=file))["TCP 99"].programs == (name,)


WALL = Firewall(
    (
        Opening(4, "tcp", 1, 65535, Passage.NOBODY),
        Opening(6, "tcp", 1, 79, Passage.NOBODY),
        Opening(6, "tcp", 80, 65535, Passage.EVERYBODY),
    )
)


@pytest.mark.parametrize(
    ("address", "port", "passage"),
    [
        ("0.0.0.0", 80, Passage.NOBODY),
        ("::", 80, Passage.EVERYBODY),
        ("::", 22, Passage.NOBODY),
        ("fd00::7", 80, Passage.EVERYBODY),
    ],
)
def test_the_firewall_is_asked_for_the_families_of_the_socket(
    address: str, port: int, passage: Passage, recorded: Recorder
) -> None:
    assert doors(recorded, socket(port, address), wall=WALL)[f"TCP {port}"].passage is passage


@pytest.mark.parametrize("program", ["docker-proxy", "conmon"])
def test_a_published_container_goes_past_the_firewall(program: str, recorded: Recorder) -> None:
    """podman, as root, leaves the ports to conmon, only to keep others from taking them."""
    assert doors(recorded, socket(80, program=program), wall=WALL)["TCP 80"].passage is Passage.EVERYBODY


def test_a_container_without_root_is_behind_the_firewall_as_any_program(recorded: Recorder) -> None:
    """rootlesskit listens itself; only docker-proxy stands beside rules that lead traffic past those for incoming packets."""
    assert doors(recorded, socket(80, program="rootlesskit"), wall=WALL)["TCP 80"].passage is Passage.NOBODY


def test_a_name_server_s_own_questions_are_no_doors(recorded: Recorder) -> None:
    """unbound and dnsmasq ask from any port above 1023, another one each time."""
    asking = [socket(port, program="unbound", protocol="udp") for port in (53, 14211, 1024, 1023)]
    found = doors(recorded, *asking, socket(14212, program="another", protocol="udp"), socket(14211, program="unbound"))
    assert set(found) == {INSIDE, "UDP 53", "UDP 1023", "UDP 14212", "TCP 14211"}


def test_a_firewall_that_could_not_be_seen_is_unknown(recorded: Recorder) -> None:
    assert doors(recorded, socket(80))["TCP 80"].passage is Passage.UNKNOWN


def test_expected_ports_are_written_with_or_without_protocol(recorded: Recorder) -> None:
    found = doors(recorded, socket(443), socket(514, protocol="udp"), socket(514), expected=("443", "514/UDP"))
    assert {name: door.expected for name, door in found.items() if door.port} == {
        "TCP 443": True,
        "UDP 514": True,
        "TCP 514": False,
    }
    assert doors(recorded, socket(443))["TCP 443"].expected is None


def test_a_high_port_that_was_named_is_expected_unless_its_program_has_another_one_too(recorded: Recorder) -> None:
    name, jenkins = "TCP, changing port of java", socket(50000, program="java")
    assert doors(recorded, jenkins, expected=("50000",))[name].expected is True
    assert doors(recorded, jenkins, socket(50001, program="java"), expected=("50000",))[name].expected is False


@pytest.mark.parametrize("written", ["0", "65536", "ssh", "22/sctp", "22/", "-1", "٢٢", ""])
def test_a_port_that_is_none_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="443/tcp"):
        Security.model_validate({"expected_ports": [written]})


def test_the_first_look_is_remembered(recorded: Recorder) -> None:
    past = json.dumps([["2026-11-02T08:00:00+00:00", 4], ["2026-11-01T08:00:00+00:00", 4]])
    assert doors(recorded, socket(80), answers={PAST: past})["TCP 80"].watched_since == datetime(2026, 11, 1, 8, tzinfo=UTC)
    for broken in ('[["x", 1]]', "{}", "[1]", "no"):
        assert doors(recorded, socket(80), answers={PAST: broken})["TCP 80"].watched_since is None


def test_a_port_that_changes_is_watched_since_root_first_saw_its_program(recorded: Recorder) -> None:
    """Else it would seem new when an ordinary user looks after root, or root after him."""
    answers: dict[api.Question, api.Answer | str] = {
        PAST: '[["2026-11-01T08:00:00+00:00", 4]]',
        api.Past(CHECK, INSIDE, COUNTED_BY_ROOT): '[["2026-11-05T08:00:00+00:00", 4]]',
    }
    named = doors(recorded, socket(40001, program="rpc.mountd"), socket(22), answers=answers)
    assert named["TCP, changing port of rpc.mountd"].watched_since == datetime(2026, 11, 5, 8, tzinfo=UTC)
    assert named["TCP 22"].watched_since == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert doors(recorded, socket(40001), answers=answers)["TCP, changing port of a program"].watched_since is None


DPKG = packages_of_files.dpkg_question(["/usr/bin/a", "/usr/sbin/sshd"])


def test_packages_are_named_as_dpkg_names_them(recorded: Recorder) -> None:
    told = api.Answer(
        body="openssh-server:amd64, other: /usr/sbin/sshd\na: /bin/a\ndiversion by x from: /usr/bin/a\n", exit_code=1
    )
    sockets = (socket(22, file="/usr/sbin/sshd"), socket(23, file="/usr/bin/a"))
    found = doors(recorded, *sockets, answers={DPKG: told})
    assert (found["TCP 22"].packages, found["TCP 23"].packages) == (("openssh-server",), ("a",))


def test_packages_are_named_as_rpm_names_them(recorded: Recorder) -> None:
    files = ["/opt/x", "/usr/sbin/sshd"]
    answers: dict[api.Question, api.Answer | str] = {
        packages_of_files.dpkg_question(files): api.Answer.missing(api.ToolMissing("dpkg-query")),
        packages_of_files.rpm_question(files): api.Answer(
            body="file /opt/x is not owned by any package\nopenssh-server\n", exit_code=1
        ),
    }
    found = doors(recorded, socket(22, file=files[1]), socket(23, file=files[0]), answers=answers)
    assert (found["TCP 22"].packages, found["TCP 23"].packages) == (("openssh-server",), ())


def test_this_machine_s_own_package_of_a_program_is_found(live: Ask, needs: Callable[..., str]) -> None:
    needs("dpkg-query", "dpkg")
    assert packages_of_files.packages_of(live, ["/usr/bin/bash", "/nope"]) == {"/usr/bin/bash": "bash"}


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "null",
        '{"complete": false, "sockets": []}',
        '{"complete": true, "sockets": [{}]}',
        '{"complete": true, "sockets": 3}',
    ],
)
def test_another_shape_is_unreadable(body: str, recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        doors(recorded, answers={QUESTION: body})


def test_more_doors_than_a_machine_has_are_unreadable(recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        doors(recorded, *(socket(port) for port in range(1, 1500)))


@settings(max_examples=50)
@given(st.recursive(st.none() | st.floats() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_hostile_answers_give_doors_or_missing(value: Any) -> None:
    from lab.providers import Always

    entry = {"protocol": "tcp", "address": value, "port": value, "program": value, "file": value}
    for body in (
        value,
        {"complete": True, "sockets": value},
        {"complete": True, "sockets": [entry, {**entry, "port": 80}]},
        {"eth0": value},
    ):
        ask = Ask(Always(json.dumps(body)))
        for call in (lambda ask=ask: list(linux_doors.function(ask, Security(), [])), lambda ask=ask: own_addresses(ask)):
            try:
                call()
            except api.Missing:
                continue


def test_addresses_of_the_link_alone_are_no_way_in_and_mapped_ones_are_what_they_map(recorded: Recorder) -> None:
    entries = [{"address": "fe80::1%eth0"}, {"address": "::ffff:192.0.2.1"}, {"address": "00:11:22:33:44:55"}]
    found = own_addresses(recorded({ADDRESSES: json.dumps({"eth0": entries, "lo": [{"address": "127.0.0.1"}]})}))
    assert found == {"eth0": (ipaddress.ip_address("192.0.2.1"),)}


def test_only_a_machine_without_a_private_address_is_public_by_ipv6() -> None:
    six, four = ipaddress.ip_address("2a01:4f8::1"), ipaddress.ip_address("10.0.0.1")
    assert is_public({"eth0": (six,)})
    assert not is_public({"eth0": (six, four)})
    assert is_public({"eth0": (four,), "eth1": (ipaddress.ip_address("8.8.4.4"),)})
