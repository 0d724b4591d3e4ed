"""What the owner named in [targets]: the web and email addresses to look after, and whom to ask about them."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from itaudit import api

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def validated_name(written: str) -> str:
    """The ASCII form (A-labels, RFC 5890) of a name as people write it; ValueError says what to write instead."""
    name = written.strip().rstrip(".").lower()
    if "/" in name or "@" in name or ":" in name:
        raise ValueError(f"write only the name, for example example.com, not {written!r}")
    if not name.isascii():
        import idna  # loads large tables, and few names need them

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"{written!r} is not a valid name: {error}") from error
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{written!r} is not a valid name: letters, digits and hyphens between dots")
    if len(labels) < 2 or labels[-1].isdigit():
        raise ValueError(f"{written!r} is not a full name: write it with its ending, for example example.com")
    return name


def validated_address(written: str) -> str:
    """An IPv4 or IPv6 address, or "" for the machine's own resolvers."""
    return str(ipaddress.ip_address(written.strip())) if written.strip() else ""


def readable(name: str) -> str:
    """A name as a person knows it; an internationalised one with its ASCII form: bücher.example (xn--bcher-kva.example)."""
    if "xn--" not in name:
        return name
    import idna  # loads large tables, and few names need them

    try:
        return f"{idna.decode(name)} ({name})"
    except (idna.IDNAError, UnicodeError):
        return name


def validated_endpoint(written: str) -> str:
    """ "host:port" as host_and_port reads it; ValueError says what to write instead."""
    host, port = host_and_port(written)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def host_and_port(written: str) -> tuple[str, int]:
    """mail.example.com:993, 192.0.2.10:8443 or [2001:db8::1]:443. ValueError says what to write instead."""
    host, _, port = written.strip().rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError(f"{written!r} names no port: write for example mail.example.com:993")
    try:
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))), int(port)
    except ValueError:
        return validated_name(host), int(port)


def validated_web_address(written: str) -> str:
    """An address of the web that ends in "/", or ""."""
    if not written:
        return ""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", written):
        raise ValueError(f"write an address as https://rdap.example.com/, not {written!r}")
    return written.rstrip("/") + "/"


DomainName = Annotated[str, AfterValidator(validated_name)]
Endpoint = Annotated[str, AfterValidator(validated_endpoint)]
WebAddress = Annotated[str, AfterValidator(validated_web_address)]
Address = Annotated[str, AfterValidator(validated_address)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Targets(api.Section):
    """The addresses of the business on the internet."""

    table: ClassVar[str] = "targets"

    domains: tuple[DomainName, ...] = ()
    """Names the business owns, for example ["example.com"]. Internationalised names may be written as they are read."""
    without_mail: tuple[DomainName, ...] = ()
    """Those of `domains` that neither send nor receive email; they should say so, and are judged by that."""
    resolver: Address = ""
    """Address of the resolver to ask instead of the machine's own ones."""
    resolver_port: Port = 53
    """Port of `resolver`."""
    authoritative_port: Port = 53
    """Port of the name servers themselves; other values are for laboratories."""
    https_port: Port = 443
    """Port of web servers; other values are for laboratories."""
    smtp_port: Port = 25
    """Port of mail servers; other values are for laboratories."""
    host_names: tuple[DomainName, ...] = ()
    """Further names of yours to look after, for example ["shop.example.com"]; www, mail and their like are known anyway."""
    services: tuple[Endpoint, ...] = Field((), max_length=50)
    """Further places with a certificate, as host:port: ["mail.example.com:993", "nas.office.lan:8443"]."""
    registrations: dict[DomainName, date] = Field({}, max_length=100)
    """Paid until, for names whose registry does not tell: { "example.de" = 2027-03-01 }."""
    registry_url: WebAddress = ""
    """Where to ask until when a name is paid (RDAP), instead of the registry of its ending."""

    @field_validator("domains", "without_mail")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    @model_validator(mode="after")
    def _named(self) -> Self:
        if strangers := [name for name in self.without_mail if name not in self.domains]:
            raise ValueError(f"without_mail names {strangers[0]}, which is not in domains")
        return self
