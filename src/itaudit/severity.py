"""The effective severity of one finding: the base of its check, moved by named facts, each said in words."""

from __future__ import annotations

from collections.abc import Set

from itaudit.model import Flag, Importance, Severity, Status

RECURRING_TIMES = 2
"""Came anew this often within 12 months, this time included."""


def exploited_and_reachable(flags: Set[Flag]) -> bool:
    """Attackers use it, and it can be reached from the internet: always critical, never to be accepted."""
    return flags >= {Flag.EXPLOITED, Flag.REACHABLE}


def effective_severity(
    base: Severity,
    verdict_severity: Severity | None,
    status: Status,
    importance: Importance = Importance.NORMAL,
    times_seen: int = 1,
    flags: Set[Flag] = frozenset(),
) -> tuple[Severity, tuple[str, ...]]:
    """Return the severity that counts, and why it differs from `base` (empty when nothing moved it).

    The verdict's own severity comes first; without one a warning is one step lower than the failure would be. Then the
    machine's importance and recurrence move it by one step at most. Info is a kind, not a degree: moves never lead into it or
    out of it, else a warning of a low check would silently vanish from the plan.
    """
    if exploited_and_reachable(flags):
        reason = "critical: known to be exploited, and reachable from the internet"
        return Severity.CRITICAL, (reason,) if base is not Severity.CRITICAL else ()
    start, moves = _of_the_case(base, verdict_severity, status)
    if start is Severity.INFO:
        return start, moves
    up = ["vital machine"] * (importance is Importance.VITAL) + ["keeps coming back"] * (times_seen >= RECURRING_TIMES)
    down = ["spare machine"] * (importance is Importance.SPARE)
    if up and down:
        return start, (*moves, f"not moved: {down[0]}, but {up[0]}")
    moved = _step(start, bool(up) - bool(down))
    if moved is start:
        return start, moves
    return moved, (*moves, f"one step {'higher' if up else 'lower'}: {', '.join(up or down)}")


def _step(severity: Severity, steps: int) -> Severity:
    return max(Severity.LOW, severity.moved(steps), key=lambda each: each.rank)


def _of_the_case(base: Severity, own: Severity | None, status: Status) -> tuple[Severity, tuple[str, ...]]:
    if own is not None:
        moved = "raised" if own.rank > base.rank else "lowered"
        return own, () if own is base else (f"{moved} from {base} to {own} by what was found",)
    if status is Status.WARN and base.rank > Severity.LOW.rank:
        return base.moved(-1), ("one step lower: a warning, not a failure",)
    return base, ()
