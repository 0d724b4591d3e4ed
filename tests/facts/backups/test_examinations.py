"""Examinations by restic and borg: real repositories that are sound, damaged, locked or closed, and hostile output."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.examinations import (
    Examination,
    InUse,
    check_question,
    examinations,
    found_sound,
    locks_question,
)
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.backups import BackupLab

STRUCTURE = Backups(check="structure")
CONTENTS = Backups(check="contents")
PLACE = Repository("office", "restic", "/mnt/usb", password_file="/etc/restic/password")
PAST = api.Past("backups.integrity", "office", "sound")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def look(ask: api.Ask, machine: api.Machine, settings: Backups, *repositories: Repository) -> list[Examination | api.Gap]:
    return list(examinations.function(ask, machine, settings, list(repositories)))


def one(lab: BackupLab, product: str, name: str) -> Repository:
    return Repository.configured(lab.settings(product, name))


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("name", "settings", "sound"),
    [
        ("sound", STRUCTURE, True),
        ("sound", CONTENTS, True),
        ("missing", STRUCTURE, False),
        ("corrupt", CONTENTS, False),
    ],
)
def test_restic_finds_damage_and_nothing_where_none_is(
    restic_states: BackupLab, live: api.Ask, machine: api.Machine, name: str, settings: Backups, sound: bool
) -> None:
    before = files_of(restic_states.folder / name)
    [found] = look(live, machine, settings, one(restic_states, "restic", name))
    assert isinstance(found, Examination)
    assert (found.sound, found.now, found.when) == (sound, True, machine.now)
    assert ("contains errors" in found.said) is not sound
    assert files_of(restic_states.folder / name) == before, "an examination writes nothing"


@pytest.mark.parametrize(
    ("name", "settings", "sound"),
    [
        ("sound", STRUCTURE, True),
        ("sound", CONTENTS, True),
        ("missing", STRUCTURE, False),
        ("corrupt", STRUCTURE, False),
        ("corrupt", CONTENTS, False),
    ],
)
def test_borg_finds_damage_and_nothing_where_none_is(
    borg_states: BackupLab, live: api.Ask, machine: api.Machine, name: str, settings: Backups, sound: bool
) -> None:
    before = files_of(borg_states.folder / name / "data")
    [found] = look(live, machine, settings, one(borg_states, "borg", name))
    assert isinstance(found, Examination)
    assert (found.sound, found.now) == (sound, True)
    assert files_of(borg_states.folder / name / "data") == before, "an examination writes nothing"


def test_a_lock_says_in_use_and_never_damaged(
    restic_states: BackupLab, borg_states: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    found = look(live, machine, STRUCTURE, one(restic_states, "restic", "locked"), one(borg_states, "borg", "locked"))
    assert [type(gap.error) for gap in found if isinstance(gap, api.Gap)] == [InUse, InUse]


def test_damage_that_is_seen_while_a_program_writes_is_not_believed(
    machine: api.Machine, recorded: Callable[..., api.Ask]
) -> None:
    damaged = api.Answer(exit_code=1, errors="Fatal: repository contains errors")
    quiet, busy = api.Answer(body="", exit_code=0), api.Answer(body="ab12\n", exit_code=0)

    class Starting:
        """A machine where a backup starts between the first look at the locks and the second."""

        def __init__(self) -> None:
            self.locks = [quiet, busy]
            self.machine = machine
            self.abandoned: dict[str, int] = {}

        def ask(self, question: api.Question) -> api.Answer:
            if question == locks_question(PLACE):
                return self.locks.pop(0)
            return damaged if question == check_question(PLACE, "structure") else api.Answer.missing(api.NotFound())

    [gap] = look(api.Ask(Starting()), machine, STRUCTURE, PLACE)
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, InUse)


def test_the_wrong_password_is_closed_and_never_damaged(
    restic_states: BackupLab, borg_states: BackupLab, live: api.Ask, machine: api.Machine
) -> None:
    wrong = [
        Repository.configured(lab.settings(product, "sound", password_file=str(lab.folder / "wrong")))
        for lab, product in ((restic_states, "restic"), (borg_states, "borg"))
    ]
    found = look(live, machine, CONTENTS, *wrong)
    assert [type(gap.error) for gap in found if isinstance(gap, api.Gap)] == [Closed, Closed]


def test_nothing_is_examined_unless_the_owner_asks_for_it(machine: api.Machine, recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({})
    assert look(ask, machine, Backups(), PLACE) == [Examination("office", "restic", "/mnt/usb")]
    assert ask.taken_keys() == (PAST.key,)


@pytest.mark.parametrize(
    ("past", "again"),
    [
        ([["2026-11-01T00:00:00+00:00", 1.0]], False),
        ([["2026-10-20T00:00:00+00:00", 1.0]], True),
        ([["2026-11-01T00:00:00+00:00", 1.0], ["2026-11-21T00:00:00+00:00", 0.0]], True),
        ([["2026-12-01T00:00:00+00:00", 1.0]], True),
        ([], True),
    ],
)
def test_a_sound_backup_is_left_in_peace_for_a_while(
    machine: api.Machine, recorded: Callable[..., api.Ask], past: list[list[object]], again: bool
) -> None:
    sound = api.Answer(body="no errors were found", exit_code=0)
    answers = {PAST: json.dumps(past), locks_question(PLACE): "", check_question(PLACE, "structure"): sound}
    [found] = look(recorded(answers), machine, STRUCTURE, PLACE)
    assert isinstance(found, Examination)
    assert found.now is again
    assert found.when == (machine.now if again else datetime(2026, 11, 1, tzinfo=UTC))


def test_borg_on_another_machine_is_not_examined_from_here(machine: api.Machine, recorded: Callable[..., api.Ask]) -> None:
    [gap] = look(recorded({}), machine, STRUCTURE, Repository("office", "borg", "ssh://nas/./office"))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, Closed)


def test_other_products_are_left_alone(machine: api.Machine, recorded: Callable[..., api.Ask]) -> None:
    assert look(recorded({}), machine, STRUCTURE, Repository("dumps", "rsnapshot", "/mnt/usb")) == []


@pytest.mark.parametrize(
    ("errors", "error"),
    [
        ("Load(<data/ab>) failed: read tcp: connection reset by peer\nFatal: repository contains errors", api.Unreachable),
        ("Fatal: unable to open: dial tcp 10.0.0.5:8000: i/o timeout", api.Unreachable),
        ("open /mnt/usb/data/ab: permission denied\nFatal: repository contains errors", api.AccessDenied),
        ("Fatal: wrong password or no key found", Closed),
        ("something new", api.Unreadable),
        ("", api.Unreadable),
    ],
)
def test_what_only_went_wrong_on_the_way_is_no_damage(errors: str, error: type[api.Missing]) -> None:
    with pytest.raises(error):
        found_sound("restic", api.Answer(exit_code=1, errors=errors))


def test_place_and_password_never_stand_in_the_command_line() -> None:
    for product in ("restic", "borg"):
        repository = Repository("office", product, "/mnt/usb", password_file="/etc/restic/password")
        question = check_question(repository, "contents")
        assert not [word for word in question.argv if "mnt" in word or "password" in word]


@given(st.sampled_from(["restic", "borg"]), st.text(), st.text(), st.none() | st.integers(-64, 300))
def test_whatever_the_programs_print_nothing_but_missing_is_raised(
    product: str, body: str, errors: str, code: int | None
) -> None:
    try:
        assert found_sound(product, api.Answer(body=body, errors=errors, exit_code=code)) is (code == 0)
    except api.Missing:
        assert code != 0


@given(st.text() | st.lists(st.lists(st.text() | st.floats() | st.none(), max_size=3), max_size=3).map(json.dumps))
def test_whatever_the_memory_holds_nothing_but_missing_is_raised(past: str) -> None:
    class Memory:
        machine = api.Machine("office-server", "linux", NOW, admin=True)
        abandoned: ClassVar[dict[str, int]] = {}

        def ask(self, question: api.Question) -> api.Answer:
            return api.Answer(body=past)

    assert len(look(api.Ask(Memory()), Memory.machine, Backups(), PLACE)) == 1
