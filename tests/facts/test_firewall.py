"""What rules let in, against the kernel that follows them: strangers really knock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts import firewall as facts
from itaudit.facts.filter_rules import Passage
from itaudit.facts.firewall import FORWARDING_IPV6, Firewall, Opening, forwarding, forwards, linux_firewall
from itaudit.facts.own_addresses import QUESTION as ADDRESSES
from itaudit.facts.virtual import CONTAINER_MARKS, DETECTOR

if TYPE_CHECKING:
    from lab.firewall import Walled

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Answers = dict[api.Question, api.Answer | str]

MACHINE = api.Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)
NOTHING = ""
WORKSTATION = """
table inet filter {
  chain input { type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state vmap { established : accept, related : accept, invalid : drop }
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport { 22, 80-90 } accept
    udp dport 53 counter log prefix "dns" accept
    ip saddr 192.0.2.7 tcp dport 443 accept
    ip6 saddr { fd00:db8::7, fd00:1::/32 } tcp dport 443 accept
}
}
"""
ALL_BEFORE_THE_DROP = """
table inet filter { chain input { type filter hook input priority 0; policy drop;
  ct state established,related accept
  ct state new counter accept
  tcp dport 22 accept
  drop
}
}
"""
REJECT_AT_THE_END = """
table ip filter { chain input { type filter hook input priority 0;
  ct state established accept
  tcp dport 22 ct state new accept
  ip saddr != 192.0.2.0/29 tcp dport 80 drop
  ip saddr 192.0.2.7 accept
  reject
}
}
"""
ZONES = """
table inet firewalld {
  chain filter_INPUT { type filter hook input priority 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump zones
    reject with icmpx admin-prohibited
}
  chain zones { iifname "eth0" goto public
    iifname "wg0" goto trusted
    goto public
}
  chain trusted { accept; }
  chain public { jump allow
    meta l4proto { icmp, ipv6-icmp } accept
    reject with icmpx admin-prohibited
}
  chain allow { tcp dport 22 accept
    ip6 daddr fe80::/64 udp dport 546 accept
    tcp dport 8000-65535 accept
}
}
"""
TWO_ENTRIES = """
table inet guard { chain early { type filter hook prerouting priority -300;
    fib saddr . iif oif missing drop
    tcp flags & (fin|syn|rst|ack) != syn ct state new drop
    tcp dport 8080 drop
    ip daddr 192.0.2.2 udp dport 2000 drop
    ip daddr 203.0.113.9 drop
    iifname != "eth0" drop
}
}
table inet filter { chain input { type filter hook input priority 0; policy accept;
    tcp dport vmap { 22 : accept, 80 : drop, 443 : jump web }
    meta nfproto ipv6 udp dport 53 reject
}
  chain web { ip saddr 192.0.2.7 return
    ip6 saddr fd00:db8::7 return
    drop
}
}
"""
LISTS = """
table inet lists {
  set blocked { type ipv4_addr; elements = { 198.51.100.4, 198.51.100.5 } }
  set open { type inet_service; flags interval; elements = { 80, 440-450 } }
  set slow { type ipv4_addr; flags dynamic; timeout 1h; }
  map doors { type inet_service : verdict; elements = { 2000 : accept, 8080 : drop } }
  chain input { type filter hook input priority 0; policy drop;
    ct state established accept
    ip saddr @blocked drop
    tcp dport 22 ct state new add @slow { ip saddr limit rate over 1000/second burst 100 packets } drop
    tcp dport @open limit rate 1000/second burst 100 packets accept
    tcp dport 22 accept
    udp dport != 53 drop
    tcp dport vmap @doors
}
}
"""
GOTO = """
table inet filter {
  chain input { type filter hook input priority 0; policy accept;
    jump zones
  }
  chain zones {
    tcp dport 443 goto web
    udp dport 53 jump web
    drop
  }
  chain web {
    tcp dport 80 drop
    meta mark 7 tcp dport 8080 drop
  }
}
"""
ODDS = """
table inet filter {
  map answers {
    type inet_service : verdict
    flags interval
    elements = { 53 : accept, * : drop }
  }
  chain input { type filter hook input priority 0; policy accept;
    iifname != "eth*" accept
    iifname "eth*" tcp dport 22 drop
    ip saddr != 192.0.2.7 tcp dport 8080 drop
    ip protocol tcp tcp dport 443 reject with tcp reset
    ip6 nexthdr tcp tcp dport 2000 drop
    meta pkttype { broadcast, multicast } drop
    fib daddr type != local drop
    fib daddr type { broadcast, multicast } drop
    ct state new,untracked udp dport vmap @answers
  }
}
"""
GUARDS = """
table inet filter {
  chain early { type filter hook prerouting priority -300; policy accept;
    ip frag-off & 0x1fff != 0 counter drop
    tcp flags & (fin|syn|rst|psh|ack|urg) == 0x0 drop
    tcp flags & (fin|syn) == (fin|syn) drop
    tcp flags syn tcp option maxseg size 1-500 counter drop
    tcp dport 2000 tcp option maxseg size 1000-9000 drop
    tcp dport 443 tcp flags ! ack drop
    udp dport 2000 ip frag-off & 0x1fff == 0 drop
  }
  chain input { type filter hook input priority 0; policy drop;
    tcp dport { 22, 443, 2000 } accept
    udp dport { 443, 2000 } accept
    iifname "lo" accept
  }
}
"""
NETWORK_ONLY = """
table netdev early { chain ingress { type filter hook ingress device "eth0" priority 0; policy accept;
  udp dport 53 drop
}
}
"""
SETS: Mapping[str, str] = {
    "no rule": NOTHING,
    "drop with exceptions": WORKSTATION,
    "accept all before the drop": ALL_BEFORE_THE_DROP,
    "only IPv4, reject at the end": REJECT_AT_THE_END,
    "zones": ZONES,
    "two entries": TWO_ENTRIES,
    "lists and limits": LISTS,
    "going to a chain and coming back": GOTO,
    "families, patterns and what is left": ODDS,
    "guards of the guides": GUARDS,
    "at the interface": NETWORK_ONLY,
}
IPTABLES = """*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 2000 -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m conntrack --ctstate NEW -m tcpmss ! --mss 536:65535 -j DROP
{fragments}
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-not-local - [0:0]
:ufw-user-input - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -j ufw-before-input
-A INPUT -j ufw-user-input
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -m addrtype --dst-type ANYCAST -j DROP
-A ufw-before-input -m pkttype --pkt-type multicast -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d {multicast} -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m multiport --dports 22,80:90 -m comment --comment "a \\"comment\\" -j" -j ACCEPT
-A ufw-user-input -s {named} -p tcp -m tcp --dport 443 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
-A ufw-user-input ! -i eth0 -j ACCEPT
-A ufw-user-input -i eth+ -p udp -m udp --dport 443 -j ACCEPT
-A ufw-user-input -p udp -m udp --dport 53 -m conntrack --ctstate NEW -m limit --limit 1000/sec --limit-burst 100 -j ACCEPT
COMMIT
"""


def iptables(family: int) -> str:
    from lab.firewall import NAMED

    fragments = {4: "-A PREROUTING -f -j DROP", 6: ""}[family]  # ip6tables knows no fragments
    return IPTABLES.format(multicast={4: "224.0.0.251/32", 6: "ff02::fb/128"}[family], named=NAMED[family], fragments=fragments)


def of(walled: Walled, recorded: Recorder) -> Firewall:
    [found] = linux_firewall.function(recorded(walled.answers()), MACHINE)
    assert isinstance(found, Firewall)
    assert found.missing is None
    return found


def same(walled: Walled, recorded: Recorder) -> Firewall:
    """The fact, after each door was tried and found as the fact says."""
    found, knocked = of(walled, recorded), walled.knock()
    told = {(family, protocol, port): found.lets_in(protocol, port, [family]) for family, protocol, port in knocked}
    assert told == knocked
    return found


@pytest.mark.parametrize("rules", SETS.values(), ids=SETS)
def test_what_the_rules_say_is_what_the_kernel_does(rules: str, walled: Walled, recorded: Recorder) -> None:
    walled.load(rules)
    same(walled, recorded)


@pytest.mark.parametrize("kind", ["nft", "legacy"])
def test_the_rules_of_iptables_are_understood_in_both_kernel_interfaces(kind: str, walled: Walled, recorded: Recorder) -> None:
    walled.load(iptables(4), (f"iptables-{kind}-restore",))
    walled.load(iptables(6), (f"ip6tables-{kind}-restore",))
    found = same(walled, recorded)
    assert found.makers == ("ufw",)
    assert found.lets_in("tcp", 22) is Passage.EVERYBODY
    assert [found.lets_in("tcp", port) for port in (90, 91)] == [Passage.EVERYBODY, Passage.NOBODY]
    assert found.lets_in("tcp", 443) is Passage.SOME
    assert found.lets_in("tcp", 8080) is Passage.NOBODY


def test_tables_of_nft_beside_those_of_iptables_both_count(walled: Walled, recorded: Recorder) -> None:
    walled.load(iptables(4), ("iptables-nft-restore",))
    walled.load("table inet more { chain input { type filter hook input priority 5; tcp dport 22 drop; }; }")
    found = same(walled, recorded)
    assert found.lets_in("tcp", 22) is Passage.NOBODY
    assert found.lets_in("tcp", 80, [4]) is Passage.EVERYBODY


def test_where_iptables_is_not_installed_its_rules_are_not_known(walled: Walled, recorded: Recorder) -> None:
    walled.load(iptables(4), ("iptables-nft-restore",))
    answers = {**walled.answers(), facts.saved(4, "nft"): api.Answer.missing(api.ToolMissing("iptables-nft-save"))}
    [found] = linux_firewall.function(recorded(answers), MACHINE)
    assert isinstance(found, Firewall)
    assert found.lets_in("tcp", 22, [4]) is Passage.UNKNOWN


def test_a_drop_by_something_not_understood_is_neither_open_nor_closed(walled: Walled, recorded: Recorder) -> None:
    walled.load("table inet x { chain input { type filter hook input priority 0; meta mark 7 drop; tcp dport 22 accept; }; }")
    found = of(walled, recorded)
    assert found.lets_in("tcp", 22) is Passage.UNKNOWN
    walled.clear()
    walled.load("table inet x { chain input { type filter hook input priority 0; meta mark 7 tcp dport 80 drop; }; }")
    assert [of(walled, recorded).lets_in("tcp", port) for port in (22, 80)] == [Passage.EVERYBODY, Passage.UNKNOWN]
    walled.load("table inet y { chain input { type filter hook input priority 0; tcp dport 22 drop; }; }")
    assert of(walled, recorded).lets_in("tcp", 22) is Passage.NOBODY


@pytest.mark.parametrize(("name", "ports"), [("zones", 1 + 65535 - 7999), ("drop with exceptions", 12), ("no rule", 65535)])
def test_the_open_ports_are_counted(name: str, ports: int, walled: Walled, recorded: Recorder) -> None:
    """Counted by hand from the rules: 22 and 8000-65535; 22 and 80-90; all."""
    walled.load(SETS[name])
    found = of(walled, recorded)
    assert round(found.share(4, "tcp", Passage.EVERYBODY, 1, 65535) * 65535) == ports


ROUTES: Answers = {
    facts.ROUTES[4]: "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n",
    facts.ROUTES[6]: api.Answer.missing(api.NotFound()),
}
NO_CONTAINER: Answers = {DETECTOR: api.Answer(body="none\n", exit_code=1)}
IN_DOCKER: Answers = {DETECTOR: api.Answer.missing(api.ToolMissing("x")), CONTAINER_MARKS["docker"]: '["/.dockerenv"]'}
NO_OLD: Answers = {question: api.Answer.missing(api.NotFound()) for question in facts.OLD_TABLES.values()}
EMPTY = json.dumps({"nftables": [{"metainfo": {"version": "1.0.6"}}]})


def told(recorded: Recorder, **changed: Any) -> Firewall:
    answers: dict[api.Question, Any] = {
        **ROUTES,
        **NO_CONTAINER,
        **NO_OLD,
        ADDRESSES: json.dumps({"eth0": [{"address": "192.168.1.5"}, {"address": "00:11:22:33:44:55"}]}),
        facts.NFT: EMPTY,
    }
    [found] = linux_firewall.function(recorded({**answers, **changed.get("answers", {})}), changed.get("machine", MACHINE))
    assert isinstance(found, Firewall)
    return found


def test_without_rules_everything_is_let_in_over_each_family_that_has_an_address(recorded: Recorder) -> None:
    assert told(recorded).openings == (
        Opening(4, "tcp", 1, 65535, Passage.EVERYBODY),
        Opening(4, "udp", 1, 65535, Passage.EVERYBODY),
    )


@pytest.mark.parametrize(("way_out", "interfaces"), [("eth0", ("eth0",)), ("ppp9", ("eth0", "wg0")), ("", ("eth0", "wg0"))])
def test_strangers_come_in_where_the_way_out_is(way_out: str, interfaces: tuple[str, ...], recorded: Recorder) -> None:
    """A way out over an interface that has no address tells nothing."""
    route = f"{way_out}\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n" if way_out else ""
    answers = {
        facts.ROUTES[4]: f"{ROUTES[facts.ROUTES[4]]}{route}",
        ADDRESSES: json.dumps({"eth0": [{"address": "192.168.1.5"}], "wg0": [{"address": "10.9.0.2"}]}),
    }
    assert told(recorded, answers=answers).interfaces == interfaces


def test_the_most_open_way_in_counts(recorded: Recorder) -> None:
    only_eth0 = [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}}, {"accept": None}]
    addresses = json.dumps({"eth0": [{"address": "192.168.1.5"}], "eth1": [{"address": "10.9.0.2"}]})
    found = told(recorded, answers={ADDRESSES: addresses, facts.NFT: rule_set(only_eth0)})
    assert found.lets_in("tcp", 22) is Passage.EVERYBODY


@pytest.mark.parametrize("answer", [api.Answer(body="kvm\n", exit_code=0), api.Answer.missing(api.ToolMissing("x"))])
def test_a_virtual_machine_and_one_that_nobody_tells_of_are_judged(answer: api.Answer, recorded: Recorder) -> None:
    assert told(recorded, answers={DETECTOR: answer}).missing is None


@pytest.mark.parametrize(
    ("four", "six", "forwards"),
    [
        ("0\n", "0\n", False),
        ("0\n", api.Answer.missing(api.NotFound()), False),
        ("1\n", "0\n", True),
        ("0\n", "1\n", True),
        ("0\n", "2\n", True),
        ("1\n", api.Answer.missing(api.AccessDenied("x")), True),
        ("0\n", api.Answer.missing(api.AccessDenied("x")), None),
        (api.Answer.missing(api.NotFound()), "0\n", None),
        (api.Answer.missing(api.NotFound()), api.Answer.missing(api.NotFound()), None),
        ("", "0\n", None),
        ("0\n", "nonsense", None),
    ],
)
def test_that_nothing_is_passed_on_must_be_proved(
    four: api.Answer | str, six: api.Answer | str, forwards: bool | None, recorded: Recorder
) -> None:
    assert told(recorded, answers={forwarding("eth0"): four, FORWARDING_IPV6: six}).forwards is forwards


def test_one_interface_that_passes_on_is_enough(recorded: Recorder) -> None:
    addresses = json.dumps({"eth0": [{"address": "192.168.1.5"}], "wg0": [{"address": "10.9.0.2"}]})
    answers = {ADDRESSES: addresses, forwarding("eth0"): "0\n", forwarding("wg0"): "1\n", FORWARDING_IPV6: "0\n"}
    assert told(recorded, answers=answers).forwards is True


def test_this_very_kernel_tells(live: Ask) -> None:
    assert forwards(live, ["lo"]) is not None


def test_an_open_container_does_not_apply(recorded: Recorder) -> None:
    found = told(recorded, answers=IN_DOCKER)
    assert isinstance(found.missing, api.NotApplicable)


@pytest.mark.parametrize(
    ("kind", "applies"), [("docker", False), ("podman", False), ("wsl", False), ("lxc", True), ("openvz", True)]
)
def test_a_container_that_stands_in_the_network_as_a_machine_does_is_judged_as_one(
    kind: str, applies: bool, recorded: Recorder
) -> None:
    """Nobody refuses connections for a container of LXC or OpenVZ with an address of its own."""
    found = told(recorded, answers={DETECTOR: api.Answer(body=f"{kind}\n", exit_code=0)})
    assert (found.missing is None) is applies


def test_a_container_without_programs_for_rules_does_not_apply(recorded: Recorder) -> None:
    missing = api.Answer.missing(api.ToolMissing("nft"))
    answers = {facts.NFT: missing, api.Command(("iptables-save",)): missing}
    assert isinstance(told(recorded, answers=answers).missing, api.ToolMissing)
    assert isinstance(told(recorded, answers={**answers, **IN_DOCKER}).missing, api.NotApplicable)


def test_rules_for_one_interface_do_not_close_another(recorded: Recorder) -> None:
    early = {"family": "netdev", "table": "t", "name": "early", "handle": 1, "type": "filter", "hook": "ingress", "prio": 0}
    found = {}
    for device in ("eth0", "eth1", ["eth0", "eth1"]):
        chain = {"chain": {**early, "dev": device, "policy": "drop"}}
        objects = [{"table": {"family": "netdev", "name": "t", "handle": 1}}, chain]
        found[str(device)] = told(recorded, answers={facts.NFT: json.dumps({"nftables": objects})}).lets_in("tcp", 22)
    assert list(found.values()) == [Passage.NOBODY, Passage.EVERYBODY, Passage.NOBODY]


def test_who_comes_encrypted_is_named_and_no_stranger(walled: Walled, recorded: Recorder) -> None:
    walled.load("table inet x { chain input { type filter hook input priority 0; policy drop; meta ipsec exists accept; }; }")
    assert of(walled, recorded).lets_in("tcp", 22) is Passage.SOME
    walled.load("table inet x { chain input { meta ipsec missing drop; tcp dport 22 accept; }; }")
    assert of(walled, recorded).lets_in("tcp", 22) is Passage.SOME


def table_with(flags: object) -> str:
    table = {"family": "inet", "name": "t", "handle": 1, "flags": flags}
    chain = {"family": "inet", "table": "t", "name": "i", "handle": 1, "type": "filter", "hook": "input", "prio": 0}
    return json.dumps({"nftables": [{"table": table}, {"chain": {**chain, "policy": "drop"}}]})


@pytest.mark.parametrize(
    ("flags", "passage"),
    [
        ("dormant", Passage.EVERYBODY),
        (["dormant", "owner"], Passage.EVERYBODY),
        (["owner", "persist"], Passage.NOBODY),
        ("owner", Passage.NOBODY),
    ],
)
def test_a_table_that_sleeps_refuses_nothing(flags: object, passage: Passage, recorded: Recorder) -> None:
    assert told(recorded, answers={facts.NFT: table_with(flags)}).lets_in("tcp", 22) is passage


def test_a_table_of_which_nft_does_not_tell_whether_it_sleeps_is_not_known(walled: Walled, recorded: Recorder) -> None:
    """nft 1.0.6 writes another word of its memory in place of the flag."""
    walled.load("table inet t { flags dormant; chain i { type filter hook input priority 0; policy drop; }; }")
    [found] = linux_firewall.function(recorded(walled.answers()), MACHINE)
    assert isinstance(found, Firewall)
    assert found.lets_in("tcp", 22) in (Passage.UNKNOWN, Passage.EVERYBODY)


def test_what_is_open_on_the_inner_side_alone_is_open_to_some(recorded: Recorder) -> None:
    """An office's own gateway: the internet at eth0 is kept out, the office at eth1 comes in, and so do its containers."""

    def accepted(interface: str) -> list[object]:
        return [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": interface}}, {"accept": None}]

    route = f"{ROUTES[facts.ROUTES[4]]}eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n"
    for inner, passage in (("eth1", Passage.SOME), ("docker0", Passage.NOBODY), ("eth0", Passage.EVERYBODY)):
        names = {"eth0": "198.51.100.5", "eth1": "192.168.1.1", "docker0": "172.17.0.1"}
        answers = {
            facts.ROUTES[4]: route,
            ADDRESSES: json.dumps({name: [{"address": one}] for name, one in names.items()}),
            facts.NFT: rule_set(accepted(inner)),
        }
        found = told(recorded, answers=answers)
        assert (found.interfaces, found.lets_in("tcp", 445)) == (("eth0",), passage)


def test_a_machine_on_no_network_does_not_apply(recorded: Recorder) -> None:
    found = told(recorded, answers={ADDRESSES: json.dumps({"lo": [{"address": "127.0.0.1"}, {"address": "::1"}]})})
    assert isinstance(found.missing, api.NotApplicable)


NOT_ROOT = api.Answer(
    exit_code=1, errors="Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed"
)


def test_a_container_that_may_not_see_its_rules_does_not_apply_to_root_alone(recorded: Recorder) -> None:
    answers = {**IN_DOCKER, facts.NFT: NOT_ROOT}
    assert isinstance(told(recorded, answers=answers).missing, api.NotApplicable)
    user = replace(MACHINE, admin=False)
    assert isinstance(told(recorded, answers=answers, machine=user).missing, api.AccessDenied)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NOT_ROOT, "access_denied"),
        (api.Answer(exit_code=1, errors="kaputt"), "unreadable"),
        (api.Answer.missing(api.TimedOut("nft")), "timed_out"),
        (api.Answer(body="{", exit_code=0), "unreadable"),
        (api.Answer(body='{"nftables": []}', exit_code=0), "unreadable"),
    ],
)
def test_what_nft_does_not_tell_is_missing_and_never_open_or_closed(answer: api.Answer, kind: str, recorded: Recorder) -> None:
    found = told(recorded, answers={facts.NFT: answer})
    assert found.missing is not None
    assert found.missing.kind == kind
    assert found.lets_in("tcp", 22) is Passage.UNKNOWN


