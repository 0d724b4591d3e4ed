import pytest

from itaudit import api
from itaudit.checks.dns.delegation import delegation
from itaudit.facts.name_servers import Delegation, NameServer, ServerAnswer, State

from .conftest import Plain

ONE = NameServer("ns1.example.com", (ServerAnswer("192.0.2.1", State.ANSWERS),))
TWO = NameServer("ns2.example.com", (ServerAnswer("198.51.100.1", State.ANSWERS),))


def second(state: State = State.ANSWERS, address: str = "198.51.100.1", *, tcp: bool = True, alias: bool = False) -> NameServer:
    return NameServer("ns2.example.com", (ServerAnswer(address, state, tcp),), alias)


def found(*servers: NameServer, parent: frozenset[str] | None = None) -> Delegation:
    names = frozenset(server.name for server in servers)
    return Delegation("example.com", "example.com", servers, names, names if parent is None else parent)


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        (found(ONE, TWO), api.Status.OK, "All 2"),
        (found(ONE, second(State.LAME)), api.Status.FAIL, "1 of 2 (ns2.example.com)"),
        (found(ONE, second(State.SILENT)), api.Status.FAIL, "1 of 2"),
        (found(ONE, NameServer("ns2.example.com")), api.Status.FAIL, "1 of 2"),
        (found(ONE, NameServer("ns2.example.com", seen=False)), api.Status.UNKNOWN, "Not every"),
        (found(ONE), api.Status.FAIL, "single"),
        (found(ONE, second(address="192.0.2.1")), api.Status.FAIL, "single"),
        (found(ONE, second(tcp=False)), api.Status.WARN, "ns2.example.com"),
        (found(ONE, second(alias=True)), api.Status.WARN, "alias"),
        (found(ONE, TWO, parent=frozenset({"old.example.com"})), api.Status.WARN, "registrar"),
        (
            found(ONE, TWO, NameServer("six.example.com", (ServerAnswer("2001:db8::1", State.UNSEEN, False),))),
            api.Status.OK,
            "All 2",
        ),
    ],
)
def test_the_worst_fault_decides(judged: Plain, facts: Delegation, status: api.Status, words: str) -> None:
    verdict = delegation(facts)
    assert judged(verdict) == (status, None)
    assert words in verdict.summary


def test_a_parent_that_could_not_be_asked_is_no_mismatch(judged: Plain) -> None:
    names = frozenset({"ns1.example.com", "ns2.example.com"})
    assert judged(delegation(Delegation("example.com", "example.com", (ONE, TWO), names, None))) == (api.Status.OK, None)


def test_servers_that_could_not_be_asked_at_all_are_unknown(judged: Plain) -> None:
    unseen = NameServer("six.example.com", (ServerAnswer("2001:db8::1", State.UNSEEN, False),))
    assert judged(delegation(found(unseen))) == (api.Status.UNKNOWN, None)
