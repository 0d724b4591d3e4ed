"""`itaudit scan --root`: a real Debian 11 in a folder, looked at without running anything of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def pending(old_debian: Path) -> set[str]:
    """What Debian 11's own apt would bring, asked of it in its folder."""
    argv = ("chroot", str(old_debian), "apt-get", "--simulate", "dist-upgrade")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100, check=True)
    return set(re.findall(r"^Inst (\S+) \[", done.stdout, re.MULTILINE))


def found(itaudit: Run, root: Path, config: Path, *more: str) -> dict[tuple[str, str], Any]:
    areas = "patches,lifecycle,security"
    done = itaudit("scan", "--root", str(root), "--config", config, "--only", areas, "--no-save", "--json", "-", *more)
    assert done.returncode in (0, 1), done.stderr
    findings = json.loads(done.stdout)["scan"]["findings"]
    return {(finding["check"], finding["subject"]): finding["verdict"] for finding in findings}


@pytest.mark.timeout(900)  # the first time, it is fetched
def test_an_old_debian_in_a_folder_tells_its_end_its_fixes_and_its_accounts(
    itaudit: Run, old_debian: Path, pending: set[str], local_config: Path
) -> None:
    before = state_of(old_debian)
    verdicts = found(itaudit, old_debian, local_config)
    system = next(verdict for (check, _), verdict in verdicts.items() if check == "lifecycle.os")
    assert system["status"] == "fail"
    assert "31 August 2026" in system["summary"]
    fixes = verdicts["patches.security", "system software"]
    assert fixes["status"] == "fail"
    assert f"{len(pending)} security updates wait" in fixes["summary"]
    assert set(re.findall(r"(\S+) \S+ -> ", fixes["detail"])) <= pending
    assert verdicts["patches.repositories", "sources of programs"]["status"] in ("ok", "warn", "fail")
    open_doors = " ".join(v["summary"] + v["detail"] for (c, _), v in verdicts.items() if c == "security.passwordless_accounts")
    assert "anna" in open_doors
    assert "former" in " ".join(f"{s} {v['summary']} {v['detail']}" for (c, s), v in verdicts.items() if c == "security.admins")
    assert "abc$def" not in json.dumps(list(verdicts.values()))
    assert state_of(old_debian) == before, "nothing is written to the disk"


def state_of(folder: Path) -> set[tuple[str, int, int]]:
    return {(str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in folder.rglob("*")}
