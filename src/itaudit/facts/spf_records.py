"""Reads one SPF record (RFC 7208 4.6 and 12): its terms, and what a receiver would reject it for."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?:(?P<separator>[:=/])(?P<value>.*))?", re.DOTALL)
_MACRO = r"%\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[.+,/_=-]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:{_MACRO}|[!-$&-~])*")
_TOP_LABEL = re.compile(r".*\.(?:[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)\.?", re.DOTALL)
_PREFIX = re.compile(r"(?P<domain>.*?)(?:/(?P<v4>0|[1-9][0-9]?))?(?://(?P<v6>0|[1-9][0-9]{0,2}))?", re.DOTALL)
_WITH_DOMAIN = ("include", "exists")
_MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
LOOKUP_TERMS = ("include", "a", "mx", "ptr", "exists", "redirect")
"""Terms that cost the receiver a look-up (RFC 7208 4.6.4)."""
TERMS_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier. `target` is the name it refers to: "" for none; it may hold macros."""

    name: str
    qualifier: str = "+"
    target: str = ""
    everyone: bool = False
    """It matches every sender by itself: all, or a network of prefix length 0."""

    @property
    def has_macro(self) -> bool:
        return "%" in self.target


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The mechanisms in order up to the first `all` (later ones are ignored, RFC 7208 5.1), the redirect, and the faults."""

    text: str
    mechanisms: tuple[Term, ...] = ()
    redirect: Term | None = None
    faults: tuple[str, ...] = ()

    @property
    def all_qualifier(self) -> str:
        """The qualifier of `all`, "" without one."""
        return next((term.qualifier for term in self.mechanisms if term.name == "all"), "")


def is_spf(text: str) -> bool:
    """Is this TXT record an SPF record (RFC 7208 4.5)?"""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse(text: str) -> SpfRecord:
    """Read a record. Never raises: what is wrong is in `faults`, one short sentence each."""
    words = text.split(" ")[1:]
    faults = [] if len(words) <= TERMS_AT_MOST else [f"more than {TERMS_AT_MOST} terms"]
    terms: list[Term] = []
    for word in filter(None, words[:TERMS_AT_MOST]):
        found = _term(word)
        if isinstance(found, str):
            faults.append(found)
        elif found:
            terms.append(found)
    redirects = [term for term in terms if term.name == "redirect"]
    if len(redirects) > 1 or sum(term.name == "exp" for term in terms) > 1:
        faults.append("redirect or exp twice")
    mechanisms = [term for term in terms if term.name not in ("redirect", "exp")]
    last = next((index for index, term in enumerate(mechanisms) if term.name == "all"), len(mechanisms))
    # A record with `all` never gets as far as its redirect (RFC 7208 6.1).
    redirect = redirects[0] if redirects and last == len(mechanisms) else None
    return SpfRecord(text, tuple(mechanisms[: last + 1]), redirect, tuple(faults))


def _term(word: str) -> Term | str | None:
    """A term, what is wrong with it, or None for a modifier that receivers ignore."""
    match = _TERM.fullmatch(word)
    if not match:
        return f"{word[:80]!r} is not a term"
    name, separator, value = match["name"].lower(), match["separator"] or "", match["value"] or ""
    if separator == "=":
        return _modifier(match["qualifier"], name, value, word)
    if name not in _MECHANISMS:
        return f"{word[:80]!r} is not a known mechanism"
    return _mechanism(match["qualifier"] or "+", name, separator, value) or f"{word[:80]!r} is malformed"


def _modifier(qualifier: str, name: str, value: str, word: str) -> Term | str | None:
    if qualifier or not _MACRO_STRING.fullmatch(value):
        return f"{word[:80]!r} is malformed"
    if name not in ("redirect", "exp"):
        return None
    return Term(name, target=_name(value)) if _is_domain(value) else f"{word[:80]!r} names no valid name"


def _mechanism(qualifier: str, name: str, separator: str, value: str) -> Term | None:
    if name == "all":
        return Term(name, qualifier, everyone=True) if not separator else None
    if name in ("ip4", "ip6"):
        return _network(qualifier, name, value) if separator == ":" else None
    if name in _WITH_DOMAIN:
        return Term(name, qualifier, _name(value)) if separator == ":" and _is_domain(value) else None
    if separator == "/":
        value = "/" + value
    match = _PREFIX.fullmatch(value)
    if not match or (separator == ":" and not _is_domain(match["domain"])) or (separator != ":" and match["domain"]):
        return None
    if int(match["v4"] or 0) > 32 or int(match["v6"] or 0) > 128 or (name == "ptr" and (match["v4"] or match["v6"])):
        return None
    return Term(name, qualifier, _name(match["domain"]))


def _network(qualifier: str, name: str, value: str) -> Term | None:
    address, slash, length = value.partition("/")
    if slash and not (length.isascii() and length.isdigit() and (length == "0" or length[0] != "0")):
        return None
    try:
        network = (ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network)(value, strict=False)
    except ValueError:
        return None
    return Term(name, qualifier, everyone=network.prefixlen == 0) if address else None


def _is_domain(value: str) -> bool:
    """domain-spec (RFC 7208 7.1): printable, ends in a macro or in a top label that is not all digits."""
    if not _MACRO_STRING.fullmatch(value):
        return False
    return value.endswith("}") or ("/" not in value.rpartition(".")[2] and bool(_TOP_LABEL.fullmatch(value)))


def _name(value: str) -> str:
    return value.lower().rstrip(".")
