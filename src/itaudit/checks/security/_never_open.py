"""What should not be reachable, and from where: what trusts whoever comes, and what is meant for one's own network."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.listening import Door

_STAND_INS = frozenset(
    [
        *("docker-proxy", "rootlesskit", "rootlessport", "conmon", "dockerd", "java", "beam.smp"),
        *("systemd", "inetd", "inetutils-inetd", "rlinetd", "xinetd"),
        *("qemu-kvm", "qemu-system-x86_64", "qemu-system-aarch64"),
    ]
)
"""Programs that answer for another one, so that only the port tells which."""


@dataclass(frozen=True, slots=True)
class Danger:
    """what: in the owner's words. programs: whoever has such a name is it, at any port. inside: how bad it is in one's own
    network; FAIL: it trusts everybody by design. From the internet each is a failure."""

    what: str
    ports: frozenset[tuple[str, int]]
    programs: frozenset[str]
    inside: api.Status


def _tcp(*ports: int) -> frozenset[tuple[str, int]]:
    return frozenset(("tcp", port) for port in ports)


def _both(*ports: int) -> frozenset[tuple[str, int]]:
    return _tcp(*ports) | frozenset(("udp", port) for port in ports)


_ALL = (
    Danger("a terminal that sends passwords readably", _tcp(23), frozenset(["telnetd", "in.telnetd"]), api.Status.FAIL),
    Danger(
        "a terminal that trusts names instead of passwords",
        _tcp(512, 513, 514),
        frozenset(["in.rshd", "in.rlogind", "in.rexecd", "rshd", "rlogind", "rexecd"]),
        api.Status.FAIL,
    ),
    Danger("full control over all containers without a password", _tcp(2375), frozenset(), api.Status.FAIL),
    Danger("its screen and keyboard", _tcp(*range(6000, 6011)), frozenset(["Xorg", "X", "Xwayland"]), api.Status.FAIL),
    Danger(
        "a data store that trusts whoever reaches it",
        _tcp(6379, 9200, 9300) | _both(11211),
        frozenset(["redis-server", "valkey-server", "keydb-server", "memcached"]),
        api.Status.FAIL,
    ),
    Danger(
        "a database",
        _tcp(1433, 1521, 3306, 5432, 5984, 27017, 9042),
        frozenset(["mysqld", "mariadbd", "postgres", "mongod", "sqlservr", "tnslsnr"]),
        api.Status.WARN,
    ),
    Danger(
        "its screen, often behind a short password or none",
        _tcp(*range(5900, 5911)),
        frozenset(
            [
                *("Xvnc", "Xtigervnc", "Xtightvnc", "x0vncserver", "x0tigervncserver", "vncserver-x11-core"),
                *("x11vnc", "wayvnc", "vino-server", "krfb"),
            ]
        ),
        api.Status.WARN,
    ),
    Danger("its desktop", _tcp(3389), frozenset(["xrdp", "gnome-remote-desktop-daemon"]), api.Status.OK),
    Danger("its shared folders", _tcp(139, 445, 548, 2049), frozenset(["smbd"]), api.Status.OK),
    Danger(
        "a service meant for the office alone",
        _tcp(631, 9100) | _both(111, 161, 389),
        frozenset(["rpcbind", "snmpd", "cupsd", "slapd"]),
        api.Status.OK,
    ),
)


def danger_of(door: Door) -> Danger | None:
    """By the program where it is known; a port alone tells only where it is not, or where the program stands for another."""
    for danger in _ALL:
        if danger.programs & set(door.programs):
            return danger
    if set(door.programs) - _STAND_INS:
        return None
    return next((danger for danger in _ALL if (door.protocol, door.port) in danger.ports), None)
