from __future__ import annotations

from itaudit import api
from itaudit.checks.services.expected import expected
from itaudit.facts.expected_services import ExpectedService


def test_what_answers_is_fine_and_its_time_is_kept() -> None:
    verdict = expected(ExpectedService("tcp://nas:445", "", "it accepts connections", 1.5))
    assert (verdict.status, verdict.summary) == (api.Status.OK, "tcp://nas:445 answers.")
    assert verdict.measurements == (api.Measurement("answer", 1.5, api.Unit.MILLISECONDS),)


def test_what_does_not_answer_fails_now() -> None:
    verdict = expected(ExpectedService("unit:nginx", "does not run", "loaded, failed/failed"))
    assert (verdict.status, verdict.summary) == (api.Status.FAIL, "unit:nginx does not run.")
    assert "failed/failed" in verdict.detail
    assert api.Flag.FAILING_NOW in verdict.flags


def test_a_service_that_is_known_to_its_manager_only_is_not_said_to_answer() -> None:
    assert expected(ExpectedService("unit:nginx", "", "loaded, active/running")).summary == "unit:nginx runs."
