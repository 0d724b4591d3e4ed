"""`itaudit scan` from end to end on this very machine."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import itaudit as itaudit_package
from cli.conftest import Run, environment, findings_of

PATIENCE_SECONDS = 60

STUCK = '''"""Nothing is stuck.

It is.
"""
from dataclasses import dataclass
from itaudit import api

@dataclass(frozen=True)
class Probe:
    subject: str

@api.provider("linux", seconds={seconds})
def probes(ask: api.Ask) -> api.Facts[Probe]:
    yield Probe("quick")
    ask(api.Command(("sh", "-c", "trap '' TERM INT; (setsid {sleep} &); {sleep} & {sleep}"), timeout=600)).text
    yield Probe("late")

@api.check(severity=api.Severity.LOW)
def {name}(probe: Probe) -> api.Verdict:
    {body}
    return api.verdict(api.Status.OK, "fine")
'''


@pytest.fixture
def sleep() -> str:
    """A command that nobody else runs: its process is known by it, whatever other tests run at the same time."""
    return f"sleep 5711.{uuid.uuid4().int % 10**12:012}"


def drop_in(home: Path, name: str, sleep: str, *, body: str = "pass", seconds: float = 500) -> Path:
    """A check that is stuck in its command; abandoned after so many seconds."""
    folder = home / "plugins"
    path = folder / "stuck" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = STUCK
    for word, value in {"name": name, "sleep": sleep, "body": body, "seconds": str(seconds)}.items():
        text = text.replace(f"{{{word}}}", value)
    path.write_text(text)
    for one in (path, path.parent, folder):
        one.chmod(0o755 if one.is_dir() else 0o644)
    return folder


def config(home: Path, local: Path, more: str) -> Path:
    path = home / "with.toml"
    path.write_text(local.read_text() + more)
    return path


def left(word: str) -> list[int]:
    """Processes with these words in their command that do not end."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        running = [
            process.pid
            for process in psutil.process_iter(["cmdline", "status"])
            if word in " ".join(process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE
        ]
        if not running or time.monotonic() > end:
            return running
        time.sleep(0.05)


def comparable(path: Path) -> Any:
    document = json.loads(path.read_text())
    findings = {f"{finding['check']} {finding['subject']}": finding for finding in document["scan"]["findings"]}
    return findings | {"score": document["score"], "actions": document["actions"]}


def test_a_recorded_visit_and_its_replay_have_equal_findings_score_and_plan(
    itaudit: Run, tmp_path: Path, local_config: Path
) -> None:
    first = itaudit("scan", "--config", local_config, "--record", "a.gz", "--json", "a.json")
    assert first.returncode in (0, 1), first.stderr
    second = itaudit("scan", "--from", "a.gz", "--json", "b.json")
    assert second.returncode == first.returncode, second.stderr
    assert comparable(tmp_path / "a.json") == comparable(tmp_path / "b.json")
    assert len(findings_of(tmp_path / "a.json")) > 30
    assert (tmp_path / "a.gz").stat().st_mode & 0o777 == 0o600


