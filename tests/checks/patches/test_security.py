from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.security import Settings, security
from itaudit.facts.updates import Archive, PackageManager, Update


def tls(machine: api.Machine, out_for_days: float | None) -> Update:
    released = None if out_for_days is None else machine.now - timedelta(days=out_for_days)
    return Update("openssl", "3.0.17", "3.0.20", ("oldstable-security",), security=True, released_by=released)


def manager(machine: api.Machine, *pending: Update, list_days: float = 1, changed_days: float | None = None) -> PackageManager:
    archive = Archive("Debian", "Debian-Security", "oldstable-security", machine.now - timedelta(days=list_days))
    changed = None if changed_days is None else machine.now - timedelta(days=changed_days)
    return PackageManager("apt", pending, (archive,), changed)


def past(machine: api.Machine, *points: tuple[float, float]) -> api.History:
    """(days ago, waiting) of earlier scans."""
    series = [api.Point(machine.now - timedelta(days=days), value) for days, value in points]
    return api.History(lambda name: series if name == "security_pending" else ())


def test_nothing_waiting_by_a_fresh_list_is_ok_and_kept(machine: api.Machine) -> None:
    found = security(manager(machine), past(machine), machine, Settings())
    assert found.status is api.Status.OK
    assert [(m.name, m.value) for m in found.measurements] == [("security_pending", 0)]


def test_nothing_waiting_by_a_list_older_than_a_week_is_ok_but_proves_nothing_later(machine: api.Machine) -> None:
    found = security(manager(machine, list_days=8), past(machine), machine, Settings())
    assert (found.status, found.measurements) == (api.Status.OK, ())


@pytest.mark.parametrize("list_days", [31, 400])
def test_nothing_waiting_by_an_old_list_is_unknown(machine: api.Machine, list_days: float) -> None:
    found = security(manager(machine, list_days=list_days), past(machine), machine, Settings())
    assert (found.status, found.unlock) == (api.Status.UNKNOWN, "sudo apt-get update")


def test_no_list_at_all_is_unknown(machine: api.Machine) -> None:
    found = security(PackageManager("apt", (), ()), past(machine), machine, Settings())
    assert (found.status, found.measurements) == (api.Status.UNKNOWN, ())


def test_one_that_has_been_out_for_fifteen_days_is_critical(machine: api.Machine) -> None:
    found = security(manager(machine, tls(machine, 1), tls(machine, 15)), past(machine), machine, Settings())
    assert (found.status, found.severity) == (api.Status.FAIL, api.Severity.CRITICAL)
    assert "2 security updates wait" in found.summary
    assert "at least 15 days" in found.summary


def test_one_of_unknown_age_fails_at_its_usual_severity(machine: api.Machine) -> None:
    found = security(manager(machine, tls(machine, None)), past(machine), machine, Settings())
    assert (found.status, found.severity) == (api.Status.FAIL, None)


def test_an_archive_dated_yesterday_does_not_prove_that_the_update_is_young(machine: api.Machine) -> None:
    assert security(manager(machine, tls(machine, 1)), past(machine), machine, Settings()).status is api.Status.FAIL


def test_a_clean_scan_three_days_ago_proves_that_it_is_young(machine: api.Machine) -> None:
    """3 days, and 7 that the list of that scan may have been old: 10 days at most."""
    found = security(manager(machine, tls(machine, 1)), past(machine, (3, 0)), machine, Settings())
    assert found.status is api.Status.WARN
    assert "none is older than 10 days" in found.summary


def test_a_clean_scan_eight_days_ago_proves_nothing(machine: api.Machine) -> None:
    assert security(manager(machine, tls(machine, 1)), past(machine, (8, 0)), machine, Settings()).status is api.Status.FAIL


def test_what_waited_at_earlier_scans_while_nothing_was_installed_is_as_old_as_the_first_of_them(machine: api.Machine) -> None:
    history = past(machine, (60, 4), (20, 1), (5, 1))
    found = security(manager(machine, tls(machine, 1), changed_days=30), history, machine, Settings())
    assert (found.status, found.severity) == (api.Status.FAIL, api.Severity.CRITICAL)
    assert "at least 20 days" in found.summary


def test_what_waited_before_the_last_installation_may_be_something_else(machine: api.Machine) -> None:
    found = security(manager(machine, tls(machine, 1), changed_days=2), past(machine, (60, 4), (20, 1)), machine, Settings())
    assert (found.status, found.severity) == (api.Status.FAIL, None)


def test_the_number_of_days_can_be_set(machine: api.Machine) -> None:
    found = security(manager(machine, tls(machine, 10)), past(machine), machine, Settings(waiting_days=7))
    assert found.severity is api.Severity.CRITICAL


def test_an_old_list_does_not_hide_what_waits(machine: api.Machine) -> None:
    found = security(manager(machine, tls(machine, None), list_days=400), past(machine), machine, Settings())
    assert found.status is api.Status.FAIL


def test_a_long_list_is_cut_in_the_detail(machine: api.Machine) -> None:
    found = security(manager(machine, *[tls(machine, None)] * 45), past(machine), machine, Settings())
    assert found.detail.count("openssl") == 40
    assert found.detail.endswith("... and 5 more")
    assert found.remedy is not None
