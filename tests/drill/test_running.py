"""The whole test of one backup: what opens, what does not, and what that means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itaudit.drill.certificate import Certificate
from itaudit.drill.restic import RESTIC
from itaudit.drill.restoring import Bench
from itaudit.drill.running import Prepared, Wish, prove
from itaudit.drill.sampling import Sample
from itaudit.drill.saved import SavedFile, State
from itaudit.evidence.questions import Answer, Question
from itaudit.evidence.questions_machine import Command
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine

NOW = datetime.now(UTC)
TORN = b"SQLite format 3\0" + bytes(484)


def proved(folder: Path, machine: Machine, *others: SavedFile) -> Certificate:
    """One torn database came back, of a state that holds the others as well."""

    def look(question: Question) -> Answer:
        assert isinstance(question, Command)
        target = Path(question.argv[question.argv.index("--target") + 1])
        (target / "srv").mkdir()
        (target / "srv" / "accounts.db").write_bytes(TORN)
        return Answer(exit_code=0, seconds=1.0)

    database = SavedFile("/srv/accounts.db", len(TORN), NOW)
    state = State("a" * 64, machine.host, NOW + timedelta(hours=1))
    bench = Bench(look, RESTIC, Repository("office", "restic", "/r"), state, folder, ("ITAUDIT_DRILL", "token"))
    prepared = Prepared(bench, Sample((database,)), (database, *others), 0.1)
    return prove(prepared, machine, Wish(30, 10**9, 1), lambda: NOW)


def test_a_torn_database_is_of_no_use_though_it_came_back(tmp_path: Path, machine: Machine) -> None:
    certificate = proved(tmp_path, machine)
    assert not certificate.proven
    assert certificate.faults[0][0] == "/srv/accounts.db"


@pytest.mark.parametrize("journal", ["-wal", "-journal"])
def test_a_database_that_was_saved_with_its_journal_is_mended_by_it(tmp_path: Path, machine: Machine, journal: str) -> None:
    beside = SavedFile(f"/srv/accounts.db{journal}", 4096, NOW)
    assert proved(tmp_path, machine, beside).proven


def test_an_empty_journal_mends_nothing(tmp_path: Path, machine: Machine) -> None:
    assert not proved(tmp_path, machine, SavedFile("/srv/accounts.db-wal", 0, NOW)).proven


def test_a_small_test_says_that_it_is_small_and_why(tmp_path: Path, machine: Machine) -> None:
    certificate = proved(tmp_path, machine)
    assert certificate.limits == "a small test of 1 file: it holds no more"
    assert replace(certificate, all_files=9, asked=1).limits == "a small test of 1 file: no more were asked for"
    assert (
        replace(certificate, all_files=9, too_large=8).limits
        == "a small test of 1 file: no more fit; 8 files too large for this test"
    )
