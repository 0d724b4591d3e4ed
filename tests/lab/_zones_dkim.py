"""Zones of businesses that sign their email, well or with one fault. Nobody holds the other half of these keys."""

from __future__ import annotations

from lab._dns_zones import GOOD, MAIL, Zone

RSA_512 = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKnaVfPqNgg9c+e5hyNqJFDj4f+eOClPoA/8xDLIACxvqdPTPpwIfbAuP+BJoWELfsLyaL//SpECuc"
    "jqAPLQO8MCAwEAAQ=="
)
RSA_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDj9T2FHkSEbbH0Vp0WN861pbfSyQeHYkU60pGJq9gpZ/V6oN+cQ329ut5lJ0dXAn1DdIBNLL"
    "Hn9i/40kicgfjRbTy1+EtoQ2ojP+gyf1vhF4M/XG+JKYK8FFtOyCm/RHQGwxbvPf4TtVZWcs6j09pTpxjjN8q5jxunp/hQ1Y08QQIDAQAB"
)
RSA_1024_UNWRAPPED = (
    "MIGJAoGBAOP1PYUeRIRtsfRWnRY3zrWlt9LJB4diRTrSkYmr2Cln9Xqg35xDfb263mUnR1cCfUN0gE0ssef2L/jSSJyB+NFtPLX4S2hDaiM/6D"
    "J/W+EXgz9cb4kpgrwUW07IKb9EdAbDFu89/hO1VlZyzqPT2lOnGOM3yrmPG6en+FDVjTxBAgMBAAE="
)
RSA_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtXPvhOKwLLylX/WNau/rwOfV2Ie88MEeoKRI0m7XHTGDPOwgi8pUHAzSFTahunp1GX"
    "oLR6RxfAyh36xYhqBcdlt/YaD6smD0sgPIho0/6mFKB+cO7oZLuaoiMnWvcj4RijQeib5LFFMQurdIVteC56eDc+65iMFHOXh5Yy9H405NMsES"
    "M+xEiw7AQPgpFLt+co/IOqEWt2IO1GArHVI+Y4+0buQUNL9BY+cvM/6bynAv/V4svvt2Aaktt5k43ju9pCx+eAjK43bIUi15nK+MqC25ICuTjl"
    "GZ8ZoK02+Rcql6WpEENtVnPRE0zaYv1yQCcjDHYagYvTUOLF4+EK7ngwIDAQAB"
)
ED25519 = "N3WXi/3JWkuAx+agcB9Cu9lTKn9uFGHOsQ2ZcOAuFjA="
ELLIPTIC = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqNj3ADj7h61qR9YdbthbuZ0sf4E673rdNPzs1vjBtO/hdg85hoSX2OEbnUjAxhTv1/pvooe8WKGwrvcVXm/wTw=="
)
"""RSA_1024_UNWRAPPED is RSA_1024 as RSAPublicKey; ELLIPTIC is a key on P-256, which DKIM does not know."""


def text(value: str) -> str:
    """A string of a TXT record holds at most 255 bytes."""
    return " ".join(f'"{value[start : start + 250]}"' for start in range(0, len(value), 250))


def key(selector: str, value: str) -> str:
    return f"{selector}._domainkey 3600 IN TXT {text(value)}\n"


STRONG = f"v=DKIM1; k=rsa; p={RSA_2048}"

ZONES = {
    "signs.test": Zone(
        GOOD
        + key("selector1", STRONG)
        + "selector2._domainkey 3600 IN CNAME signs-test._domainkey.signinghost.test.\n"
        + f"shop 3600 IN A {MAIL}\nshop 3600 IN MX 10 mx1\n"
    ),
    "signinghost.test": Zone(GOOD + key("signs-test", STRONG)),
    "signsmodern.test": Zone(GOOD + key("s1", f"v=DKIM1; k=ed25519; p={ED25519}") + key("s2", STRONG)),
    "shortkey.test": Zone(GOOD + key("default", f"k=rsa; p={RSA_1024}")),
    "tinykey.test": Zone(GOOD + key("default", f"v=DKIM1; p={RSA_512}")),
    "withdrawnkey.test": Zone(GOOD + key("selector1", STRONG) + key("selector2", "v=DKIM1; p=")),
    "nokeys.test": Zone(GOOD),
    "hiddenkey.test": Zone(GOOD + key("x7f3", STRONG)),
    "wildtext.test": Zone(GOOD + '* 3600 IN TXT "v=spf1 -all"\n'),
    "wildkey.test": Zone(GOOD + key("*", STRONG)),
    "wildalias.test": Zone(GOOD + "* 3600 IN CNAME mx1\n"),
    "danglingkey.test": Zone(GOOD + "selector1._domainkey 3600 IN CNAME gone._domainkey.signinghost.test.\n"),
    "brokenkey.test": Zone(GOOD + key("google", "v=DKIM1; k=rsa; p=MIIB-not-base64")),
    "twokeys.test": Zone(GOOD + key("google", STRONG) + key("google", f"v=DKIM1; p={RSA_1024}")),
    "testkey.test": Zone(GOOD + key("google", f"v=DKIM1; t=y:s; p={RSA_2048}")),
    "sha1key.test": Zone(GOOD + key("google", f"v=DKIM1; h=sha1; p={RSA_2048}")),
}
