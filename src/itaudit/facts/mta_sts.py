"""The policy by which each name demands that email to it is encrypted and delivered to the right servers: MTA-STS (RFC 8461)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.internet import Internet
from itaudit.facts.lookups import Lookups, Outcome, Reply, settled
from itaudit.facts.mail_servers import MailServers, mail_servers_of, no_mail_to
from itaudit.facts.mta_sts_text import Mode, StsPolicy, matches, parse_policy, record_faults
from itaudit.facts.replaced_certificates import refuse_replaced, unknown_issuer
from itaudit.facts.targets import Targets

__all__ = ["Mode", "MtaSts", "StsPolicy", "mta_sts", "mta_sts_of"]

BYTES_AT_MOST = 65536
"""RFC 8461 3.3 advises senders to read no more."""
REFUSING_US = (403, 429, 503)
"""Web hosts turn programs away that they do not know, or that come too often: that does not tell what mail servers get."""
WELL_KNOWN = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, slots=True)
class MtaSts:
    """What senders find. records: texts that mean to be the record. policy: None when it was not asked for or could not be used.

    faults: why senders do without the policy, in technician's words. unmatched: mail servers that the policy does not name.
    """

    subject: str
    name: str
    records: tuple[str, ...] = ()
    policy: StsPolicy | None = None
    faults: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class _Page(BaseModel):
    status: int
    headers: dict[str, str]
    text: str


@api.provider("linux", "windows", "macos", seconds=45)
def mta_sts(ask: api.Ask, targets: Targets, internet: Internet) -> api.Facts[MtaSts]:
    """The policy of every configured name that takes email."""
    yield from of_each_name(ask, targets, partial(mta_sts_of, internet=internet))


def mta_sts_of(lookups: Lookups, name: str, internet: Internet | None = None) -> MtaSts:
    """Record and policy of one name. Raises NotApplicable where no email arrives, or a Missing when nothing would be proved.

    internet: to tell whether a bad certificate is the server's own; without it that is not asked.
    """
    servers = mail_servers_of(lookups, name)
    if nothing := no_mail_to(servers):
        raise api.NotApplicable(nothing)
    host = f"mta-sts.{name}"
    answer, *addresses = lookups.many((f"_mta-sts.{name}", "TXT"), (host, "A"), (host, "AAAA"))
    records = tuple(text for text in settled(answer).data("TXT") if text.lower().startswith("v=sts"))
    hosts = tuple(each.name for each in servers.hosts)
    if not records:
        return MtaSts(servers.subject, name, hosts=hosts)
    faults = record_faults(records)
    page, at_host = (None, ("policy not fetched",)) if faults else _page(lookups, host, addresses, internet)
    if page is None:
        return MtaSts(servers.subject, name, records, None, (*faults, *(() if faults else at_host)), hosts=hosts)
    policy, in_text = parse_policy(page.text)
    return _judged(servers, records, policy, (*at_host, *in_text), hosts)


def _judged(
    servers: MailServers, records: tuple[str, ...], policy: StsPolicy | None, faults: tuple[str, ...], hosts: tuple[str, ...]
) -> MtaSts:
    """Senders use a policy only when nothing is wrong with it."""
    usable = policy if policy and not faults else None
    unmatched: tuple[str, ...] = ()
    if usable and usable.mode is not Mode.NONE:
        unmatched = tuple(host for host in hosts if not matches(host, usable.patterns))
    return MtaSts(servers.subject, servers.name, records, usable, faults, unmatched, hosts)


def _page(
    lookups: Lookups, host: str, found: Iterable[Outcome], internet: Internet | None
) -> tuple[_Page | None, tuple[str, ...]]:
    """The policy's page and what is wrong with how it is served. Raises the Missing when that cannot be told."""
    outcomes = list(found)
    # One address of each family: this machine may have only one of them.
    addresses = [each.addresses[0] for each in outcomes if isinstance(each, Reply) and each.addresses]
    if not addresses:
        for each in outcomes:
            settled(each)
        return None, (f"{host} has no address",)
    port = lookups.targets.https_port
    url = f"https://{host}{'' if port == 443 else f':{port}'}{WELL_KNOWN}"
    asked = [api.Http(url, address=address, limit_bytes=BYTES_AT_MOST) for address in addresses]
    answers = lookups.ask.many(asked)
    best = next((answer for answer in answers if not answer.error), answers[0])
    if best.error:
        return None, (_certificate_fault(lookups, host, addresses, best.error, internet),)
    try:
        page = _Page.model_validate(best.json)
    except ValidationError as error:
        raise api.Unreadable(f"{url}: not the answer of a web server") from error
    return _checked(url, page)


def _checked(url: str, page: _Page) -> tuple[_Page | None, tuple[str, ...]]:
    """RFC 8461 3.3: status 200, no redirects, text/plain. Raises Unreadable for a status that may be meant for us alone."""
    if page.status in REFUSING_US:
        raise api.Unreadable(f"{url} answers with status {page.status}", unlock=f"Look at {url} from elsewhere: is it shown?")
    if page.status != 200:
        redirect = " (redirects are not followed)" if page.status in (301, 302, 303, 307, 308) else ""
        return None, (f"{url} answers with status {page.status}{redirect}",)
    kind = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    return page, () if kind == "text/plain" else (f"{url} is served as {kind[:60] or 'no type'}, not as text/plain",)


def _certificate_fault(lookups: Lookups, host: str, addresses: list[str], error: api.Missing, internet: Internet | None) -> str:
    """What is wrong with the certificate of the policy's host. Raises `error` when the certificate is not what is wrong, and
    Replaced when it is not the host's.

    A page behind a bad certificate counts as none (RFC 8461 3.3); the failed request does not tell that from a lost connection.
    """
    for answer in lookups.ask.many([api.Tls(host, lookups.targets.https_port, address) for address in addresses]):
        body = {} if answer.error else answer.json
        if isinstance(body, dict) and body.get("protocol") and not (body.get("trusted") and body.get("name_matches")):
            if internet and (issuer := unknown_issuer(answer)):
                refuse_replaced(lookups.ask, internet, issuer, addresses)
            return f"{host} has no valid certificate: {str(body.get('error', ''))[:150]}"
    raise error
