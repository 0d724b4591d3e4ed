"""Public data that goes out of date: fetched by `itaudit data update`, kept in the state folder, read by facts as api.PublicData.

One file a kind, <state>/known/<name>.json, 0600: {"source": address or file, "fetched": time in ISO 8601, "data": ...}; what
"data" holds is said in the module of that name.
A scan never fetches any of it: it uses what is there, and says how old that is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from itaudit.errors import Missing, Unreadable, UserError
from itaudit.evidence.live_http import http
from itaudit.evidence.questions_network import Http
from itaudit.files import write_private
from itaudit.known import endoflife, exploited

_LIMIT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of public data. `read` makes what is kept of the published text, or raises api.Unreadable; `words` counts it."""

    name: str
    url: str
    read: Callable[[str], Mapping[str, Any]]
    words: Callable[[Mapping[str, Any]], str]


EXPLOITED = Kind("exploited", exploited.URL, exploited.read, exploited.words)
ENDOFLIFE = Kind("endoflife", endoflife.URL, endoflife.read, endoflife.words)


def folder_in(state: Path) -> Path:
    """Where they are kept."""
    return state / "known"


def fetch(url: str, seconds: float = 120.0) -> str:
    """The page at `url`, its certificate verified. Raises Missing; also where a redirect leaves https."""
    answer = http(Http(url, redirects=3, limit_bytes=_LIMIT_BYTES, timeout=seconds)).json
    if answer["status"] != 200:
        raise Unreadable(f"{url} answered with status {answer['status']}")
    if url.startswith("https:") and not str(answer["url"]).startswith("https:"):
        raise Unreadable(f"{url} leads to {answer['url']}, which is not encrypted")
    return str(answer["text"])


def read_file(path: Path) -> str:
    """A file that was carried here. Raises UserError."""
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(content) > _LIMIT_BYTES:
        raise UserError(f"{path} is longer than {_LIMIT_BYTES} bytes. That is no list of this kind.")
    return content.decode("utf-8-sig", errors="replace")


def keep(kind: Kind, text: str, source: str, now: datetime, state: Path) -> str:
    """Keep what `text` says in place of what was kept before; returns it in words. Raises UserError, and then nothing changes."""
    try:
        data = kind.read(text)
    except Missing as error:
        raise UserError(f"{source} is not the list it should be ({error.detail}). What was kept before stays.") from error
    folder = folder_in(state)
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot make the folder {folder}: {error.strerror or error}. Give another one with --state.") from error
    written = {"source": source, "fetched": now.isoformat(), "data": data}
    write_private(folder / f"{kind.name}.json", json.dumps(written, sort_keys=True).encode())
    return kind.words(data)
