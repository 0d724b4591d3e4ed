"""A store that opens while the scan is under way."""

from __future__ import annotations

import gc
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
    answer = OpeningStore(tmp_path).answer("office-server", NOW)
    assert answer(Past("disks.space", "/", "used")).json == []
    assert answer(PastFindings()).json == []


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
