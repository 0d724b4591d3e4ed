"""The kernel's mark, against `timedatectl`'s own source of it."""

from __future__ import annotations

import subprocess
import sys

from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import KernelClock

C_PROGRAM = "import ctypes; b = (ctypes.c_char * 512)(); print(ctypes.CDLL(None).ntp_adjtime(b))"
TIME_ERROR = 5
"""What ntp_adjtime(3) returns for a clock that is not synchronised."""


def synchronised() -> bool:
    done = subprocess.run([sys.executable, "-c", C_PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    return int(done.stdout) != TIME_ERROR


def test_the_kernels_mark_is_what_the_kernel_returns() -> None:
    while True:
        before, told, after = synchronised(), Live().ask(KernelClock()).json, synchronised()
        if before is after:  # a time service, of this machine or of the one around it, may change it at any moment
            break
    assert told["synchronised"] is before
    assert 0 <= told["largest_error_seconds"] <= 1000
