"""One sender as SPF sees it: what its macros stand for, and which names are proved to be its own (RFC 7208 5.5, 7)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence

from itaudit import api
from itaudit.facts.spf_macros import expanded, is_askable, name_of
from itaudit.facts.spf_records import SpfRecord
from itaudit.facts.spf_terms import Term

NAMES_OF_ADDRESS_AT_MOST = 10
"""RFC 7208 4.6.4: of a ptr term and of %{p}; further ones are ignored."""

Lookup = Callable[[str, str], Iterable[object] | None]
"""(name, type) -> data, empty when there is none (no such name, or no record of the type).

name: lower case, without its last dot. type: TXT, A, AAAA, MX or PTR. Aliases (CNAME) are followed. data: TXT as one text, its
strings joined without anything between; A and AAAA as addresses; MX as "10 mx.example.com" ("0 ." for a null MX); PTR as a name.
Strings of a TXT and fields of an MX may also be given apart, and None for nothing. Raises api.Missing or an OSError, such as
TimeoutError, when the answer could not be had.
"""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(ip: str) -> Address:
    """An IPv4 address within IPv6 is an IPv4 address (RFC 7208 5). Raises ValueError."""
    address = ipaddress.ip_address(ip)
    four = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return four or address


class Sender:
    """Who sends, from where, and how to look things up for it. timestamp: %{t}, seconds since 1970 as text."""

    def __init__(self, ip: Address, sender: str, helo: str, receiver: str, timestamp: str, lookup: Lookup) -> None:
        self.ip, self.sender, self.helo, self.receiver, self.timestamp = ip, sender, helo, receiver, timestamp
        self._lookup = lookup
        self._names: list[str] | None = None

    def ask(self, name: str, type_: str) -> Sequence[str]:
        """What cannot be asked does not exist: RFC 7208 4.8 leaves it open. Raises Missing."""
        if not is_askable(name):
            return ()
        try:
            found = self._lookup(name, type_)
        except OSError as error:
            raise api.TimedOut(f"no answer for {name}/{type_}") from error
        given = [found] if isinstance(found, str) else found or ()
        return tuple(_as_text(data, " " if type_ == "MX" else "") for data in given)

    @property
    def address_type(self) -> str:
        return "A" if self.ip.version == 4 else "AAAA"

    def is_near(self, addresses: Iterable[str], term: Term) -> bool:
        """Is the sender in the network around one of the addresses that the term asks for?"""
        length = term.lengths[0 if self.ip.version == 4 else 1]
        return any(self.ip in ipaddress.ip_network((address, length), strict=False) for address in self._valid(addresses))

    def names(self) -> list[str]:
        """What the sender's address says that its names are. Raises Missing."""
        if self._names is None:
            pointers = self.ask(self.ip.reverse_pointer, "PTR")
            self._names = [name_of(pointer) for pointer in pointers[:NAMES_OF_ADDRESS_AT_MOST]]
        return self._names

    def validated(self, names: Iterable[str]) -> Iterable[str]:
        """Those whose own addresses hold the sender's (RFC 7208 5.5); one that cannot be looked up is skipped."""
        for name in names:
            try:
                if str(self.ip) in self._valid(self.ask(name, self.address_type)):
                    yield name
            except api.Missing:
                continue

    def target(self, record: SpfRecord, term: Term) -> str:
        """The name that a term refers to."""
        return name_of(self.expand(term.target, record.name)) if term.target else record.name

    def expand(self, text: str, domain: str) -> str:
        """A valid macro-string in the record of `domain`, as it reads for this sender."""
        local, _, sender_domain = self.sender.rpartition("@")
        family = "in-addr" if self.ip.version == 4 else "ip6"
        plain = {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": domain,
            "h": self.helo,
            "i": _dotted(self.ip),
            "v": family,
        }
        plain |= {"c": str(self.ip), "r": self.receiver, "t": self.timestamp}
        return expanded(text, lambda letter: self._validated_name(domain) if letter == "p" else plain[letter])

    def _validated_name(self, domain: str) -> str:
        """%{p}: the name itself, else one below it, else any (RFC 7208 7.3)."""
        try:
            names = list(self.validated(self.names()))
        except api.Missing:
            names = []
        below = [name for name in names if name.endswith("." + domain)]
        return next(iter([*(name for name in names if name == domain), *below, *names]), "unknown")

    def _valid(self, addresses: Iterable[str]) -> list[str]:
        """Those that are addresses of the sender's family, in their usual form: answers may hold anything."""
        kind, found = type(self.ip), []
        for address in addresses:
            try:
                found.append(str(kind(address)))
            except ValueError:
                continue
        return found


def _as_text(data: object, between: str) -> str:
    """One record, whatever a library gives: text, bytes, or its parts."""
    if isinstance(data, bytes):
        return data.decode(errors="replace")
    if isinstance(data, (list, tuple)):
        return between.join(_as_text(part, between) for part in data)
    return str(data)


def _dotted(ip: Address) -> str:
    """%{i}: an IPv6 address as 32 dotted digits, in capitals as the common test suite has them (names ignore case)."""
    return str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", "").upper())
