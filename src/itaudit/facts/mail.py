"""What the owner says of email in [mail]: from where it is sent, and the names of its signing keys."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from itaudit import api
from itaudit.facts.targets import DomainName

_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*", re.IGNORECASE)


def _sender(written: str) -> str:
    return str(ipaddress.ip_address(written.strip()))


def _selector(written: str) -> str:
    if not _SELECTOR.fullmatch(written) or len(written) > 120:
        raise ValueError(f"{written!r} is not a selector: write what stands before ._domainkey, for example selector1")
    return written.lower()


class Mail(api.Section):
    """How the business sends email."""

    table: ClassVar[str] = "mail"

    sends_from: tuple[Annotated[str, AfterValidator(_sender)], ...] = Field((), max_length=32)
    """Addresses from which email of every domain leaves, for example ["192.0.2.25"]: they must be allowed to."""
    dkim_selectors: dict[DomainName, tuple[Annotated[str, AfterValidator(_selector)], ...]] = Field({}, max_length=100)
    """Names of the signing keys of each domain: { "example.com" = ["selector1"] }. Well-known ones are tried anyway."""
