"""How a scan is stopped: Ctrl-C, a service manager's SIGTERM and a closed terminal's SIGHUP all end it the same way, once.

The first one interrupts what is under way; those that follow at once (an impatient second Ctrl-C) do not interrupt the saving.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_DEAF_SECONDS = 10.0
"""So long are further signals ignored: saving takes less, and what hangs can still be stopped after it."""
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stopping_once() -> Iterator[None]:
    """Within it a signal raises KeyboardInterrupt in the main thread, and for the next ten seconds no other does."""
    stopped_at: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        if not stopped_at or time.monotonic() - stopped_at[-1] > _DEAF_SECONDS:
            stopped_at.append(time.monotonic())
            raise KeyboardInterrupt

    before = [(one, signal.signal(one, stop)) for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)
