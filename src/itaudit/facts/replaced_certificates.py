"""Firewalls and virus scanners that read along show certificates of their own making in place of those of whoever is reached.

Where this machine does not know their issuer, every certificate of the world looks wrong from here, and none of them is. A
control question tells: well-known addresses, which show everybody a public certificate, show one of the same unknown issuer.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.certificate_parts import parts_of
from itaudit.facts.internet import Internet, endpoint

ISSUER_UNKNOWN = (19, 20, 21)
"""X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY and UNABLE_TO_VERIFY_LEAF_SIGNATURE of OpenSSL."""
ELSEWHERE = "Scan from a network whose firewall does not read along, or make the firewall's issuer known to this machine."


class Replaced(api.Missing):
    """What was shown comes from something in between, and tells nothing of the server."""

    kind = "replaced"
    words = "something in between shows its own certificates"

    def default_unlock(self) -> str:
        return ELSEWHERE


class _Shown(BaseModel):
    protocol: str = ""
    certificate: str = ""
    verify_code: int = 0


def unknown_issuer(answer: api.Answer) -> str:
    """Who vouches for the certificate of a handshake, where this machine does not know them; "" for all else. Never raises."""
    try:
        shown = _Shown.model_validate(answer.json)
        if not shown.protocol or shown.verify_code not in ISSUER_UNKNOWN:
            return ""
        return parts_of(shown.certificate).issuer
    except (api.Missing, ValidationError):
        return ""


def refuse_replaced(ask: api.Ask, internet: Internet, issuer: str, addresses: Sequence[str]) -> None:
    """Raise Replaced when [internet] targets show a certificate of this unknown issuer too. addresses: of the server itself."""
    controls = [where for where in map(endpoint, internet.targets) if where[0] not in addresses]
    for (host, _), answer in zip(controls, ask.many([api.Tls(*where) for where in controls]), strict=True):
        if unknown_issuer(answer) == issuer:
            raise Replaced(f"{issuer} vouches for it and for {host} alike, and this machine does not know {issuer}")
