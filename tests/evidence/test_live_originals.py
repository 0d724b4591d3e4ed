"""Originals are read in a process of its own, so that a dead mount costs a moment and not the test."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itaudit.evidence.live_originals import reading_apart

MARK = ("ITAUDIT_DRILL", "token")

_READ_FROM_A_DEAD_MOUNT = """
from itaudit.evidence.live_originals import reading_apart

alive = dead.parent / "alive"

def said(read, path):
    # Only what is dead is given up soon: the process that reads may take its time to start.
    read.__self__._seconds = 0.2 if path.is_relative_to(dead) else 40
    try:
        return read(path).size_bytes
    except OSError as error:
        return error.strerror

with reading_apart(("ITAUDIT_DRILL", "token"), 0.2) as read:
    print(json.dumps([said(read, path) for path in (dead / "a", alive, dead / "b", dead / "c", dead / "d", alive)]))
"""


def test_a_dead_mount_is_given_up_and_soon_not_asked_again(beside_a_dead_mount: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "alive").write_text("12345")
    never = "not looked at: others did not answer"
    assert beside_a_dead_mount(_READ_FROM_A_DEAD_MOUNT) == ["no answer", 5, "no answer", "no answer", never, never]


def test_files_of_any_name_and_size_are_read(tmp_path: Path) -> None:
    content = os.urandom(3 * 2**20 + 1)
    with reading_apart(MARK) as read:
        for name in (b"new\nline", b"\xff\xfe", b'"quoted"', "caf\u00e9".encode()):
            path = tmp_path / os.fsdecode(name)
            path.write_bytes(content)
            look = read(path)
            assert (look.sha256, look.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
            assert look.before == look.after == (path.stat().st_mtime_ns, len(content), path.stat().st_ino)


def test_what_is_no_file_is_said_and_others_are_read_after_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "file").write_text("1")
    with reading_apart(MARK) as read:
        for name in ("fifo", "link", "", "absent", "n\0l"):
            with pytest.raises(OSError):
                read(tmp_path / name)
        assert read(tmp_path / "file").size_bytes == 1


def test_a_reader_that_is_killed_is_no_answer_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1")
    with reading_apart(MARK) as read:
        read(tmp_path / "file")
        reader: Any = read
        os.kill(reader.__self__._process.pid, signal.SIGKILL)
        with pytest.raises(TimeoutError):
            read(tmp_path / "file")
        assert read(tmp_path / "file").size_bytes == 1
