"""A mount that nobody answers for: a real FUSE file system without its program, in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
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
    FileSystemUsage("/", timeout=20),
    Glob(beside + "/nothing*", timeout=20),
    ReadFile(beside + "/circle/file", timeout=20),
]
print(json.dumps([Live().ask(question).problem for question in questions]))
"""


def test_a_mount_that_never_answers_is_given_up_and_does_not_keep_us_from_ending(
    beside_a_dead_mount: Callable[[str], Any], tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    assert beside_a_dead_mount(_ASK_A_DEAD_MOUNT) == ["timed_out"] * 5 + ["", "", "unreadable"]


def test_the_child_finds_us_where_only_a_variable_or_the_users_own_folder_says_where_we_are(tmp_path: Path) -> None:
    """As after `pip install --user`: the child runs isolated from both, and from modules that lie about in the folder."""
    (tmp_path / "json.py").write_text("raise SystemExit('somebody else is imported')")
    (tmp_path / "itaudit").mkdir()
    (tmp_path / "here").mkdir()
    program = (
        "import sys; from itaudit.evidence.live import Live; from itaudit.evidence.questions_machine import FolderSizes\n"
        "answer = Live().ask(FolderSizes(sys.argv[1], timeout=60)); print(answer.problem, answer.detail, answer.body)"
    )
    done = subprocess.run(
        [sys._base_executable, "-P", "-c", program, str(tmp_path / "here")],  # type: ignore[attr-defined] # what a venv was made from
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f'"path": "{tmp_path}/here"' in done.stdout, (done.stdout, done.stderr)
