"""Recordings: what a visit saw is judged again anywhere, and a hostile recording gets one clear line."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.contributions import Ask
from itaudit.errors import NotRecorded, UserError
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import Command, FileStatus, Psutil, ReadFile
from itaudit.model import Machine

QUESTIONS = [
    Command(("sh", "-c", "echo PASSWORD=hunter2; echo café; exit 4"), timeout=60),
    Command(("itaudit-no-such-program",), timeout=60),
    ReadFile("/etc/os-release"),
    ReadFile("/none"),
    Psutil("boot_time"),
    FileStatus("/"),
]


def written(recorder: Recorder, path: Path) -> Path:
    path.write_bytes(gzip.compress("".join(recorder.lines({"targets": {"domains": ["example.com"]}})).encode(), mtime=0))
    return path


@pytest.fixture
def recording(tmp_path: Path) -> tuple[Recorder, Path]:
    recorder = Recorder(Live())
    for question in QUESTIONS:
        recorder.ask(question)
    return recorder, written(recorder, tmp_path / "visit.jsonl.gz")


def test_a_replay_gives_every_answer_of_the_visit_again(recording: tuple[Recorder, Path]) -> None:
    recorder, path = recording
    bundle = Bundle.open(path)
    assert bundle.machine == recorder.machine
    assert bundle.settings == {"targets": {"domains": ["example.com"]}}
    assert bundle.complete
    for question in QUESTIONS:
        assert bundle.ask(question) == recorder.ask(question)


def test_what_was_never_asked_is_not_recorded(recording: tuple[Recorder, Path]) -> None:
    assert isinstance(Bundle.open(recording[1]).ask(ReadFile("/etc/hosts")).error, NotRecorded)


def test_secrets_are_out_before_anybody_sees_them(recording: tuple[Recorder, Path]) -> None:
    recorder, path = recording
    assert "hunter2" not in recorder.ask(QUESTIONS[0]).text
    assert b"hunter2" not in gzip.decompress(path.read_bytes())
    assert "café" in Bundle.open(path).ask(QUESTIONS[0]).text


def test_each_question_is_asked_once(machine: Machine) -> None:
    recorder = Recorder(Live())
    count = Command(("date", "+%N"), timeout=60)
    assert len({recorder.ask(count).body for _ in range(5)} | {answer.body for answer in Ask(recorder).many([count] * 20)}) == 1


def test_a_recording_cut_short_is_used_as_far_as_it_goes(recording: tuple[Recorder, Path], tmp_path: Path) -> None:
    whole = recording[1].read_bytes()
    plain = gzip.decompress(whole)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(plain[: plain.rindex(b'{"key"')]))
    bundle = Bundle.open(cut)
    assert not bundle.complete
    assert sum(bundle.ask(question).problem != "not_recorded" for question in QUESTIONS) == len(QUESTIONS) - 1


def test_any_cut_of_the_packed_file_is_one_clear_line_or_a_part(recording: tuple[Recorder, Path], tmp_path: Path) -> None:
    whole = recording[1].read_bytes()
    chance = random.Random(7)
    for at in [0, 1, 2, 5, 10, len(whole) - 1, *chance.sample(range(len(whole)), 30)]:
        (tmp_path / "cut.gz").write_bytes(whole[:at])
        try:
            complete = Bundle.open(tmp_path / "cut.gz").complete
        except UserError as error:
            complete = "\n" in str(error)
        assert not complete or at == len(whole) - 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b",
        b"\x1f\x8bnot gzip at all",
        b"hello\n",
        b"[" * 1_000_000 + b"\n",
        b"\xff\xfe\x00\n",
        b'{"itaudit_bundle": 1}\n',
        b'{"itaudit_bundle": 1, "machine": []}\n',
        b'{"itaudit_bundle": 1, "machine": {"host": "a", "system": "linux", "now": "yesterday", "admin": true}}\n',
        b'{"itaudit_bundle": 99, "machine": {}}\n',
        b'{"itaudit_bundle": {"a": [1]}, "machine": {}}\n',
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.gz"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        Bundle.open(path)
    assert "\n" not in str(caught.value)


def test_a_thousand_million_nested_brackets_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"[" * 1_000_000) * 1000)  # gzip(1): packed pieces in a row are one file
    with pytest.raises(UserError):
        Bundle.open(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match="recording"):
            Bundle.open(path)


@given(
    st.dictionaries(st.text(max_size=10), st.recursive(st.none() | st.floats() | st.text(max_size=10), st.lists, max_leaves=5))
)
def test_any_answer_record_becomes_an_answer_or_is_left_out(record: dict[str, object]) -> None:
    import io

    from itaudit.evidence.bundle import _parse

    machine = {"host": "a", "system": "linux", "now": "2026-01-01T00:00:00+00:00", "admin": False}
    lines = [{"itaudit_bundle": 1, "machine": machine}, {"key": "k", "answer": record}, record, {"end": 1}]
    file = io.BytesIO("".join(json.dumps(line) + "\n" for line in lines).encode())
    assert _parse(file, Path("x")).machine.host == "a"


def test_a_node_that_was_abandoned_is_remembered(recording: tuple[Recorder, Path], tmp_path: Path) -> None:
    recorder, _ = recording
    recorder.abandoned["facts.slow"] = 2
    assert Bundle.open(written(recorder, tmp_path / "b.gz")).abandoned == {"facts.slow": 2}


def test_the_same_answers_give_the_same_bytes(recorded: Callable[..., Ask]) -> None:
    def lines() -> list[str]:
        recorder = Recorder(recorded({ReadFile("/a"): "1", ReadFile("/b"): "2"})._source)
        Ask(recorder).many([ReadFile("/b"), ReadFile("/a")])
        return list(recorder.lines({}))

    assert lines() == lines()
