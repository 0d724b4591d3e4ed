"""What came back is compared with an original only where that is still the file that was saved."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itaudit.drill.comparing import Result, came_back, compare
from itaudit.drill.saved import SavedFile

LATER = timedelta(hours=1)


def laid_out(folder: Path, original: bytes | None, restored: bytes | None) -> tuple[SavedFile, Path]:
    """An original, and below the target what came back; the list tells the time of the original, or now."""
    path = folder / "original" / "letter"
    path.parent.mkdir()
    written = datetime.now(UTC)
    if original is not None:
        path.write_bytes(original)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    target = folder / "target"
    back = Path(f"{target}{path}")
    back.parent.mkdir(parents=True)
    if restored is not None:
        back.write_bytes(restored)
    return SavedFile(str(path), 5, written), target


@pytest.mark.parametrize(
    ("original", "restored", "saved_in", "result"),
    [
        (b"12345", b"12345", LATER, Result.SAME),
        (b"12345", b"12345", -LATER, Result.SAME),
        (b"12345", b"1234X", LATER, Result.DIFFERENT),
        (b"12345", b"1234X", -LATER, Result.BACK),
        (b"123456", b"12345", LATER, Result.BACK),
        (None, b"12345", LATER, Result.BACK),
        (b"12345", b"1234", LATER, Result.LOST),
        (b"12345", None, LATER, Result.LOST),
    ],
)
def test_each_outcome(
    tmp_path: Path, original: bytes | None, restored: bytes | None, saved_in: timedelta, result: Result
) -> None:
    wanted, target = laid_out(tmp_path, original, restored)
    assert compare(wanted, target, datetime.now(UTC) + saved_in).result is result


def test_an_original_of_another_time_is_another_file(tmp_path: Path) -> None:
    wanted, target = laid_out(tmp_path, b"12345", b"1234X")
    os.utime(wanted.path, (1, 1))
    assert compare(wanted, target, datetime.now(UTC) + LATER).result is Result.BACK


def test_an_original_whose_time_was_set_back_is_not_taken_for_unchanged(tmp_path: Path) -> None:
    wanted, target = laid_out(tmp_path, b"12345", b"1234X")
    old = datetime.now(UTC) - 2 * LATER
    os.utime(wanted.path, (old.timestamp(), old.timestamp()))
    saved = SavedFile(wanted.path, 5, old)
    assert compare(saved, target, datetime.now(UTC) - LATER).result is Result.BACK


def test_a_fifo_or_a_link_in_place_of_the_original_is_neither_waited_for_nor_followed(tmp_path: Path) -> None:
    wanted, target = laid_out(tmp_path, None, b"12345")
    os.mkfifo(wanted.path)
    assert compare(wanted, target, datetime.now(UTC) + LATER).result is Result.BACK
    Path(wanted.path).unlink()
    (tmp_path / "elsewhere").write_bytes(b"12345")
    Path(wanted.path).symlink_to(tmp_path / "elsewhere")
    assert compare(wanted, target, datetime.now(UTC) + LATER).result is Result.BACK


def test_links_that_came_back_are_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "link").symlink_to("/etc/passwd")
    (target / "folder").symlink_to("/etc")
    (target / "file").write_text("")
    assert [original for original, _ in came_back(target)] == ["/file"]
