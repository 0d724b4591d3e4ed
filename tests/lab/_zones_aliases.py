"""Aliases that lead somewhere, nowhere and in circles; and lists of who may issue certificates."""

from __future__ import annotations

from lab._dns_zones import GOOD, MAIL, Zone

ISSUE = '@ 3600 IN CAA 0 issue "letsencrypt.org"\n'

ZONES = {
    "aliases.test": Zone(
        GOOD + ISSUE + "www 3600 IN CNAME @\nshop 3600 IN CNAME www\nvpn 3600 IN CNAME good.test.\n", signed=True
    ),
    "aliasgone.test": Zone(GOOD + "www 3600 IN CNAME @\nshop 3600 IN CNAME old\nold 3600 IN CNAME shop.gonecloud.test.\n"),
    "aliasunheard.test": Zone(GOOD + "special 3600 IN CNAME gone.good.test.\n"),
    "aliaswild.test": Zone(GOOD + "* 3600 IN CNAME gone.gonecloud.test.\n"),
    "aliaswildfine.test": Zone(GOOD + f"* 3600 IN A {MAIL}\n"),
    "aliascircle.test": Zone(GOOD + "www 3600 IN CNAME shop\nshop 3600 IN CNAME www\n"),
    "aliasblank.test": Zone(GOOD + 'docs 3600 IN CNAME words\nwords 3600 IN TXT "only words"\n'),
    "aliasfailing.test": Zone(GOOD + "www 3600 IN CNAME www.failing.test.\n"),
    "caahosts.test": Zone(GOOD + ISSUE + f'shop 3600 IN A {MAIL}\nblog 3600 IN CAA 0 issue ";"\nvia 3600 IN CNAME blog\n'),
    "caanobody.test": Zone(GOOD + '@ 3600 IN CAA 0 issue ";"\n'),
    "caastrange.test": Zone(GOOD + ISSUE + '@ 3600 IN CAA 128 itaudit "something"\n'),
    "caamalformed.test": Zone(GOOD + '@ 3600 IN CAA 0 issue "%%%"\n'),
    "caawildonly.test": Zone(GOOD + '@ 3600 IN CAA 0 issuewild "letsencrypt.org"\n@ 3600 IN CAA 0 iodef "mailto:a@good.test"\n'),
    "caareport.test": Zone(GOOD + ISSUE + '@ 3600 IN CAA 0 iodef "security at good.test"\n'),
    "caamailonly.test": Zone("@ 3600 IN MX 10 mx1.good.test.\n"),
    "caaunused.test": Zone('@ 3600 IN MX 0 .\n@ 3600 IN TXT "v=spf1 -all"\n'),
}
