"""How a scan is stopped: Ctrl-C, a service manager's SIGTERM and a closed terminal's SIGHUP all end it the same way, once.

The first one interrupts what is under way; those that follow at once (an impatient second Ctrl-C) do not interrupt the saving.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
_DEAF_SECONDS = 10.0
"""So long are further signals ignored: saving takes less, and what hangs can still be stopped after it."""
_HEED_SECONDS = 2.0
"""Whoever heeds signals by asking is given so long before the next one interrupts it all the same: it hangs."""
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopping:
    """What was heard. Call `heed()` often while modules are imported and threads begin and end.

    An exception out of a signal handler is lost there, or leaves a lock of the import system taken: Python drops what is raised
    while an object is being thrown away. So once `heed` is called, KeyboardInterrupt comes from it and not from the handler.
    """

    def __init__(self) -> None:
        self._heeding = False
        self._waiting_since: float | None = None
        self._stopped_at: float | None = None

    def heeding(self, callback: Callable[[T], None]) -> Callable[[T], None]:
        """The same callback, which heeds whenever it is called."""

        def heed_and_call(argument: T) -> None:
            self.heed()
            callback(argument)

        return heed_and_call

    def heed(self) -> None:
        """Raise KeyboardInterrupt if a signal came and has stopped nothing yet."""
        self._heeding = True
        if self._waiting_since is not None:
            self._stop()

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        del number, frame
        now = time.monotonic()
        if self._heeding and self._waiting_since is not None:
            if now - self._waiting_since > _HEED_SECONDS:
                self._stop()
        elif self._stopped_at is None or now - self._stopped_at > _DEAF_SECONDS:
            self._waiting_since = now
            if not self._heeding:
                self._stopped_at = now
                # It may be lost, so it still waits for whoever begins to heed.
                raise KeyboardInterrupt

    def _stop(self) -> None:
        self._waiting_since, self._stopped_at = None, time.monotonic()
        raise KeyboardInterrupt


@contextmanager
def stopping_once() -> Iterator[Stopping]:
    """Within it a signal raises KeyboardInterrupt in the main thread, and for the next ten seconds no other does."""
    stopping = Stopping()
    before = [(one, signal.signal(one, stopping.hear)) for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    try:
        yield stopping
    finally:
        for one, handler in before:
            signal.signal(one, handler)
