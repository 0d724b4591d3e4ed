"""Is this a virtual machine or a container? systemd-detect-virt(1); without systemd, the marks that managers of containers leave
and the one in the processor's own flags."""

from __future__ import annotations

import re

from itaudit import api

DETECTOR = api.Command(("systemd-detect-virt",))
PROCESSOR = api.ReadFile("/proc/cpuinfo", limit_bytes=2**20)
MOUNTS = api.ReadFile("/proc/self/mountinfo")
CONTAINERS = frozenset(
    ("docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt", "wsl", "proot", "pouch", "container-other")
)
"""The words of systemd-detect-virt for what shares the kernel of another system."""
CONTAINER_MARKS = {
    "docker": api.Glob("/.dockerenv"),
    "podman": api.Glob("/run/.containerenv"),
    "container-other": api.Glob("/run/systemd/container"),
}
"""Files that Docker, Podman and systemd (for LXC and nspawn) put into a container."""
_OF_LXC = re.compile(r"^\S+ \S+ \S+ \S+ /proc/meminfo .* - fuse\.lxcfs ", re.MULTILINE)
"""proc_pid_mountinfo(5): lxcfs lies over the numbers of the machine that holds it. LXC itself leaves no mark without systemd."""


def virtual_kind(ask: api.Ask) -> str:
    """The word for it ("kvm", "docker"), "" for a physical machine. Raises api.Missing when neither source tells."""
    answer = ask(DETECTOR)
    word = answer.body.strip()
    if not answer.problem and re.fullmatch(r"[a-z0-9-]{2,30}", word):
        return "" if word == "none" else word
    for kind, mark in zip(CONTAINER_MARKS, ask.many(list(CONTAINER_MARKS.values())), strict=True):
        if not mark.problem and mark.body.strip() not in ("", "[]"):
            return kind
    mounts = ask(MOUNTS)
    if not mounts.problem and _OF_LXC.search(mounts.body):
        return "lxc"
    flags = re.search(r"^(?:flags|Features)[ \t]*:(.*)$", ask(PROCESSOR).text, re.MULTILINE)
    return "virtual machine" if flags and "hypervisor" in flags[1].split() else ""


def is_container(kind: str) -> bool:
    return kind in CONTAINERS


def container_kind(ask: api.Ask) -> str:
    """The word for the container that this is, "" for none and where nothing tells."""
    try:
        kind = virtual_kind(ask)
    except api.Missing:
        return ""
    return kind if is_container(kind) else ""
