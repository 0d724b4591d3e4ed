"""What the owner says of the services of this machine: the table [services] of itaudit.toml."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter

from itaudit import api
from itaudit.facts.internet import endpoint

_URL = TypeAdapter(HttpUrl)
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,250}")
UNIT_PREFIX = "unit:"


def validated_service(written: str) -> str:
    """tcp://host:port, tls://host:port, http://…, https://…, or unit:name. ValueError says what to write instead."""
    kind, separator, rest = written.partition("://")
    if separator and kind in ("tcp", "tls"):
        endpoint(rest)
    elif separator and kind in ("http", "https"):
        if _URL.validate_python(written).username is not None:
            raise ValueError("leave the name and the password out of the address")
    elif not written.startswith(UNIT_PREFIX) or not _UNIT.fullmatch(written.removeprefix(UNIT_PREFIX)):
        raise ValueError(f"{written!r}: write tcp://host:port, tls://host:port, https://host/path or unit:name")
    return written


def _folder(written: str) -> str:
    if written and (not written.startswith("/") or "\0" in written):
        raise ValueError("write the whole path of the folder, beginning with /")
    return written


class Services(api.Section):
    """The services of this machine."""

    table: ClassVar[str] = "services"

    expected: tuple[Annotated[str, AfterValidator(validated_service)], ...] = Field((), max_length=50)
    """What must answer: ["tcp://nas.office.lan:445", "https://shop.example.com/", "tls://mail.example.com:993", "unit:nginx"]."""
    journal_folder: Annotated[str, AfterValidator(_folder)] = ""
    """Where the system's diary lies, when not at its usual place: a folder with files of systemd-journald."""