def test_without_nft_the_rules_of_iptables_are_all_there_can_be(recorded: Recorder) -> None:
    no_nft = {facts.NFT: api.Answer.missing(api.ToolMissing("nft"))}
    text = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"
    tools = {api.Command(("iptables-save",)): text, api.Command(("ip6tables-save",)): text}
    assert told(recorded, answers={**no_nft, **tools}).lets_in("tcp", 23) is Passage.NOBODY
    neither = {question: api.Answer.missing(api.ToolMissing("iptables-save")) for question in tools}
    missing = told(recorded, answers={**no_nft, **neither}).missing
    assert isinstance(missing, api.ToolMissing)
    assert "nftables" in missing.unlock


@pytest.mark.parametrize(
    ("rule", "passage"),
    [
        ("-p tcp -m geoip ! --source-country DE,AT -j DROP", Passage.SOME),
        ("-m geoip --src-cc CN -j DROP", Passage.EVERYBODY),
        ("-m policy --dir in --pol none -j DROP", Passage.SOME),
        ("-m policy --dir in --pol ipsec --proto esp -j ACCEPT", Passage.EVERYBODY),
        ("-p tcp -m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr -j ACCEPT", Passage.EVERYBODY),
        ("-m hashlimit --hashlimit-above 9/sec --hashlimit-name a --hashlimit-htable-size 32768 -j DROP", Passage.EVERYBODY),
        ("-m recent --rcheck --seconds 60 --hitcount 4 --rttl --name SSH --rsource -j DROP", Passage.EVERYBODY),
    ],
)
def test_those_whom_a_module_of_iptables_names_are_no_strangers(rule: str, passage: Passage, recorded: Recorder) -> None:
    text = f"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT {rule}\nCOMMIT\n"
    old = {facts.OLD_TABLES[4]: "filter\n", facts.saved(4, "legacy"): text}
    assert told(recorded, answers=old).lets_in("tcp", 22) is passage


