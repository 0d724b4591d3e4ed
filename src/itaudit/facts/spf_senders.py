"""Whether the addresses from which the business sends email pass its own SPF records (RFC 7208 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Reply, settled
from itaudit.facts.mail import Mail
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.spf_answers import Answers, ask, fetch, lookup_with
from itaudit.facts.spf_evaluation import Evaluation, Result, check_host
from itaudit.facts.spf_limits import MAIL_SERVERS_ALLOWED
from itaudit.facts.spf_macros import is_askable
from itaudit.facts.spf_records import is_spf, parse
from itaudit.facts.spf_repairs import merged, repaired, with_address
from itaudit.facts.targets import Targets, readable

HOSTS_ASKED_AT_MOST = 40
NONE_NAMED = "no address from which you send email is named in itaudit.toml ([mail] sends_from)"
NAME_THEM = 'Name them in itaudit.toml ([mail] sends_from = ["192.0.2.25"]).'


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that does not pass. reason: the term that decided, or the fault, for a technician."""

    address: str
    result: Result
    reason: str

    def __str__(self) -> str:
        return f"{self.address}: {self.result}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class SenderCoverage:
    """The configured outbound addresses against the records of one name. better: the one record that lets all of them pass."""

    subject: str
    name: str
    records: tuple[str, ...]
    addresses: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()
    better: str = ""


@api.provider("linux", "windows", "macos", seconds=45)
def sender_coverages(ask: api.Ask, targets: Targets, mail: Mail) -> api.Facts[SenderCoverage]:
    """The coverage of every configured name that sends email. Raises NotApplicable when no address is configured."""
    if not mail.sends_from:
        raise api.NotApplicable(NONE_NAMED, unlock=NAME_THEM)
    yield from of_each_name(ask, targets, lambda lookups, name: sender_coverage_of(lookups, name, mail.sends_from))


def sender_coverage_of(lookups: Lookups, name: str, addresses: tuple[str, ...]) -> SenderCoverage:
    """Evaluate postmaster@name from each address. Raises a Missing when that could not be seen."""
    if name in lookups.targets.without_mail:
        raise api.NotApplicable(f"{name} sends no email")
    world_zone_of(lookups, name)
    own = settled(lookups.many((name, "TXT"))[0])
    records = tuple(text for text in own.data("TXT") if is_spf(text))
    answers = fetch(lookups, name, own)
    _fetch_mail_servers(lookups, answers, addresses)
    look_up = lookup_with(lookups, answers)
    results = {address: check_host(address, name, f"postmaster@{name}", look_up, helo=name) for address in addresses}
    refused = {address: found for address, found in results.items() if found.result not in (Result.PASS, Result.TEMPERROR)}
    errors = [found.error for found in results.values() if found.error]
    if errors and not refused:
        raise errors[0]
    refusals = tuple(Refusal(address, found.result, _reason(found)) for address, found in refused.items())
    return SenderCoverage(readable(name), name, records, addresses, refusals, _better(records, refused))


def _reason(found: Evaluation) -> str:
    return str(found.fault) if found.fault else " -> ".join(found.matched)


def _better(records: tuple[str, ...], refused: dict[str, Evaluation]) -> str:
    """The record that was most likely meant, with the addresses added: in front where a term would refuse them before the end."""
    text = merged(records) if len(records) > 1 else "".join(records)
    record = parse(text or "v=spf1 ~all")
    text = repaired(record) if record.faults else record.text
    for address, found in refused.items():
        text = with_address(parse(text), address, first=not _only_the_end(found))
    return text


def _only_the_end(found: Evaluation) -> bool:
    """Did nothing decide before `all` or a redirect?"""
    first = found.matched[0].lower() if found.matched else "all"
    return first.lstrip("+-~?") == "all" or first.startswith("redirect=")


def _fetch_mail_servers(lookups: Lookups, answers: Answers, addresses: Iterable[str]) -> None:
    """Ask for the addresses behind mx terms together, which the evaluation would ask one after the other."""
    types = sorted({"AAAA" if ":" in address else "A" for address in addresses})
    replies = [answer for (_, type_), answer in answers.items() if type_ == "MX" and isinstance(answer, Reply)]
    hosts = [host for reply in replies for host in reply.hosts("MX")[:MAIL_SERVERS_ALLOWED] if is_askable(host)]
    pairs = dict.fromkeys((host, type_) for host in hosts[:HOSTS_ASKED_AT_MOST] for type_ in types)
    answers.update(ask(lookups, [pair for pair in pairs if pair not in answers]))
