"""Zones about who may send: each has one fault in its SPF record, or a sound one that lesser validators reject."""

from __future__ import annotations

from lab._dns_zones import MAIL, MX, Zone, spf

DMARC = '_dmarc 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:reports@<name>"\n'


def good(record: str, more: str = "") -> Zone:
    """A record that is sound, in a zone that is well kept otherwise."""
    return spf(record, DMARC + more)


def networks(count: int) -> str:
    return " ".join(f"ip4:198.51.{number}.0/24" for number in range(count))


ZONES = {
    # sound
    "list-forms.test": good(
        "v=spf1 a/32//128 mx:<name>/28 ip6:2001:db8:25::/48 include:_a.<name> exists:%{ir}.senders.%{d2} "
        "unknown=%{l}-anything redirect=_all.%{d}",
        '_a 3600 IN TXT "v=spf1 ip4:192.0.2.128/25 " "-all"\n_all 3600 IN TXT "V=SPF1 ~ALL"\n'
        "25.2.0.192.senders 3600 IN A 127.0.0.2\n",
    ),
    "list-ten.test": good("v=spf1" + " a mx" * 4 + " include:_a.<name> -all", '_a 3600 IN TXT "v=spf1 a:<name> -all"\n'),
    "list-alias.test": good(
        "v=spf1 mx include:_alias.<name> -all", '_alias 3600 IN CNAME _real\n_real 3600 IN TXT "v=spf1 a:<name> -all"\n'
    ),
    # faults
    "list-ipv6-address.test": spf("v=spf1 mx ip4:2001:db8::25 -all"),
    "list-colon.test": spf("v=spf1 mx redirect:_spf.<name>"),
    "list-dash.test": Zone(f'{MX}@ 3600 IN TXT "v=spf1 mx \\226\\128\\147all"\n'),
    "list-twice.test": spf("v=spf1 mx redirect=a.<name> redirect=b.<name>"),
    "list-deep.test": spf(
        "v=spf1 include:_a.<name> -all",
        '_a 3600 IN TXT "v=spf1 include:_b.<name> -all"\n_b 3600 IN TXT "v=spf1 ip4:1.2.3 -all"\n',
    ),
    "list-two-included.test": spf(
        "v=spf1 include:_a.<name> -all", '_a 3600 IN TXT "v=spf1 mx -all"\n_a 3600 IN TXT "v=spf1 a -all"\n'
    ),
    "list-circle.test": spf("v=spf1 include:_a.<name> -all", '_a 3600 IN TXT "v=spf1 redirect=<name>"\n'),
    "list-many-servers.test": Zone(
        "".join(f"@ 3600 IN MX {number} mx{number}\nmx{number} 3600 IN A 127.53.3.{number + 1}\n" for number in range(11))
        + '@ 3600 IN TXT "v=spf1 mx -all"\n'
    ),
    "list-exists.test": spf("v=spf1 exists:<name> -all"),
    "list-halves.test": spf("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"),
    "list-included-all.test": spf("v=spf1 include:_a.<name> -all", '_a 3600 IN TXT "v=spf1 +all"\n'),
    "list-open-end.test": spf("v=spf1 mx"),
    "list-nine.test": spf("v=spf1" + " a mx" * 4 + " a:mx1.<name> -all"),
    "list-ptr.test": spf("v=spf1 mx ptr -all"),
    "list-misread.test": spf("v=spf1 mx ip4=192.0.2.25 -all"),
    "list-large.test": spf(f"v=spf1 mx {networks(28)} -all"),
    "list-almost.test": spf("v=spf1; mx -all"),
    "list-void-six.test": spf(
        "v=spf1 a:one.<name> a:two.<name> a:three.<name> ip6:2001:db8:25::/48 -all",
        "".join(f"{host} 3600 IN A {MAIL}\n" for host in ("one", "two", "three")),
    ),
}
