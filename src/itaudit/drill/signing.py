"""The signed line in the log of restore tests.

Ed25519 (RFC 8032), not HMAC: an insurer or a customer can verify the line with the public key alone, and cannot make one.
The private key lies in the state folder (0600). It shows that the line was not altered since; who is root here can sign anything.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itaudit.drill.certificate import Certificate
from itaudit.drill.comparing import Result
from itaudit.errors import UserError
from itaudit.evidence.redact import redact
from itaudit.facts.backups.drills import Drill, signed_bytes
from itaudit.files import write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE = "drill-key.pem"
_LONGEST_NAME = 300


def check_writable(log: Path) -> None:
    """Refuse before the work what could not be noted after it. Raises UserError."""
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(_open(log))
    except OSError as error:
        advice = "Run as root, or set drill_log under [backups] in itaudit.toml."
        raise UserError(f"Cannot write {log}: {error.strerror}. {advice}") from error


def note(certificate: Certificate, log: Path, state: Path) -> Certificate:
    """Append the signed line to the log, flushed to the disk. Returns the certificate with its signature. Raises UserError."""
    key = _key(state / KEY_FILE)
    public = key.public_key().public_bytes_raw().hex()
    # Redacted before it is signed: whoever reads the log redacts it first, and the signature must still fit.
    line = {name: redact(value) if isinstance(value, str) else value for name, value in _line(certificate).items()}
    line["key"] = public
    signature = key.sign(signed_bytes(line)).hex()
    try:
        descriptor = _open(log)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            start = "" if _ends_whole(descriptor) else "\n"
            os.write(descriptor, f"{start}{json.dumps({**line, 'signature': signature})}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UserError(f"Cannot write {log}: {error.strerror}. The test itself is done, and is not noted.") from error
    return replace(certificate, signature=signature, key=public)


def _open(log: Path) -> int:
    return os.open(log, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _ends_whole(descriptor: int) -> bool:
    """Does the log end with a whole line? After a power cut it may not, and ours would be lost with the torn one."""
    size = os.fstat(descriptor).st_size
    return not size or os.pread(descriptor, 1, size - 1) == b"\n"


def _line(certificate: Certificate) -> dict[str, Any]:
    drill = Drill(
        certificate.when,
        certificate.backup,
        certificate.restored,
        certificate.count(Result.DIFFERENT),
        certificate.failed,
        round(certificate.seconds, 3),
    )
    return {
        **json.loads(drill.line()),
        "sampled": len(certificate.compared),
        "same": certificate.count(Result.SAME),
        "bytes": certificate.size_bytes,
        "opened": certificate.opened,
        "limits": certificate.limits,
        "host": certificate.host,
        "who": certificate.who,
        "product": certificate.product,
        "place": certificate.place[:_LONGEST_NAME],
        "state": certificate.state[:_LONGEST_NAME],
        "saved": certificate.saved_at.isoformat(),
        "all_files": certificate.all_files,
        "all_bytes": certificate.all_bytes,
        "estimate": certificate.estimate_seconds,
        "seed": certificate.seed,
        "list_sha256": certificate.list_sha256,
    }


def _key(path: Path) -> Ed25519PrivateKey:
    """Read the key, or make one. Raises UserError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    if not path.exists():
        made = Ed25519PrivateKey.generate()
        write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path} cannot be used: {error}. Remove it, and a new key is made.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(f"{path} holds a key of another kind. Remove it, and a new key is made.")
    return key
