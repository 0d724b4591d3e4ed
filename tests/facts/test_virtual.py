from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.virtual import DETECTOR, PROCESSOR, is_container, virtual_kind

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
MISSING = api.Answer.missing(api.ToolMissing("systemd-detect-virt"))


@pytest.mark.parametrize(("said", "kind"), [("kvm\n", "kvm"), ("none\n", ""), ("docker\n", "docker"), ("vm-other\n", "vm-other")])
def test_systemd_tells(said: str, kind: str, recorded: Recorder) -> None:
    assert virtual_kind(recorded({DETECTOR: api.Answer(body=said, exit_code=int(not kind))})) == kind


@pytest.mark.parametrize(
    ("flags", "kind"), [("flags\t\t: fpu hypervisor sse2", "virtual machine"), ("flags\t\t: fpu nohypervisor", ""), ("", "")]
)
def test_without_systemd_the_processor_tells(flags: str, kind: str, recorded: Recorder) -> None:
    assert virtual_kind(recorded({DETECTOR: MISSING, PROCESSOR: f"vendor_id\t: x\n{flags}\n"})) == kind


def test_hostile_words_are_not_believed(recorded: Recorder) -> None:
    answers: dict[api.Question, api.Answer | str] = {DETECTOR: "Ich weiß nicht\n" * 50, PROCESSOR: "flags : hypervisor"}
    assert virtual_kind(recorded(answers)) == "virtual machine"


def test_what_nobody_tells_is_missing(recorded: Recorder) -> None:
    with pytest.raises(api.Missing):
        virtual_kind(recorded({DETECTOR: MISSING}))


def test_a_container_is_no_machine() -> None:
    assert is_container("docker")
    assert is_container("lxc")
    assert not is_container("kvm")
    assert not is_container("")
