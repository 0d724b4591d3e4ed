"""The resolvers that this machine asks for every name: do they answer, how fast, and do they tell the truth?

They are those of resolv.conf(5); behind the stub of systemd-resolved (127.0.0.53) those that it forwards to.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.lookups import CREDIBLE, Outcome, Reply, outcome, parse, settled
from itaudit.facts.targets import Targets

RESOLV_CONF = api.ReadFile("/etc/resolv.conf")
FORWARDED_TO = api.ReadFile("/run/systemd/resolve/resolv.conf")
STUBS = ("127.0.0.53", "127.0.0.54")
IMPOSSIBLE = ("itaudit-control-question.invalid", "name.itaudit-control-question")
"""Names that cannot exist: `invalid` is reserved (RFC 6761 6.4), the other ending is not in the root zone."""
TIMED = (".", *IMPOSSIBLE, "invalid", "itaudit-control-question")
RESOLVERS_AT_MOST = 3
"""MAXNS of resolv.conf(5): the C library never asks more."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """One resolver, by its address, and whether it looks names up ("no such name" counts too). `detail`: codes or errors."""

    subject: str
    answers: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ResolverConduct:
    """How one answering resolver behaves. median_milliseconds: of five questions, one after the other.

    invented: addresses it gives for names that cannot exist. denies_everything: it says that not even the root exists.
    blank: it answers impossible names with an empty "yes" instead of "no such name".
    """

    subject: str
    median_milliseconds: float
    invented: tuple[str, ...] = ()
    denies_everything: bool = False
    blank: bool = False
    detail: str = ""


@api.provider("linux", "macos", seconds=20)
def resolvers(ask: api.Ask, targets: Targets) -> api.Facts[Resolver]:
    """Every resolver in use; a Gap for each whose answers could not be had. Raises their Missing when no other answers.

    Then nobody knows whether this machine can look names up: a silent resolver beside it must not say that it cannot.
    """
    addresses = resolver_addresses(ask, targets)
    # Two questions each: some resolvers refuse the first on purpose, and a line that is down fails both.
    asked = [
        question
        for address in addresses
        for question in (_root_question(address, targets), _question(IMPOSSIBLE[1], "A", address, targets))
    ]
    results = [outcome(answer) for answer in ask.many(asked)]
    found = [_resolver(address, results[2 * index : 2 * index + 2]) for index, address in enumerate(addresses)]
    if stub := _stub(ask, targets):
        replied = {address for index, address in enumerate(addresses) if _replied(results[2 * index : 2 * index + 2])}
        found = _through(stub, ask, found, replied)
    unseen = next((each.error for each in found if isinstance(each, api.Gap)), None)
    if unseen and not any(isinstance(each, Resolver) and each.answers for each in found):
        raise unseen
    yield from found


def _through(stub: str, ask: api.Ask, found: list[Resolver | api.Gap], replied: set[str]) -> list[Resolver | api.Gap]:
    """What counts of the resolvers behind a stub, which asks each for what it knows, and may have another way to them."""
    if any(_answers(each) for each in found):
        # A VPN brings a server for its own names: that it refuses all others is no fault.
        return [each for each in found if _answers(each) or each.subject not in replied]
    # Perhaps all questions leave encrypted (port 853). Both flags together: the stub must not answer from memory.
    answer = outcome(ask(api.Dns(".", "NS", stub, checking_disabled=True, dnssec=True)))
    speaks = isinstance(answer, Reply) and answer.rcode in CREDIBLE
    return [Resolver(stub, True, "answers, though those behind it do not on port 53")] if speaks else found


def _answers(each: Resolver | api.Gap) -> bool:
    return isinstance(each, Resolver) and each.answers


def _replied(results: list[Outcome]) -> bool:
    return any(isinstance(result, Reply) for result in results)


def _resolver(address: str, results: list[Outcome]) -> Resolver | api.Gap:
    answers = any(isinstance(result, Reply) and result.rcode in CREDIBLE for result in results)
    # Only these two are silence; an answer that was not recorded or makes no sense says nothing of the resolver.
    unseen = [one for one in results if isinstance(one, api.Missing) and not isinstance(one, api.TimedOut | api.Unreachable)]
    if unseen and not answers:
        return api.Gap(address, unseen[0])
    said = ", ".join(result.rcode if isinstance(result, Reply) else result.words for result in results)
    return Resolver(address, answers, said)


@api.provider("linux", "macos", seconds=40)
def resolver_conducts(ask: api.Ask, targets: Targets) -> api.Facts[ResolverConduct]:
    """How every resolver that answers behaves."""
    addresses = resolver_addresses(ask, targets)
    # All at once first: a silent resolver is waited for once, not for each of its questions.
    first = dict(zip(addresses, ask.many([_root_question(address, targets) for address in addresses]), strict=True))
    codes = {address: reply.rcode for address, answer in first.items() if isinstance(reply := outcome(answer), Reply)}
    known = set(codes.values()) & set(CREDIBLE) and _stub(ask, targets)
    for address, answer in first.items():
        if known and codes.get(address, CREDIBLE[0]) not in CREDIBLE:
            continue  # as in `_through`
        try:
            parse(answer)
            yield _conduct(ask, address, targets)
        except api.Missing as error:
            yield api.Gap(address, error)


def _stub(ask: api.Ask, targets: Targets) -> str:
    """The stub behind which the resolvers in use are known; "" for none. Raises as `resolver_addresses`."""
    listed = () if targets.resolver else _listed(ask(RESOLV_CONF).text)
    stub = next((address for address in listed if address in STUBS), "")
    return "" if stub in resolver_addresses(ask, targets) else stub


def resolver_addresses(ask: api.Ask, targets: Targets) -> tuple[str, ...]:
    """The resolvers in use, at most three. Raises the Missing of an unreadable resolv.conf."""
    if targets.resolver:
        return (targets.resolver,)
    listed = _listed(ask(RESOLV_CONF).text)
    if any(address in STUBS for address in listed):
        forwarded = ask(FORWARDED_TO)
        behind = () if forwarded.error else _listed(forwarded.text)
        others = tuple(address for address in listed if address not in STUBS)
        listed = tuple(dict.fromkeys((*behind, *others))) or listed
    # Without any, the C library asks this machine itself: resolv.conf(5).
    return listed[:RESOLVERS_AT_MOST] or ("127.0.0.1",)


def _listed(text: str) -> tuple[str, ...]:
    """The addresses of the nameserver lines, each once."""
    return tuple(dict.fromkeys(api.listed_resolvers(text)))


def _root_question(address: str, targets: Targets) -> api.Dns:
    return _question(".", "NS", address, targets)


def _question(name: str, type_: str, address: str, targets: Targets) -> api.Dns:
    return api.Dns(name, type_, address, targets.resolver_port if targets.resolver else 53)


def _conduct(ask: api.Ask, address: str, targets: Targets) -> ResolverConduct:
    """One resolver; raises the Missing when it does not answer, Unreadable when it refuses everything."""
    seconds, replies = [], {}
    for name in TIMED:
        answer = ask(_question(name, "NS" if name == "." else "A", address, targets))
        replies[name] = parse(answer)
        seconds.append(answer.seconds)
    denies = settled(replies["."]).rcode == "NXDOMAIN"
    impossible = [settled(replies[name]) for name in IMPOSSIBLE]
    return ResolverConduct(
        address,
        statistics.median(seconds) * 1000,
        tuple(sorted({each for reply in impossible for each in reply.addresses})),
        denies,
        any(reply.rcode == "NOERROR" and not reply.addresses for reply in impossible),
        "; ".join(f"{name}: {reply.rcode} {' '.join(reply.addresses)}".strip() for name, reply in replies.items()),
    )
