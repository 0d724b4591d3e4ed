"""Brings the whole DNS laboratory up at port 53, in a network and mount namespace of its own, and runs a command in it.

    python tests/lab/_dns_world.py FOLDER COMMAND [ARGUMENT]...

For programs that can ask only port 53 (zonemaster-cli, checkdmarc). Nothing leaves: the namespace has only a loopback interface,
and its /etc/resolv.conf names the laboratory's resolver. An ordinary user may do this where user namespaces are allowed.
FOLDER must exist; it gets the servers' files, and root.hints for zonemaster-cli.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__)
INSIDE = "ITAUDIT_LAB_INSIDE"
DELAY = "ITAUDIT_LAB_DELAY"
"""Milliseconds by which every answer of a name server or of the resolver is late, as if they were far away; unset: none."""
FAR_PORT = 5300
UNSHARE = ("unshare", "--map-root-user", "--net", "--mount")
NETWORK, SIX = "11.53", ("2a11:53:1::1", "2a11:53:2::1")
"""Zonemaster refuses name servers on addresses of private use. These look public, and lead nowhere but to this namespace."""
SMTP, HTTPS = 25, 443
SBIN = ":/usr/sbin:/sbin:/usr/local/sbin"


def argv_for(folder: Path, *command: str | Path) -> list[str]:
    """The command that runs `command` in the world."""
    return [sys.executable, str(HERE), str(folder), *map(str, command)]


def possible() -> str:
    """Why this machine cannot have such a namespace; "" when it can."""
    tried = subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, timeout=20, check=False)
    return tried.stderr.strip() if tried.returncode else ""


def inside(folder: Path, command: list[str]) -> int:
    """Start everything, run the command, stop everything; returns the command's exit code."""
    for words in (
        "link set lo up",
        f"route add local {NETWORK}.0.0/16 dev lo",
        *(f"-6 address add {address}/128 dev lo nodad" for address in SIX),
    ):
        subprocess.run(["ip", *words.split()], check=True)
    os.environ |= {"ITAUDIT_LAB_NETWORK": NETWORK, "ITAUDIT_LAB_SIX": ",".join(SIX)}
    from lab._dns_servers import NORMAL_PORT, Programs, Servers, root_hints
    from lab._dns_tree import build
    from lab._dns_zones import EVERY_ADDRESS, RESOLVER, all_zones

    (folder / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
    subprocess.run(["mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"], check=True)
    (folder / "root.hints").write_text(root_hints())
    nsd, unbound = (shutil.which(name) or name for name in ("nsd", "unbound"))
    zones = all_zones()
    milliseconds = os.environ.get(DELAY, "")
    port, resolver_port = (FAR_PORT, FAR_PORT + 1) if milliseconds else (NORMAL_PORT, NORMAL_PORT)
    servers = Servers(Programs(nsd, unbound), folder, port, (RESOLVER, resolver_port))
    with ExitStack() as stack:
        stack.enter_context(servers.running(build(zones, datetime.now(UTC)), zones))
        stack.enter_context(_mail(folder))
        if milliseconds:
            ways = [f"{NORMAL_PORT}={address}:{port}" for address in EVERY_ADDRESS]
            stack.enter_context(_delay(milliseconds, [*ways, f"{NORMAL_PORT}={RESOLVER}:{resolver_port}"]))
        return subprocess.run(command, check=False).returncode


@contextmanager
def _delay(milliseconds: str, ways: list[str]) -> Iterator[None]:
    argv = [sys.executable, str(HERE.with_name("_dns_delay.py")), milliseconds, *ways]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(60)


@contextmanager
def _mail(folder: Path) -> Iterator[None]:
    """Mail servers and the pages of their policies, at their normal ports; the command trusts their issuer and no other."""
    import logging

    import trustme

    from lab._mail_servers import mail_running

    logging.getLogger("mail.log").disabled = True  # clients that refuse a certificate are part of the world
    issuer, authority = trustme.CA(), folder / "authority.pem"
    authority.write_bytes(issuer.cert_pem.bytes())
    os.environ |= {"SSL_CERT_FILE": str(authority), "REQUESTS_CA_BUNDLE": str(authority)}
    with mail_running(issuer, SMTP, HTTPS):
        yield


def main() -> int:
    """Enter the namespace, or, once inside, do the work."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    if os.environ.get(INSIDE) != "1":
        environment = {**os.environ, INSIDE: "1", "PATH": os.environ.get("PATH", "") + SBIN}
        argv = [*UNSHARE, sys.executable, str(HERE), str(folder), *command]
        return subprocess.run(argv, env=environment, check=False).returncode
    # Python put this folder first, where dns.py would hide the library of that name.
    sys.path[0] = str(HERE.parent.parent)
    return inside(folder, command)


if __name__ == "__main__":
    raise SystemExit(main())
