from __future__ import annotations

from dataclasses import replace

from itaudit import api
from itaudit.checks.security.mitigations import mitigations
from itaudit.facts.mitigations import ProcessorFlaws

SHUT = ProcessorFlaws((("mds", "Mitigation: Clear CPU buffers; SMT vulnerable"),), (), (), "GenuineIntel", False)
OPEN = replace(SHUT, flaws=(("mds", "Vulnerable: no microcode"),), open=("mds",), microcode=True)


def test_closed_flaws_are_well_even_where_protection_is_switched_off() -> None:
    assert mitigations(SHUT).status is api.Status.OK
    assert mitigations(replace(SHUT, switched_off=("mitigations=off",))).status is api.Status.OK


def test_an_open_flaw_is_a_small_warning_with_the_package_that_closes_it() -> None:
    verdict = mitigations(OPEN)
    assert (verdict.status, verdict.severity) == (api.Status.WARN, None)
    assert verdict.summary == "1 known flaw of the processor is open."
    assert verdict.detail == "mds: Vulnerable: no microcode"
    assert verdict.remedy
    assert "intel-microcode" in verdict.remedy.steps[0]


def test_without_a_question_of_microcode_the_kernel_is_the_way() -> None:
    verdict = mitigations(replace(OPEN, microcode=False))
    assert verdict.remedy
    assert "dist-upgrade" in verdict.remedy.steps[0]


def test_on_other_processors_it_is_for_the_records() -> None:
    verdict = mitigations(replace(OPEN, maker="", microcode=False))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.INFO)


def test_switching_the_protection_off_fails() -> None:
    verdict = mitigations(replace(OPEN, switched_off=("mitigations=off",)))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, api.Severity.MEDIUM)
    assert verdict.detail.startswith("kernel command line: mitigations=off\n")
    assert verdict.remedy
    assert "grub" in verdict.remedy.steps[0]