def test_a_replay_asks_this_machine_nothing_and_keeps_nothing(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    itaudit("scan", "--config", local_config, "--only", "disks", "--record", "a.gz", "--no-save")
    first, *others = gzip.decompress((tmp_path / "a.gz").read_bytes()).splitlines(keepends=True)
    head = json.loads(first)
    head["machine"]["host"] = "elsewhere"
    (tmp_path / "b.gz").write_bytes(json.dumps(head).encode() + b"\n" + b"".join(others))
    done = itaudit("scan", "--from", "b.gz", "--only", "disks", "--json", "-")
    assert {finding["host"] for finding in json.loads(done.stdout)["scan"]["findings"]} == {"elsewhere"}
    assert "No scan is kept" in itaudit("history").stdout


def test_a_scan_is_saved_listed_and_rendered_again_the_same(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    done = itaudit(
        "scan", "--config", local_config, "--only", "disks,nagios", "--json", "a.json", "--md", "a.md", "--csv", "a.csv"
    )
    name = json.loads((tmp_path / "a.json").read_text())["scan"]["id"]
    assert f"Saved as {name}" in " ".join(done.stdout.split())
    assert name in itaudit("history").stdout
    assert itaudit("report", name, "--json", "b.json", "--md", "b.md", "--csv", "b.csv").returncode == 0
    for kind in ("json", "md", "csv"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
        assert (tmp_path / f"a.{kind}").stat().st_mode & 0o777 == 0o600
    assert json.loads(itaudit("history", "--json").stdout)[0]["id"] == name


def test_the_summary_fits_a_terminal_of_eighty_by_twenty_four(itaudit: Run, local_config: Path) -> None:
    lines = itaudit("scan", "--config", local_config).stdout.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_part_of_the_machine_gets_no_grade(itaudit: Run, local_config: Path) -> None:
    score = json.loads(itaudit("scan", "--config", local_config, "--only", "disks", "--json", "-").stdout)["score"]
    assert score["grade"] == "-"


def test_the_exit_code_follows_the_worst_open_finding(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    def code(plugin_exit: int, *options: str) -> int:
        more = f'[nagios.plugins]\nx = ["sh", "-c", "echo it; exit {plugin_exit}"]\n'
        path = config(tmp_path, local_config, more)
        return itaudit("scan", "--config", path, "--only", "nagios", "--no-save", *options).returncode

    assert code(0) == 0
    assert code(2) == 1
    assert code(2, "--fail-on", "critical") == 0
    assert code(1, "--fail-on", "low") == 0
    assert code(3) == 0
    assert code(3, "--strict") == 3
    assert code(2, "--strict") == 1


def test_an_accepted_failure_does_not_raise_the_exit_code(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    more = (
        '[nagios.plugins]\nx = ["sh", "-c", "echo it; exit 2"]\n'
        '[[accepted]]\ncheck = "nagios.plugin"\nby = "owner"\nreason = "known"\nsince = 2026-01-01\nuntil = {until}\n'
    )
    from datetime import UTC, datetime, timedelta

    until = (datetime.now(UTC) + timedelta(days=30)).date()
    text = more.replace("since = 2026-01-01\n", "").format(until=until)
    assert itaudit("scan", "--config", config(tmp_path, local_config, text), "--only", "nagios", "--no-save").returncode == 0


@pytest.mark.timeout(300)
def test_stuck_probes_do_not_hold_the_scan_and_leave_nothing_behind(
    itaudit: Run, tmp_path: Path, local_config: Path, sleep: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    plugins = drop_in(tmp_path, "fifo", sleep, body=f"open({str(tmp_path / 'fifo')!r}).read()", seconds=3)
    drop_in(tmp_path, "sleep", sleep, seconds=3)
    path = config(tmp_path, local_config, f'[plugins]\nfolder = "{plugins}"\n')
    done = itaudit("scan", "--config", path, "--deadline", "25", "--json", "a.json", "--record", "a.gz")
    assert done.returncode in (0, 1), done.stderr
    status = {(f["check"], f["subject"]): f["verdict"]["status"] for f in findings_of(tmp_path / "a.json")}
    assert status[("stuck.sleep", "quick")] == "ok"
    assert status[("stuck.sleep", "this machine")] == "unknown"
    assert status[("stuck.fifo", "this machine")] == "unknown"
    assert status[("disks.space", "/")] in ("ok", "warn", "fail")
    assert left(sleep) == []
    # judged again, the abandoned ones are abandoned at the same place
    itaudit("scan", "--from", "a.gz", "--config", path, "--json", "b.json")
    assert comparable(tmp_path / "a.json") == comparable(tmp_path / "b.json")


def test_ctrl_c_keeps_a_partial_scan_and_ends_with_130(
    started: Callable[..., subprocess.Popen[str]], itaudit: Run, tmp_path: Path, local_config: Path, sleep: str
) -> None:
    plugins = drop_in(tmp_path, "sleep", sleep)
    path = config(tmp_path, local_config, f'[plugins]\nfolder = "{plugins}"\n')
    process = started("scan", "--config", path, "--only", "stuck,disks")
    assert process.stderr is not None
    while "disks done" not in (line := process.stderr.readline()):
        assert line, "it ended before the disks were done"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    kept = json.loads(itaudit("history", "--json").stdout)
    assert [row["partial"] for row in kept] == [True]
    stored = json.loads(itaudit("report", "--json", "-").stdout)["scan"]
    assert {f["verdict"]["status"] for f in stored["findings"] if f["check"] == "disks.space"} <= {"ok", "warn", "fail"}
    assert left(sleep) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_service_managers_end_keeps_a_partial_scan_too(
    started: Callable[..., subprocess.Popen[str]], itaudit: Run, tmp_path: Path, local_config: Path, sleep: str, number: int
) -> None:
    path = config(tmp_path, local_config, f'[plugins]\nfolder = "{drop_in(tmp_path, "sleep", sleep)}"\n')
    process = started("scan", "--config", path, "--only", "stuck,disks")
    assert process.stderr is not None
    while "disks done" not in (line := process.stderr.readline()):
        assert line, "it ended before the disks were done"
    process.send_signal(number)
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, errors
    assert [row["partial"] for row in json.loads(itaudit("history", "--json").stdout)] == [True]
    assert left(sleep) == []


def test_what_hides_from_us_is_ended_with_the_scan(itaudit: Run, tmp_path: Path, local_config: Path, sleep: str) -> None:
    more = f'[nagios.plugins]\nx = ["sh", "-c", "env -i setsid {sleep} >/dev/null 2>&1 </dev/null & echo fine"]\n'
    done = itaudit("scan", "--config", config(tmp_path, local_config, more), "--only", "nagios", "--no-save")
    assert done.returncode == 0, done.stderr
    assert left(sleep) == []


def test_two_scans_at_the_same_time_are_both_kept(
    started: Callable[..., subprocess.Popen[str]], itaudit: Run, local_config: Path
) -> None:
    both = [started("scan", "--config", local_config, "--only", "disks") for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode in (0, 1), errors
    assert len(json.loads(itaudit("history", "--json").stdout)) == 2


@pytest.mark.timeout(600)  # fifty scans, on a machine that may do other things too
def test_killed_at_any_moment_the_store_holds_every_scan_that_said_saved(
    started: Callable[..., subprocess.Popen[str]], itaudit: Run, local_config: Path
) -> None:
    import random

    chance = random.Random(50)
    began = time.monotonic()
    itaudit("scan", "--config", local_config, "--only", "nagios")
    usual_seconds = time.monotonic() - began
    saved = []
    for _ in range(50):
        process = started("scan", "--config", local_config, "--only", "nagios")
        # Most moments near the end, where the writing is.
        time.sleep(usual_seconds * chance.triangular(0.1, 1.2, 1.0))
        process.kill()
        output, _ = process.communicate()
        saved += [line.split()[2] for line in output.splitlines() if line.startswith("Saved as ")]
    kept = {row["id"] for row in json.loads(itaudit("history", "--json", "--most", "100").stdout)}
    assert set(saved) <= kept
    for name in kept:
        assert itaudit("report", name, "--json", "-").returncode == 0, name
        break
    assert len(kept) >= 1


def as_nobody(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run as an ordinary user who can reach the interpreter, even where it lives in root's own folder.

    In a mount namespace of its own, that folder is covered by an open one that holds nothing but the interpreter's.
    """
    places = {Path(sys.base_prefix), Path(sys.prefix), Path(itaudit_package.__file__ or "").parent.parent}
    script = [f"mkdir -p {home}/hold"]
    closed = {one for place in places for one in place.parents if not one.stat().st_mode & 0o001}
    for number, blocked in enumerate(sorted(closed)):
        inside = [place.relative_to(blocked).parts[0] for place in places if blocked in place.parents]
        for name in inside:
            script.append(f"mkdir -p {home}/hold/{number}/{name} && mount --bind {blocked}/{name} {home}/hold/{number}/{name}")
        script.append(f"mount -t tmpfs -o mode=755 tmpfs {blocked}")
        for name in inside:
            script.append(f"mkdir {blocked}/{name} && mount --bind {home}/hold/{number}/{name} {blocked}/{name}")
    script.append('exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"')
    return subprocess.run(
        ["unshare", "-m", "sh", "-ec", "\n".join(script), "sh", *command],
        capture_output=True,
        text=True,
        timeout=90,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": str(home / "own"), "ITAUDIT_STATE": str(home / "own" / "state")},
    )


def test_without_root_the_scan_works_and_says_what_it_could_not_see(
    local_config: Path, needs_root: Callable[[], None], needs: Callable[..., str]
) -> None:
    needs_root()
    needs("unshare", "util-linux")
    # Not below pytest's own folder, which only root may enter.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "own").mkdir()
        os.chown(home / "own", 65534, 65534)
        (home / "itaudit.toml").write_text(local_config.read_text())
        done = as_nobody(home, sys.executable, "-m", "itaudit", "scan", "--config", f"{home}/itaudit.toml", "--json", "-")
        assert done.returncode in (0, 1), done.stderr
        assert (home / "own" / "state" / "itaudit.db").stat().st_uid == 65534
    document = json.loads(done.stdout)
    assert document["scan"]["machine"]["admin"] is False
    assert any("root" in f["verdict"]["unlock"] for f in document["scan"]["findings"] if f["verdict"]["status"] == "unknown")


def test_a_damaged_module_of_ours_costs_neither_the_scan_nor_the_reports(tmp_path: Path, local_config: Path) -> None:
    program = tmp_path / "damaged.py"
    program.write_text(
        "import sys\n"
        "sys.modules['itaudit.checks.backups.exists'] = sys.modules['itaudit.facts.updates.apt'] = None\n"
        "from itaudit.cli.app import main\n"
        "main()\n"
    )
    reports = [part for name in ("json", "html", "md", "csv") for part in (f"--{name}", f"a.{name}")]
    done = subprocess.run(
        [sys.executable, program, "scan", "--config", local_config, "--no-save", *reports],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    found = {(f["check"], f["subject"]): f for f in findings_of(tmp_path / "a.json")}
    lost = found["backups.exists", "this machine"]
    assert (lost["verdict"]["status"], lost["severity"]) == ("unknown", "critical")
    assert found["plugins.load", "itaudit.facts.updates.apt"]["verdict"]["status"] == "unknown"
    patches = [f for (check, _), f in found.items() if check == "patches.security" and "updates.apt" in f["verdict"]["detail"]]
    assert [finding["verdict"]["status"] for finding in patches] == ["unknown"]
