"""Zones of what is to be done with forged email: DMARC records with one fault each, and names that are not used for email."""

from __future__ import annotations

from lab._dns_zones import MAIL, MX, SPF, Zone, dmarc

REJECT = '_dmarc 3600 IN TXT "v=DMARC1; p=reject"\n'
NO_MAIL = "@ 3600 IN MX 0 .\n"
NO_SENDER = '@ 3600 IN TXT "v=spf1 -all"\n'


def reporting(tags: str) -> Zone:
    """A record whose reports arrive, with more tags."""
    return dmarc(f"v=DMARC1; {tags}; rua=mailto:d@<name>")


ZONES = {
    "twopolicies.test": Zone(f'{MX}{SPF}{REJECT}_dmarc 3600 IN TXT "v=DMARC1; p=none"\n'),
    "atapex.test": Zone(f'{MX}{SPF}@ 3600 IN TXT "v=DMARC1; p=reject"\n'),
    "doubled.test": Zone(f'{MX}{SPF}_dmarc.<name> 3600 IN TXT "v=DMARC1; p=reject"\n'),
    "smallversion.test": dmarc("v=dmarc1; p=reject"),
    "nopolicytag.test": dmarc("v=DMARC1; rua=mailto:d@<name>"),
    "testing.test": reporting("p=reject; t=y"),
    "testingonly.test": reporting("p=quarantine; t=y"),
    "inventednames.test": reporting("p=reject; np=none"),
    "share.test": reporting("p=reject; pct=20"),
    "alignment.test": reporting("p=reject; adkim=strict"),
    "harmless.test": reporting("p=reject; fo=1:d; ri=86400; pct=100; ura=x"),
    "noaddress.test": dmarc("v=DMARC1; p=reject; rua=reports@<name>"),
    "noreports.test": dmarc("v=DMARC1; p=reject"),
    "lostreports.test": dmarc("v=DMARC1; p=reject; rua=mailto:d@failing.test"),
    "faultybelow.test": Zone(
        f'{MX}{SPF}_dmarc 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:d@<name>"\n'
        f'shop 3600 IN MX 10 mx1\n_dmarc.shop 3600 IN TXT "v=DMARC1; p=rejct"\n'
        f'mail 3600 IN MX 10 mx1\n_dmarc.mail 3600 IN TXT "v=DMARC1; p=none"\n_dmarc.mail 3600 IN TXT "v=DMARC1; p=reject"\n'
    ),
    "suffix.test": Zone(
        f'{MX}{SPF}_dmarc 3600 IN TXT "v=DMARC1; p=reject; psd=y; rua=mailto:d@<name>"\nfirm 3600 IN MX 10 mx1\n'
    ),
    # names without email; nullmx.test is the good one
    "openpark.test": Zone(NO_MAIL),
    "emptypark.test": Zone(""),
    "nopolicypark.test": Zone(NO_MAIL + NO_SENDER),
    "softpark.test": Zone(f'{NO_MAIL}@ 3600 IN TXT "v=spf1 ~all"\n{REJECT}'),
    "asidepark.test": Zone(f'{NO_MAIL}{NO_SENDER}_dmarc 3600 IN TXT "v=DMARC1; p=quarantine"\n'),
    "redirectpark.test": Zone(f'{NO_MAIL}@ 3600 IN TXT "v=spf1 redirect=nullmx.test"\n{REJECT}'),
    "looppark.test": Zone(f'{NO_MAIL}@ 3600 IN TXT "v=spf1 redirect=looppark.test"\n{REJECT}'),
    "twicepark.test": Zone(NO_MAIL + NO_SENDER + '@ 3600 IN TXT "v=spf1  -all"\n' + REJECT),
    "worldpark.test": Zone(f'{NO_MAIL}@ 3600 IN TXT "v=spf1 mx +all"\n{REJECT}'),
    "silentpark.test": Zone(NO_SENDER),
    "webonly.test": Zone(f"@ 3600 IN A {MAIL}\n"),
    "quietweb.test": Zone(f"@ 3600 IN A {MAIL}\n{NO_SENDER}{REJECT}"),
    "softonly.test": Zone('@ 3600 IN TXT "v=spf1 ~all"\n'),
    "redirectonly.test": Zone('@ 3600 IN TXT "v=spf1 redirect=nullmx.test"\n'),
    "worldonly.test": Zone('@ 3600 IN TXT "v=spf1 +all"\n'),
    "sendsonly.test": Zone(f'@ 3600 IN TXT "v=spf1 include:good.test -all"\n{REJECT}'),
}
