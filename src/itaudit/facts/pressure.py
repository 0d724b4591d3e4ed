"""How hard the machine has to work: time that programs wait for the processor, the drives or memory, and memory itself.

Sources: the kernel's Documentation/accounting/psi.rst (pressure stall information), proc_meminfo(5), proc_loadavg(5).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from itaudit import api

_SMALL = 64 * 1024
STALLS = {name: api.ReadFile(f"/proc/pressure/{name}", limit_bytes=_SMALL) for name in ("cpu", "io", "memory")}
LOAD = api.ReadFile("/proc/loadavg", limit_bytes=_SMALL)
PROCESSORS = api.Psutil("cpu_count")
MEMORY = api.ReadFile("/proc/meminfo", limit_bytes=_SMALL)
_LINE = re.compile(r"(some|full) avg10=([\d.]{1,12}) avg60=([\d.]{1,12}) avg300=([\d.]{1,12}) total=(\d{1,20})")
_FIELD = re.compile(r"^(\w{1,40}):[ \t]+(\d{1,18})(?: kB)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """What programs wait for: "processor" or "drives". waited_percent: of the last five minutes, in which at least one program
    waited for the processor, or all of them for the drives; None where the kernel does not tell. queue: programs that want the
    processor, for each of the machine's, over 15 minutes."""

    subject: str
    waited_percent: float | None
    queue: float | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """total_bytes, available_bytes: without programs having to give up anything. waited_percent: of the last five minutes, in
    which every program waited for memory; None where the kernel does not tell. swap_bytes: room on the drives, 0 for none."""

    total_bytes: int
    available_bytes: int
    swap_bytes: int
    swap_free_bytes: int
    waited_percent: float | None = None

    @property
    def subject(self) -> str:
        return "memory"

    @property
    def available_percent(self) -> float:
        return 100 * self.available_bytes / self.total_bytes

    @property
    def swap_used_percent(self) -> float:
        return 100 * (self.swap_bytes - self.swap_free_bytes) / self.swap_bytes if self.swap_bytes else 0.0


@api.provider("linux", seconds=15)
def loads(ask: api.Ask) -> api.Facts[Load]:
    """Processor and drives. Raises a Missing for neither pressure nor load."""
    cpu, io, load, count = ask.many([STALLS["cpu"], STALLS["io"], LOAD, PROCESSORS])
    queue = _queue(load, count)
    waited = _waited(cpu, "some")
    if waited is None and queue is None:
        cpu.text  # noqa: B018 - raises why
        raise api.Unreadable(f"/proc/pressure/cpu and /proc/loadavg: {cpu.body[:60]!r}, {load.body[:60]!r}")
    yield Load("processor", waited, queue, " ".join(f"{cpu.body} {load.body}".split())[:300])
    drives = _waited(io, "full")
    if drives is not None:
        yield Load("drives", drives, record=" ".join(io.body.split())[:300])


@api.provider("linux", seconds=15)
def memory(ask: api.Ask) -> api.Facts[Memory]:
    """One fact. Raises a Missing when /proc/meminfo is not as documented."""
    answer, stalls = ask.many([MEMORY, STALLS["memory"]])
    values = {name: int(number) * 1024 for name, number in _FIELD.findall(answer.text)}
    total, available = values.get("MemTotal", 0), values.get("MemAvailable", -1)
    swap, free = values.get("SwapTotal", 0), values.get("SwapFree", 0)
    if not 0 <= available <= total or total == 0 or free > swap:
        raise api.Unreadable(f"/proc/meminfo: {answer.body[:80]!r}")
    yield Memory(total, available, swap, free, _waited(stalls, "full"))


def _waited(answer: api.Answer, kind: str) -> float | None:
    """avg300 of "some" or "full"; None where the kernel has no such file (before 4.20, or switched off), or nonsense in it."""
    if answer.error:
        return None
    return stalled_percent(answer.body, kind)


def stalled_percent(text: str, kind: str) -> float | None:
    """The share of the last five minutes, in percent: "some avg10=0.00 avg60=0.00 avg300=1.50 total=12" -> 1.5."""
    for line in text.splitlines()[:10]:
        match = _LINE.fullmatch(line.strip())
        if match and match[1] == kind:
            try:
                percent = float(match[4])
            except ValueError:
                return None
            return percent if 0 <= percent <= 100 else None
    return None


def _queue(load: api.Answer, count: api.Answer) -> float | None:
    try:
        processors, waiting = count.json, float(load.text.split()[2])
    except (api.Missing, ValueError, IndexError):
        return None
    if not isinstance(processors, int) or processors < 1 or not math.isfinite(waiting) or waiting < 0:
        return None
    return waiting / processors
