"""Tables of accounts without a hash, and binary records of logins, against the programs that write and read them."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.evidence import live_accounts
from itaudit.evidence.live import Live
from itaudit.evidence.redact import redact
from lab.accounts import HASH, AccountsLab

PATIENCE_SECONDS = 60
WHEN = int(datetime(2024, 10, 1, 10, tzinfo=UTC).timestamp())


def logins(path: Path, form: str) -> dict[str, object]:
    body = Live().ask(api.LoginRecords(str(path), form, PATIENCE_SECONDS)).json
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    ("field", "state"),
    [
        (HASH, "set"),
        ("$6$salt$abcdefgh", "set"),
        ("$1$salt$abc", "set"),
        ("ab01FAX.bQRSU", "set"),
        ("_J9..XXXXFvFTkUFzsx2", "set"),
        ("", "empty"),
        ("*", "locked"),
        ("!", "locked"),
        ("!!", "locked"),
        (f"!{HASH}", "locked"),
        ("*LK*", "locked"),
        ("x", "elsewhere"),
    ],
)
def test_a_field_becomes_the_word_for_its_state(field: str, state: str, tmp_path: Path) -> None:
    (tmp_path / "shadow").write_text(f"anna:{field}:20000:0:99999:7:::\n")
    assert Live().ask(api.AccountTable(str(tmp_path / "shadow"))).text == f"anna:{state}:20000:0:99999:7:::\n"


@given(
    st.text(st.characters(blacklist_characters=":\n\r", blacklist_categories=["Cs"]), min_size=12), st.text(":x\n!*$", max_size=9)
)
def test_no_second_field_ever_passes(secret: str, noise: str) -> None:
    shown = live_accounts._without_hash(f"anna:{secret}:1{noise}".splitlines()[0])
    assert secret not in shown or secret in "anna"


def test_a_line_without_fields_passes_nothing(tmp_path: Path) -> None:
    (tmp_path / "shadow").write_text(f"{HASH}\nanna:x\n")
    assert Live().ask(api.AccountTable(str(tmp_path / "shadow"))).text == "?\nanna:elsewhere:\n"


def test_no_recording_holds_a_hash(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    accounts_lab.account("bob", 1001, "old")
    accounts_lab.account("carl", 1002, "locked hash")
    with (accounts_lab.folder / "etc/passwd").open("a") as file:
        file.write("dora:cd02FAX.bQRSU:1003:1003::/home/dora:/bin/sh\n")
    assert accounts_lab.accounts.named("dora")
    recording = "\n".join(accounts_lab.recorder.lines({}))
    assert "anna:set:" in recording
    assert "carl:locked:" in recording
    assert "dora:set:" in recording
    for secret in (HASH, HASH[12:], "ab01FAX.bQRSU", "cd02FAX.bQRSU"):
        assert secret not in recording


def test_the_word_nopasswd_of_sudo_is_no_secret() -> None:
    for line in (
        "anna ALL=(ALL) NOPASSWD: ALL",
        "%sudo ALL=(ALL:ALL) NOPASSWD:ALL",
        "a ALL=NOPASSWD: /bin/x",
        "a ALL=PASSWD: ALL",
        "a ALL=PASSWD:ALL\nb",
        "permit nopass :wheel",
        "permit nopass anna as root cmd apk",
    ):
        assert redact(line) == line
    for telling in ("nopass:", "nopassword:", "passwd:", "PASSWD=", "nopasswd:", "PASSWD: ALL", "passwd: ALL"):
        assert "hunter2" not in redact(f"{telling} hunter2"), telling
    assert "hunter2" not in redact("passwd: ALLhunter2")


def test_wtmp_is_read_as_utmpdump_wrote_it(accounts_lab: AccountsLab) -> None:
    accounts_lab.logged_in("anna", 90)
    accounts_lab.logged_in("bob", 40)
    accounts_lab.logged_in("anna", 60)
    body = logins(accounts_lab.folder / "var/log/wtmp", "wtmp")
    now = accounts_lab.now.timestamp()
    assert body == {"since": int(now - 90 * 86400), "logins": {"anna": int(now - 60 * 86400), "bob": int(now - 40 * 86400)}}


def lastlog_of(path: Path, entries: dict[int, int], form: str = "<i32s256s") -> None:
    size = struct.calcsize(form)
    with path.open("wb") as file:
        for number, when in entries.items():
            file.seek(number * size)
            file.write(struct.pack(form, when, b"pts/0", b"10.0.0.1"))


@pytest.mark.parametrize("form", ["<i32s256s", "<q32s256s"])
def test_lastlog_is_read_on_machines_with_32_and_64_bits_for_the_time(form: str, tmp_path: Path) -> None:
    lastlog_of(tmp_path / "lastlog", {0: WHEN - 5, 1000: WHEN, 1007: WHEN - 9}, form)
    assert logins(tmp_path / "lastlog", "lastlog") == {
        "since": WHEN - 9,
        "logins": {"#0": WHEN - 5, "#1000": WHEN, "#1007": WHEN - 9},
    }


def test_lslogins_reads_the_same_of_lastlog(tmp_path: Path, needs: Callable[..., str]) -> None:
    needs("lslogins", "util-linux")
    lastlog_of(tmp_path / "lastlog", {0: WHEN})
    argv = [
        "lslogins",
        "--lastlog",
        str(tmp_path / "lastlog"),
        "--time-format",
        "iso",
        "-o",
        "UID,LAST-LOGIN",
        "--raw",
        "-l",
        "root",
    ]
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True, env=environment)
    assert "2024-10-01T10:00:00" in done.stdout
    assert logins(tmp_path / "lastlog", "lastlog")["logins"] == {"#0": WHEN}


def test_a_lastlog_of_a_terabyte_of_holes_is_read_at_once(tmp_path: Path) -> None:
    """Numbers of a directory of the network are large, and the file is as long as the largest; `du` shows how little it is."""
    lastlog_of(tmp_path / "lastlog", {1000: WHEN, 3_000_000_000: WHEN + 7})
    assert (tmp_path / "lastlog").stat().st_size > 800 * 10**9
    assert logins(tmp_path / "lastlog", "lastlog")["logins"] == {"#1000": WHEN, "#3000000000": WHEN + 7}


def test_lastlog2_and_wtmpdb_are_read(tmp_path: Path) -> None:
    """Tables as lastlog2 2.40 and wtmpdb 0.13 make them."""
    with sqlite3.connect(tmp_path / "lastlog2.db") as connection:
        connection.execute("CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT)")
        connection.execute("INSERT INTO Lastlog2 VALUES ('anna', ?, 'pts/0', '', 'sshd'), ('bob', 'x', '', '', '')", (WHEN,))
    with sqlite3.connect(tmp_path / "wtmp.db") as connection:
        connection.execute(
            "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, "
            "TTY TEXT, RemoteHost TEXT, Service TEXT)"
        )
        rows = [(1, "reboot", WHEN - 99), (3, "anna", WHEN - 50), (3, "anna", WHEN)]
        connection.executemany("INSERT INTO wtmp(Type, User, Login) VALUES (?, ?, ? * 1000000)", rows)
    for name, form in (("lastlog2.db", "lastlog2"), ("wtmp.db", "wtmpdb")):
        assert logins(tmp_path / name, form) == {"since": WHEN, "logins": {"anna": WHEN}}


def test_a_database_that_counts_for_ever_is_stopped(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "evil.db") as connection:
        connection.execute(
            "CREATE VIEW Lastlog2 AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS Name, i AS Time FROM n"
        )
    assert Live().ask(api.LoginRecords(str(tmp_path / "evil.db"), "lastlog2", 0.2)).problem == "unreadable"


@pytest.mark.parametrize("form", ["wtmp", "lastlog", "lastlog2", "wtmpdb"])
def test_what_is_no_record_is_unreadable_and_what_is_not_there_not_found(form: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no record, just words\n" * 3)
    assert Live().ask(api.LoginRecords(str(tmp_path / "text"), form)).problem == "unreadable"
    assert Live().ask(api.LoginRecords(str(tmp_path / "none"), form)).problem == "not_found"
    os.mkfifo(tmp_path / "pipe")
    assert Live().ask(api.LoginRecords(str(tmp_path / "pipe"), form)).problem == "unreadable"


def test_a_record_that_is_too_long_is_not_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wtmp").write_bytes(bytes(384 * 4))
    monkeypatch.setattr(live_accounts, "_LIMIT_BYTES", 384 * 3)
    for form in ("wtmp", "lastlog"):
        assert Live().ask(api.LoginRecords(str(tmp_path / "wtmp"), form)).problem == "unreadable"


@settings(max_examples=60, suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture])
@given(
    noise=st.binary(max_size=1200),
    form=st.sampled_from(["wtmp", "lastlog", "lastlog2"]),
    size=st.sampled_from([1, 292, 296, 384, 400]),
)
def test_hostile_records_give_an_answer(noise: bytes, form: str, size: int, tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(noise[: len(noise) // size * size])
    with suppress(api.Missing):
        body = json.loads(live_accounts.login_records(api.LoginRecords(str(file), form)).body)
        assert all(isinstance(when, int) and when > 0 for when in body["logins"].values())
