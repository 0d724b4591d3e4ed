"""One fault of a delegation that works today: against the rules, it fails for a part of the world or at the next change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.name_servers import Delegation, NameServer, ServerAnswer, State

WHO = "your IT person or the company that runs your name servers"
UNTIL = "It works until somebody changes a server; then a part of the world goes on asking the old one."
SOME_WAIT = "Some visitors wait or get errors, at random and without a visible reason."
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Fault:
    """words: for the owner, after "but"; detail: for the technician."""

    words: str
    detail: str
    fix: api.Remedy
    severity: api.Severity = api.Severity.MEDIUM


def is_host_name(name: str) -> bool:
    """By the rules for names of computers (RFC 1123 2.1): letters, digits and hyphens, and no number at the end."""
    labels = name.split(".")
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()


def working(found: Delegation) -> list[tuple[NameServer, ServerAnswer]]:
    return [(server, answer) for server in found.servers for answer in server.answers if answer.state is State.ANSWERS]
