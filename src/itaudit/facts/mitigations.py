"""Known flaws of the processor and whether the kernel keeps them shut.

Sources: the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu (vulnerabilities), admin-guide/hw-vuln.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.virtual import virtual_kind

FLAWS = api.Glob("/sys/devices/system/cpu/vulnerabilities/*", most=100)
COMMAND_LINE = api.ReadFile("/proc/cmdline", limit_bytes=65536)
PROCESSOR = api.ReadFile("/proc/cpuinfo", limit_bytes=2**20)
_OFF = re.compile(r"(?:^|\s)(mitigations=off|nopti|nospectre_v[12]|spectre_v2=off|mds=off|l1tf=off|pti=off|retbleed=off)(?=\s|$)")
HOST_MATTER = "the flaws of the processor are closed by the machine that holds this virtual one"


@dataclass(frozen=True, slots=True)
class ProcessorFlaws:
    """flaws: names of the kernel's files and what they say. open: those that it calls vulnerable.

    switched_off: settings of the kernel's command line that leave flaws open on purpose. maker: "GenuineIntel",
    "AuthenticAMD", or "" for what is no x86 processor. microcode: is old microcode among the reasons?
    """

    flaws: tuple[tuple[str, str], ...]
    open: tuple[str, ...]
    switched_off: tuple[str, ...]
    maker: str
    microcode: bool

    @property
    def subject(self) -> str:
        return "processor"


def flaw_question(path: str) -> api.ReadFile:
    return api.ReadFile(path, limit_bytes=4096)


def is_open(text: str) -> bool:
    """ "Vulnerable", "Vulnerable: Clear CPU buffers attempted, no microcode".

    Not "Mitigation: ...; SMT vulnerable", which every unchanged system with two threads a core says, nor "KVM: Vulnerable", which
    is about the guests of this machine.
    """
    return re.match(r"vulnerable\b", text, re.IGNORECASE) is not None


def _text(ask: api.Ask, question: api.ReadFile) -> str:
    try:
        return ask(question).text
    except api.Missing:
        return ""


def _flaws(ask: api.Ask) -> tuple[tuple[str, str], ...]:
    """(name, what the kernel says), sorted. Raises api.Missing when there is nothing that can be read."""
    paths = ask(FLAWS).json
    if not isinstance(paths, list):
        raise api.Unreadable("not a list of flaws of the processor")
    names = sorted(str(path) for path in paths)
    if not names:
        raise api.NotFound("the kernel does not tell of flaws of the processor", "Look with a newer kernel (4.15 or later).")
    found, errors = [], []
    for name, answer in zip(names, ask.many([flaw_question(name) for name in names]), strict=True):
        if answer.error:
            errors.append(answer.error)
        else:
            found.append((PurePosixPath(name).name[:60], " ".join(answer.body.split())[:200]))
    if not any(text for _, text in found):
        raise errors[0] if errors else api.Unreadable("the kernel's files about flaws of the processor are empty")
    return tuple(found)


@api.provider("linux", seconds=15)
def processor_flaws(ask: api.Ask) -> api.Facts[ProcessorFlaws]:
    """One fact. NotApplicable where flaws are open on a virtual machine and nobody there left them so: the host's matter."""
    flaws = _flaws(ask)
    opened = tuple(name for name, text in flaws if is_open(text))
    switched_off = tuple(dict.fromkeys(_OFF.findall(_text(ask, COMMAND_LINE))))
    if opened and not switched_off and virtual_kind(ask):
        raise api.NotApplicable(HOST_MATTER)
    maker = re.search(r"^vendor_id\s*:\s*(\w{1,40})", _text(ask, PROCESSOR), re.MULTILINE)
    texts = dict(flaws)
    microcode = any("microcode" in texts[name].lower() or name == "old_microcode" for name in opened)
    yield ProcessorFlaws(flaws, opened, switched_off, maker[1] if maker else "", microcode)
