"""The terms of an SPF record: mechanisms and modifiers (RFC 7208 4.6.1, 5, 6, 12), each with its place, or what is wrong with it.

Every reason stands for a permerror.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from itaudit.facts.spf_macros import is_macro_string, name_fault

MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
LOOKUP_TERMS = ("include", "a", "mx", "ptr", "exists", "redirect")
"""Terms that cost the receiver a look-up (RFC 7208 4.6.4)."""
_SHOWN = 80
_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?:(?P<separator>[:=/])(?P<value>.*))?", re.DOTALL)
_VISIBLE = re.compile(r"[!-~]+")
_LENGTH = r"/(0|[1-9][0-9]{0,2})"
_DUAL = re.compile(rf"(?P<domain>.*?)(?:{_LENGTH})?(?:/{_LENGTH})?", re.DOTALL)
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class SpfFault:
    """Why a receiver rejects a record. name: where the record stands; position: of the term's first character in it, from 1."""

    name: str
    position: int
    term: str
    reason: str

    def __str__(self) -> str:
        term = repr(self.term if len(self.term) <= _SHOWN else self.term[:_SHOWN] + "...")
        return f"{self.name}: {f'character {self.position}, {term}: ' if self.position else ''}{self.reason}"


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier as written. `target`: its domain-spec, "" for none; it may hold macros.

    lengths: of the network around an IPv4 and an IPv6 address that match (`a/24//64`). network: of ip4 and ip6.
    """

    name: str
    text: str
    position: int
    qualifier: str = "+"
    target: str = ""
    lengths: tuple[int, int] = (32, 128)
    network: Network | None = None

    @property
    def families(self) -> frozenset[int]:
        """4, 6 or both: the families of which it matches every address by itself."""
        if self.name == "all":
            return frozenset({4, 6})
        return frozenset({self.network.version}) if self.network is not None and self.network.prefixlen == 0 else frozenset()


def term_of(text: str, position: int) -> Term | str:
    """A term, or what is wrong with it. The name of a modifier that receivers ignore keeps its `=`."""
    match = _TERM.fullmatch(text)
    if not _VISIBLE.fullmatch(text):
        return "it holds a character that is neither a letter, a digit nor a visible sign of ASCII"
    if not match:
        return "a term begins with a letter"
    name, separator, value = match["name"].lower(), match["separator"] or "", match["value"] or ""
    if separator == "=":
        return _modifier(Term(name, text, position, match["qualifier"], value))
    if name not in MECHANISMS:
        return "it is written with = and not with :" if name in ("redirect", "exp") else "there is no such mechanism"
    return _mechanism(Term(name, text, position, match["qualifier"] or "+"), separator, value)


def _modifier(term: Term) -> Term | str:
    if term.qualifier:
        return "a modifier takes no + - ~ or ?"
    if term.name in ("redirect", "exp"):
        return name_fault(term.target) or term
    if not is_macro_string(term.target):
        return "a % begins no macro"
    return Term(f"{term.name}=", term.text, term.position, target=term.target)


def _mechanism(term: Term, separator: str, value: str) -> Term | str:
    if term.name == "all":
        return term if not separator else "nothing may follow all"
    if term.name in ("ip4", "ip6"):
        return _with_network(term, value) if separator == ":" else "a colon and an address must follow"
    if term.name in ("include", "exists"):
        if separator != ":":
            return "a colon and a name must follow"
        return name_fault(value) or Term(term.name, term.text, term.position, term.qualifier, value)
    return _with_lengths(term, separator, value if separator == ":" else separator + value)


def _with_lengths(term: Term, separator: str, value: str) -> Term | str:
    match = _DUAL.fullmatch(value)
    assert match is not None  # every part may be empty, and the first takes anything
    domain, four, six = match.groups()
    if separator == ":" or domain:
        fault = name_fault(domain) if separator == ":" else "the length of a network is /0 to /32, or //0 to //128"
        if fault:
            return fault
    if term.name == "ptr" and (four or six):
        return "ptr takes no length of a network"
    if int(four or 0) > 32 or int(six or 0) > 128:
        return "a network is at most /32 for IPv4 and //128 for IPv6"
    return Term(term.name, term.text, term.position, term.qualifier, domain, (int(four or 32), int(six or 128)))


def _with_network(term: Term, value: str) -> Term | str:
    address, slash, length = value.partition("/")
    if slash and not re.fullmatch(_LENGTH, slash + length):
        return "the length of the network is no plain number"
    kind = ipaddress.IPv4Network if term.name == "ip4" else ipaddress.IPv6Network
    try:
        network = kind(value, strict=False) if _ADDRESS.fullmatch(address) else None
    except ValueError:
        network = None
    if network is None:
        return f"it is no {'IPv4' if term.name == 'ip4' else 'IPv6'} address or network"
    return Term(term.name, term.text, term.position, term.qualifier, network=network)
