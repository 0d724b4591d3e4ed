"""Businesses that do everything right, each in its own way: none may get a warning (the unsigned one only of being unsigned).

What that takes: two name servers on two networks that hold the same zone and nothing for strangers; signatures with a DS record;
CAA; a mail server whose reverse name leads back, that encrypts with a trusted certificate for its name; SPF, DKIM, DMARC whose
reports arrive; MTA-STS with its page, TLS-RPT. Or no email, and that said (null MX, `v=spf1 -all`, `p=reject`).
"""

from __future__ import annotations

from lab._dns_zones import GOOD, MAIL, ONE, ONE_SIX, OTHER, TWO, TWO_SIX, Hosts, Zone
from lab._zones_dkim import STRONG, key

ISSUERS = '@ 3600 IN CAA 0 issue "letsencrypt.org"\n@ 3600 IN CAA 0 iodef "mailto:hostmaster@<name>"\n'
ENCRYPTED = (
    '_mta-sts 3600 IN TXT "v=STSv1; id=20261122T120000"\n'
    f"mta-sts 3600 IN A {MAIL}\n"
    '_smtp._tls 3600 IN TXT "v=TLSRPTv1; rua=mailto:reports@<name>"\n'
)
WHOLE = f"{GOOD}www 3600 IN A {MAIL}\n{ISSUERS}{ENCRYPTED}{key('selector1', STRONG)}"
BOTH_FAMILIES: Hosts = {"ns1": (ONE, ONE_SIX if TWO_SIX else ""), "ns2": (TWO, TWO_SIX), "ns3": OTHER}
"""One server over IPv6 alone would be one too few."""
UNUSED = '@ 3600 IN MX 0 .\n@ 3600 IN TXT "v=spf1 -all"\n_dmarc 3600 IN TXT "v=DMARC1; p=reject"\n'

ZONES = {
    "good.test": Zone(WHOLE, signed=True),
    "healthythree.test": Zone(WHOLE, BOTH_FAMILIES, signed=True),
    "healthyguest.test": Zone(WHOLE, {"ns1.good.test.": "", "ns2.good.test.": ""}, mname="ns1.good.test.", signed=True),
    "healthyedwards.test": Zone(WHOLE, signed=True, algorithm="ED25519", digests=("SHA256", "SHA384")),
    "healthyrsa.test": Zone(WHOLE, signed=True, algorithm="RSASHA256"),
    "healthyrolling.test": Zone(WHOLE, signed=True, inception_days=-3, expiration_days=11),
    "healthyquiet.test": Zone(f"{UNUSED}{ISSUERS}@ 3600 IN A {MAIL}\nwww 3600 IN A {MAIL}\n", signed=True),
    "healthyunsigned.test": Zone(WHOLE),
    "healthyparked.test": Zone(UNUSED, signed=True),
}
