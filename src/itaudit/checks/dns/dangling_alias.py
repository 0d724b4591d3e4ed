"""No name of yours leads to a place that is gone.

An alias sends visitors of one of your names to a service of another company. When the service was given up and the alias was
not, the next customer of that company, or whoever buys the name, can answer in your name: with your address in the browser.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.aliases import Alias, Fate, NameAliases

WHO = "your IT person, where the entries of your web address are kept"


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 1912 2.4", "OWASP Web Security Testing Guide, WSTG-CONF-10: subdomain takeover", "RFC 2308"),
)
def dangling_alias(found: NameAliases) -> api.Verdict:
    """Does every alias end at something that is there?"""
    name, detail = found.subject, _detail(found)
    if gone := [alias for alias in found.aliases if alias.fate is Fate.NO_SUCH_NAME]:
        words = f"{_listed(gone)} to a place that no longer exists"
        danger = "somebody else may be able to take it over and answer in your name"
        if claimable := next((alias.claimable for alias in gone if alias.claimable), ""):
            danger = f"anybody can register {claimable} now and answer in your name"
        return api.verdict(api.Status.FAIL, f"{words}: {danger}.", detail=detail, fix=_remove(gone))
    if empty := [alias for alias in found.aliases if alias.fate in (Fate.NO_ADDRESS, Fate.NO_END)]:
        words = f"{_listed(empty)} to a place where nothing answers."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_remove(empty), severity=api.Severity.LOW)
    if found.unseen:
        words = f"Not every name below {name} could be looked up ({found.unseen[0]})."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock="Scan again when name look-ups work.")
    words = f"Of {found.looked_at} usual names below {name}, none leads to a place that is gone."
    return api.verdict(api.Status.OK, words, detail=detail)


def _listed(aliases: list[Alias]) -> str:
    return f"{aliases[0].name} and {len(aliases) - 1} more names lead" if len(aliases) > 1 else f"{aliases[0].name} leads"


def _remove(aliases: list[Alias]) -> api.Remedy:
    return api.Remedy(
        "Remove the names that lead to services you no longer use.",
        steps=(
            *(f"At the DNS host, remove: {alias.name}. CNAME {alias.links[0]}." for alias in aliases),
            "Where the service is still wanted, set it up again first, then correct the record.",
        ),
        undo="Put the former CNAME record back.",
        verify="; ".join(f"dig {alias.name} A" for alias in aliases),
        if_you_wait="Strangers can show a page, collect passwords or send email under your name.",
        who=WHO,
    )


def _detail(found: NameAliases) -> str:
    shown = [str(alias) for alias in found.aliases]
    return "; ".join(
        [f"{found.looked_at} names looked up", *(shown or ["no aliases"]), *(f"{name}: not seen" for name in found.unseen)]
    )
