"""Filter rules as `nft --json list ruleset` writes them (libnftables-json(5))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from itaudit import api
from itaudit.facts import nft_matches
from itaudit.facts.filter_conditions import ALWAYS, UNKNOWN, About, Condition, protocol, special
from itaudit.facts.filter_rules import Entry, Fate, Rule

_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6), "netdev": (4, 6)}
_HOOKS = ("ingress", "prerouting", "input")
_OBJECTS_MOST = 200_000
_WITHOUT_EFFECT = frozenset(["counter", "log", "mangle", "notrack", "comment", "last", "dup", "flow", "ct helper", "ct timeout"])
_FATES = {
    "accept": Fate.ACCEPT,
    "drop": Fate.DROP,
    "reject": Fate.DROP,
    "return": Fate.RETURN,
    "continue": Fate.NOTHING,
    "queue": Fate.UNKNOWN,
    "synproxy": Fate.UNKNOWN,
    "tproxy": Fate.UNKNOWN,
    "jump": Fate.JUMP,
    "goto": Fate.GOTO,
}
_REJECTED_WITH = {
    "icmp": [Condition(About.FAMILY, frozenset(["4"]))],
    "icmpv6": [Condition(About.FAMILY, frozenset(["6"]))],
    "tcp reset": [protocol(["tcp"])],
}
"""The kind of answer tells of whom the rule is: nft leaves out the condition that follows from it."""
_TABLE_FLAGS = frozenset(["dormant", "owner", "persist"])
TableName = tuple[str, str]
"""(family, name)"""


@dataclass(slots=True)
class Table:
    """entries: (chain, accepts, interfaces). sets: what is in them, of maps too. foreign: made by iptables, in part unknown.
    dormant: the kernel keeps it, but does not follow it."""

    chains: dict[str, list[Rule]] = field(default_factory=dict)
    entries: list[tuple[str, bool, frozenset[str]]] = field(default_factory=list)
    sets: dict[str, list[Any]] = field(default_factory=dict)
    foreign: bool = False
    dormant: bool = False


def parse(body: object) -> dict[TableName, Table]:
    """Tables of all families that filter incoming packets. Raises Unreadable for another shape."""
    objects = body.get("nftables") if isinstance(body, dict) else None
    if not isinstance(objects, list) or not objects or len(objects) > _OBJECTS_MOST:
        raise api.Unreadable("nft: no list of objects")
    try:
        return _tables(objects)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise api.Unreadable(f"nft: {type(error).__name__}: {error}"[:200]) from error


def entries_of(name: TableName, table: Table) -> list[Entry]:
    if table.dormant:
        return []
    chains = {chain: tuple(rules) for chain, rules in table.chains.items()}
    families = frozenset(_FAMILIES[name[0]])
    return [Entry(chain, families, accepts, chains, interfaces) for chain, accepts, interfaces in table.entries]


def _tables(objects: list[Any]) -> dict[TableName, Table]:
    tables: dict[TableName, Table] = {}
    rules: list[tuple[TableName, dict[str, Any]]] = []
    for each in objects:
        [(kind, value)] = each.items()
        if kind == "metainfo":
            continue
        family = value["family"]
        if family not in _FAMILIES:
            continue
        name = (family, value["name"] if kind == "table" else value["table"])
        table = tables.setdefault(name, Table())
        if kind == "table":
            table.dormant = _is_dormant(value.get("flags", []))
        elif kind == "chain":
            table.chains[value["name"]] = []
            if value.get("type") == "filter" and value.get("hook") in _HOOKS:
                device = value.get("dev", [])
                interfaces = frozenset(map(str, device if isinstance(device, list) else [device]))
                table.entries.append((value["name"], value.get("policy", "accept") == "accept", interfaces))
        elif kind in ("set", "map"):
            table.sets[value["name"]] = list(value.get("elem", []))
        elif kind == "rule":
            rules.append((name, value))
    for name, value in rules:
        expressions = value.get("expr", [])
        tables[name].foreign |= any("xt" in expression for expression in expressions)
        tables[name].chains[value["chain"]] += [rule for rule in _rules(expressions, tables[name]) if rule.matters]
    return tables


def _is_dormant(flags: Any) -> bool:
    names = set(map(str, flags if isinstance(flags, list) else [flags]))
    if names - _TABLE_FLAGS:
        # nft 1.0.6 prints any other word of its memory in place of a flag.
        raise ValueError("a table with a flag that is not known")
    return "dormant" in names


def _rules(expressions: list[dict[str, Any]], table: Table) -> Iterator[Rule]:
    """One rule, or one for each element of a verdict map."""
    conditions: list[Condition] = []
    limited = False
    for expression in expressions:
        [(kind, value)] = expression.items()
        if kind in _FATES:
            yield _rule(conditions, limited, kind, value)
            if _FATES[kind] is not Fate.NOTHING:
                return
        elif kind == "match":
            conditions += nft_matches.conditions(value["left"], value["op"], value["right"], table.sets)
        elif kind == "vmap":
            yield from _mapped(conditions, limited, value, table)
        elif kind == "limit":
            limited = True
            if value.get("inv"):
                conditions.append(special())
        elif kind in ("set", "meter", "ct count", "quota"):
            conditions.append(_counted(kind, value))
        elif kind not in _WITHOUT_EFFECT:
            conditions.append(UNKNOWN)


def _rule(conditions: list[Condition], limited: bool, kind: str, value: Any) -> Rule:
    fate = _FATES[kind]
    # Within its limit an accepting rule lets everybody in; a refusing one refuses only some.
    extra = [special()] if limited and fate in (Fate.DROP, Fate.RETURN) else []
    if kind == "reject" and isinstance(value, dict):
        extra += _REJECTED_WITH.get(str(value.get("type")), [])
    target = str(value["target"]) if fate in (Fate.JUMP, Fate.GOTO) else ""
    return Rule(tuple(each for each in (*conditions, *extra) if each is not ALWAYS), fate, target)


def _mapped(conditions: list[Condition], limited: bool, value: dict[str, Any], table: Table) -> Iterator[Rule]:
    data = value["data"]
    elements = table.sets[data[1:]] if isinstance(data, str) else data["set"]
    for key, verdict in elements:
        [(kind, target)] = verdict.items()
        if kind not in _FATES:
            raise ValueError(f"a verdict: {kind}")
        # What is left over must still be of the protocol that has such a field: it is "not one of none".
        operator, named = ("!=", {"set": []}) if key == "*" else ("==", key)
        wanted = nft_matches.conditions(value["key"], operator, named, table.sets)
        yield _rule([*conditions, *wanted], limited, kind, target)


def _counted(kind: str, value: Any) -> Condition:
    """Counting by sender, as guards against guessing passwords do: an ordinary stranger has not been counted yet."""
    if kind == "ct count":
        return special() if value.get("inv") else ALWAYS
    if kind == "quota":
        return UNKNOWN
    return special() if "limit" in str(value) else ALWAYS
