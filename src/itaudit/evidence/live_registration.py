"""Until when a name is registered, asked of its registry by RDAP (RFC 9082, RFC 9083).

Which registry answers for an ending stands in a list of IANA (RFC 9224), fetched once a day at most. Some registries are missing
there; whoisit knows many of them, and is loaded only then, because its import costs 390 ms. Its own requests are not used:
they are bounded neither in bytes nor in total time.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from itaudit.errors import Missing, NotFound, TimedOut, Unreachable, Unreadable
from itaudit.evidence import live_http
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Http, Registration

IANA = "https://data.iana.org/rdap/dns.json"
KEPT_SECONDS = 86400.0
FAILURE_KEPT_SECONDS = 60.0
LIMIT_BYTES = 2**20
REDIRECTS_AT_MOST = 3
TEXTS_AT_MOST = 30
TEXT_LENGTH = 200


def registration(question: Registration) -> Answer:
    """Body: JSON as Registration says. Raises NotFound, TimedOut, Unreachable, Unreadable."""
    end = time.monotonic() + question.timeout
    server = question.registry_url or _registry_of(question.name, end)
    page = _page(f"{server.rstrip('/')}/domain/{question.name}", end)
    status = page["status"]
    if status == 404:
        raise NotFound(f"the registry does not know {question.name}")
    if status != 200:
        raise (Unreadable if 300 <= status < 400 else Unreachable)(f"the registry answered with HTTP status {status}")
    return Answer(body=json.dumps(_harmless(_object(page["text"], page["url"]))))


def _page(url: str, end: float) -> Any:
    left = end - time.monotonic()
    if left <= 0:
        raise TimedOut(url)
    return live_http.http(Http(url, redirects=REDIRECTS_AT_MOST, limit_bytes=LIMIT_BYTES, timeout=left)).json


def _object(text: str, url: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{url} did not answer with JSON: {text[:80]!r}") from error
    if not isinstance(read, dict):
        raise Unreadable(f"{url} did not answer with an object")
    return read


# What is kept of an answer. Owners and contacts stand in it too, with their addresses: they never leave this module.


def _harmless(found: dict[str, Any]) -> dict[str, Any]:
    signed = found.get("secureDNS")
    return {
        "ldhName": _text(found.get("ldhName")),
        "handle": _text(found.get("handle")),
        "status": [_text(each) for each in _list(found.get("status"))],
        "events": [
            {"eventAction": _text(each.get("eventAction")), "eventDate": _text(each.get("eventDate"))}
            for each in _objects(found.get("events"))
        ],
        "nameservers": [_text(each.get("ldhName")) for each in _objects(found.get("nameservers"))],
        "delegationSigned": signed.get("delegationSigned") is True if isinstance(signed, dict) else None,
        "registrar": next(filter(None, map(_company, _objects(found.get("entities")))), ""),
    }


def _company(entity: dict[str, Any]) -> str:
    """The name of the registrar: whom to pay. Not where it says that it is a person (RFC 9083 5.1, RFC 7095)."""
    if "registrar" not in _list(entity.get("roles")):
        return ""
    card = _list(entity.get("vcardArray"))[1:2]
    fields = {
        str(field[0]): field[3] for field in _list(card[0] if card else None) if isinstance(field, list) and len(field) == 4
    }
    return "" if fields.get("kind") == "individual" else _text(fields.get("fn"))


def _text(value: object) -> str:
    return value[:TEXT_LENGTH] if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value[:TEXTS_AT_MOST] if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


# Which registry to ask.


class _Kept:
    """IANA's list, or why it could not be had, until it is too old. One thread fetches it, the others wait for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._content: dict[str, Any] | Missing = {}

    def read(self, end: float) -> dict[str, Any]:
        if not self._lock.acquire(timeout=max(0.0, end - time.monotonic())):
            raise TimedOut(IANA)
        try:
            if time.monotonic() >= self._until:
                self._content = _fetched(end)
                failed = isinstance(self._content, Missing)
                self._until = time.monotonic() + (FAILURE_KEPT_SECONDS if failed else KEPT_SECONDS)
        finally:
            self._lock.release()
        if isinstance(self._content, Missing):
            raise self._content
        return self._content


def _fetched(end: float) -> dict[str, Any] | Missing:
    try:
        page = _page(IANA, end)
        if page["status"] != 200:
            return Unreachable(f"{IANA} answered with HTTP status {page['status']}")
        return _object(page["text"], IANA)
    except Missing as error:
        return error


_LIST = _Kept()


def _registry_of(name: str, end: float) -> str:
    """The address of the registry's server. Raises NotFound when none is known, and what fetching the list raises."""
    server = registry_in(_LIST.read(end), name) or _left_out_by_iana(name)
    if not server:
        raise NotFound(f"no public server of the registry of .{name.rpartition('.')[2]} is known")
    return server


def registry_in(bootstrap: dict[str, Any], name: str) -> str:
    """The first https address for the longest ending of `name` in IANA's list (RFC 9224 4), "" when it is not listed."""
    listed: dict[str, str] = {}
    services = bootstrap.get("services")
    for service in services if isinstance(services, list) else ():
        endings, servers = service[:2] if isinstance(service, list) and len(service) >= 2 else ((), ())
        secure = [each for each in servers if isinstance(each, str) and each.startswith("https://")] if _list(servers) else []
        if secure and isinstance(endings, list):
            listed |= {ending.lower(): secure[0] for ending in endings if isinstance(ending, str)}
    labels = name.split(".")
    return next(filter(None, (listed.get(".".join(labels[start:])) for start in range(1, len(labels)))), "")


def _left_out_by_iana(name: str) -> str:
    from whoisit.overrides import iana_overrides

    servers = iana_overrides.get("domain", {}).get(name.rpartition(".")[2]) or [""]
    return str(servers[0])
