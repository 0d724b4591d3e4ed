"""A private DNS tree on loopback: nsd for the root, `test.` and the zones; unbound as the resolver; and servers that misbehave.

All on ports of their own, stopped at the end of the session. Linux only: there all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from itaudit.facts.targets import Targets
from lab._dns_scripted import Script, answers_with, scripted, silence
from lab._dns_servers import Programs, Servers
from lab._dns_tree import build
from lab._dns_zones import EVERY_ADDRESS, all_zones, usable
from lab._ports import claimed_port

__all__ = ["DnsLab", "Script", "answers_with", "dns_lab", "scripted", "silence"]


@dataclass(frozen=True)
class DnsLab:
    """Where the laboratory listens."""

    authoritative_port: int
    resolver: str
    resolver_port: int

    def targets(self, *domains: str, without_mail: tuple[str, ...] = (), resolver_port: int = 0) -> Targets:
        return Targets(
            domains=domains,
            without_mail=without_mail,
            resolver=self.resolver,
            resolver_port=resolver_port or self.resolver_port,
            authoritative_port=self.authoritative_port,
        )


@pytest.fixture(scope="session")
def dns_lab(needs: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    """The whole tree, running."""
    programs = Programs(needs("nsd"), needs("unbound"))
    folder = tmp_path_factory.mktemp("dns")
    port = claimed_port(sorted({address for address in EVERY_ADDRESS if usable(address)}))
    resolver_port = claimed_port()
    zones = all_zones()
    servers = Servers(programs, folder, port, ("127.0.0.1", resolver_port))
    with servers.running(build(zones, datetime.now(UTC)), zones):
        yield DnsLab(port, "127.0.0.1", resolver_port)
