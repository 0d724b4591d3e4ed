"""Delegations made by hand, for the checks that judge what name servers do."""

from __future__ import annotations

from typing import Any

from itaudit.facts.name_servers import Delegation, NameServer, ServerAnswer, State


def answer(address: str = "192.0.2.1", state: State = State.ANSWERS, **more: Any) -> ServerAnswer:
    return ServerAnswer(address, state, **{"recursive": False, "transferred": 0, **more})


def of(*answers: ServerAnswer, unseen: bool = False) -> Delegation:
    """The delegation of example.com to ns1, ns2, ... with one address each."""
    servers = [NameServer(f"ns{number}.example.com", (each,)) for number, each in enumerate(answers, 1)]
    if unseen:
        servers.append(NameServer("unseen.example.com", seen=False))
    names = frozenset(server.name for server in servers)
    return Delegation("example.com", "example.com", tuple(servers), names, names)
