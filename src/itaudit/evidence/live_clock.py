"""The kernel's own clock: whether a time service keeps it right, asked of the kernel (adjtimex(2)) without any rights."""

from __future__ import annotations

import ctypes
import json
import os

from itaudit.errors import Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import KernelClock

_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of linux/timex.h."""


class _Timex(ctypes.Structure):
    """The beginning of struct timex (linux/timex.h), with more room behind it than it has."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("largest_error", ctypes.c_long),
        ("estimated_error", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def kernel_clock(_: KernelClock) -> Answer:
    """Body: JSON as KernelClock says. Raises Unreadable where the C library or the kernel has no such thing."""
    state = _Timex(modes=0)
    try:
        result = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except AttributeError as error:
        raise Unreadable("this system has no adjtimex") from error
    if result < 0:
        raise Unreadable(f"adjtimex: {os.strerror(ctypes.get_errno())}")
    return Answer(
        body=json.dumps({"synchronised": not state.status & _UNSYNCHRONISED, "largest_error_seconds": state.largest_error / 1e6})
    )
