"""`itaudit data update` with files that were carried here; what it fetches is tested in tests/known."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from cli.conftest import Run

CISA = {"dateReleased": "2026-11-20T15:00:01Z", "vulnerabilities": [{"cveID": "CVE-2021-3156", "dateAdded": "2022-04-06"}]}


def test_a_file_that_was_carried_here_is_kept(itaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "kev.json").write_text(json.dumps(CISA))
    done = itaudit("data", "update", "--kev", tmp_path / "kev.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 holes that attackers are known to use, list of 2026-11-20" in done.stdout
    assert json.loads((tmp_path / "state/known/exploited.json").read_text())["source"] == str(tmp_path / "kev.json")


def test_a_file_that_is_none_ends_with_two_and_one_line(itaudit: Run, tmp_path: Path) -> None:
    for name in ("kev.json", "missing.json"):
        (tmp_path / "kev.json").write_text("<html>")
        done = itaudit("data", "update", "--endoflife", tmp_path / name)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert not (tmp_path / "state/known/endoflife.json").exists()


def test_a_scan_asks_for_what_was_kept_and_records_it(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    (tmp_path / "kev.json").write_text(json.dumps(CISA))
    itaudit("data", "update", "--kev", tmp_path / "kev.json")
    itaudit("scan", "--config", local_config, "--only", "patches", "--no-save", "--record", tmp_path / "visit.jsonl.gz")
    recorded = gzip.decompress((tmp_path / "visit.jsonl.gz").read_bytes()).decode()
    assert "CVE-2021-3156" in recorded
