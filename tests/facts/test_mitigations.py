"""The texts are those of kernels 5.10 to 6.16 on processors of Intel, AMD and Arm."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.mitigations import COMMAND_LINE, FLAWS, PROCESSOR, ProcessorFlaws, flaw_question, is_open, processor_flaws
from itaudit.facts.virtual import DETECTOR
from lab.providers import Always, ran

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
FOLDER = "/sys/devices/system/cpu/vulnerabilities/"


def flaws(
    recorded: Recorder, texts: Mapping[str, str], *, line: str = "quiet", virtual: str = "none", maker: str = "GenuineIntel"
) -> Any:
    answers: dict[api.Question, api.Answer | str] = {
        FLAWS: json.dumps([FOLDER + name for name in texts]),
        COMMAND_LINE: line,
        DETECTOR: virtual,
        PROCESSOR: f"processor\t: 0\nvendor_id\t: {maker}\n" if maker else "processor\t: 0\n",
    }
    answers |= {flaw_question(FOLDER + name): f"{text}\n" for name, text in texts.items()}
    (found,) = ran(processor_flaws.function(recorded(answers)))
    return found


def test_a_usual_machine_has_no_open_flaw(recorded: Recorder) -> None:
    texts = {
        "itlb_multihit": "KVM: Mitigation: VMX disabled",
        "l1tf": "Mitigation: PTE Inversion; VMX: conditional cache flushes, SMT vulnerable",
        "mds": "Mitigation: Clear CPU buffers; SMT vulnerable",
        "meltdown": "Not affected",
    }
    assert flaws(recorded, texts) == ProcessorFlaws(tuple(texts.items()), (), (), "GenuineIntel", False)


def test_open_flaws_are_named_and_whether_microcode_is_wanted(recorded: Recorder) -> None:
    texts = {"mmio_stale_data": "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable", "srbds": "Not affected"}
    found = flaws(recorded, texts)
    assert (found.open, found.microcode) == (("mmio_stale_data",), True)
    assert not flaws(recorded, {"retbleed": "Vulnerable"}).microcode
    assert flaws(recorded, {"old_microcode": "Vulnerable"}).microcode


def test_settings_that_leave_flaws_open_are_named(recorded: Recorder) -> None:
    found = flaws(
        recorded, {"meltdown": "Vulnerable"}, line="BOOT_IMAGE=/vmlinuz ro mitigations=off nopti quiet\n", virtual="kvm"
    )
    assert found.switched_off == ("mitigations=off", "nopti")
    assert flaws(recorded, {"meltdown": "Vulnerable"}, line="mitigations=auto xmitigations=off").switched_off == ()


def test_on_a_virtual_machine_open_flaws_are_the_matter_of_its_host(recorded: Recorder) -> None:
    with pytest.raises(api.NotApplicable):
        flaws(recorded, {"meltdown": "Vulnerable"}, virtual="kvm")
    assert flaws(recorded, {"meltdown": "Mitigation: PTI"}, virtual="kvm").open == ()


def test_a_kernel_that_tells_nothing_is_unknown(recorded: Recorder) -> None:
    with pytest.raises(api.NotFound):
        flaws(recorded, {})
    with pytest.raises(api.Unreadable):
        flaws(recorded, {"meltdown": " "})
    with pytest.raises(api.NotRecorded):
        ran(processor_flaws.function(recorded({FLAWS: json.dumps([FOLDER + "mds"])})))
    with pytest.raises(api.Unreadable):
        ran(processor_flaws.function(recorded({FLAWS: "{}"})))


def test_this_very_machine_agrees_with_grep(live: Ask) -> None:
    import subprocess

    done = subprocess.run(["sh", "-c", f"grep -l ^Vulnerable {FOLDER}*"], capture_output=True, text=True, check=False)
    try:
        (found,) = ran(processor_flaws.function(live))
    except api.NotApplicable:
        assert done.stdout, "only open flaws are the host's matter"
    except api.NotFound:
        pytest.skip("this kernel does not tell of flaws of the processor")
    else:
        assert [f"{FOLDER}{name}" for name in found.open] == done.stdout.split()


@pytest.mark.parametrize(
    ("text", "opened"),
    [("Vulnerable", True), ("vulnerable: no microcode", True), ("KVM: Vulnerable", False), ("Vulnerables", False)],
)
def test_only_the_first_word_counts(text: str, opened: bool) -> None:
    assert is_open(text) is opened


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=4)))
def test_any_answer_gives_a_fact_or_missing(anything: object) -> None:
    with contextlib.suppress(api.Missing):
        assert all(isinstance(fact, ProcessorFlaws) for fact in ran(processor_flaws.function(Ask(Always(json.dumps(anything))))))


def test_in_a_container_the_kernel_is_the_matter_of_its_host_even_when_switched_off(recorded: Recorder) -> None:
    with pytest.raises(api.NotApplicable):
        flaws(recorded, {"meltdown": "Vulnerable"}, line="mitigations=off", virtual="docker")


@pytest.mark.parametrize(
    "setting",
    ["mmio_stale_data=off", "spec_store_bypass_disable=off", "srbds=off", "gather_data_sampling=off", "tsx_async_abort=off"],
)
def test_each_single_switch_counts(recorded: Recorder, setting: str) -> None:
    assert flaws(recorded, {"meltdown": "Vulnerable"}, line=f"ro {setting} quiet nohz=off").switched_off == (setting,)
