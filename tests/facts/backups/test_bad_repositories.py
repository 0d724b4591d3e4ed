"""Programs that hang, ask on the terminal, print a banner or list 200,000 snapshots, in the place of restic and borg."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from itaudit import api
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.live import Live
from itaudit.evidence.questions import Answer
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.restic import restic_backups, snapshots_question
from itaudit.facts.backups.settings import Backups
from lab.providers import Always

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
OFFICE = Repository("office", "restic", "/mnt/usb", password_file="/etc/restic/password")


def program(folder: Path, text: str) -> str:
    path = folder / "restic"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def asked(live: api.Ask, path: str, timeout: float = 20.0) -> Answer:
    question = replace(snapshots_question(OFFICE), argv=(path, "snapshots"), timeout=timeout)
    [answer] = live.many([question])
    return answer


def looked(recorded: Callable[..., api.Ask], machine: api.Machine, answer: Answer) -> Backup | api.Gap:
    [found] = restic_backups.function(recorded({snapshots_question(OFFICE): answer}), machine, NO_LOG, [OFFICE])
    return found


def test_one_that_hangs_is_ended_and_is_a_gap(recorded: Callable[..., api.Ask], machine: api.Machine, tmp_path: Path) -> None:
    # Not `live`, which has more patience.
    gap = looked(recorded, machine, asked(api.Ask(Live()), program(tmp_path, "sleep 600"), timeout=1.0))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.TimedOut)


def test_a_password_asked_on_the_terminal_is_a_gap(
    live: api.Ask, recorded: Callable[..., api.Ask], machine: api.Machine, tmp_path: Path
) -> None:
    # Neither its standard input nor a terminal answers it.
    script = 'read password || read password </dev/tty || { echo "Fatal: an empty password is not a password" >&2; exit 1; }'
    gap = looked(recorded, machine, asked(live, program(tmp_path, script)))
    assert isinstance(gap, api.Gap)
    assert "password_file" in gap.error.unlock


@pytest.mark.parametrize("banner", ["Welcome to the office NAS", '{"message": "update"}', "\\033[1mHello\\033[0m"])
def test_a_banner_before_the_answer_is_a_gap_and_no_empty_backup(
    live: api.Ask, recorded: Callable[..., api.Ask], machine: api.Machine, tmp_path: Path, banner: str
) -> None:
    gap = looked(recorded, machine, asked(live, program(tmp_path, f"printf '{banner}\\n[]\\n'")))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)


def test_output_without_end_is_a_gap(
    live: api.Ask, recorded: Callable[..., api.Ask], machine: api.Machine, tmp_path: Path
) -> None:
    gap = looked(recorded, machine, asked(live, program(tmp_path, "exec yes")))
    assert isinstance(gap, api.Gap)


def test_two_hundred_thousand_snapshots_are_read(
    live: api.Ask, recorded: Callable[..., api.Ask], machine: api.Machine, tmp_path: Path
) -> None:
    # As long as restic's own lines are: 80 million bytes together.
    line = {"time": "2026-11-22T06:00:00Z", "hostname": "office-server", "paths": ["/home"], "tree": "0" * 300}
    script = f"printf '['; yes '{json.dumps(line)},' | head -n 199999; printf '%s]' '{json.dumps(line)}'"
    backup = looked(recorded, machine, asked(live, program(tmp_path, script)))
    assert isinstance(backup, Backup)
    assert len(backup.snapshots) == 200_000
    assert backup.age_hours(machine) == 6.0


def test_the_longest_list_of_snapshots_can_be_replayed(tmp_path: Path) -> None:
    question = snapshots_question(OFFICE)
    recorder = Recorder(Always("PLACEHOLDER"))
    recorder.ask(question)
    # Put in afterwards, for looking for secrets in so much would take half a minute here.
    with (tmp_path / "visit.jsonl").open("w") as file:
        file.writelines(line.replace("PLACEHOLDER", "x" * question.limit_bytes) for line in recorder.lines({}))
    bundle = Bundle.open(tmp_path / "visit.jsonl")
    assert bundle.complete
    assert len(bundle.ask(question).body) == question.limit_bytes
