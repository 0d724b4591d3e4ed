"""Facts collected without being judged, and the register of assets that a scan keeps with its findings."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itaudit import api
from itaudit.config import Configuration
from itaudit.engine import collect
from itaudit.errors import Missing
from itaudit.evidence.bundle import Recorder
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.hardware import CPU_INFO, MEMORY_INFO, dmi_question
from itaudit.facts.operating_system import OS_RELEASE, OS_RELEASE_OF_VENDOR
from itaudit.inventory.collecting import assets_of, take_inventory
from itaudit.model import Asset, Machine
from itaudit.plugins import Catalogue, discover
from itaudit.reports.html import render_html
from itaudit.reports.markdown import render_markdown
from itaudit.scan import Request, scan_machine

ANSWERS: Mapping[Question, str] = {
    dmi_question("sys_vendor"): "Dell Inc.\n",
    dmi_question("product_name"): "OptiPlex 7090\n",
    dmi_question("product_serial"): "4XK2ZL3\n",
    CPU_INFO: "processor\t: 0\nmodel name\t: Core i5\n",
    MEMORY_INFO: "MemTotal:       16000000 kB\n",
    OS_RELEASE: 'NAME="Debian GNU/Linux"\nVERSION_ID=12\nID=debian\n',
}
PARTS = (
    Asset("computer", "", "Dell Inc. OptiPlex 7090", "4XK2ZL3"),
    Asset("processor", "", "Core i5", details=(("Logical processors", "1"),)),
    Asset("memory", size_bytes=16_384_000_000),
)


class Told:
    """A machine that tells a little. `stuck`: a question that is never answered."""

    abandoned: Mapping[str, int] = {}
    machine = Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)

    def __init__(self, error: Missing | None = None, stuck: Question | None = None) -> None:
        self.answers = {question.key: text for question, text in ANSWERS.items()}
        self._error = error or api.NotFound("not here")
        self._stuck = stuck.key if stuck else ""
        self.let_go = threading.Event()

    def ask(self, question: Question) -> Answer:
        if question.key == self._stuck:
            self.let_go.wait(60)
        text = self.answers.get(question.key)
        return Answer.missing(self._error) if text is None else Answer(text, 0)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def test_what_a_machine_does_not_tell_is_said_and_hides_nothing_else(catalogue: Catalogue) -> None:
    found = take_inventory(Told(), catalogue, Configuration())
    assert (found.host, found.system, found.release) == ("office-server", "debian", "12")
    assert found.assets == PARTS
    assert found.software == ()
    assert any("drive parts" in what for what, _ in found.unseen)
    assert any("dpkg packages" in what for what, _ in found.unseen)


def test_os_release_may_lie_in_the_vendors_place_and_no_name_of_a_function_is_shown(catalogue: Catalogue) -> None:
    source = Told()
    source.answers[OS_RELEASE_OF_VENDOR.key] = source.answers.pop(OS_RELEASE.key)
    found = take_inventory(source, catalogue, Configuration())
    assert (found.system, found.release) == ("debian", "12")
    assert not any("_" in what for what, _ in found.unseen)


def test_a_part_that_never_answers_costs_only_itself(catalogue: Catalogue) -> None:
    source = Told(stuck=MEMORY_INFO)
    # So long, because the other parts must be in time on a busy machine too.
    assert assets_of(collect(source, catalogue, Configuration(), [Asset], 8.0)[Asset]) == PARTS[:2]
    source.let_go.set()


def test_a_scan_keeps_the_register_and_every_report_shows_it(tmp_path: Path) -> None:
    recorder = Recorder(Told())
    for question in ANSWERS:
        recorder.ask(question)
    (tmp_path / "visit.jsonl.gz").write_bytes(gzip.compress("".join(recorder.lines({})).encode()))
    assessment = scan_machine(Request(replay=tmp_path / "visit.jsonl.gz"), None).assessment
    assert assessment.scan.assets == PARTS
    for text in (render_html(assessment), render_markdown(assessment)):
        assert "Register of assets" in text
        assert "4XK2ZL3" in text
        assert "16.4 GB" in text.replace("\\", "")


def test_a_scan_of_some_areas_keeps_none(tmp_path: Path) -> None:
    recorder = Recorder(Told())
    recorder.ask(CPU_INFO)
    (tmp_path / "visit.jsonl.gz").write_bytes(gzip.compress("".join(recorder.lines({})).encode()))
    result = scan_machine(Request(replay=tmp_path / "visit.jsonl.gz", areas=("lifecycle",)), None)
    assert result.assessment.scan.assets == ()
