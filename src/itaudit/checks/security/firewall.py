"""A firewall on this machine refuses what nobody asked for.

It keeps a forgotten or badly set program out of strangers' reach, also where the office's router does not: in a hotel, or when
another device in the office has been taken over.
"""

from __future__ import annotations

from dataclasses import replace

from itaudit import api
from itaudit.facts.filter_rules import Passage
from itaudit.facts.firewall import Firewall
from itaudit.facts.listening import Door, Reach

WELL_KNOWN, OTHERS = (1, 1023), (1024, 65535)
SHOWN = 30


class Settings(api.CheckSettings):
    most_percent: float = 50
    """Rules that let everybody in to more than this share of the known ports (1 to 1023) do not name exceptions: they let in
    by default. The same for the higher ones."""


FIX = api.Remedy(
    "Switch on the firewall of this machine, with exceptions only for what others must reach.",
    api.Effort.HOURS,
    steps=(
        "sudo ss --listening --numeric --processes --tcp --udp   # what must stay reachable",
        "From far away: keep a second session open until a new one has worked; allow the port of the VPN you come through.",
        "Proxmox: not as below, but in its web page, Datacenter, Firewall; ufw would cut off that page and the other nodes.",
        "Debian, Ubuntu: sudo apt install ufw && UFWsudo ufw default deny incoming",
        "Then allow each service that is needed, for example: sudo ufw allow from 192.168.1.0/24 to any port 445 proto tcp",
        "Then, last: sudo ufw enable",
        "Fedora, Red Hat, each service that is needed: sudo firewall-offline-cmd --zone=public --add-service=samba",
        "Then: FIREWALLDsudo systemctl enable firewalld && sudo systemctl restart firewalld"
        " && sudo firewall-cmd --set-default-zone=public",
    ),
    undo="sudo ufw disable, or sudo systemctl disable --now firewalld",
    verify="sudo nft list ruleset shows a chain with hook input and policy drop (or a last rule that drops or rejects).",
    if_you_wait="Each program that waits for others, wanted or forgotten, can be attacked by whoever reaches this machine.",
)

_LETS_IN = "The firewall of this machine lets in what its rules do not name"
_REMOTE = frozenset(["sshd", "dropbear", "xrdp", "systemd"])
"""Programs through which people work on this machine from elsewhere. systemd waits for sshd until somebody comes (Ubuntu)."""


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 4.4, 4.5", "our own choice of 50 %"))
def firewall(wall: Firewall, doors: list[Door], limits: Settings) -> api.Verdict:
    """FAIL where strangers are let in by default; how bad depends on whether anything waits for them, and where they are."""
    if wall.missing:
        raise wall.missing
    reachable = [
        door for door in doors if door.reach is not Reach.MACHINE and door.passage is not Passage.NOBODY and not door.incidental
    ]
    detail = _detail(wall)
    open_to_all = _families_with(wall, limits, (Passage.EVERYBODY,), *WELL_KNOWN)
    if open_to_all:
        return _open(wall, open_to_all, reachable, detail) if reachable else _unused(wall, open_to_all, doors, detail)
    if _families_with(wall, limits, (Passage.EVERYBODY, Passage.UNKNOWN), *WELL_KNOWN):
        summary = "This machine has rules for a firewall, but what they let in cannot be told from them."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock="Have your IT person read the rules.")
    high = [door for door in reachable if door.protocol == "tcp" and door.port >= OTHERS[0] and door.passage is Passage.EVERYBODY]
    if high and _families_with(wall, limits, (Passage.EVERYBODY,), *OTHERS):
        used = f"{len(high)} of those it lets in {'is' if len(high) == 1 else 'are'} in use"
        summary = f"The firewall lets in all but the lowest ports by default, and {used}."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=_fix(reachable), severity=api.Severity.MEDIUM)
    return api.verdict(api.Status.OK, "The firewall of this machine refuses what its rules do not name.", detail=detail)


def _families_with(wall: Firewall, limits: Settings, passages: tuple[Passage, ...], first: int, last: int) -> list[int]:
    return [
        family
        for family in wall.families
        if any(
            100 * sum(wall.share(family, protocol, one, first, last) for one in passages) > limits.most_percent
            for protocol in ("tcp", "udp")
        )
    ]


def _begin(wall: Firewall, families: list[int]) -> str:
    part = "" if len(families) == len(wall.families) else f" over IPv{families[0]}"
    everything = all(each.passage is Passage.EVERYBODY for each in wall.openings if each.family in families)
    return f"{'No firewall on this machine refuses anything' if everything else _LETS_IN}{part}"


def _unused(wall: Firewall, families: list[int], doors: list[Door], detail: str) -> api.Verdict:
    """Nothing waits behind the open wall. Where nothing is passed on to others either, a firewall is good practice: low."""
    nobody = "no program waits there for others"
    if any(door.incidental and door.passage is not Passage.NOBODY for door in doors):
        nobody += ", but to learn its own address, the time or the names of its neighbours"
    if wall.forwards is False:
        severity, summary = api.Severity.LOW, f"{_begin(wall, families)}, which opens nothing just now: {nobody}."
    else:
        passes = " It passes on what arrives for others: containers, or devices behind it." if wall.forwards else ""
        severity, summary = api.Severity.MEDIUM, f"{_begin(wall, families)}. Just now {nobody}.{passes}"
    fix = replace(_fix([]), if_you_wait="A program that begins to wait for others, wanted or forgotten, is open to all at once.")
    return api.verdict(api.Status.WARN, summary, detail=detail, fix=fix, severity=severity)


def _open(wall: Firewall, families: list[int], reachable: list[Door], detail: str) -> api.Verdict:
    begin = _begin(wall, families)
    many = f"{len(reachable)} open {'port' if len(reachable) == 1 else 'ports'}"
    if any(door.reach is Reach.INTERNET for door in reachable):
        summary = f"{begin}: everybody on the internet can reach its {many}."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=_fix(reachable), flags=(api.Flag.REACHABLE,))
    summary = f"{begin}: every device in its network can reach its {many}."
    return api.verdict(api.Status.FAIL, summary, detail=detail, fix=_fix(reachable), severity=api.Severity.MEDIUM)


def _fix(reachable: list[Door]) -> api.Remedy:
    """It must not lock out whoever follows it from elsewhere: the ports of remote login stay open."""
    doors = [door for door in reachable if door.protocol == "tcp" and (door.port == 22 or _REMOTE & set(door.programs))]
    ports = sorted({int(address.rpartition(" ")[2]) for door in doors for address in door.addresses} or {d.port for d in doors})
    ufw = "".join(f"sudo ufw allow {port}/tcp && " for port in ports)
    firewalld = "".join(f"sudo firewall-offline-cmd --zone=public --add-port={port}/tcp && " for port in ports)
    return replace(FIX, steps=tuple(step.replace("UFW", ufw).replace("FIREWALLD", firewalld) for step in FIX.steps))


def _detail(wall: Firewall) -> str:
    made = f"rules of {', '.join(wall.makers)}" if wall.makers else "rules as the kernel has them"
    lines = [
        f"IPv{each.family} {each.protocol} {each.first}"
        + (f"-{each.last}" if each.count > 1 else "")
        + f": {each.passage.name.lower()}"
        for each in wall.openings
        if each.passage is not Passage.NOBODY
    ]
    more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    let_in = "; ".join(lines[:SHOWN]) + more if lines else "nothing"
    where = f", arriving at {', '.join(wall.interfaces)}" if wall.interfaces else ""
    return f"{made}{where}; let in: {let_in}. A router's or cloud's firewall in front of this machine cannot be seen from here."
