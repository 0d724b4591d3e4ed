"""One DKIM key record, its key and its mistakes (RFC 6376 3.6.1, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from itaudit.facts.tag_lists import TagList, shown, tags_of

ED25519_BYTES = 32
_SPACE = re.compile(r"\s+")
_MEANT = re.compile(r"dkim", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """kind: "rsa" or "ed25519", or what the record says instead. bits: length of the key, 0 when it could not be read.

    revoked: the record says that the key is withdrawn. testing: the owner asks to treat email as unsigned.
    faults: why receivers cannot use it.
    """

    text: str
    kind: str = "rsa"
    bits: int = 0
    revoked: bool = False
    testing: bool = False
    faults: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return not self.revoked and not self.faults


def is_key(text: str) -> bool:
    """Does the text mean to be a key record? One with another version, as of SPF or DMARC, does not."""
    tags = tags_of(text, any_case=True).tags
    return bool(_MEANT.match(tags["v"])) if "v" in tags else "p" in tags


def parse(text: str) -> KeyRecord:
    """Read one record. Never raises: what is wrong is in `faults`."""
    found = tags_of(text)
    kind = found.tags.get("k", "rsa").lower()
    faults = list(_faults(found, kind))
    written = _SPACE.sub("", found.tags.get("p", ""))
    bits = 0
    if written and kind in _READERS:
        try:
            bits = _READERS[kind](base64.b64decode(written, validate=True))
        except (ValueError, binascii.Error) as error:
            faults.append(f"p= holds no {kind} key: {shown(str(error))}")
    flags = _listed(found.tags, "t")
    return KeyRecord(text, kind, bits, "p" in found.tags and not written, "y" in flags, tuple(faults))


def _faults(found: TagList, kind: str) -> Iterator[str]:
    tags = found.tags
    if "v" in tags and (found.first != "v" or tags["v"] != "DKIM1"):
        yield "v= must come first and be DKIM1"
    yield from (f"{shown(tag)}= stands there twice" for tag in found.twice[:5])
    yield from (f"{shown(part)!r} is no tag" for part in found.strange[:5])
    if kind not in _READERS:
        yield f"k={shown(kind)} is no known kind of key"
    if "p" not in tags:
        yield "the key (p=) is missing"
    if "h" in tags and "sha256" not in _listed(tags, "h"):
        yield f"h={shown(tags['h'])} allows no hash that is still accepted (RFC 8301 wants sha256)"
    if "s" in tags and not {"*", "email"} & set(_listed(tags, "s")):
        yield f"s={shown(tags['s'])} excludes email"


def _listed(tags: Mapping[str, str], tag: str) -> list[str]:
    return [word.strip().lower() for word in tags.get(tag, "").split(":")]


def _rsa_bits(key: bytes) -> int:
    """Raises ValueError. Both forms are read that are in use: SubjectPublicKeyInfo and RSAPublicKey (RFC 8017)."""
    from cryptography.exceptions import UnsupportedAlgorithm  # slow to load, and few commands need it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        loaded = load_der_public_key(key)
    except UnsupportedAlgorithm as error:
        raise ValueError("of an unknown kind") from error
    if isinstance(loaded, RSAPublicKey):
        return loaded.key_size
    raise ValueError("it is of another kind")


def _ed25519_bits(key: bytes) -> int:
    """Raises ValueError. The key stands there without any wrapping (RFC 8463 4.2)."""
    if len(key) != ED25519_BYTES:
        raise ValueError(f"it has {len(key)} bytes, not {ED25519_BYTES}")
    return ED25519_BYTES * 8


_READERS = {"rsa": _rsa_bits, "ed25519": _ed25519_bits}
