"""A private DNS tree on loopback: nsd for the root, `test.` and the zones; unbound as the resolver; and servers that misbehave.

All on ports of their own, stopped at the end of the session. Linux only: there all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from itaudit.facts.targets import Targets
from lab._dns_zones import FAILING, NO_TCP, ONE, PARENT, REFUSING, SILENT, TWO, ZONES, parent_zones

START_SECONDS = 15
Script = Callable[[dns.message.Message], dns.message.Message | None]
"""What a misbehaving server answers; None for nothing."""


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


def answers_with(code: dns.rcode.Rcode) -> Script:
    """A server that answers everything with one response code."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(code)
        return response

    return answer


def silence(_: dns.message.Message) -> None:
    """A server that never answers."""


@contextmanager
def scripted(script: Script, address: str = "127.0.0.1", port: int = 0, *, tcp: bool = True) -> Iterator[int]:
    """Serve over UDP (and TCP) until the end of the block; yields the port."""
    with ExitStack() as stack:
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind((address, port))
        port = int(udp.getsockname()[1])
        stop = threading.Event()
        works: list[Callable[[], None]] = [lambda: _serve_udp(udp, script, stop)]
        udp.settimeout(0.1)
        if tcp:
            listener = stack.enter_context(socket.create_server((address, port)))
            listener.settimeout(0.1)
            works.append(lambda: _serve_tcp(listener, script, stop))
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield port
        finally:
            stop.set()
            for thread in threads:
                thread.join(5)


def _serve_udp(udp: socket.socket, script: Script, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            wire, sender = udp.recvfrom(65535)
        except TimeoutError:
            continue
        if response := script(dns.message.from_wire(wire)):
            udp.sendto(response.to_wire(), sender)


def _serve_tcp(listener: socket.socket, script: Script, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(1)
            try:
                length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                wire = connection.recv(length, socket.MSG_WAITALL)
                if response := script(dns.message.from_wire(wire)):
                    connection.sendall(len(out := response.to_wire()).to_bytes(2, "big") + out)
            except (OSError, dns.exception.DNSException):
                continue


def _free_port(addresses: list[str]) -> int:
    """A port that is free on every address, over UDP and TCP."""
    for _ in range(50):
        with ExitStack() as stack:
            first = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            first.bind((addresses[0], 0))
            port = int(first.getsockname()[1])
            kinds = [(address, kind) for address in addresses for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)][1:]
            try:
                for address, kind in kinds:
                    stack.enter_context(socket.socket(socket.AF_INET, kind)).bind((address, port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@contextmanager
def _running(argv: list[str], log: Path, ready: tuple[str, int, str]) -> Iterator[None]:
    """Run a server in the foreground until the end of the block, once it answers `ready` (address, port, name)."""
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            address, port, name = ready
            end = time.monotonic() + START_SECONDS
            while not _answers(address, port, name):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, f"{argv[0]} did not start: {log.read_text()}"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _answers(address: str, port: int, name: str) -> bool:
    try:
        response = dns.query.udp(dns.message.make_query(name, "SOA"), address, timeout=0.5, port=port)
    except (OSError, dns.exception.DNSException):
        return False
    return response.rcode() == dns.rcode.NOERROR


def _nsd_configuration(folder: Path, port: int, addresses: list[str], zones: dict[str, str]) -> Path:
    folder.mkdir()
    listen = "".join(f"  ip-address: {address}@{port}\n" for address in addresses)
    text = (
        f'server:\n{listen}  username: ""\n  chroot: ""\n  zonesdir: "{folder}"\n  pidfile: "{folder}/nsd.pid"\n'
        f'  xfrdfile: "{folder}/xfrd.state"\n  zonelistfile: "{folder}/zone.list"\n  xfrdir: "{folder}"\n  database: ""\n'
        "  server-count: 1\nremote-control:\n  control-enable: no\n"
    )
    for name, zone in zones.items():
        file = folder / f"{name.rstrip('.') or 'root'}.zone"
        file.write_text(f"$ORIGIN {name.rstrip('.')}.\n{zone}")
        text += f'zone:\n  name: "{name}"\n  zonefile: "{file.name}"\n'
    configuration = folder / "nsd.conf"
    configuration.write_text(text)
    return configuration


def _unbound_configuration(folder: Path, port: int, authoritative_port: int) -> Path:
    folder.mkdir()
    # A trust anchor for a zone that is not signed: for a validating resolver its signatures are broken.
    text = (
        f'server:\n  username: ""\n  chroot: ""\n  directory: "{folder}"\n  pidfile: "{folder}/unbound.pid"\n  use-syslog: no\n'
        f"  interface: 127.0.0.1@{port}\n  do-not-query-localhost: no\n  do-ip6: no\n  num-threads: 1\n  so-reuseport: no\n"
        f'  local-zone: "test." nodefault\n  trust-anchor: "bogus.test. DS 4711 13 2 {"ab" * 32}"\n'
        "remote-control:\n  control-enable: no\n"
    )
    stubs = {".": PARENT, "test": PARENT, **{name: zone.resolve_at for name, zone in ZONES.items()}}
    for name, address in stubs.items():
        text += f'stub-zone:\n  name: "{name}"\n  stub-addr: {address}@{authoritative_port}\n'
    configuration = folder / "unbound.conf"
    configuration.write_text(text)
    return configuration


def _forward_to(address: str, port: int) -> Script:
    return lambda query: dns.query.udp(query, address, timeout=2, port=port)


@pytest.fixture(scope="session")
def dns_lab(needs: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    """The whole tree, running."""
    nsd, unbound = needs("nsd"), needs("unbound")
    folder = tmp_path_factory.mktemp("dns")
    port = _free_port([PARENT, ONE, TWO, NO_TCP, REFUSING, FAILING, SILENT])
    resolver_port = _free_port(["127.0.0.1"])
    leaves = {name: zone.text(name) for name, zone in ZONES.items()}
    parent = _nsd_configuration(folder / "parent", port, [PARENT], parent_zones())
    child = _nsd_configuration(folder / "child", port, [ONE, TWO], leaves)
    resolver = _unbound_configuration(folder / "resolver", resolver_port, port)
    with ExitStack() as stack:
        stack.enter_context(scripted(answers_with(dns.rcode.REFUSED), REFUSING, port))
        stack.enter_context(scripted(answers_with(dns.rcode.SERVFAIL), FAILING, port))
        stack.enter_context(scripted(silence, SILENT, port))
        stack.enter_context(scripted(_forward_to(ONE, port), NO_TCP, port, tcp=False))
        stack.enter_context(_running([nsd, "-d", "-c", str(parent)], folder / "parent.log", (PARENT, port, "test")))
        stack.enter_context(_running([nsd, "-d", "-c", str(child)], folder / "child.log", (ONE, port, "good.test")))
        ready = ("127.0.0.1", resolver_port, "good.test")
        stack.enter_context(_running([unbound, "-d", "-c", str(resolver)], folder / "resolver.log", ready))
        yield DnsLab(port, "127.0.0.1", resolver_port)
