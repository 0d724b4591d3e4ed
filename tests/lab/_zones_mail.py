"""Zones about mail servers: how they encrypt, what they demand (MTA-STS) and where reports go (TLS-RPT). Servers: lab/mail.py."""

from __future__ import annotations

from dataclasses import replace

from lab._dns_zones import MAIL, NETWORK, SPF, Zone

DMARC = '_dmarc 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:reports@<name>"\n'
KINDS = (
    *("plain", "refusing", "untrusted", "othername", "expired", "old", "broken"),
    *("unwilling", "garbage", "endless", "dribbling", "silent", "closed"),
)
"""What is wrong with each mail server, in one word; the last six never come to the point of encryption."""
ADDRESSES = {kind: f"{NETWORK}.3.{number}" for number, kind in enumerate(KINDS, start=11)}
DEAF = KINDS[-6:]

STS = '_mta-sts 3600 IN TXT "v=STSv1; id=20261122T120000"\n'
STS_HOST = f"mta-sts 3600 IN A {MAIL}\n"
REPORTS = '_smtp._tls 3600 IN TXT "v=TLSRPTv1; rua=mailto:reports@<name>"\n'


def mail(more: str = "", *, at: str = MAIL, name: str = "") -> Zone:
    """A name with one mail server, mx1, at this address; its reverse name leads back."""
    body = f"@ 3600 IN MX 10 mx1\nmx1 3600 IN A {at}\n@ 3600 IN A {MAIL}\n{SPF}{DMARC}{more}"
    return Zone(body, reverse={at: f"mx1.{name}."} if name else {})


def sts(record: str = STS, host: str = STS_HOST, more: str = "") -> Zone:
    return mail(record + host + more)


def _deaf() -> Zone:
    hosts = "".join(f"@ 3600 IN MX 10 {kind}\n{kind} 3600 IN A {ADDRESSES[kind]}\n" for kind in DEAF)
    return Zone(hosts + SPF + DMARC, reverse={ADDRESSES[kind]: f"{kind}.deafmail.test." for kind in DEAF})


ZONES: dict[str, Zone] = {
    # how they encrypt
    **{f"{kind}mail.test": mail(at=ADDRESSES[kind], name=f"{kind}mail.test") for kind in KINDS[:-6]},
    "deafmail.test": _deaf(),
    "danewrong.test": replace(mail(f"_25._tcp.mx1 3600 IN TLSA 3 1 1 {'ab' * 32}\n"), signed=True),
    "daneunsigned.test": mail(f"_25._tcp.mx1 3600 IN TLSA 3 1 1 {'ab' * 32}\n"),
    "halfmail.test": mail(f"@ 3600 IN MX 20 mx2\nmx2 3600 IN A {ADDRESSES['closed']}\n"),
    # what they demand: the pages are in lab/mail.py
    "stsgood.test": sts(more=REPORTS),
    "stsenforced.test": Zone(
        f"@ 3600 IN MX 10 mx1\nmx1 3600 IN A {ADDRESSES['untrusted']}\n@ 3600 IN A {MAIL}\n{SPF}{DMARC}{STS}{STS_HOST}"
    ),
    "ststwice.test": sts(STS + STS.replace("T12", "T13")),
    "stsnoid.test": sts('_mta-sts 3600 IN TXT "v=STSv1;"\n'),
    "stshome.test": sts(host=""),
    "stslost.test": sts(),
    "stshtml.test": sts(),
    "stsredirect.test": sts(),
    "stscert.test": sts(),
    "stsendless.test": sts(),
    "stswrong.test": sts(),
    "stsother.test": sts(),
    "stshalf.test": sts(more=f"@ 3600 IN MX 20 mx2\nmx2 3600 IN A {MAIL}\n"),
    "ststesting.test": sts(),
    "stsnone.test": sts(),
    "stsshort.test": sts(),
    # where reports go
    "rpttwice.test": mail(REPORTS + REPORTS.replace("reports@", "others@")),
    "rptwrong.test": mail('_smtp._tls 3600 IN TXT "v=TLSRPTv1; rua=http://<name>/reports"\n'),
}
