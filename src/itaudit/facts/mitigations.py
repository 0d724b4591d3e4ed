"""Known flaws of the processor and whether the kernel keeps them shut.

Sources: the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu (vulnerabilities), admin-guide/hw-vuln.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.virtual import is_container, virtual_kind

FLAWS = api.Glob("/sys/devices/system/cpu/vulnerabilities/*", most=100)
COMMAND_LINE = api.ReadFile("/proc/cmdline", limit_bytes=65536)
PROCESSOR = api.ReadFile("/proc/cpuinfo", limit_bytes=2**20)
_OFF = re.compile(
    r"(?:^|\s)((?:mitigations|pti|mds|l1tf|retbleed|srbds|mmio_stale_data|tsx_async_abort|gather_data_sampling|vmscape|tsa"
    r"|spec_store_bypass_disable|spec_rstack_overflow|spectre_v2(?:_user)?|spectre_bhi|reg_file_data_sampling"
    r"|indirect_target_selection)=off|nopti|nospectre_v[12]|nospec_store_bypass_disable)(?=\s|$)"
)
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


def _is_matter_of_the_host(ask: api.Ask, *, own: bool) -> bool:
    """own: a setting of the kernel that runs leaves them open. A container has none of its own."""
    try:
        kind = virtual_kind(ask)
    except api.Missing:
        if not own:
            raise
        return False
    return is_container(kind) if own else bool(kind)


@api.provider("linux", seconds=15)
def processor_flaws(ask: api.Ask) -> api.Facts[ProcessorFlaws]:
    """One fact. NotApplicable where open flaws are the matter of the host: in a container, and on a virtual machine where nobody
    left them so."""
    flaws = _flaws(ask)
    opened = tuple(name for name, text in flaws if is_open(text))
    switched_off = tuple(dict.fromkeys(_OFF.findall(_text(ask, COMMAND_LINE))))
    if opened and _is_matter_of_the_host(ask, own=bool(switched_off)):
        raise api.NotApplicable(HOST_MATTER)
    maker = re.search(r"^vendor_id\s*:\s*(\w{1,40})", _text(ask, PROCESSOR), re.MULTILINE)
    texts = dict(flaws)
    microcode = any("microcode" in texts[name].lower() or name == "old_microcode" for name in opened)
    yield ProcessorFlaws(flaws, opened, switched_off, maker[1] if maker else "", microcode)
