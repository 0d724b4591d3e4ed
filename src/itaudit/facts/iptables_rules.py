"""Filter rules as iptables-save(8) and ip6tables-save write them, of the old kernel interface and of the new one."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from itaudit import api
from itaudit.facts.filter_conditions import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    About,
    Condition,
    Network,
    protocol,
    segment_size,
    source,
    special,
    tcp_flags,
)
from itaudit.facts.filter_rules import Entry, Fate, Rule

_ENTRIES = {"raw": ("PREROUTING",), "mangle": ("PREROUTING", "INPUT"), "filter": ("INPUT",), "security": ("INPUT",)}
_FATES = {"ACCEPT": Fate.ACCEPT, "DROP": Fate.DROP, "REJECT": Fate.DROP, "RETURN": Fate.RETURN, "TARPIT": Fate.DROP}
_WITHOUT_EFFECT = frozenset(
    [
        *(
            "LOG",
            "NFLOG",
            "ULOG",
            "MARK",
            "CONNMARK",
            "CONNSECMARK",
            "SECMARK",
            "TRACE",
            "CT",
            "NOTRACK",
            "TCPMSS",
            "TOS",
            "DSCP",
        ),
        *("TTL", "HL", "SET", "RATEEST", "AUDIT", "CLASSIFY", "CHECKSUM", "IDLETIMER", "LED", "TEE", "TPROXY"),
    ]
)
_LISTED_SENDERS = frozenset(
    [
        *("--rcheck", "--update", "--remove", "--src-range", "--mac-source", "--sport", "--sports"),
        *("--source-country", "--src-cc"),
    ]
)
_LIMITS = frozenset(["--limit", "--hashlimit-upto", "--hashlimit", "--connlimit-upto"])
_OVER_LIMITS = frozenset(["--hashlimit-above", "--connlimit-above"])
_NO_CONDITIONS = frozenset(
    [
        *("-m", "--comment", "--set", "--name", "--mask", "--rsource", "--limit-burst", "--seconds", "--hitcount", "--reap"),
        *("--hashlimit-burst", "--hashlimit-mode", "--hashlimit-name", "--hashlimit-htable-expire", "--hashlimit-srcmask"),
        *("--hashlimit-htable-size", "--hashlimit-htable-max", "--hashlimit-htable-gcinterval", "--hashlimit-dstmask"),
        *("--connlimit-mask", "--connlimit-saddr", "--connlimit-daddr", "--hl-eq", "--rttl", "--rdest", "--dir"),
    ]
)
_OF_A_TARGET = ("-j", "-g")
_CHAINS_MOST, _LINES_MOST = 5_000, 100_000


@dataclass(slots=True)
class _Table:
    policies: dict[str, bool] = field(default_factory=dict)
    chains: dict[str, list[Rule]] = field(default_factory=dict)


def parse(text: str, family: int, names: frozenset[str] | None = None) -> list[Entry]:
    """Entries of the tables that filter (all, or those of these names). family: 4 or 6. Raises Unreadable."""
    found: list[Entry] = []
    for name, table in _tables(text):
        chains = {chain: tuple(rules) for chain, rules in table.chains.items()}
        for entry in _ENTRIES.get(name, ()):
            if entry in table.policies and (names is None or name in names):
                found.append(Entry(entry, frozenset([family]), table.policies[entry], chains))
    return found


def _tables(text: str) -> Iterator[tuple[str, _Table]]:
    name, table = "", _Table()
    lines = text.splitlines()
    if len(lines) > _LINES_MOST:
        raise api.Unreadable("iptables-save: too many lines")
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("*"):
            name, table = line[1:].strip(), _Table()
        elif line.strip() == "COMMIT" and name:
            yield name, table
            name = ""
        elif name and len(table.chains) <= _CHAINS_MOST:
            _read(line, table)
        else:
            raise api.Unreadable(f"iptables-save: {line[:100]!r}")
    if name:
        raise api.Unreadable(f"iptables-save: the table {name[:60]!r} has no end")


def _read(line: str, table: _Table) -> None:
    if line.startswith(":"):
        words = line[1:].split()
        if len(words) < 2:
            raise api.Unreadable(f"iptables-save: {line[:100]!r}")
        table.chains.setdefault(words[0], [])
        if words[1] != "-":
            table.policies[words[0]] = words[1] == "ACCEPT"
        return
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise api.Unreadable(f"iptables-save: {line[:100]!r}") from error
    if words and words[0].startswith("["):  # counters
        del words[0]
    if len(words) < 2 or words[0] != "-A" or words[1] not in table.chains:
        raise api.Unreadable(f"iptables-save: {line[:100]!r}")
    rule = rule_of(words[2:])
    if rule.matters:
        table.chains[words[1]].append(rule)


def rule_of(words: list[str]) -> Rule:
    """One rule, from the words behind "-A CHAIN"."""
    end = next((place for place, word in enumerate(words) if word in _OF_A_TARGET), len(words))
    target = words[end + 1] if end + 1 < len(words) else ""
    fate, to = _fate(words[end] if end < len(words) else "", target)
    conditions: list[Condition] = []
    for option, values, negated in _options(words[:end]):
        if option in _LIMITS:
            # Within the limit an accepting rule lets everybody in; a refusing one refuses only some.
            conditions.append(ALWAYS if fate is Fate.ACCEPT and not negated else special())
        else:
            conditions += _conditions(option, values, negated)
    return Rule(tuple(condition for condition in conditions if condition is not ALWAYS), fate, to)


def _fate(kind: str, target: str) -> tuple[Fate, str]:
    if kind == "-g":
        return Fate.GOTO, target
    if target in _FATES:
        return _FATES[target], ""
    if not target or target in _WITHOUT_EFFECT:
        return Fate.NOTHING, ""
    return (Fate.UNKNOWN, "") if target in ("NFQUEUE", "QUEUE", "SYNPROXY", "DNPT") else (Fate.JUMP, target)


def _options(words: list[str]) -> Iterator[tuple[str, list[str], bool]]:
    """(option, its values, negated)"""
    option, negated, waiting = "", False, False
    values: list[str] = []
    for word in words:
        if word == "!":
            waiting = True
        elif word.startswith("-") and len(word) > 1:
            if option:
                yield option, values, negated
            option, values, negated, waiting = word, [], waiting, False
        else:
            values.append(word)
    if option:
        yield option, values, negated


def _conditions(option: str, values: list[str], negated: bool) -> list[Condition]:
    first = values[0] if values else ""
    if option in _NO_CONDITIONS or (option == "-p" and first in ("all", "0")):
        return []
    if option in _LISTED_SENDERS or option in _OVER_LIMITS:
        return [special(negated)]
    if option == "--match-set":
        return [special(negated) if "src" in values[-1].split(",") else UNKNOWN] if values else [UNKNOWN]
    if option == "--tcp-flags" and len(values) == 2:
        return [tcp_flags(first.split(","), values[1].split(","), negated)]
    return [_condition(option, first, negated)]


def _condition(option: str, value: str, negated: bool) -> Condition:
    parts = value.split(",")
    match option:
        case "-f":
            return NEVER if not negated else ALWAYS  # a connection does not begin with a fragment
        case "--pol":
            return special((value == "none") != negated)  # whoever comes encrypted (IPsec) is known
        case "--mss":
            return segment_size(map(_ports, parts), negated)
        case "-p":
            return protocol([value], negated)
        case "--dport" | "--dports":
            return Condition(About.PORT, ranges=tuple(map(_ports, parts)), negated=negated)
        case "--state" | "--ctstate":
            return Condition(About.STATE, frozenset(part.lower() for part in parts), negated=negated)
        case "-i":
            return Condition(About.INTERFACE, frozenset([_wildcard(value)]), negated=negated)
        case "-s":
            return source([_network(value)], negated)
        case "-d":
            return Condition(About.DESTINATION, networks=(_network(value),), negated=negated)
    return _of_kind(option, parts, negated)


def _of_kind(option: str, kinds: list[str], negated: bool) -> Condition:
    """A stranger's packet goes to this machine alone, and is no message about errors or routes."""
    match option:
        case "--dst-type":
            return Condition(About.ALWAYS, negated=("LOCAL" in kinds) == negated)
        case "--pkt-type":
            return Condition(About.ALWAYS, negated=bool({"unicast", "host"} & set(kinds)) == negated)
        case "--icmp-type" | "--icmpv6-type" | "--rt-type":
            return NEVER
    return UNKNOWN


def _ports(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    try:
        return int(first or 0), int((last or 65535) if colon else first)
    except ValueError as error:
        raise api.Unreadable(f"iptables-save: a port: {text[:60]!r}") from error


def _wildcard(name: str) -> str:
    return name[:-1] + "*" if name.endswith("+") else name


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise api.Unreadable(f"iptables-save: an address: {text[:60]!r}") from error
