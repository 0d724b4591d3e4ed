"""Reads one SPF record (RFC 7208 4.6 and 12): its terms with their places, and what a receiver would reject it for.

An own parser, because none that exists serves an audit: pyspf follows the standard, but only evaluates a record for one sender
and names no place; checkdmarc missed 22 of the 74 permanent errors of the common test suite, and rejected 6 valid records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from itaudit.facts.spf_terms import MECHANISMS, SpfFault, Term, term_of

LOOK_LIKE_MECHANISMS = (*MECHANISMS, "ip", "ipv4", "ipv6")
"""As the name of an unknown modifier more likely a slip of the pen: ip4=192.0.2.1."""
FAULTS_AT_MOST = 50
"""Kept of one record: the first already makes it worthless."""
_WORD = re.compile(r"[^ ]+")


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """One record. mechanisms: in order, up to the first that matches everybody, since later ones are ignored (RFC 7208 5.1).

    redirect: None also where an `all` hides it (6.1). ignored: terms without effect. misread: modifiers that receivers skip and
    that look like mechanisms (`ip4=192.0.2.1`).
    """

    name: str
    text: str
    mechanisms: tuple[Term, ...] = ()
    redirect: Term | None = None
    explanation: Term | None = None
    faults: tuple[SpfFault, ...] = ()
    ignored: tuple[Term, ...] = ()
    misread: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """What a receiver goes through."""
        return (*self.mechanisms, *([self.redirect] if self.redirect else []))

    @property
    def all_qualifier(self) -> str:
        """The qualifier of `all`, "" without one."""
        return next((term.qualifier for term in self.mechanisms if term.name == "all"), "")


def is_spf(text: str) -> bool:
    """Is this TXT record an SPF record (RFC 7208 4.5)?"""
    return text[:6].lower() == "v=spf1" and text[6:7] in ("", " ")


@lru_cache(maxsize=256)
def parse(text: str, name: str = "") -> SpfRecord:
    """Read the record of `name`. Never raises: what is wrong is in `faults`, in the order of the text."""
    terms: list[Term] = []
    faults: list[SpfFault] = []
    for match in _WORD.finditer(text, len("v=spf1")):
        position = match.start() + 1
        found = term_of(match[0], position)
        if isinstance(found, Term):
            terms.append(found)
        elif len(faults) < FAULTS_AT_MOST:
            faults.append(SpfFault(name, position, match[0], found))
    for once in ("redirect", "exp"):
        faults.extend(SpfFault(name, term.position, term.text, f"{once}= stands twice") for term in _named(terms, once)[1:2])
    return _record(name, text, terms, tuple(sorted(faults, key=lambda fault: fault.position)))


def _record(name: str, text: str, terms: list[Term], faults: tuple[SpfFault, ...]) -> SpfRecord:
    mechanisms = [term for term in terms if term.name in MECHANISMS]
    reached: list[Term] = []
    matched: frozenset[int] = frozenset()
    for term in mechanisms:
        if matched < {4, 6}:
            reached.append(term)
            matched |= term.families
    redirects = _named(terms, "redirect")
    hidden = redirects if any(term.name == "all" for term in reached) or matched == {4, 6} else []
    misread = [term for term in terms if term.name.endswith("=") and term.name[:-1] in LOOK_LIKE_MECHANISMS]
    return SpfRecord(
        name,
        text,
        tuple(reached),
        redirects[0] if redirects and not hidden else None,
        next(iter(_named(terms, "exp")), None),
        faults,
        (*mechanisms[len(reached) :], *hidden),
        tuple(misread[:FAULTS_AT_MOST]),
    )


def _named(terms: list[Term], name: str) -> list[Term]:
    return [term for term in terms if term.name == name]
