"""The certificate and the signed line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from itaudit.drill.certificate import Certificate, as_html, as_text
from itaudit.drill.comparing import Compared, Result
from itaudit.drill.signing import note
from itaudit.errors import UserError
from itaudit.evidence.redact import redact
from itaudit.facts.backups.drills import parse_drills

WHEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = Compared("/home/a", Result.SAME, 10, "00" * 32)
CERTIFICATE = Certificate(
    "office", "/mnt/usb", "restic", "server", "root", WHEN, WHEN, "abc", 7, (GOOD,), 2.5, 100, 5000, (2.0, 60.0)
)
HOSTILE = "<script>alert(1)</script>\x1b[2J\n\u202egpj.exe\udcff{{ 7*7 }}"


def test_one_lost_or_different_or_damaged_file_is_enough_to_fail() -> None:
    assert CERTIFICATE.proven
    for result in (Result.LOST, Result.DIFFERENT):
        assert not replace(CERTIFICATE, compared=(GOOD, Compared("/b", result))).proven
    assert not replace(CERTIFICATE, damaged=(("/a", "ZIP archive: cut"),)).proven
    assert not replace(CERTIFICATE, compared=()).proven
    assert replace(CERTIFICATE, already_damaged=(("/a", "ZIP archive: cut"),)).proven


def test_files_without_originals_prove_only_that_they_come_back() -> None:
    assert replace(CERTIFICATE, compared=(Compared("/b", Result.BACK),)).verdict.startswith("PARTLY PROVEN")


def test_hostile_names_neither_move_the_cursor_nor_add_markup() -> None:
    bad = replace(
        CERTIFICATE,
        backup=HOSTILE,
        host=HOSTILE,
        compared=(Compared(HOSTILE, Result.LOST, why=HOSTILE),),
        already_damaged=((HOSTILE, HOSTILE),),
    )
    text, page = as_text(bad), as_html([bad])
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<script" not in page
    assert "{{ 7*7 }}" in page
    page.encode()
    text.encode()


def test_the_page_names_what_is_lost_and_says_how_much_more_there_is() -> None:
    lost = tuple(Compared(f"/home/{number:02}", Result.LOST, why="gone") for number in range(25))
    page = as_html([replace(CERTIFICATE, compared=(GOOD, *lost))])
    assert "/home/19: gone" in page
    assert "/home/20: gone" not in page
    assert "and 5 more" in page


def test_the_line_is_signed_and_an_altered_one_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    signed = note(CERTIFICATE, log, tmp_path)
    line = json.loads(log.read_text())
    # By the library alone, as somebody else would: all fields but the signature, sorted, without spaces.
    text = json.dumps({name: line[name] for name in sorted(line) if name != "signature"}, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key)).verify(bytes.fromhex(line["signature"]), text.encode())
    [drill] = parse_drills(log.read_text())
    assert drill.proven
    for altered in (line | {"time": "2027-01-01T00:00:00+00:00"}, line | {"key": "00"}, line | {"signature": "zz"}):
        [read] = parse_drills(json.dumps(altered))
        assert read.altered
        assert not read.proven


def test_the_line_holds_no_secret_and_its_signature_fits_after_the_log_was_redacted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    note(replace(CERTIFICATE, state="daily password=hunter2", place="rest:https://me:hunter2@nas/office"), log, tmp_path)
    assert "hunter2" not in log.read_text()
    # As every source does before anything is judged.
    [drill] = parse_drills(redact(log.read_text()))
    assert drill.proven


def test_the_key_is_made_once_and_private_and_lines_are_added(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"torn')
    keys = {note(CERTIFICATE, log, tmp_path).key for _ in range(2)}
    assert len(keys) == 1
    assert (tmp_path / "drill-key.pem").stat().st_mode & 0o777 == 0o600
    assert len(list(parse_drills(log.read_text()))) == 2


def test_a_broken_key_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "drill-key.pem").write_text("garbage")
    with pytest.raises(UserError, match=r"drill-key\.pem cannot be used"):
        note(CERTIFICATE, tmp_path / "log", tmp_path)
