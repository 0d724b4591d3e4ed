"""Starts the servers of the DNS laboratory: nsd for every set of zones, unbound to resolve, and those that misbehave."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from lab._dns_scripted import answers_with, forward_to, scripted, silence
from lab._dns_tree import OF_PARENTS, Tree
from lab._dns_zones import (
    FAILING,
    NEIGHBOUR,
    NO_TCP,
    ONE,
    ONE_SIX,
    OTHER,
    PARENT,
    PARENT_TWO,
    RECURSING,
    REFUSING,
    SILENT,
    TELLING,
    TWO,
    TWO_SIX,
    Zone,
    usable,
)
from lab._ports import USUAL_END

START_SECONDS = 60
NORMAL_PORT = 53


@dataclass(frozen=True)
class Programs:
    """Paths."""

    nsd: str
    unbound: str


@dataclass(frozen=True)
class Servers:
    """All of them. port: of the name servers; resolver: address and port of the validating resolver."""

    programs: Programs
    folder: Path
    port: int
    resolver: tuple[str, int]

    @contextmanager
    def running(self, tree: Tree, zones: Mapping[str, Zone]) -> Iterator[None]:
        """Everything at work until the end of the block."""
        with ExitStack() as stack:
            stack.enter_context(scripted(answers_with(dns.rcode.REFUSED, recursion_available=False), REFUSING, self.port))
            stack.enter_context(scripted(answers_with(dns.rcode.SERVFAIL, recursion_available=False), FAILING, self.port))
            stack.enter_context(scripted(silence, SILENT, self.port))
            stack.enter_context(scripted(forward_to(ONE, self.port), NO_TCP, self.port, tcp=False))
            self._nsd(stack, "parents", (PARENT, PARENT_TWO), tree.parents, "test", zones)
            well_kept = tuple(filter(usable, (ONE, TWO, NEIGHBOUR, ONE_SIX, TWO_SIX)))
            self._nsd(stack, "leaves", well_kept, tree.leaves, "good.test", zones)
            for name, address in (("other", OTHER), ("telling", TELLING)):
                held = {zone: text for zone, text in tree.leaves.items() if address in zones[zone].addresses}
                if address == OTHER:
                    held |= {zone: text for zone, text in tree.variants.items() if zone in held}
                if held:
                    self._nsd(stack, name, (address,), held, next(iter(held)), zones)
            open_to_all = [name for name in tree.leaves if RECURSING in zones[name].addresses]
            if open_to_all:
                self._unbound(stack, "recursing", (RECURSING, self.port), tree, zones, open_to_all)
            self._unbound(stack, "resolver", self.resolver, tree, zones, ())
            yield

    def _nsd(
        self,
        stack: ExitStack,
        name: str,
        addresses: Sequence[str],
        texts: Mapping[str, str],
        ready: str,
        zones: Mapping[str, Zone],
    ) -> None:
        """One nsd that holds these zones; started once it answers for `ready`."""
        folder = self.folder / name
        folder.mkdir()
        text = _nsd_text(folder, [f"{address}@{self.port}" for address in addresses], tells=name == "telling")
        for zone, content in texts.items():
            file = folder / f"{zone.rstrip('.') or 'root'}.zone"
            file.write_text(f"$ORIGIN {zone.rstrip('.')}.\n{content}")
            text += f'zone:\n  name: "{zone}"\n  zonefile: "{file.name}"\n'
            if zone in zones and zones[zone].transfer_open:
                text += "  provide-xfr: 0.0.0.0/0 NOKEY\n"
        (folder / "nsd.conf").write_text(text)
        argv = [self.programs.nsd, "-d", "-c", str(folder / "nsd.conf")]
        stack.enter_context(_running(argv, self.folder / f"{name}.log", (addresses[0], self.port, ready)))

    def _unbound(
        self,
        stack: ExitStack,
        name: str,
        at: tuple[str, int],
        tree: Tree,
        zones: Mapping[str, Zone],
        held: Sequence[str],
    ) -> None:
        """A resolver; it also answers for the zones in `held`, as a name server does."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "root.ds").write_text(tree.anchor)
        (folder / "root.hints").write_text(root_hints())
        text = _unbound_text(folder, f"{at[0]}@{at[1]}", patient=_knows(self.programs.unbound, "discard-timeout"))
        if self.port == NORMAL_PORT:
            text = text.replace("server:\n", f'server:\n  root-hints: "{folder}/root.hints"\n')
        else:
            # Unbound asks the servers that it is referred to on port 53: elsewhere it must be told where each zone is.
            places = {**dict.fromkeys(OF_PARENTS, PARENT), **{zone: one.resolve_at for zone, one in zones.items()}}
            for zone, address in places.items():
                text += f'stub-zone:\n  name: "{zone}"\n  stub-addr: {address}@{self.port}\n'
        for zone in held:
            (folder / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{tree.leaves[zone]}")
            text += f'auth-zone:\n  name: "{zone}"\n  zonefile: "{zone}.zone"\n  for-downstream: yes\n  for-upstream: yes\n'
        (folder / "unbound.conf").write_text(text)
        argv = [self.programs.unbound, "-d", "-c", str(folder / "unbound.conf")]
        stack.enter_context(_running(argv, self.folder / f"{name}.log", (*at, held[0] if held else "good.test")))


def _nsd_text(folder: Path, listen: Sequence[str], *, tells: bool) -> str:
    version = '  hide-version: no\n  version: "NSD 4.1.0"\n' if tells else "  hide-version: yes\n"
    addresses = "".join(f"  ip-address: {address}\n" for address in listen)
    return (
        f'server:\n{addresses}  username: ""\n  chroot: ""\n  zonesdir: "{folder}"\n  pidfile: "{folder}/nsd.pid"\n'
        f'  xfrdfile: "{folder}/xfrd.state"\n  zonelistfile: "{folder}/zone.list"\n  xfrdir: "{folder}"\n  database: ""\n'
        # As it comes from Debian it drops answers to who asks quickly.
        f"  server-count: 1\n  rrl-ratelimit: 0\n  rrl-whitelist-ratelimit: 0\n{version}remote-control:\n  control-enable: no\n"
    )


def _knows(unbound: str, setting: str) -> bool:
    """Has this release of unbound that setting?"""
    done = subprocess.run([f"{unbound}-checkconf", "-o", setting], capture_output=True, timeout=START_SECONDS, check=False)
    return done.returncode == 0


def _unbound_text(folder: Path, listen: str, *, patient: bool) -> str:
    """Without the usual exceptions for private addresses and for `test.` (RFC 6761), on which the laboratory rests.

    patient: answers also who has waited for two seconds, which may be because this machine is busy.
    """
    return (
        f'server:\n  username: ""\n  chroot: ""\n  directory: "{folder}"\n  pidfile: "{folder}/unbound.pid"\n'
        f"  use-syslog: no\n  interface: {listen}\n  do-not-query-localhost: no\n  do-ip6: no\n  num-threads: 1\n"
        "  so-reuseport: no\n  access-control: 0.0.0.0/0 allow\n"
        # It asks from any port that it likes, also from those on which other laboratories are about to listen.
        f"  outgoing-port-avoid: 1-{USUAL_END - 1}\n{'  discard-timeout: 0' * patient}\n"
        '  local-zone: "test." nodefault\n  local-zone: "127.in-addr.arpa." nodefault\n'
        f'  trust-anchor-file: "{folder}/root.ds"\n  val-log-level: 2\n  ede: yes\n  hide-version: yes\n  hide-identity: yes\n'
        "remote-control:\n  control-enable: no\n"
    )


def root_hints() -> str:
    """Where the root is, in master format."""
    servers = (("a.root.", PARENT), ("b.root.", PARENT_TWO))
    return "".join(f". 3600000 NS {name}\n{name} 3600000 A {address}\n" for name, address in servers)


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
