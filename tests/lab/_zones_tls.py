"""The zone of the servers in lab/tls.py: each has a name and an address of its own, and all listen on one port."""

from __future__ import annotations

from lab._dns_zones import GOOD, Zone

KINDS = (
    "ok",
    "short",
    "soon",
    "near",
    "expired",
    "future",
    "wronghost",
    "wrongandexpired",
    "wildcard",
    "selfsigned",
    "untrusted",
    "incomplete",
    "weak",
    "tls10",
    "tls11too",
    "plain",
    "closes",
    "silent",
    "dribbles",
    "endless",
)
"""What is wrong with each server, in one word; the first two are healthy. "gone" has an address where nothing listens."""

ADDRESSES = {kind: f"127.0.20.{number}" for number, kind in enumerate((*KINDS, "gone"), start=1)}
SITE, MAILBOXES = "127.0.20.41", "127.0.20.42"
ZONES: dict[str, Zone] = {
    "gallery.test": Zone(GOOD + "".join(f"{kind} 3600 IN A {address}\n" for kind, address in ADDRESSES.items())),
    # a whole small business: web site, email, mailboxes
    "business.test": Zone(
        f"@ 3600 IN A {SITE}\nwww 3600 IN A {SITE}\n"
        f"@ 3600 IN MX 10 mail\nmail 3600 IN A {MAILBOXES}\nimap 3600 IN A {MAILBOXES}\n"
    ),
}


def name_of(kind: str) -> str:
    return f"{kind}.gallery.test"
