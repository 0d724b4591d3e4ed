"""Genuine email in your name carries a signature that others can verify.

A signed message proves that it comes from you and was not changed on its way. Without a signature, or with a key that is weak or
missing, your own email ends up among the junk, and forged email is hard to tell from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from itaudit import api
from itaudit.facts.key_records import KeyRecord
from itaudit.facts.signing_keys import COMMON, SigningKey, SigningKeys

WAIT = "More of your own email is taken for junk, and forged email is harder to tell from it."
WHO = "your IT person, with your email provider"
LONGEST_BITS = 4096
"""RFC 8301 3.2: nobody must be able to check longer keys."""
NAME_THEM = (
    "Ask your email provider for the names of your signing keys, and write them into itaudit.toml ([mail] dkim_selectors)."
)
NAMED_AT_MOST = 5
Judgement = tuple[api.Status, str, api.Severity | None, list[SigningKey]]
"""Status, words for the owner, severity where it is not that of the check, and the keys at fault."""


class Settings(api.CheckSettings):
    """Limits of signing keys."""

    rsa_bits: api.AtLeast = api.AtLeast(warn=2048, fail=1024)
    """Length of an RSA key, in bits; below 1024 nobody may accept it, and 2048 is recommended (RFC 8301 3.2)."""


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("RFC 6376 3.6.1", "RFC 8301 3", "RFC 8463 4.2", "RFC 8020", "M3AAWG DKIM key rotation"),
)
def dkim(found: SigningKeys, limits: Settings) -> api.Verdict:
    """Do the keys exist, can receivers use them, and are they strong enough?"""
    status, words, severity, faulty = _judge(found, limits)
    unlock = _unlock(found) if status is api.Status.UNKNOWN else ""
    return api.verdict(status, words, detail=_detail(found), fix=_fix(found, faulty, limits), severity=severity, unlock=unlock)


def _judge(found: SigningKeys, limits: Settings) -> Judgement:
    """The worst that is to be said: keys that can be broken, keys that do not work, weak ones, none, and the small things."""
    name, fail, warn = found.subject, api.Status.FAIL, api.Status.WARN
    usable = [key for key in found.keys if key.usable]
    if short := _of_length(usable, limits, fail):
        words = f"Email of {name} can be forged together with its signature: the key {_names(short)} is far too short."
        return fail, words, api.Severity.HIGH, short
    if gone := [key for key in found.keys if key.configured and not key.usable]:
        return (
            fail,
            f"Email of {name} signed with the key {_names(gone)} looks forged: {_why(gone[0])}.",
            None,
            gone,
        )
    if short := _of_length(usable, limits, warn):
        words = f"The signing key {_names(short)} of {name} is shorter than it should be today."
        return warn, words, api.Severity.MEDIUM, short
    if faulty := [key for key in found.keys if not (key.usable or _is_withdrawn(key) or (usable and _is_spare(key)))]:
        words = f"{name} announces the signing key {_names(faulty)}, but {_why(faulty[0])}."
        return warn, words, None, faulty
    if found.unseen:
        return api.Status.UNKNOWN, f"Not every signing key of {name} could be looked up.", None, []
    if not usable and found.none_exist:
        return warn, f"Email of {name} is not signed: others cannot tell it from forged email.", api.Severity.MEDIUM, []
    if not usable:
        words = f"Whether email of {name} is signed could not be seen: no key is found under the usual names."
        return api.Status.UNKNOWN, words, None, []
    return _small_things(found, usable)


def _small_things(found: SigningKeys, usable: Iterable[SigningKey]) -> Judgement:
    name = found.subject
    if tests := [key for key in usable if key.record and key.record.testing]:
        words = f"The signing key {_names(tests)} of {name} is marked as a test, so others may ignore the signature."
        return api.Status.WARN, words, api.Severity.LOW, tests
    if long := [key for key in usable if key.record and key.record.bits > LONGEST_BITS]:
        words = f"The signing key {_names(long)} of {name} is so long that some mail servers cannot check it."
        return api.Status.WARN, words, api.Severity.LOW, long
    return api.Status.OK, f"Email of {name} can be signed with keys that others accept.", None, []


def _of_length(usable: Iterable[SigningKey], limits: Settings, status: api.Status) -> list[SigningKey]:
    """RSA keys whose length is judged so; an Ed25519 key has only one."""
    records = [(key, key.record) for key in usable if key.record]
    return [key for key, record in records if record.kind == "rsa" and limits.rsa_bits.judge(record.bits) is status]


def _is_withdrawn(key: SigningKey) -> bool:
    """Old keys are withdrawn on purpose; only of configured ones it is a fault."""
    return key.record is not None and key.record.revoked and not key.record.faults


def _is_spare(key: SigningKey) -> bool:
    """An alias whose provider holds no key yet: Microsoft 365 wants two, and uses the second only from the next key on."""
    return bool(key.alias) and not key.records


def _names(keys: Iterable[SigningKey]) -> str:
    return ", ".join(key.selector for key in list(keys)[:NAMED_AT_MOST])


def _why(key: SigningKey) -> str:
    if not key.records:
        return "it leads to nothing" if key.alias else "it is missing"
    if len(key.records) > 1:
        return "it exists several times, so others may take the wrong one"
    return "it was withdrawn" if _is_withdrawn(key) else "it is written wrongly"


def _unlock(found: SigningKeys) -> str:
    return "Scan again when name look-ups work." if found.unseen else NAME_THEM


def _fix(found: SigningKeys, faulty: list[SigningKey], limits: Settings) -> api.Remedy:
    steps = _steps(found, faulty[:NAMED_AT_MOST], limits)
    in_use = [key.selector for key in [*(key for key in faulty if not key.usable), *found.keys] if key.selector != "*"]
    selector = next(iter(in_use), "SELECTOR")
    return api.Remedy(
        "Sign all email with a key that others accept.",
        api.Effort.HOURS,
        steps=(*steps, f'Name the keys in use in itaudit.toml: [mail] dkim_selectors = {{ "{found.place}" = ["{selector}"] }}'),
        undo="Sign with the former key again; keep its record until then.",
        verify=f"dig {selector}._domainkey.{found.place} TXT; a message to another provider arrives with dkim=pass in its header",
        if_you_wait=WAIT,
        who=WHO,
    )


def _steps(found: SigningKeys, faulty: list[SigningKey], limits: Settings) -> tuple[str, ...]:
    """A key that does not work is published again or given up, a test is ended, and a key of a wrong length is replaced."""
    if not faulty:
        return ("At the email provider: switch on DKIM for the name.", *_publish(f"SELECTOR._domainkey.{found.place}."))
    if not all(key.usable for key in faulty):
        return _mend(found, faulty)
    if not any(_of_length(faulty, limits, status) for status in (api.Status.FAIL, api.Status.WARN)) and _are_tests(faulty):
        return tuple(f"At the DNS host: take t=y out of {_at(found, key)} TXT" for key in faulty)
    return _replace(found, faulty)


def _are_tests(keys: Iterable[SigningKey]) -> bool:
    return all(key.record and key.record.testing for key in keys)


def _at(found: SigningKeys, key: SigningKey) -> str:
    return f"{key.selector}._domainkey.{found.place}."


def _publish(where: str) -> tuple[str, ...]:
    return (
        f'At the DNS host, what the email provider shows: {where} 3600 IN TXT "v=DKIM1; k=rsa; p=KEY"',
        f"or, where the provider keeps the key: {where} 3600 IN CNAME TARGET.",
    )


def _mend(found: SigningKeys, faulty: list[SigningKey]) -> tuple[str, ...]:
    """A key that does not work is published again where it belongs, or given up."""
    return (
        *(step for key in faulty for step in _publish(_at(found, key))),
        "Keep exactly one TXT record at each of these names, and copy the key without a change.",
        "If nothing signs with it any more, remove its record, and its name from [mail] dkim_selectors.",
    )


def _replace(found: SigningKeys, old: list[SigningKey]) -> tuple[str, ...]:
    """Messages on their way are verified with the old key, so the new one gets another name."""
    return (
        "At the email provider: have a new RSA key of 2048 bits made, under a new selector.",
        *_publish(f"NEW-SELECTOR._domainkey.{found.place}."),
        *(
            f'A week after nothing signs with it any more: {_at(found, key)} 3600 IN TXT "v=DKIM1; p="'
            for key in old[:NAMED_AT_MOST]
        ),
    )


def _detail(found: SigningKeys) -> str:
    said = [f"{key.selector}._domainkey.{found.place}: {_shown(key)}" for key in found.keys]
    said += [f"{selector}._domainkey.{found.place}: could not be asked" for selector in found.unseen]
    if found.none_exist:
        said.append(f"_domainkey.{found.place} does not exist (NXDOMAIN), so no key does (RFC 8020)")
    return "; ".join(said or [f"no key below _domainkey.{found.place} under the selectors {', '.join(COMMON)}"])


def _shown(key: SigningKey) -> str:
    alias = f"CNAME {key.alias}, " if key.alias else ""
    return alias + (" | ".join(_record(record) for record in key.records) or "no key")


def _record(record: KeyRecord) -> str:
    text = record.text if len(record.text) <= 120 else f"{record.text[:80]}…{record.text[-20:]}"
    state = "withdrawn (p= is empty)" if record.revoked else f"{record.kind} {record.bits} bits" if record.bits else "no key"
    return ", ".join([f'"{text}"', state, *(["t=y"] if record.testing else []), *record.faults])
