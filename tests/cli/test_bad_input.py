"""Wrong use and hostile input: one clear line, exit code 2, nothing executed, nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Run, environment


def refused(done: object) -> str:
    code, errors = done.returncode, done.stderr.strip()  # type: ignore[attr-defined] # a CompletedProcess
    assert code == 2, errors
    assert "Traceback" not in errors
    line: str = errors.splitlines()[-1]
    return line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[checks.disks.spcae]\n", "did you mean 'space'?"),
        ("[[[", "not valid TOML"),
        ("[targets]\ndomains = ['<script>alert(1)</script>']\n", "domains"),
        ("[plugins]\nfolder = '/no/such/folder'\n", "folder"),
        ("[scan]\ndeadline_seconds = 'soon'\n", "deadline_seconds"),
    ],
)
def test_a_wrong_configuration_is_one_line(itaudit: Run, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    done = itaudit("scan", "--config", "bad.toml")
    assert words in refused(done)
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list((tmp_path / "state").glob("*.db-wal"))


@pytest.mark.parametrize(
    "command",
    [
        ("scan", "--root", "{name}"),
        ("scan", "--from", "{name}"),
        ("scan", "--config", "{name}"),
        ("data", "update", "--kev", "{name}"),
        ("inventory", "--cyclonedx", "/nowhere/{name}"),
    ],
)
def test_a_file_name_in_an_error_steers_no_terminal(itaudit: Run, command: tuple[str, ...]) -> None:
    name = "no\x1b[31mRED\nFAKE\u202e"
    done = itaudit(*(part.format(name=name) for part in command))
    assert "no\\x1b[31mRED FAKE\\u202e" in refused(done)
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_configuration_in_the_folder_is_used_without_being_named(itaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "itaudit.toml").write_text("[checks.disks.space]\nfree_percent = { warn = 3, fail = 2 }\n")
    shown = itaudit("config", "show")
    assert "free_percent = { warn = 3, fail = 2 }    # set in the file" in shown.stdout
    assert json.loads(itaudit("config", "show", "--json").stdout)["configuration"] == "itaudit.toml"
    assert "valid" in itaudit("config", "check").stdout


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x1f\x8b\x08", gzip.compress(b"[" * 10_000_000), b'{"itaudit_bundle": 7}\n']
)
def test_a_hostile_recording_is_one_line(itaudit: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.gz").write_bytes(content)
    assert "bad.gz" in refused(itaudit("scan", "--from", "bad.gz"))


def test_a_recording_full_of_hostile_names_changes_nothing_on_the_terminal(itaudit: Run, tmp_path: Path) -> None:
    host = '\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>\u202e#import "x"\0'
    machine = {"host": host, "system": "linux", "now": "2026-11-22T00:00:00+00:00", "admin": True, "release": host}
    lines = json.dumps({"itaudit_bundle": 1, "machine": machine, "settings": {}}) + "\n"
    (tmp_path / "evil.jsonl").write_text(lines)
    done = itaudit("scan", "--from", "evil.jsonl", "--json", "a.json", "--md", "a.md", "--csv", "a.csv", "--html", "a.html")
    assert done.returncode in (0, 1), done.stderr
    for text in (done.stdout, done.stderr, *((tmp_path / name).read_text() for name in ("a.json", "a.md", "a.csv", "a.html"))):
        assert not set(text) & {"\x1b", "\x07", "\0", "\u202e"}
    assert "<script>" not in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "--from", "none.gz"),
        ("scan", "--config", "none.toml"),
        ("scan", "--only", "diskz"),
        ("scan", "--only", ","),
        ("scan", "--html", "a", "--md", "a", "--no-save"),
        ("scan", "--record", "a", "--json", "a", "--no-save"),
        ("scan", "--record", "no/such/folder/a.gz", "--no-save"),
        ("scan", "--html", "no/such/folder/a.html", "--no-save"),
        ("scan", "--html", ".", "--no-save"),
        ("scan", "--deadline", "0"),
        ("scan", "--deadline", "nan"),
        ("scan", "--fail-on", "everything"),
        ("scan", "--state", "/dev/null/x"),
        ("report", "nothing"),
        ("checks", "show", "disks.spcae"),
        ("nonsense",),
    ],
)
def test_wrong_use_ends_with_two_and_says_what_to_do(itaudit: Run, arguments: tuple[str, ...]) -> None:
    assert len(refused(itaudit(*arguments))) > 15


def test_a_damaged_store_is_left_as_it_is_and_the_scan_still_answers(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "itaudit.db").write_bytes(b"garbage" * 1000)
    done = itaudit("scan", "--config", local_config, "--only", "nagios", "--md", "a.md")
    assert "Move it away" in refused(done)
    assert "not kept" in done.stderr
    assert (tmp_path / "a.md").stat().st_size > 100
    assert (tmp_path / "state" / "itaudit.db").read_bytes() == b"garbage" * 1000


def test_a_full_disk_under_the_store_does_not_stop_the_scan(
    itaudit: Run, tmp_path: Path, local_config: Path, needs_root: Callable[[], None]
) -> None:
    needs_root()
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", full], check=True)
    try:
        done = itaudit("scan", "--config", local_config, "--only", "nagios", "--state", full, "--json", "a.json")
    finally:
        # Lazily, because a scan of another test may be looking at this file system too.
        subprocess.run(["umount", "--lazy", full], check=True)
    assert "Make room" in refused(done)
    assert (tmp_path / "a.json").exists()


def test_a_damaged_scan_in_the_store_does_not_stop_the_next(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    itaudit("scan", "--config", local_config, "--only", "nagios")
    with sqlite3.connect(tmp_path / "state" / "itaudit.db") as connection:
        connection.execute("UPDATE documents SET document = x'00'")
    connection.close()
    done = itaudit("scan", "--config", local_config, "--only", "nagios", "--json", "a.json")
    assert done.returncode == 0, done.stderr
    assert any("not compared" in note for note in json.loads((tmp_path / "a.json").read_text())["scan"]["notes"])
    assert len(json.loads(itaudit("history", "--json").stdout)) == 2


def test_a_store_that_lost_its_tables_costs_the_comparison_and_not_the_scan(
    itaudit: Run, tmp_path: Path, local_config: Path
) -> None:
    itaudit("scan", "--config", local_config, "--only", "nagios")
    with sqlite3.connect(tmp_path / "state" / "itaudit.db") as connection:
        for table in ("documents", "evidence", "scans", "standing"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    done = itaudit("scan", "--config", local_config, "--only", "nagios", "--json", "a.json")
    assert "not kept" in refused(done)
    assert any("not compared" in note for note in json.loads((tmp_path / "a.json").read_text())["scan"]["notes"])
    assert "cannot be read" in refused(itaudit("history"))
    assert "cannot be read" in refused(itaudit("report"))


def test_a_recording_cannot_make_us_run_code(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    folder = tmp_path / "evil" / "disks"
    folder.mkdir(parents=True)
    (folder / "pwn.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    head = {
        "itaudit_bundle": 1,
        "machine": {"host": "h", "system": "linux", "now": "2026-11-22T00:00:00+00:00", "admin": True},
        "settings": {"plugins": {"folder": str(folder.parent)}, "checks": {"gone": {"check": {"x": 1}}}, "nonsense": {"a": 1}},
    }
    (tmp_path / "evil.jsonl").write_text(json.dumps(head) + "\n")
    done = itaudit("scan", "--from", "evil.jsonl", "--only", "nagios", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_words_that_look_like_secrets_in_the_configuration_do_not_lose_the_scan(
    itaudit: Run, tmp_path: Path, local_config: Path
) -> None:
    path = tmp_path / "words.toml"
    more = '[[accepted]]\ncheck = "nagios.plugin"\nby = "o"\nreason = "Peter knows the admin password:"\nuntil = 2026-12-01\n'
    path.write_text(local_config.read_text() + more + '[nagios.plugins]\nx = ["echo", "--password:", "secret:", "hunter2"]\n')
    done = itaudit("scan", "--config", path, "--only", "nagios", "--record", "a.gz")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(itaudit("history", "--json").stdout)) == 1
    assert itaudit("scan", "--from", "a.gz", "--only", "nagios").returncode == 0


def test_standard_output_that_takes_nothing_is_no_traceback(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    script = f"exec {sys.executable} -m itaudit checks list > /dev/full"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, env=environment(tmp_path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    script = f"{sys.executable} -m itaudit checks list | head -1"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, env=environment(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_reading_makes_no_store(itaudit: Run, tmp_path: Path) -> None:
    assert "No scan is kept" in itaudit("history").stdout
    assert "itaudit scan" in refused(itaudit("report"))
    assert not (tmp_path / "state").exists()


def test_a_store_that_breaks_meanwhile_does_not_lose_the_answer(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    itaudit("scan", "--config", local_config, "--only", "nagios")
    with sqlite3.connect(tmp_path / "state" / "itaudit.db") as connection:
        connection.execute("DROP TABLE measurements")
        connection.execute("DROP TABLE standing")
    connection.close()
    done = itaudit("scan", "--config", local_config, "--only", "nagios", "--json", "a.json")
    assert done.returncode == 2
    assert "could not be saved" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a.json").exists()


def test_root_runs_no_plugin_that_others_can_change_and_says_so(itaudit: Run, tmp_path: Path, local_config: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    folder = tmp_path / "plugins" / "evil"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "one.py").chmod(0o666)
    path = tmp_path / "p.toml"
    path.write_text(f'{local_config.read_text()}\n[plugins]\nfolder = "{folder.parent}"\n')
    document = json.loads(itaudit("scan", "--config", path, "--only", "nagios", "--json", "-").stdout)
    assert [f["check"] for f in document["scan"]["findings"] if f["verdict"]["status"] == "unknown"] == ["plugins.load"]
    assert not (tmp_path / "ran").exists()


def test_what_config_show_prints_is_a_configuration_that_means_the_same(itaudit: Run, tmp_path: Path) -> None:
    risk = '[[accepted]]\ncheck = "dns.spf"\nby = "o\\u0007"\nreason = "r \U0001f4f6"\nuntil = 2027-01-01\n'
    text = f"""
    [internet]
    down_mbps = 100.5
    [importance]
    "/srv data*" = "vital"
    [weights]
    disks = 30
    [nagios.plugins]
    "odd name" = ["echo", "\\u0022quoted\\u0022"]
    [checks.disks.space.where."/mnt/a \\u0022b"]
    free_percent = {{ warn = 3, fail = 2 }}
    {risk}{risk.replace("dns.spf", "dns.dmarc")}"""
    (tmp_path / "a.toml").write_text(text)
    shown = itaudit("config", "show", "--config", "a.toml")
    assert shown.returncode == 0, shown.stderr
    assert not set(shown.stdout) & {"\x1b", "\x07"}
    (tmp_path / "b.toml").write_text(shown.stdout)
    both = [json.loads(itaudit("config", "show", "--config", name, "--json").stdout)["settings"] for name in ("a.toml", "b.toml")]
    values = [{table: {n: v["value"] for n, v in rows.items()} for table, rows in one.items()} for one in both]
    assert values[0] == values[1]
    assert shown.stdout.count("[[accepted]]") == 2


def test_help_and_version_answer(itaudit: Run) -> None:
    assert "itaudit scan" in itaudit("--help").stdout
    assert itaudit("--version").stdout.startswith("itaudit ")
    assert "Exit codes" in itaudit("scan", "--help").stdout


def test_checks_can_be_listed_and_shown(itaudit: Run) -> None:
    assert "disks.space" in itaudit("checks", "list").stdout
    listed = json.loads(itaudit("checks", "list", "--json").stdout)
    assert {"id", "severity", "title", "enabled"} == set(listed[0])
    shown = itaudit("checks", "show", "disks.space").stdout
    assert "free_percent" in shown
    assert json.loads(itaudit("checks", "show", "disks.space", "--json").stdout)["severity"] == "high"
