"""Daemon threads that are used again: a scan asks a thousand questions, and a new thread costs more than many an answer."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

THREADS_AT_MOST = 256
"""Beyond, work waits for a thread. Enough that many silent servers do not hold up the rest."""


class Workers:
    """Runs jobs at once, on an idle thread or a new one. A job that hangs keeps its thread and nothing else."""

    def __init__(self, most: int = THREADS_AT_MOST) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unclaimed = 0
        """Idle threads minus waiting jobs: negative while all threads there may be are at work."""

    def do(self, job: Callable[[], None]) -> None:
        """Have it done soon. What it raises is lost: a job keeps its own errors."""
        with self._lock:
            self._unclaimed -= 1
            start = self._unclaimed < 0 and self._threads < self._most
            if start:
                self._threads += 1
                self._unclaimed += 1
        self._jobs.put(job)
        if start:
            threading.Thread(target=self._work, daemon=True).start()

    @property
    def idle(self) -> int:
        """Threads that wait for work."""
        with self._lock:
            return max(0, self._unclaimed)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            with contextlib.suppress(BaseException):  # a panic of a library is no Exception, and must not cost the thread
                job()
            with self._lock:
                self._unclaimed += 1


WORKERS = Workers()
"""Those of this process."""
