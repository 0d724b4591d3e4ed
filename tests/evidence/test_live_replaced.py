"""Files that running programs use and the disk no longer has, against a real program and this machine's /proc."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from itaudit.checks.patches.libraries import FIX
from itaudit.evidence import live_replaced
from itaudit.evidence.live_replaced import _OLD, _UNIT, replaced_files
from itaudit.evidence.questions_machine import ReplacedFiles

if TYPE_CHECKING:
    from lab.replaced_library import Running


def of(running: Running) -> dict[str, Any] | None:
    body = json.loads(replaced_files(ReplacedFiles(timeout=60.0)).body)
    assert body["complete"]
    return next((entry for entry in body["old"] if entry["pid"] == running.process.pid), None)


def test_a_program_with_the_library_that_is_on_the_disk_is_not_named(program_with_library: Running) -> None:
    assert of(program_with_library) is None


def test_a_replaced_library_is_named_with_the_moment_of_its_successor(program_with_library: Running) -> None:
    program_with_library.replace()
    found = of(program_with_library)
    assert found is not None
    assert found["files"] == [str(program_with_library.library)]
    assert found["name"].startswith("python")
    assert abs(datetime.fromtimestamp(found["replaced"], UTC) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_removed_library_has_no_successor(program_with_library: Running) -> None:
    program_with_library.remove()
    found = of(program_with_library)
    assert found is not None
    assert found["replaced"] is None


def test_grep_finds_the_same_program(program_with_library: Running) -> None:
    """The command that the remedy tells to verify with."""
    program_with_library.replace()
    command = "grep -lE '^[^ ]+ ..x. .* /(usr|lib|opt).*\\(deleted\\)$' /proc/[0-9]*/maps"
    assert command in FIX.verify
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert f"/proc/{program_with_library.process.pid}/maps" in done.stdout.split()


def test_threads_of_the_kernel_are_no_programs_that_were_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Anybody may open their empty lists of files: counted, they would hide that every service refused."""
    for number, maps in {2: "", 3: "", 40: "7f00-7f01 r-xp 00000000 fe:01 1234 /usr/bin/bash\n"}.items():
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "maps").write_text(maps)
    monkeypatch.setattr(live_replaced, "_PROC", tmp_path)
    assert json.loads(replaced_files(ReplacedFiles(timeout=60.0)).body) == {"seen": 1, "unseen": 0, "complete": True, "old": []}


def test_without_time_it_says_that_it_is_not_complete() -> None:
    assert '"complete": false' in replaced_files(ReplacedFiles(timeout=0.0)).body


def test_with_more_processes_than_it_looks_at_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_replaced, "_MOST_PROCESSES", 0)
    assert '"complete": false' in replaced_files(ReplacedFiles()).body


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"7f00-7f01 r-xp 00000000 fe:01 1234 /usr/lib/libssl.so.3 (deleted)", True),
        (b"7f00-7f01 r-xp 00000000 fe:01 1234     /lib/x86_64-linux-gnu/a b.so (deleted)", True),
        (b"7f00-7f01 r--p 00000000 fe:01 1234 /usr/lib/libssl.so.3 (deleted)", False),
        (b"7f00-7f01 rw-p 00000000 fe:01 1234 /usr/share/cache (deleted)", False),
        (b"7f00-7f01 r-xp 00000000 fe:01 1234 /usr/lib/libssl.so.3", False),
        (b"7f00-7f01 r-xs 00000000 00:01 1234 /memfd:jit (deleted)", False),
        (b"7f00-7f01 rwxs 00000000 00:01 1234 /dev/zero (deleted)", False),
        (b"7f00-7f01 rwxs 00000000 00:01 1234 /SYSV00000000 (deleted)", False),
        (b"7f00-7f01 r-xp 00000000 fe:01 1234 /tmp/.jna/usr/lib/x.so (deleted)", False),
    ],
)
def test_only_executed_files_of_programs_count(line: bytes, named: bool) -> None:
    """Lines as the kernel writes them; the odd ones are those of databases, browsers and Java."""
    assert bool(_OLD.search(line)) is named


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        ("0::/system.slice/ssh.service\n", "ssh.service"),
        ("0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty@tty1.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"),
        ("1:name=systemd:/system.slice/nginx.service/inner\n", "nginx.service"),
        ("0::/\n", ""),
    ],
)
def test_the_unit_is_read_from_the_control_group(group: str, unit: str) -> None:
    match = _UNIT.search(group)
    assert (match[1] if match else "") == unit
