"""The certificates that web sites, mail servers and other services show, as a visitor meets them.

Where nothing listens there is no certificate to judge. A mailbox server that is only guessed and shows a certificate of another
name is left out: with shared hosting nobody is told to use that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.certificate_parts import CertificateParts, parts_of
from itaudit.facts.certificate_places import Place, Use, addresses_of, places_given, places_of
from itaudit.facts.each_name import of_each_name
from itaudit.facts.internet import Internet
from itaudit.facts.lookups import Lookups
from itaudit.facts.mail_encryption import CONNECT_SECONDS
from itaudit.facts.names import names_of
from itaudit.facts.replaced_certificates import ISSUER_UNKNOWN, Replaced, refuse_replaced
from itaudit.facts.targets import Targets

FORBIDDEN = "TLSv1.1"
"""Whoever agrees to this version or to one before it accepts what RFC 8996 forbids."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate at one place. subject: "www.example.com:443".

    parts: None when no handshake succeeded; then `error` says why. trusted: leads to a known issuer and is valid now.
    sent: how many certificates the server sent. old: the version to which it agrees when offered only forbidden ones, or "".
    private: in a network of one's own, where no public issuer can vouch for it.
    """

    subject: str
    host: str
    port: int
    use: Use
    address: str
    parts: CertificateParts | None = None
    protocol: str = ""
    trusted: bool = False
    name_matches: bool = False
    sent: int = 1
    error: str = ""
    verify_code: int = 0
    old: str = ""
    private: bool = False


class _Body(BaseModel):
    start_tls_offered: bool
    protocol: str = ""
    certificate: str = ""
    chain: list[str] = []
    trusted: bool = False
    name_matches: bool = False
    error: str = ""
    verify_code: int = 0


_Look: TypeAlias = Certificate | api.Missing | None
"""What one address showed; None where nothing is to be judged."""


@api.provider("linux", "windows", "macos", seconds=60)
def certificates(ask: api.Ask, targets: Targets, internet: Internet) -> api.Facts[Certificate]:
    """The certificates of every name to look after, and of [targets] host_names and services; each place once."""
    seen: set[str] = set()
    for found in _everywhere(ask, targets):
        if found.subject not in seen:
            seen.add(found.subject)
            yield _its_own(ask, internet, found)


def _everywhere(ask: api.Ask, targets: Targets) -> api.Facts[Certificate]:
    given = places_given(targets)
    try:
        names = names_of(ask, targets)
    except api.NotApplicable:
        if not given:
            raise
        names = ()
    yield from _shown_at(Lookups(ask, targets), given)
    for shown in of_each_name(ask, targets, certificates_of) if names else ():
        yield from [shown] if isinstance(shown, api.Gap) else shown


def _its_own(ask: api.Ask, internet: Internet, found: Certificate | api.Gap) -> Certificate | api.Gap:
    """A gap where not the server showed it, but something in between. Nobody asks who vouches for a mail server."""
    if isinstance(found, api.Gap) or found.private or found.use is Use.DELIVERY:
        return found
    if found.parts is None or found.verify_code not in ISSUER_UNKNOWN:
        return found
    try:
        refuse_replaced(ask, internet, found.parts.issuer, (found.host, found.address))
    except Replaced as error:
        return api.Gap(found.subject, error)
    return found


def certificates_of(lookups: Lookups, name: str) -> list[Certificate | api.Gap]:
    """Those of one name. Raises a Missing when the name cannot be looked up."""
    return _shown_at(lookups, places_of(lookups, name))


def _shown_at(lookups: Lookups, places: Sequence[Place]) -> list[Certificate | api.Gap]:
    """What is shown at these places: a fact for each that answers, two where its IPv4 and IPv6 address do not show the same."""
    asked, gaps = addresses_of(lookups, places)
    looks_of: dict[Place, list[_Look]] = {}
    for (place, _), look in _looks(lookups.ask, asked).items():
        looks_of.setdefault(place, []).append(look)
    return [*gaps, *(each for place, looks in looks_of.items() for each in _of_place(place, looks))]


def _looks(ask: api.Ask, asked: list[tuple[Place, str]]) -> dict[tuple[Place, str], _Look]:
    """Connect, shake hands where something listens, and again with forbidden versions where that worked."""
    connected = dict(zip(asked, ask.many([api.TcpConnect(at, place.port, CONNECT_SECONDS) for place, at in asked]), strict=True))
    open_ = [where for where, answer in connected.items() if not answer.error]
    shaken = dict(zip(open_, ask.many([place.question(at) for place, at in open_]), strict=True))
    looks = {
        (place, at): _look(place, at, shaken[place, at]) if (place, at) in shaken else _closed(place, answer)
        for (place, at), answer in connected.items()
    }
    modern = [where for where, look in looks.items() if _may_be_older(look)]
    again = ask.many([place.question(at, FORBIDDEN) for place, at in modern])
    for where, answer in zip(modern, again, strict=True):
        look = looks[where]
        if isinstance(look, Certificate):
            looks[where] = replace(look, old=_accepted(answer))
    return looks


def _closed(place: Place, answer: api.Answer) -> _Look:
    """Where no connection comes about: a refusal proves that nothing listens there, silence proves nothing."""
    refused = "refused" in answer.detail  # so says each system, in its own sentence
    return None if place.guessed or (refused and place.use is Use.WEB) else answer.error


def _look(place: Place, address: str, answer: api.Answer) -> _Look:
    try:
        body = _Body.model_validate(answer.json)
        parts = parts_of(body.certificate) if body.protocol else None
    except ValidationError:
        return None if place.guessed else api.Unreadable("not the answer of a handshake")
    except api.Missing as error:
        return None if place.guessed else error
    if place.guessed and (parts is None or (place.use is Use.MAILBOX and not body.name_matches)):
        return None
    return Certificate(
        place.subject,
        place.host,
        place.port,
        place.use,
        address,
        parts,
        body.protocol[:20],
        trusted=body.trusted,
        name_matches=body.name_matches,
        sent=len(body.chain),
        error=body.error[:200],
        verify_code=body.verify_code,
        private=place.private,
    )


def _may_be_older(look: _Look) -> bool:
    """Mail servers between themselves are left to dns.starttls: an old version is better there than none."""
    return isinstance(look, Certificate) and look.parts is not None and look.use is not Use.DELIVERY


def _accepted(answer: api.Answer) -> str:
    """The version to which the server agreed; "" when it did not, or when that could not be seen."""
    try:
        return _Body.model_validate(answer.json).protocol[:20]
    except (api.Missing, ValidationError):
        return ""


def _of_place(place: Place, looks: list[_Look]) -> list[Certificate | api.Gap]:
    """The facts of one place. A family of addresses that does not answer costs nothing where the other one does."""
    shown = [look for look in looks if isinstance(look, Certificate)]
    failures = [look for look in looks if isinstance(look, api.Missing)]
    if not shown:
        return [api.Gap(place.subject, failures[0])] if failures else []
    first, *others = shown
    differing = [each for each in others if replace(each, address="") != replace(first, address="")]
    # Not by its address, which large providers change from day to day. The first is of IPv4 where there are two.
    return [first, *(replace(each, subject=f"{each.subject} (IPv6)") for each in differing)]
