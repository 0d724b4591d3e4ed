"""Do the services answer that the owner named in [services] expected?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import NO_ROUTE, endpoint
from itaudit.facts.journal import shown
from itaudit.facts.services import UNIT_PREFIX, Services

_PATIENCE_SECONDS = 4.0
_SECOND_TRY_SECONDS = 8.0
_NO_RESOLVER = ("Temporary failure in name resolution", "No address associated")
REFUSED = "answers with a certificate that visitors' programs refuse"
_GUARDED = (401, 403, 405, 429)
"""It answers, and wants to know who asks, or how."""


@dataclass(frozen=True, slots=True)
class ExpectedService:
    """One of them, as it was named. problem: why it does not answer as it should, "" when it does. record: what it said."""

    subject: str
    problem: str
    record: str
    milliseconds: float | None = None


@api.provider("linux", "windows", "macos", seconds=60)
def expected_services(ask: api.Ask, services: Services) -> api.Facts[ExpectedService]:
    """One fact for each, or its Gap. What does not answer is asked a second time, with more patience."""
    if not services.expected:
        raise api.NotApplicable("no services are named in itaudit.toml ([services] expected)")
    named = list(dict.fromkeys(services.expected))
    first = dict(zip(named, ask.many([question_of(name, _PATIENCE_SECONDS) for name in named]), strict=True))
    silent = [name for name in named if not _fine(name, first[name])]
    again = ask.many([question_of(name, _SECOND_TRY_SECONDS) for name in silent])
    answers = first | dict(zip(silent, again, strict=True))
    for name in named:
        try:
            yield judged(name, answers[name])
        except api.Missing as error:
            yield api.Gap(name, error)


def question_of(name: str, seconds: float) -> api.Question:
    """What to ask of "tcp://…", "tls://…", "http(s)://…" or "unit:…"."""
    kind, _, rest = name.partition("://")
    if name.startswith(UNIT_PREFIX):
        unit = name.removeprefix(UNIT_PREFIX)
        unit = unit if re.search(r"\.[a-z]+$", unit) else f"{unit}.service"
        return api.Command(("systemctl", "show", "--no-pager", "--property=LoadState,ActiveState,SubState", "--", unit), seconds)
    if kind in ("http", "https"):
        return api.Http(name, redirects=0, timeout=seconds, limit_bytes=2**20)
    host, port = endpoint(rest)
    return api.Tls(host, port, timeout=seconds) if kind == "tls" else api.TcpConnect(host, port, seconds)


def _fine(name: str, answer: api.Answer) -> bool:
    try:
        return not judged(name, answer).problem
    except api.Missing:
        return False


def judged(name: str, answer: api.Answer) -> ExpectedService:
    """Raises a Missing when it cannot be told: no way out, no look-up server, no service manager."""
    if name.startswith(UNIT_PREFIX):
        return _unit(name, answer)
    if answer.error:
        return _silent(name, answer)
    body = answer.json
    if not isinstance(body, dict):
        raise api.Unreadable(f"{name}: {answer.body[:80]!r}")
    if name.startswith("tcp:"):
        return ExpectedService(name, "", "it accepts connections", _milliseconds(body.get("milliseconds")))
    return _protected(name, body) if name.startswith("tls:") else _page(name, body)


def _silent(name: str, answer: api.Answer) -> ExpectedService:
    error = answer.error
    if not isinstance(error, api.TimedOut | api.Unreachable) or any(
        words in answer.detail for words in (*NO_ROUTE, *_NO_RESOLVER)
    ):
        answer.text  # noqa: B018 - raises why
    refused = name.startswith("https:") and "certificate" in answer.detail.replace(name, "").lower()
    return ExpectedService(name, REFUSED if refused else "does not answer", shown(answer.detail or answer.problem))


def _protected(name: str, body: dict[str, object]) -> ExpectedService:
    record = shown(f"{body.get('protocol') or 'no handshake'} {body.get('error') or ''}")
    if not body.get("protocol"):
        return ExpectedService(name, "answers, but agrees to no protected connection", record)
    if not body.get("trusted") or not body.get("name_matches"):
        return ExpectedService(name, REFUSED, record)
    return ExpectedService(name, "", record)


def _page(name: str, body: dict[str, object]) -> ExpectedService:
    status = body.get("status")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise api.Unreadable(f"{name}: not the answer of a web server")
    fine = status < 400 or status in _GUARDED
    return ExpectedService(name, "" if fine else "answers with an error", f"HTTP {status}")


def _unit(name: str, answer: api.Answer) -> ExpectedService:
    values = dict(line.split("=", 1) for line in answer.checked_text.splitlines()[:20] if "=" in line)
    if "ActiveState" not in values:
        raise api.Unreadable(f"systemctl show: {answer.body[:80]!r}")
    record = shown(f"{values.get('LoadState')}, {values['ActiveState']}/{values.get('SubState')}")
    if values.get("LoadState") == "not-found":
        return ExpectedService(name, "is not installed", record)
    starting = values["ActiveState"] == "activating" and values.get("SubState") != "auto-restart"
    running = starting or values["ActiveState"] in ("active", "reloading")
    return ExpectedService(name, "" if running else "does not run", record)


def _milliseconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e6 else None
