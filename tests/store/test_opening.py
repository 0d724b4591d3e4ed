"""A store that opens while the scan is under way."""

from __future__ import annotations

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itaudit.errors import UserError
from itaudit.evidence.questions import Past, PastFindings
from itaudit.store.history import Store
from itaudit.store.opening import OpeningStore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("there_before", [False, True])
def test_it_answers_as_the_store_does_whether_new_or_known(tmp_path: Path, there_before: bool) -> None:
    if there_before:
        Store(tmp_path)
    store = OpeningStore(tmp_path)
    answer = store.answer("office-server", NOW)
    with ThreadPoolExecutor(1) as waiting:
        early = waiting.submit(answer, Past("disks.space", "/", "used"))
        store.begin()
        store.begin()
        assert early.result(timeout=60).json == []
    assert answer(PastFindings()).json == []


_LATE = """
import pathlib, sys
from itaudit.scan import Request, scan_machine
from itaudit.store.opening import OpeningStore
store = OpeningStore(pathlib.Path(sys.argv[1]))
print(scan_machine(Request(areas=("lifecycle",), deadline_seconds=0.001), store).not_kept)
"""


def test_a_scan_that_is_late_before_all_is_planned_is_kept_all_the_same(tmp_path: Path) -> None:
    Store(tmp_path)
    # In a process of its own: a scan ends everything that its process has started.
    argv = [sys.executable, "-c", _LATE, str(tmp_path)]
    assert subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout == "()\n"
    assert len(Store(tmp_path).scans()) == 1


def test_a_file_that_cannot_be_used_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "itaudit.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(UserError, match=r"itaudit\.db cannot be used"):
        OpeningStore(tmp_path)


def test_a_store_that_nobody_uses_any_more_leaves_one_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} > {"itaudit.db"}
    del store
    gc.collect()
    assert [path.name for path in tmp_path.iterdir()] == ["itaudit.db"]
