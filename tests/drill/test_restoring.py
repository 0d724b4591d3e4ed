"""What the program says decides between lost, back and a full disk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from itaudit.drill.comparing import Compared, Result
from itaudit.drill.restic import RESTIC
from itaudit.drill.restoring import Bench, restore
from itaudit.drill.running import PRODUCTS, Prepared, Wish, check_space, prepare
from itaudit.drill.sampling import Sample
from itaudit.drill.saved import Product, SavedFile, State
from itaudit.errors import Missing, NotFound, Unreachable, Unreadable, UserError
from itaudit.evidence.live_drill import PrivateFolder
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.evidence.questions_machine import Command
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.model import Machine
from lab.drill import DrillLab

NOW = datetime.now(UTC)
FILES = (SavedFile("/nowhere/one", 3, NOW), SavedFile("/nowhere/two", 3, NOW))


STATES = json.dumps([{"id": "a" * 64, "time": NOW.isoformat(), "hostname": "server"}])


def bench_of(folder: Path, exit_code: int, errors: str, *, writes: bool = True, later: Answer | None = None) -> Bench:
    """A program that brings back what it is asked for, then ends with this code and these words.

    later: what it answers when it is asked again which states there are; by default that all is as before.
    """

    def look(question: Question) -> Answer:
        assert isinstance(question, Command)
        assert ("ITAUDIT_DRILL", "token") in question.environment
        if "snapshots" in question.argv:
            return later or Answer(body=STATES, exit_code=0)
        target = Path(question.argv[question.argv.index("--target") + 1])
        for word, path in zip(question.argv, question.argv[1:], strict=False):
            if word == "--include" and writes:
                (target / path[1:]).parent.mkdir(parents=True, exist_ok=True)
                (target / path[1:]).write_text("abc")
        return Answer(exit_code=exit_code, errors=errors, seconds=1.0)

    state = State("a" * 64, "server", NOW + timedelta(hours=1))
    return Bench(look, RESTIC, Repository("office", "restic", "/r"), state, folder, ("ITAUDIT_DRILL", "token"))


def ignore(_: Compared) -> None:
    """Opens nothing."""


@pytest.mark.parametrize(
    ("code", "errors", "result"),
    [
        (0, "", Result.BACK),
        (1, "ignoring error for /one: lchown /x: operation not permitted\nThere were 1 errors", Result.BACK),
        (1, "ciphertext verification failed", Result.LOST),
        (1, "lchown: operation not permitted\nciphertext verification failed", Result.LOST),
        (1, "", Result.LOST),
    ],
)
def test_an_error_of_the_program_counts_unless_it_is_of_rights_only(
    tmp_path: Path, code: int, errors: str, result: Result
) -> None:
    compared, seconds = restore(bench_of(tmp_path, code, errors), Sample(FILES), ignore)
    assert [one.result for one in compared] == [result, result]
    assert seconds == 1.0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("later", "error", "words"),
    [
        (Answer(exit_code=1, errors="dial tcp 192.0.2.1:22: connect: connection refused"), Unreachable, "refused"),
        (
            Answer(exit_code=1, errors="unable to open config file: Is there a repository at the following location?"),
            NotFound,
            "config file",
        ),
        (Answer(body="[]", exit_code=0), NotFound, "removed during the test"),
    ],
)
def test_a_backup_that_went_away_during_the_test_has_lost_nothing(
    tmp_path: Path, later: Answer, error: type[Missing], words: str
) -> None:
    with pytest.raises(error, match=words):
        restore(bench_of(tmp_path, 1, "Load(<data/1>): unexpected EOF", later=later), Sample(FILES), ignore)


def test_there_is_an_end_to_trying_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Half an hour passes between the two files.
    clock = SimpleNamespace(monotonic=iter((0.0, 1.0, 1801.0)).__next__)
    monkeypatch.setattr("itaudit.drill.restoring.time", clock)
    compared, _ = restore(bench_of(tmp_path, 1, "ciphertext verification failed"), Sample(FILES), ignore)
    assert [one.why for one in compared] == [
        "ciphertext verification failed",
        "it came back with errors or not at all, and there was no time to try it alone",
    ]


def test_a_program_that_is_killed_proves_nothing_and_condemns_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="signal 9"):
        restore(bench_of(tmp_path, -9, ""), Sample(FILES), ignore)


def test_files_that_do_not_come_back_without_an_error_are_lost_too(tmp_path: Path) -> None:
    compared, _ = restore(bench_of(tmp_path, 0, "", writes=False), Sample(FILES), ignore)
    assert [one.result for one in compared] == [Result.LOST, Result.LOST]


def test_files_that_do_not_come_back_of_a_state_that_was_tidied_away_are_not_lost(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="removed during the test"):
        restore(bench_of(tmp_path, 0, "", writes=False, later=Answer(body="[]", exit_code=0)), Sample(FILES), ignore)


def test_passwords_in_errors_are_not_shown(tmp_path: Path) -> None:
    errors = "cannot read https://user:battery@nas/repo"
    compared, _ = restore(bench_of(tmp_path, 1, errors), Sample(FILES), ignore)
    assert "battery" not in compared[0].why


def test_a_program_that_hangs_proves_nothing_and_condemns_nothing(tmp_path: Path) -> None:
    hung = replace(bench_of(tmp_path, 0, ""), look=lambda _: Answer(problem="timed_out", detail="restic"))
    with pytest.raises(Missing, match="restic"):
        restore(hung, Sample(FILES), ignore)


def prepared_on(folder: Path, lab: DrillLab, live_source: Source) -> Prepared:
    path = folder / "itaudit-drill-a"
    path.mkdir(parents=True)
    repository = Repository(
        "office",
        lab.product,
        str(lab.repository),
        password_file=str(lab.backups.password_file),
        environment=(("BORG_BASE_DIR", str(lab.backups.folder / "borg")),),
    )
    private = PrivateFolder(path, ("ITAUDIT_DRILL", path.name))
    # Not NOW, which is when the tests were collected: the laboratory may have been made hours after that.
    machine = replace(live_source.machine, now=datetime.now(UTC) + timedelta(hours=1))
    return prepare(live_source.ask, machine, repository, private, Wish(60, 10**9, 1))


def test_a_disk_without_room_is_refused_before_anything_is_brought_back(
    drill_lab: DrillLab, live_source: Source, tiny: Path, tmp_path: Path
) -> None:
    prepared = prepared_on(tmp_path / "roomy", drill_lab, live_source)
    check_space(replace(prepared, sample=Sample(())))
    with pytest.raises(UserError, match="free and the test needs"):
        check_space(replace(prepared, bench=replace(prepared.bench, folder=tiny / "itaudit-drill-a")))


def test_a_disk_that_fills_up_is_not_held_against_the_backup(
    drill_lab: DrillLab, live_source: Source, tiny: Path, tmp_path: Path
) -> None:
    prepared = prepared_on(tmp_path / "roomy", drill_lab, live_source)
    # The list came from a roomy disk; what comes back (560 kB) does not fit on the tiny one. The cache stays where it was.
    full = replace(prepared.bench, folder=tiny, product=_with_cache(prepared))
    with pytest.raises(UserError, match="filled up during the test"):
        restore(full, prepared.sample, ignore)


def _with_cache(prepared: Prepared) -> Product:
    product = prepared.bench.product
    cache = prepared.bench.cache
    return replace(product, restore=lambda where, state, target, _, files: product.restore(where, state, target, cache, files))


def test_what_cannot_be_opened_is_not_tried(live_source: Source, tmp_path: Path, machine: Machine) -> None:
    with pytest.raises(Closed, match="somewhere"):
        prepare(
            live_source.ask,
            machine,
            Repository("office", "restic", problem="somewhere"),
            PrivateFolder(tmp_path, ("ITAUDIT_DRILL", "a")),
            Wish(1, 1, 1),
        )
    assert set(PRODUCTS) == {"restic", "borg", "rsnapshot"}
