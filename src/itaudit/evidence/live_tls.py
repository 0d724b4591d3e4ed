"""TLS handshakes: what a server shows of itself, trusted or not.

Bounded in total time, however slowly the other side dribbles: before each read the rest of the time is set, and a handshake of
Python's ssl counts its timeout from its start, not from the last byte.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import threading
import time
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from itaudit.errors import TimedOut, ToolMissing, Unreachable, Unreadable
from itaudit.evidence.live_network import connect
from itaudit.evidence.live_start_tls import Talk, start_tls
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Tls

OTHER_NAME = 62
"""X509_V_ERR_HOSTNAME_MISMATCH of OpenSSL."""
OTHER_ADDRESS = 64
"""X509_V_ERR_IP_ADDRESS_MISMATCH."""

_NO_ISSUER = (2, 20, 21)
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, _LOCALLY, and UNABLE_TO_VERIFY_LEAF_SIGNATURE."""

_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
_CANNOT_ASK = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE")
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)


_ONE_AT_A_TIME = threading.Lock()
"""A context is made once, not by all the threads that want it first."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How to shake hands. `lax`: also with old protocols and weak ciphers. `newest`: offer nothing newer, "" for no limit."""

    verify: bool = True
    name: bool = True
    lax: bool = False
    newest: str = ""


class _NotOffered(Exception):
    """The server does not change to TLS: an answer, not a failure. `str` of it is what the server said."""


def tls(question: Tls) -> Answer:
    """Body: JSON as Tls says; what is not trusted is an answer. Raises TimedOut, Unreachable, Unreadable, ToolMissing."""
    end = time.monotonic() + question.timeout
    where = f"{question.host} port {question.port}"
    try:
        body = _examined(question, end)
    except _NotOffered as refusal:
        body = {"start_tls_offered": False, "error": str(refusal)}
    except TimeoutError as error:
        raise TimedOut(f"{where} did not finish within {question.timeout:g} s") from error
    except _ENDED as error:
        raise Unreachable(f"{where} ended the connection") from error
    except ssl.SSLError as error:
        if error.reason in _CANNOT_ASK:
            raise Unreadable(f"this machine's OpenSSL cannot offer {question.newest}") from error
        body = {"start_tls_offered": True, "protocol": "", "error": error.reason or str(error)}
    except OSError as error:
        raise Unreachable(f"{where}: {error.strerror or error}") from error
    return Answer(body=json.dumps(body))


def _examined(question: Tls, end: float) -> dict[str, Any]:
    """With what everybody speaks today; where that fails, with what was spoken before."""
    if question.newest:
        seen = _handshake(question, end, _Way(verify=False, name=False, lax=True, newest=question.newest))
        return {**seen, **_verdict(False, False, "not looked at", 0)}
    try:
        return _verified(question, end, lax=False)
    except (ssl.SSLError, ConnectionError) as error:
        if getattr(error, "reason", "") in _NOT_TLS:
            raise
        try:
            return _verified(question, end, lax=True)
        except (ssl.SSLError, OSError):
            raise error from None


def _verified(question: Tls, end: float, *, lax: bool) -> dict[str, Any]:
    """Shake hands, if need be again without asking for the right name, at last without asking for trust.

    OpenSSL stops at the first fault that it finds: one connection tells of one fault only.
    """
    try:
        return {**_handshake(question, end, _Way(lax=lax)), **_verdict(True, True, "", 0)}
    except ssl.SSLCertVerificationError as error:
        fault, name_matches = error, error.verify_code not in (OTHER_NAME, OTHER_ADDRESS)
    if not name_matches:
        try:
            seen = _handshake(question, end, _Way(name=False, lax=lax))
            return {**seen, **_verdict(True, False, fault.verify_message, fault.verify_code)}
        except ssl.SSLCertVerificationError as error:
            fault = error
    if fault.verify_code in _NO_ISSUER and _knows_no_issuer():
        raise ToolMissing("ca-certificates")
    seen = _handshake(question, end, _Way(verify=False, name=False, lax=True))
    name_matches = name_matches and _is_for(base64.b64decode(seen["certificate"]), question.host)
    return {**seen, **_verdict(False, name_matches, fault.verify_message, fault.verify_code)}


def _verdict(trusted: bool, name_matches: bool, error: str, verify_code: int) -> dict[str, Any]:
    return {"trusted": trusted, "name_matches": name_matches, "error": error, "verify_code": verify_code}


def _handshake(question: Tls, end: float, way: _Way) -> dict[str, Any]:
    """One connection. Raises TimeoutError, ssl.SSLError, OSError, _NotOffered, and what `connect` and `start_tls` raise."""
    with _ONE_AT_A_TIME:
        context = _context(way, os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
    with connect(question.address or question.host, question.port, _left(end)) as raw:
        if question.start_tls and (refusal := start_tls(question.start_tls, Talk(raw, end))) is not None:
            raise _NotOffered(refusal)
        raw.settimeout(_left(end))
        with context.wrap_socket(raw, server_hostname=question.host) as secured:
            cipher = secured.cipher()
            chain = _chain(secured)
            return {
                "start_tls_offered": True,
                "protocol": secured.version(),
                "cipher": cipher[0] if cipher else "",
                "certificate": chain[0] if chain else "",
                "chain": chain,
            }


def _left(end: float) -> float:
    """Seconds that are left. Raises TimeoutError when none is."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@cache
def _context(way: _Way, *_trust_from: str) -> ssl.SSLContext:
    """One for all handshakes of a kind: loading the list of trusted issuers costs 26 ms. Kept apart by where that list is."""
    context = ssl.create_default_context() if way.verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Python 3.13 sets it; browsers accept what it refuses, such as issuers of one's own without an identifier of their key.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not way.name:
        context.check_hostname = False
    if not way.verify:
        context.verify_mode = ssl.CERT_NONE
    if way.lax:
        context.set_ciphers("ALL:@SECLEVEL=0")
        # Servers without secure renegotiation (RFC 5746) are to be seen as well; nothing is sent to them.
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            if way.newest:
                context.maximum_version = ssl.TLSVersion[way.newest.replace(".", "_")]
    return context


def _knows_no_issuer() -> bool:
    """Does this machine trust nobody at all? Then every certificate looks bad, and that says nothing of any server."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    return not (folder and any(folder.iterdir())) and not ssl.create_default_context().cert_store_stats()["x509_ca"]


def _chain(secured: ssl.SSLSocket) -> list[str]:
    """The certificates as sent, the server's own first, each DER as base64; only the own one where Python cannot tell."""
    own = secured.getpeercert(binary_form=True) or b""
    try:
        public = getattr(secured, "get_unverified_chain", None)  # Python 3.13
        chain = public() if public else [each.public_bytes(2) for each in secured._sslobj.get_unverified_chain()]  # type: ignore[attr-defined]  # 3.10 to 3.12; 2 is DER
    except (AttributeError, TypeError):
        chain = [own]
    return [base64.b64encode(each).decode() for each in (chain or [own]) if each]


def _is_for(certificate: bytes, host: str) -> bool:
    """Is the certificate made out to this host (RFC 9525: only its alternative names count, `*` is one whole first label)?"""
    from cryptography import x509

    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
        dns_names = [each.lower().rstrip(".") for each in names.get_values_for_type(x509.DNSName)]
    except Exception:  # noqa: BLE001 - hostile bytes may break any part of the library; such a certificate is for nobody
        return False
    first, _, rest = host.lower().rstrip(".").partition(".")
    return host in addresses or f"{first}.{rest}" in dns_names or bool(first and rest and f"*.{rest}" in dns_names)
