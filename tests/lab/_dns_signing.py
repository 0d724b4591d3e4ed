"""Signs the zones of the DNS laboratory (RFC 4034), rightly or with a fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lab._dns_zones import Zone

KEY_SIGNING, ZONE_SIGNING = 257, 256
Key = tuple[Any, Any]
"""A private key and its DNSKEY, as dnspython takes them."""


@dataclass
class Signer:
    """Signs as of `now`, and keeps the keys: a zone that is signed twice has the same ones."""

    now: datetime
    _keys: dict[tuple[str, str, int], Key] = field(default_factory=dict)

    def sign(self, name: str, text: str, how: Zone) -> str:
        """The signed zone in master format."""
        origin = dns.name.from_text(name)
        zone = dns.zone.from_text(text, origin=origin, relativize=False)
        keys = [self._key(name, how.algorithm, flags) for flags in (KEY_SIGNING, ZONE_SIGNING)]
        with zone.writer() as transaction:
            dns.dnssec.sign_zone(
                zone=zone,
                txn=transaction,
                keys=keys,
                dnskey_ttl=3600,
                inception=self.now + timedelta(days=how.inception_days),
                expiration=self.now + timedelta(days=how.expiration_days),
                policy=dns.dnssec.allow_all_policy,
            )
        if how.spoil:
            how.spoil(zone)
        return zone.to_text(relativize=False)

    def delegation_signers(self, name: str, how: Zone) -> str:
        """The DS records that the parent holds for the zone, as `how` says."""
        if how.no_ds or not (how.signed or how.lone_ds):
            return ""
        _, key = self._key(f"another.{name}" if how.wrong_ds else name, how.algorithm, KEY_SIGNING)
        origin = dns.name.from_text(name)
        allow_all = dns.dnssec.allow_all_policy
        made = [dns.dnssec.make_ds(origin, key, digest, policy=allow_all) for digest in how.digests]
        return "".join(f"{origin} 3600 IN DS {one.to_text()}\n" for one in made)

    def _key(self, name: str, algorithm: str, flags: int) -> Key:
        wanted = (name, algorithm, flags)
        if wanted not in self._keys:
            private = _private_key(algorithm)
            number = dns.dnssectypes.Algorithm[algorithm]
            self._keys[wanted] = private, dns.dnssec.make_dnskey(private.public_key(), number, flags=flags)
        return self._keys[wanted]


def _private_key(algorithm: str) -> Any:
    match algorithm:
        case "ECDSAP256SHA256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ECDSAP384SHA384":
            return ec.generate_private_key(ec.SECP384R1())
        case "ED25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, 2048)
