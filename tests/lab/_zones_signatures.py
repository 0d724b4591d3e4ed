"""Zones that are signed in every way that matters: well, soon too late, too late, half, and with leftovers."""

from __future__ import annotations

import dns.rdataset
import dns.rdatatype
import dns.zone

from lab._dns_zones import GOOD, ONE, OTHER, Zone, without_signatures


def _leftover(zone: dns.zone.Zone) -> None:
    """A signature of the zone's start by a key that is gone, beside the good one."""
    made = zone.find_rdataset(zone.origin or "@", "RRSIG", "SOA")
    made.add(made[0].replace(key_tag=(int(made[0].key_tag) + 1) % 65536), made.ttl)


def _forged(zone: dns.zone.Zone) -> None:
    """A record that was changed after it was signed."""
    start = zone.find_rdataset(zone.origin or "@", "SOA")
    changed = start[0].replace(serial=int(start[0].serial) + 1)
    zone.replace_rdataset(zone.origin or "@", dns.rdataset.from_rdata(start.ttl, changed))


def _without_denials(zone: dns.zone.Zone) -> None:
    for name in list(zone.nodes):
        zone.delete_rdataset(name, "NSEC")
        zone.delete_rdataset(name, "RRSIG", "NSEC")


ZONES = {
    "sigrhythm.test": Zone(GOOD, signed=True, inception_days=-8, expiration_days=6),
    "siged25519.test": Zone(GOOD, signed=True, algorithm="ED25519", digests=("SHA384",)),
    "sigsoon.test": Zone(GOOD, signed=True, inception_days=-27, expiration_days=3.5),
    "signow.test": Zone(GOOD, signed=True, inception_days=-29, expiration_days=1.5),
    "sigshort.test": Zone(GOOD, signed=True, inception_days=-1, expiration_days=2),
    "sigexpired.test": Zone(GOOD, signed=True, inception_days=-60, expiration_days=-2),
    "sigearly.test": Zone(GOOD, signed=True, inception_days=2, expiration_days=30),
    "signods.test": Zone(GOOD, signed=True, no_ds=True),
    "siglone.test": Zone(GOOD, lone_ds=True),
    "sigforged.test": Zone(GOOD, signed=True, spoil=_forged),
    "signosoa.test": Zone(GOOD, signed=True, spoil=without_signatures("SOA")),
    "signons.test": Zone(GOOD, signed=True, spoil=without_signatures("NS")),
    "signokeys.test": Zone(GOOD, signed=True, spoil=without_signatures("DNSKEY")),
    "signonsec.test": Zone(GOOD, signed=True, spoil=_without_denials),
    "signsecbare.test": Zone(GOOD, signed=True, spoil=without_signatures("NSEC")),
    "sigleftover.test": Zone(GOOD, signed=True, spoil=_leftover),
    "sigwishes.test": Zone(GOOD + f"@ 3600 IN CDS 4711 13 2 {'ab' * 32}\n", signed=True),
    "sigwishesbare.test": Zone(GOOD + f"@ 3600 IN CDS 4711 13 2 {'ab' * 32}\n"),
    "sigleaving.test": Zone(GOOD + "@ 3600 IN CDS 0 0 0 00\n@ 3600 IN CDNSKEY 0 3 0 AA==\n", signed=True),
    "sigrsasha1.test": Zone(GOOD, signed=True, algorithm="RSASHA1"),
    "sigdssha1.test": Zone(GOOD, signed=True, digests=("SHA1",)),
    "sigdsboth.test": Zone(GOOD, signed=True, digests=("SHA1", "SHA256")),
    "sighalf.test": Zone(
        GOOD,
        {"ns1": ONE, "ns2": OTHER},
        signed=True,
        variant=Zone(GOOD, {"ns1": ONE, "ns2": OTHER}, signed=True, inception_days=-60, expiration_days=-2),
    ),
}
