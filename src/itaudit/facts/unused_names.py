"""Configured names that are not used for email, and whether they say so: RFC 7208 10.1.2, RFC 9989, M3AAWG "parked domains"."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.dmarc_policies import DmarcPolicy, dmarc_policy_of
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Reply, settled
from itaudit.facts.mail_use import sender_records, sender_terms, uses_mail
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.targets import Targets, readable


@dataclass(frozen=True, slots=True)
class UnusedName:
    """A name without email. senders: its SPF records; refuses_senders: there is one, and it allows nobody.

    lets_everyone: one of them allows the whole world. dmarc: what receivers are told to do with email in its name.
    exchange: its MX records. own_address: it has an address, where senders try to deliver when there is no MX record.
    declared: the owner says that it is not used.
    """

    subject: str
    name: str
    senders: tuple[str, ...]
    refuses_senders: bool
    dmarc: DmarcPolicy
    lets_everyone: bool = False
    exchange: tuple[str, ...] = ()
    own_address: bool = False
    declared: bool = False


@api.provider("linux", "windows", "macos", seconds=45)
def unused_names(ask: api.Ask, targets: Targets) -> api.Facts[UnusedName]:
    """Every configured name that exists and is not used for email; the others do not apply."""
    yield from of_each_name(ask, targets, unused_name_of)


def unused_name_of(lookups: Lookups, name: str) -> UnusedName:
    """Raises NotApplicable for a name with email, and the Missing of what could not be seen."""
    world_zone_of(lookups, name)
    if uses_mail(lookups, name):
        raise api.NotApplicable("it is used for email")
    exchange, text, *own = lookups.many((name, "MX"), (name, "TXT"), (name, "A"), (name, "AAAA"))
    senders = sender_records(settled(text))
    return UnusedName(
        readable(name),
        name,
        senders,
        sender_terms(lookups, senders) == [["-all"]],
        dmarc_policy_of(lookups, name),
        any({"all", "+all"} & set(record.lower().split(" ")) for record in senders),
        settled(exchange).data("MX"),
        any(isinstance(each, Reply) and each.addresses for each in own),
        name in lookups.targets.without_mail,
    )
