"""The keys with which email of each configured name is signed: DKIM (RFC 6376).

The names of keys (selectors) cannot be listed: those that the owner gave and those that providers commonly use are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.key_records import KeyRecord, is_key, parse
from itaudit.facts.lookups import CREDIBLE, Lookups, Outcome, Reply, plain
from itaudit.facts.mail import Mail
from itaudit.facts.mail_use import require_mail
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.public_suffixes import organisation_of
from itaudit.facts.signature_proofs import REDACTED
from itaudit.facts.targets import Targets, readable

COMMON = (
    *("selector1", "selector2", "google", "default", "dkim", "mail", "email", "key1", "key2", "smtp", "mta", "s1", "s2"),
    *("k1", "k2", "k3", "mandrill", "everlytickey1", "everlytickey2", "mxvault", "zoho", "protonmail", "protonmail2"),
    *("protonmail3", "fm1", "fm2", "fm3", "sig1", "pm", "mailjet", "brevo1", "brevo2", "dkim1", "s1-ionos", "s2-ionos"),
    *("mbo0001", "mbo0002", "resend"),
)
"""Often seen, with Microsoft 365, Google, Mailchimp, SendGrid, Everlytic, Zoho, Proton, Fastmail, iCloud, Mailjet, Brevo, IONOS,
mailbox.org, Resend and others: a help to find keys, from documentation where there is some, and no proof of who signs."""
CONFIGURED_AT_MOST = 20
RECORDS_AT_MOST = 5
PROBE = "itaudit-control-question"
"""A selector that nobody uses: what is found there stands for every name (a wildcard)."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One selector. records: its texts that mean to be a key; alias: where it points to, "" when it holds the key itself."""

    selector: str
    configured: bool
    records: tuple[KeyRecord, ...] = ()
    alias: str = ""

    @property
    def record(self) -> KeyRecord | None:
        """The key; None for none, and for several: then receivers may take any."""
        return self.records[0] if len(self.records) == 1 else None

    @property
    def usable(self) -> bool:
        return self.record is not None and self.record.usable


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys at `place`: at the name, or at its organisation, whose keys serve the names below it too.

    keys: selectors that hold or announce something, and all configured ones that could be asked. unseen: configured ones
    that could not. none_exist: proved that nothing at all is there (RFC 8020).
    """

    subject: str
    name: str
    place: str
    keys: tuple[SigningKey, ...] = ()
    unseen: tuple[str, ...] = ()
    none_exist: bool = False

    @property
    def configured(self) -> bool:
        return bool(self.unseen) or any(key.configured for key in self.keys)


@api.provider("linux", "windows", "macos", seconds=45)
def signing_keys(ask: api.Ask, targets: Targets, mail: Mail) -> api.Facts[SigningKeys]:
    """The signing keys of every configured name that exists and is used for email."""
    yield from of_each_name(ask, targets, lambda lookups, name: signing_keys_of(lookups, mail, name))


def signing_keys_of(lookups: Lookups, mail: Mail, name: str) -> SigningKeys:
    """Raises NotApplicable for a name without email, and the Missing of a resolver that cannot be believed."""
    world_zone_of(lookups, name)
    require_mail(lookups, name)
    found = _keys_at(lookups, mail, name, name)
    organisation = organisation_of(name)
    if organisation in ("", name) or found.configured or any(key.usable for key in found.keys):
        return found
    return _keys_at(lookups, mail, name, organisation)


def _keys_at(lookups: Lookups, mail: Mail, name: str, place: str) -> SigningKeys:
    configured = mail.dkim_selectors.get(place, ())[:CONFIGURED_AT_MOST]
    selectors = list(dict.fromkeys([*configured, *COMMON]))
    below, probe, *answers = lookups.many(
        (f"_domainkey.{place}", "TXT"), *[(f"{selector}._domainkey.{place}", "TXT") for selector in (PROBE, *selectors)]
    )
    asked = {
        selector: _key(selector, place, answer, selector in configured)
        for selector, answer in zip(selectors, answers, strict=True)
    }
    wildcard = _key(PROBE, place, probe, configured=False)
    return SigningKeys(
        readable(name),
        name,
        place,
        tuple(_worth_telling([key for key in asked.values() if key], wildcard)),
        unseen=tuple(selector for selector in configured if asked[selector] is None),
        none_exist=all(_is_absent(answer) for answer in (below, probe, *answers)),
    )


def _key(selector: str, place: str, answer: Outcome, configured: bool) -> SigningKey | None:
    """What one selector holds; None when it could not be seen."""
    if not isinstance(answer, Reply) or answer.rcode not in CREDIBLE:
        return None
    own = f"{selector}._domainkey.{place}"
    aliases = [plain(record.data) for record in answer.answer if record.type == "CNAME" and record.name == own]
    texts = [text for text in answer.data("TXT") if is_key(text)][:RECORDS_AT_MOST]
    if any(REDACTED in text for text in texts):
        return None  # letters of a key can look like "psk=", and what was taken out for that makes no key wrong
    return SigningKey(selector, configured, tuple(parse(text) for text in texts), aliases[0] if aliases else "")


def _is_absent(answer: Outcome) -> bool:
    """Is the name itself proved not to exist? Of an alias, the code tells of its target (RFC 2308 2.1)."""
    return (
        isinstance(answer, Reply) and answer.rcode == "NXDOMAIN" and not {"CNAME", "DNAME"} & {one.type for one in answer.answer}
    )


def _worth_telling(keys: Iterable[SigningKey], wildcard: SigningKey | None) -> Iterator[SigningKey]:
    """Without the common selectors that hold nothing, or only what a wildcard gives to every name; that is told once."""
    everywhere = replace(wildcard, selector="*") if wildcard else SigningKey("*", configured=False)
    if everywhere.usable:
        yield everywhere
    for key in keys:
        own = (key.records, key.alias) != (everywhere.records, everywhere.alias)
        if key.configured or (own and (key.records or key.alias)):
            yield key
