"""The machine stays up, and its programs are not killed.

A machine that goes off without being shut down, or whose core fails, may damage files each time, and does it again.
The usual causes are power, heat, bad memory, and too little memory.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.crashes import DAYS, Crashes, Kind


class Settings(api.CheckSettings):
    unclean_shutdowns: api.AtMost = api.AtMost(warn=0, fail=2)
    """How often the machine went off without being shut down, in 30 days."""
    kernel_failures: api.AtMost = api.AtMost(warn=0, fail=1)
    """How often the core of the system failed, in 30 days."""
    memory_shortages: api.AtMost = api.AtMost(warn=0, fail=2)
    """How often programs were killed because memory ran out, in 30 days."""
    hardware_errors: api.AtMost = api.AtMost(warn=0, fail=1)
    """How often processor or memory reported an error that they could not correct, in 30 days."""


_POWER = api.Remedy(
    "Find out why the machine goes off, and protect it from power cuts.",
    api.Effort.HOURS,
    cost=(100, 400),
    steps=(
        "journalctl --list-boots",
        "journalctl -b -1 -n 100 (the last words before it went off)",
        "check the power supply, the fans and the uninterruptible power supply; ask who pressed the button",
    ),
    verify="journalctl --list-boots shows no new start without a shutdown.",
    if_you_wait="Each time files that are being written may be damaged.",
)
_CORE = api.Remedy(
    "Update the system and the firmware; when it happens again, test the machine's memory.",
    api.Effort.HOURS,
    steps=("journalctl _TRANSPORT=kernel -p err --since=-30d", "ls /var/lib/systemd/pstore", "memtest86+ over night"),
    verify="journalctl _TRANSPORT=kernel -p err --since=-1d",
    if_you_wait="The machine may stop at any moment, and damage what is being written.",
)
_MEMORY = api.Remedy(
    "Find the program that takes the memory, limit it, or add memory.",
    api.Effort.HOURS,
    cost=(50, 300),
    steps=(
        "journalctl _TRANSPORT=kernel --since=-30d --grep 'Out of memory'",
        "ps -eo pid,rss,comm --sort=-rss | head",
        "systemctl status UNIT",
    ),
    verify="journalctl _TRANSPORT=kernel --since=-7d --grep 'Out of memory'",
    if_you_wait="Programs are killed in the middle of their work, and not always those that took the memory.",
)
_HARDWARE = api.Remedy(
    "Have the machine's memory and processor tested, and the faulty part replaced.",
    api.Effort.DAY,
    cost=(50, 1500),
    steps=(
        "ras-mc-ctl --errors (package rasdaemon)",
        "memtest86+ over night",
        "ask the maker with the record and the serial number",
    ),
    verify="journalctl _TRANSPORT=kernel --since=-1d --grep 'Hardware Error|EDAC'",
    if_you_wait="It gets worse: wrong data is written, or the machine stops.",
    lead=api.LeadTime.COMPUTER,
)
_SAYS = {
    Kind.SHUTDOWNS: ("the machine went off without being shut down", _POWER),
    Kind.KERNEL: ("the core of the system failed", _CORE),
    Kind.MEMORY: ("memory ran out and a program was killed", _MEMORY),
    Kind.HARDWARE: ("the hardware reported an error that it could not correct", _HARDWARE),
}
_NEVER = {
    Kind.SHUTDOWNS: "The machine has not gone off without being shut down",
    Kind.KERNEL: "The core of the system has not failed",
    Kind.MEMORY: "Memory has not run out",
    Kind.HARDWARE: "The hardware has reported no error that it could not correct",
}


@api.check(
    severity=api.Severity.HIGH,
    sources=("systemd-journald(8), journalctl(1)", "the kernel's Documentation/admin-guide", "itaudit's own choice of limits"),
)
def uptime_crashes(crashes: Crashes, limits: Settings) -> api.Verdict:
    limit = {
        Kind.SHUTDOWNS: limits.unclean_shutdowns,
        Kind.KERNEL: limits.kernel_failures,
        Kind.MEMORY: limits.memory_shortages,
        Kind.HARDWARE: limits.hardware_errors,
    }[crashes.kind]
    count, days = len(crashes.moments), max(1, min(DAYS, int(crashes.known_days)))
    said, fix = _SAYS[crashes.kind]
    status = limit.judge(count)
    times = "Once" if count == 1 else f"{count} times"
    in_days = f"in the last {days} days" if days > 1 else "in the last day"
    words = f"{times} {in_days}, {said}." if count else f"{_NEVER[crashes.kind]} {in_days}."
    moments = ", ".join(f"{when:%Y-%m-%d %H:%M} UTC" for when in crashes.moments[-10:])
    return api.verdict(
        status,
        words,
        api.Measurement("count", count, api.Unit.COUNT),
        detail="\n".join(part for part in (moments, *crashes.records, crashes.note) if part),
        fix=fix,
        severity=api.Severity.MEDIUM if status is api.Status.WARN else None,
        flags=(api.Flag.EARLY_WARNING,) if crashes.kind is Kind.HARDWARE else (),
    )