@pytest.mark.parametrize(
    "reading",
    [
        "*filter\n:INPUT DROP [0:0]\n",
        "*filter\n:INPUT\nCOMMIT",
        "-A INPUT -j DROP",
        '*filter\n:INPUT DROP [0:0]\n-A INPUT -m "',
        "*filter\n:INPUT DROP [0:0]\n-A INPUT --dport x -j DROP\nCOMMIT",
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -s here -j DROP\nCOMMIT",
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -j INPUT\nCOMMIT",
    ],
)
def test_broken_tables_are_unreadable(reading: str, recorded: Recorder) -> None:
    old = {facts.OLD_TABLES[4]: "filter\n", facts.saved(4, "legacy"): reading}
    assert isinstance(told(recorded, answers=old).missing, api.Unreadable)


def rule_set(*rules: object, chains: tuple[str, ...] = ()) -> str:
    objects: list[object] = [
        {"table": {"family": "ip", "name": "t"}},
        {"chain": {"family": "ip", "table": "t", "name": "c", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
        *({"chain": {"family": "ip", "table": "t", "name": name}} for name in chains),
        *({"rule": {"family": "ip", "table": "t", "chain": "c", "expr": rule}} for rule in rules),
    ]
    return json.dumps({"nftables": objects})


def test_chains_that_call_each_other_for_ever_are_unreadable(recorded: Recorder) -> None:
    found = told(recorded, answers={facts.NFT: rule_set([{"jump": {"target": "c"}}])})
    assert isinstance(found.missing, api.Unreadable)


def test_a_list_of_many_blocked_senders_costs_nothing(recorded: Recorder) -> None:
    block = [
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "198.51.100.4"}},
        {"drop": None},
    ]
    ports = [
        [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": port}}, {"accept": None}]
        for port in range(2, 200, 2)
    ]
    found = told(recorded, answers={facts.NFT: rule_set(*[block] * 3_000, *ports)})
    assert found.missing is None
    assert found.lets_in("tcp", 4) is Passage.EVERYBODY
    assert found.lets_in("tcp", 5) is Passage.NOBODY


SCRAPS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["accept", "saddr", "tcp", "@s", "lo", "new"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "match",
                    "left",
                    "right",
                    "op",
                    "meta",
                    "key",
                    "payload",
                    "field",
                    "set",
                    "vmap",
                    "data",
                    "range",
                    "prefix",
                    "accept",
                    "jump",
                    "target",
                    "ct",
                    "fib",
                    "&",
                    "concat",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(SCRAPS)
def test_hostile_rules_give_a_firewall_that_is_known_or_missing(rule: object) -> None:
    from itaudit.facts import nft_rules
    from itaudit.facts.filter_conditions import Probe
    from itaudit.facts.filter_rules import RuleSet

    for text in (
        rule_set(rule),
        rule_set([rule]),
        rule_set([{"match": {"op": "==", "left": rule, "right": rule}}, {"accept": None}]),
        json.dumps(rule),
    ):
        try:
            tables = nft_rules.parse(json.loads(text))
            entries = [entry for name, table in tables.items() for entry in nft_rules.entries_of(name, table)]
            RuleSet(tuple(entries)).passage(Probe(4, "tcp", 22, "eth0"))
        except api.Missing:
            continue


WORDS = st.sampled_from(
    [
        *("-A", "INPUT", "DROP", "ACCEPT", "-j", "-g", "-s", "-d", "!", "-p", "tcp", "10.0.0.0/8", "--dport", "22", "x:y", "1:2"),
        *("-m", "--match-set", "-i", "eth+", "COMMIT", "*filter", ":INPUT", "[0:0]", "-", "\n", '"'),
    ]
)


@given(st.lists(WORDS, max_size=40))
def test_hostile_tables_give_entries_or_missing(words: list[str]) -> None:
    from itaudit.facts import iptables_rules

    for text in (" ".join(words), "*filter\n:INPUT DROP [0:0]\n-A INPUT " + " ".join(words) + "\nCOMMIT\n"):
        try:
            iptables_rules.parse(text, 4)
        except api.Missing:
            continue
