"""A mount that nobody answers for: a real FUSE file system without its program, in a mount namespace of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

_ASK_A_DEAD_MOUNT = """
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import FileStatus, FileSystemUsage, Glob, ReadFile

place = str(dead)
beside = os.path.dirname(place)
os.symlink("nothing/../" + os.path.basename(place), beside + "/link")
os.symlink(beside + "/link/x", beside + "/link to link")
os.symlink("circle", beside + "/circle")
questions = [
    FileSystemUsage(place, timeout=0.5),
    FileStatus(place + "/file", timeout=0.5),
    ReadFile(beside + "/link/file", timeout=0.5),
    ReadFile(beside + "/link to link", timeout=0.5),
    Glob(beside + "/*/file", timeout=0.5),
    FileSystemUsage("/", timeout=5),
    Glob(beside + "/nothing*", timeout=5),
    ReadFile(beside + "/circle/file", timeout=5),
]
print(json.dumps([Live().ask(question).problem for question in questions]))
"""


def test_a_mount_that_never_answers_is_given_up_and_does_not_keep_us_from_ending(
    beside_a_dead_mount: Callable[[str], Any], tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    assert beside_a_dead_mount(_ASK_A_DEAD_MOUNT) == ["timed_out"] * 5 + ["", "", "unreadable"]
