"""Evaluates SPF for one sender, as a receiver does: the check_host() of RFC 7208 4.

To run a suite of cases (zone data, host, mailfrom, helo -> result) against it, write a look-up over the zone data and call

    domain, sender = identity(mailfrom, helo)
    check_host(host, domain, sender, lookup, helo=helo, default_explanation="DEFAULT").result

tests/facts/test_spf_conformance.py does so for any file in the well-known YAML format named by ITAUDIT_SPF_SUITE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.spf_limits import (
    LOOKUPS_ALLOWED,
    MAIL_SERVERS_ALLOWED,
    NO_RECORD,
    VOID_LOOKUPS_ALLOWED,
    PermanentError,
    reject,
    several,
    too_many_servers,
)
from itaudit.facts.spf_macros import is_askable, is_explanation, name_of
from itaudit.facts.spf_records import SpfRecord, is_spf, parse
from itaudit.facts.spf_sender import Lookup, Sender, address_of
from itaudit.facts.spf_terms import LOOKUP_TERMS, SpfFault, Term


class Result(StrEnum):
    """RFC 7208 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_RESULTS = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a receiver finds out. explanation: text for the sender of a message that fails. matched: the terms that decided, each
    within the record that the one before names. fault: with permerror. error: with temperror, why something could not be seen."""

    result: Result
    explanation: str = ""
    matched: tuple[str, ...] = ()
    fault: SpfFault | None = None
    error: api.Missing | None = None
    lookups: int = 0
    void_lookups: int = 0


def identity(mail_from: str, helo: str) -> tuple[str, str]:
    """The domain and the sender to check: those of MAIL FROM, or of HELO for a bounce (RFC 7208 2.4, 4.3)."""
    local, _, domain = (mail_from or helo).rpartition("@")
    return domain, f"{local or 'postmaster'}@{domain}"


def check_host(
    ip: str,
    domain: str,
    sender: str,
    lookup: Lookup,
    helo: str = "",
    receiver: str = "unknown",
    timestamp: int = 0,
    default_explanation: str = "",
) -> Evaluation:
    """May the host at `ip` send as `sender`, whose domain is `domain`? (RFC 7208 4.1; timestamp: %{t}, seconds since 1970.)

    Raises ValueError when `ip` is no address; nothing else, whatever the answers hold.
    """
    started = _Check(Sender(address_of(ip), identity(sender, domain)[1], helo, receiver, str(timestamp), lookup))
    try:
        decision = started.evaluate(name_of(domain))
        text = started.explanation(decision) if decision.result is Result.FAIL else None
    except PermanentError as error:
        return Evaluation(Result.PERMERROR, fault=error.fault, lookups=started.lookups, void_lookups=started.void_lookups)
    except api.Missing as error:
        return Evaluation(Result.TEMPERROR, error=error, lookups=started.lookups, void_lookups=started.void_lookups)
    explanation = (default_explanation if text is None else text) if decision.result is Result.FAIL else ""
    return Evaluation(decision.result, explanation, decision.matched, None, None, started.lookups, started.void_lookups)


@dataclass(frozen=True, slots=True)
class _Decision:
    result: Result
    record: SpfRecord | None = None
    matched: tuple[str, ...] = ()


class _Check:
    """One check_host() with what it has counted."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.lookups = self.void_lookups = 0

    def evaluate(self, domain: str) -> _Decision:
        """The result for the record of `domain`. Raises PermanentError and Missing."""
        record = self._record(domain)
        if record is None:
            return _Decision(Result.NONE)
        if record.faults:
            raise PermanentError(record.faults[0])
        for term in record.mechanisms:
            within = self._match(record, term)
            if within is not None:
                return _Decision(_RESULTS[term.qualifier], record, (term.text, *within))
        if record.redirect is None:
            return _Decision(Result.NEUTRAL, record)
        self._count(record, record.redirect)
        decision = self.evaluate(self.sender.target(record, record.redirect))
        if decision.result is Result.NONE:
            reject(record, record.redirect, NO_RECORD)
        return _Decision(decision.result, decision.record, (record.redirect.text, *decision.matched))

    def explanation(self, decision: _Decision) -> str | None:
        """The text that exp= of the deciding record leads to; None without a usable one (RFC 7208 6.2)."""
        record = decision.record
        if record is None or record.explanation is None:
            return None
        try:
            texts = self.sender.ask(self.sender.target(record, record.explanation), "TXT")
            return self.sender.expand(texts[0], record.name) if len(texts) == 1 and is_explanation(texts[0]) else None
        except api.Missing:
            return None

    def _record(self, domain: str) -> SpfRecord | None:
        if "." not in domain or not is_askable(domain):
            return None
        records = [text for text in self.sender.ask(domain, "TXT") if is_spf(text)]
        if len(records) > 1:
            raise PermanentError(SpfFault(domain, 0, "", several(len(records))))
        return parse(records[0], domain) if records else None

    def _count(self, record: SpfRecord, term: Term) -> None:
        if term.name in LOOKUP_TERMS:
            self.lookups += 1
            if self.lookups > LOOKUPS_ALLOWED:
                reject(record, term, f"more than {LOOKUPS_ALLOWED} look-ups")

    def _match(self, record: SpfRecord, term: Term) -> tuple[str, ...] | None:
        """() when the term matches, with what matched within an include; None when it does not."""
        self._count(record, term)
        if term.name == "include":
            decision = self.evaluate(self.sender.target(record, term))
            if decision.result is Result.NONE:
                reject(record, term, NO_RECORD)
            return decision.matched if decision.result is Result.PASS else None
        if term.network is not None:
            return () if self.sender.ip in term.network else None
        matches = {"all": lambda *_: True, "a": self._a, "mx": self._mx, "ptr": self._ptr, "exists": self._exists}
        return () if matches[term.name](record, term) else None

    def _a(self, record: SpfRecord, term: Term) -> bool:
        return self.sender.is_near(self._answers(record, term, self.sender.address_type), term)

    def _mx(self, record: SpfRecord, term: Term) -> bool:
        servers = self._answers(record, term, "MX")
        if len(servers) > MAIL_SERVERS_ALLOWED:
            reject(record, term, too_many_servers(len(servers)))
        hosts = dict.fromkeys(name_of(server.split()[-1]) for server in servers if server.split())
        return any(self.sender.is_near(self.sender.ask(host, self.sender.address_type), term) for host in hosts)

    def _ptr(self, record: SpfRecord, term: Term) -> bool:
        target = self.sender.target(record, term)
        try:
            names = self.sender.names()
        except api.Missing:
            return False  # RFC 7208 5.5: the mechanism does not match
        if not names:
            self._void(record, term)
        return any(name == target or name.endswith("." + target) for name in self.sender.validated(names))

    def _exists(self, record: SpfRecord, term: Term) -> bool:
        return bool(self._answers(record, term, "A"))

    def _answers(self, record: SpfRecord, term: Term, type_: str) -> Sequence[str]:
        name = self.sender.target(record, term)
        found = self.sender.ask(name, type_)
        if not found and is_askable(name):
            self._void(record, term)
        return found

    def _void(self, record: SpfRecord, term: Term) -> None:
        self.void_lookups += 1
        if self.void_lookups > VOID_LOOKUPS_ALLOWED:
            reject(record, term, f"more than {VOID_LOOKUPS_ALLOWED} look-ups lead to nothing")
