"""What a certificate says of itself (RFC 5280), read with the cryptography package. Servers send whatever they like: each part
that cannot be read is left out, and only a certificate without dates or key counts as unreadable."""

from __future__ import annotations

import base64
import binascii
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from itaudit import api

if TYPE_CHECKING:
    from cryptography import x509

T = TypeVar("T")
_ONE_AT_A_TIME = threading.Lock()
"""The library warns of odd certificates on standard error; switching that off is the same for all threads."""
NAMES_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class CertificateParts:
    """names: to whom it is made out, at most ten. issuer: who vouches. key: "RSA" or another kind, with `key_bits` (0 unknown).

    hash: of its signature, "sha256", "" where it has none. self_signed: issuer and subject are the same.
    names_its_issuer: it tells where its issuer's own certificate lies, as those of public issuers do.
    """

    begins: datetime
    ends: datetime
    names: tuple[str, ...] = ()
    issuer: str = ""
    key: str = ""
    key_bits: int = 0
    hash: str = ""
    self_signed: bool = False
    names_its_issuer: bool = False


def parts_of(certificate: str) -> CertificateParts:
    """Read DER as base64. Raises Unreadable."""
    from cryptography import x509  # 57 ms, and only few scans need it

    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True)))
    except (ValueError, TypeError, binascii.Error, OverflowError, x509.InvalidVersion) as error:
        raise api.Unreadable(f"not a certificate: {str(error)[:100]}") from error


def _read(read: x509.Certificate) -> CertificateParts:
    from cryptography import x509

    key = _part(lambda: read.public_key(), None)
    subject = _part(lambda: read.subject.public_bytes(), b"")
    return CertificateParts(
        read.not_valid_before_utc,
        read.not_valid_after_utc,
        names=_part(lambda: _names(read), ()),
        issuer=_part(lambda: _issuer(read), ""),
        key=_kind(key),
        key_bits=int(getattr(key, "key_size", 0)),
        hash=_part(lambda: read.signature_hash_algorithm.name if read.signature_hash_algorithm else "", ""),
        self_signed=bool(subject) and subject == _part(lambda: read.issuer.public_bytes(), None),
        names_its_issuer=_part(lambda: bool(read.extensions.get_extension_for_class(x509.AuthorityInformationAccess)), False),
    )


def _part(read: Callable[[], T], otherwise: T) -> T:
    """What `read` gives, or `otherwise` where this part of the certificate is malformed, missing or unknown to the library."""
    with suppress(Exception):  # the library raises errors of many kinds for malformed parts; none of them is ours to crash on
        return read()
    return otherwise


def _kind(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return "RSA"
    return "EC" if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.replace("PublicKey", "") if key else ""


def _names(read: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    written = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(_shown(name) for name in written[:NAMES_AT_MOST])


def _issuer(read: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in read.issuer.get_attributes_for_oid(kind):
            return _shown(str(attribute.value))
    return ""


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:100])
