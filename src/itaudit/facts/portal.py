"""What stands between this machine and the web: a page that must come back empty shows it."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import Internet


@dataclass(frozen=True, slots=True)
class WebProbe:
    """What the probe page answered. status: of HTTP; length: characters of its body; location: where a redirect leads, or ""."""

    subject: str
    url: str
    status: int
    length: int
    location: str


@api.provider("linux", "windows", "macos", seconds=15)
def web_probe(ask: api.Ask, internet: Internet) -> api.Facts[WebProbe]:
    """One WebProbe. Raises NotApplicable when [internet] portal_url is empty, Missing when no page came, Unreadable."""
    if not internet.portal_url:
        raise api.NotApplicable("no probe page is configured ([internet] portal_url)")
    body = ask(api.Http(internet.portal_url)).json
    fields = body if isinstance(body, dict) else {}
    status, text, headers = fields.get("status"), fields.get("text"), fields.get("headers")
    if not isinstance(status, int) or not isinstance(text, str) or not isinstance(headers, dict):
        raise api.Unreadable("not the answer of a web server")
    yield WebProbe("web", internet.portal_url, status, len(text), str(headers.get("location", ""))[:200])
