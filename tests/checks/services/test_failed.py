from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.services.failed import Settings, failed
from itaudit.facts.units import ServiceManager, Trouble, TroubledUnit


def unit(name: str, trouble: Trouble = Trouble.FAILED, *, scheduled: bool = False) -> TroubledUnit:
    return TroubledUnit(name, trouble, f"{name}: record", scheduled)


def judged(*units: TroubledUnit, limits: Settings | None = None) -> api.Verdict:
    return failed([ServiceManager("systemd", 120, units)], limits or Settings())


def test_a_machine_whose_services_run_is_fine() -> None:
    verdict = judged()
    assert (verdict.status, verdict.summary) == (api.Status.OK, "None of the 120 services of this machine has failed.")


def test_a_failed_service_fails_and_is_named_as_it_is() -> None:
    verdict = judged(unit("shop.service"), unit("idle.service", Trouble.STOPPED))
    assert verdict.status is api.Status.FAIL
    assert verdict.summary == "1 service failed (shop.service)."
    assert verdict.detail == "shop.service: record\nidle.service: record"


def test_many_are_counted_and_the_first_three_named() -> None:
    assert judged(*(unit(f"{name}.service") for name in "abcde")).summary == (
        "5 services failed (a.service, b.service, c.service and 2 more)."
    )


def test_a_stopped_service_is_a_warning() -> None:
    verdict = judged(unit("nginx.service", Trouble.STOPPED))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.MEDIUM)
    # OpenRC does not tell whether it was stopped or could not be started.
    assert verdict.summary == "1 service should run and does not (nginx.service)."


@pytest.mark.parametrize(
    "quiet",
    [
        unit("NetworkManager-wait-online.service"),
        unit("fwupd-refresh.service"),
        unit("backup.service", scheduled=True),
        unit("ubuntu-advantage.service", Trouble.STOPPED),  # looks for a licence in a cloud, and ends
    ],
)
def test_what_fails_without_harm_or_by_the_clock_is_not_counted_here(quiet: TroubledUnit) -> None:
    assert judged(quiet).status is api.Status.OK


def test_what_failed_and_is_left_out_is_not_denied() -> None:
    assert judged(unit("fwupd-refresh.service")).summary == (
        "None of the 120 services of this machine has failed, except 1 that may or that is run by the clock."
    )
    verdict = judged(unit("fwupd-refresh.service"), unit("backup.service", scheduled=True))
    assert verdict.summary == (
        "None of the 120 services of this machine has failed, except 2 that may or that are run by the clock."
    )
    assert verdict.detail == "fwupd-refresh.service: record\nbackup.service: record"


def test_the_owner_may_leave_services_out() -> None:
    assert judged(unit("old-shop.service"), limits=Settings(ignored=("old-*",))).status is api.Status.OK
