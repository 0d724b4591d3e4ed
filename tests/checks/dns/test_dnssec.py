from datetime import UTC, date, datetime, timedelta

import pytest

from itaudit import api
from itaudit.checks.dns.dnssec import Settings, dnssec
from itaudit.facts.signatures import ZoneSignatures
from itaudit.facts.zone_proofs import Window

from .conftest import Plain

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DS = ("4711 13 2 " + "ab" * 32,)
KEYS = ("4711/13 flags 257", "815/13 flags 256")
FITTING = ("example.com. IN DS " + DS[0],)
MACHINE = api.Machine("office-server", "linux", NOW, admin=True)
FAIL, WARN, OK = api.Status.FAIL, api.Status.WARN, api.Status.OK


def zone(**given: object) -> ZoneSignatures:
    """A well signed zone, except for what is given."""
    usual: dict[str, object] = {"ds": DS, "keys": KEYS, "servers": 2, "fitting_ds": FITTING, "windows": window(-10, 20)}
    return ZoneSignatures("example.com", "example.com", **{**usual, **given})  # type: ignore[arg-type] # fields by name


def window(begins: float, ends: float) -> tuple[Window, ...]:
    return (Window("SOA", NOW + begins * DAY, NOW + ends * DAY),)


def verdict(found: ZoneSignatures, past: api.History | None = None, limits: Settings | None = None) -> api.Verdict:
    return dnssec(found, past or api.History(), MACHINE, limits or Settings())


@pytest.mark.parametrize(
    ("found", "status", "severity"),
    [
        (zone(), OK, None),
        (zone(refused=True), FAIL, api.Severity.CRITICAL),
        (zone(broken=("a: bad", "b: bad"), broken_servers=2), FAIL, api.Severity.CRITICAL),
        (zone(broken=("a: bad",), broken_servers=1), FAIL, api.Severity.HIGH),
        (zone(partly=("a: NS is not signed",)), FAIL, api.Severity.HIGH),
        (zone(outdated=("4711/5 uses RSA/SHA-1",)), FAIL, None),
        (zone(small=("the DS 1/13 uses digest type 1",)), WARN, api.Severity.LOW),
        (zone(ds=()), WARN, api.Severity.LOW),
        (zone(ds=(), small=("a: bad",), partly=("a: bad",)), WARN, api.Severity.LOW),
        (zone(ds=(), keys=(), windows=()), WARN, api.Severity.LOW),
        (zone(iterations=5), OK, None),
    ],
)
def test_how_grave_each_state_is(judged: Plain, found: ZoneSignatures, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(verdict(found)) == (status, severity)


def test_outdated_methods_are_of_medium_gravity() -> None:
    assert dnssec.severity is api.Severity.MEDIUM


@pytest.mark.parametrize(
    ("begins", "ends", "severity"),
    [
        (-30, 7.01, None),
        (-30, 6.99, api.Severity.HIGH),
        (-30, 2.01, api.Severity.HIGH),
        (-30, 1.99, api.Severity.CRITICAL),
        # renewed at 5 of 14 days: many servers do
        (-9, 5, None),
        (-11.3, 2.7, api.Severity.HIGH),
        # too short for any rhythm that is known
        (-1, 2, api.Severity.HIGH),
        (-1, 1, api.Severity.CRITICAL),
    ],
)
def test_signatures_that_run_out_fail_in_time(judged: Plain, begins: float, ends: float, severity: api.Severity | None) -> None:
    found = verdict(zone(windows=window(begins, ends)))
    assert judged(found) == (OK if severity is None else FAIL, severity)


def test_the_day_on_which_they_run_out_goes_into_the_plan() -> None:
    found = verdict(zone(windows=(*window(-30, 20), *window(-30, 3))))
    assert found.due == date(2026, 11, 25)
    assert "in 3 day(s)" in found.summary
    assert [(one.name, one.value) for one in found.measurements] == [("signature_days_left", 3.0)]


def test_signatures_made_at_the_moment_of_the_question_may_be_short() -> None:
    assert verdict(zone(windows=window(-1, 1), on_demand=True)).status is OK
    assert verdict(zone(windows=window(-30, 1), on_demand=True)).status is FAIL


def test_short_signatures_that_an_earlier_scan_saw_renewed_are_well() -> None:
    def seen(days_left: float) -> api.History:
        return api.History(lambda name: [api.Point(NOW - DAY, days_left)] if name == "signature_days_left" else [])

    short = zone(windows=window(-1, 2))
    assert verdict(short, seen(2)).status is OK, "they ended a day from now, and now end in two"
    assert verdict(short, seen(3)).status is FAIL, "they are the same ones"


def test_the_limits_are_settings() -> None:
    tolerant = Settings(days_left=1, critical_days_left=0.5, share_left_percent=0)
    assert verdict(zone(windows=window(-30, 1.5)), limits=tolerant).status is OK


def test_what_nobody_believes_cannot_run_out() -> None:
    assert verdict(zone(ds=(), windows=window(-30, 1))).severity is api.Severity.LOW


def test_the_record_that_is_missing_at_the_registrar_is_ready_to_copy() -> None:
    remedy = verdict(zone(ds=())).remedy
    assert remedy
    assert any(FITTING[0] in step for step in remedy.steps)


def test_the_detail_shows_what_was_seen() -> None:
    detail = verdict(zone(broken=("192.0.2.1: no key",), broken_servers=1, refused=True, iterations=10)).detail
    assert all(words in detail for words in (DS[0], KEYS[0], "192.0.2.1: no key", "SERVFAIL", "NSEC3 with 10"))
