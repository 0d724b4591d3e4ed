from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.security import Settings
from itaudit.checks.patches.security import security as check
from itaudit.facts.exploited import KnownExploited
from itaudit.facts.updates import Archive, PackageManager, Update


def security(
    manager: PackageManager, past: api.History, machine: api.Machine, limits: Settings, *lists: KnownExploited
) -> api.Verdict:
    return check(manager, list(lists), past, machine, limits)


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


def test_an_update_whose_maker_does_not_tell_is_no_proof_that_none_matters(machine: api.Machine) -> None:
    other = Update("google-chrome-stable", "142.0", "143.0", ("vendor",), security=None)
    found = security(manager(machine, other), past(machine), machine, Settings())
    assert (found.status, found.unlock) == (api.Status.UNKNOWN, "sudo apt-get update; sudo apt-get dist-upgrade")
    assert "google-chrome-stable" in found.summary
    assert [(m.name, m.value) for m in found.measurements] == [("security_pending", 0)]
    ordinary = Update("tzdata", "1", "2", ("oldstable-updates",), security=False)
    assert security(manager(machine, ordinary), past(machine), machine, Settings()).status is api.Status.OK


def test_an_old_list_is_unknown_for_its_age_whatever_else_waits(machine: api.Machine) -> None:
    other = Update("google-chrome-stable", "142.0", "143.0", ("vendor",), security=None)
    found = security(manager(machine, other, list_days=40), past(machine), machine, Settings())
    assert (found.status, found.unlock) == (api.Status.UNKNOWN, "sudo apt-get update")


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
    assert "... and 5 more\n" in found.detail
    assert found.remedy is not None


def noted(machine: api.Machine, days: float, severity: str, holes: tuple[str, ...] = ()) -> Update:
    """As a manager that reads its maker's notices tells it."""
    released = machine.now - timedelta(days=days)
    return Update(
        "openssl", "1", "2", (), security=True, released_by=released, severity=severity, advisories=("RHSA-1",), holes=holes
    )


@pytest.mark.parametrize(
    ("severity", "days", "status", "moved"),
    [
        ("critical", 13, api.Status.WARN, None),
        ("critical", 15, api.Status.FAIL, api.Severity.CRITICAL),
        ("high", 15, api.Status.FAIL, api.Severity.CRITICAL),
        ("", 15, api.Status.FAIL, api.Severity.CRITICAL),
        ("low", 13, api.Status.WARN, None),
        ("medium", 29, api.Status.WARN, None),
        ("medium", 31, api.Status.FAIL, None),
    ],
)
def test_a_notice_says_how_old_and_how_grave(
    machine: api.Machine, severity: str, days: float, status: api.Status, moved: api.Severity | None
) -> None:
    found = security(manager(machine, noted(machine, days, severity)), past(machine), machine, Settings())
    assert (found.status, found.severity) == (status, moved)


def test_the_finding_says_how_the_age_is_known(machine: api.Machine) -> None:
    by_notice = security(manager(machine, noted(machine, 20, "high")), past(machine), machine, Settings())
    by_list = security(manager(machine, tls(machine, 20)), past(machine), machine, Settings())
    by_scan = security(manager(machine, tls(machine, 1), changed_days=30), past(machine, (20, 1)), machine, Settings())
    assert "20 days, by the date of the maker's notice" in by_notice.summary
    assert "20 days, by the date of the list that holds it" in by_list.summary
    assert "20 days, by the first scan that saw it" in by_scan.summary


def test_a_hole_that_attackers_use_is_critical_however_young(machine: api.Machine) -> None:
    known = KnownExploited(machine.now.date() - timedelta(days=3), frozenset({"CVE-2026-1111"}))
    update = noted(machine, 1, "low", ("CVE-2026-1111", "CVE-2026-2222"))
    found = security(manager(machine, update), past(machine), machine, Settings(), known)
    assert (found.status, found.severity, found.flags) == (
        api.Status.FAIL,
        api.Severity.CRITICAL,
        frozenset({api.Flag.EXPLOITED}),
    )
    assert "one of them closes a hole that attackers are known to use" in found.summary
    assert "CVE-2026-1111" in found.detail
    assert "CVE-2026-2222" not in found.detail
    assert "3 days ago" in found.detail


def test_other_holes_stay_as_they_are_and_the_age_of_the_list_is_told(machine: api.Machine) -> None:
    known = KnownExploited(machine.now.date() - timedelta(days=300), frozenset({"CVE-2026-1111"}))
    found = security(manager(machine, noted(machine, 1, "low", ("CVE-2026-2222",))), past(machine), machine, Settings(), known)
    assert (found.status, found.flags) == (api.Status.WARN, frozenset())
    assert "300 days ago" in found.detail


def test_without_a_list_the_technician_reads_how_to_get_one(machine: api.Machine) -> None:
    assert "itaudit data update" in security(manager(machine, tls(machine, 1)), past(machine), machine, Settings()).detail


def test_a_damaged_list_hides_no_update(machine: api.Machine) -> None:
    damaged = KnownExploited(None, frozenset(), "cut short")
    found = security(manager(machine, tls(machine, 15)), past(machine), machine, Settings(), damaged)
    assert found.severity is api.Severity.CRITICAL
    assert "cut short" in found.detail


def silent(machine: api.Machine, *pending: Update, changed_days: float = 1) -> PackageManager:
    archive = Archive("Arch", "core", "core", machine.now)
    changed = machine.now - timedelta(days=changed_days)
    return PackageManager(
        "pacman", pending, (archive,), changed, tells_security=False, refresh="sudo pacman -Sy", install=("sudo pacman -Syu",)
    )


def test_where_the_maker_does_not_tell_which_close_holes_nothing_is_green(machine: api.Machine) -> None:
    update = Update("openssl", "1", "2", ("core",), security=None)
    found = security(silent(machine, update), past(machine), machine, Settings())
    assert (found.status, found.unlock) == (api.Status.UNKNOWN, "sudo pacman -Syu")
    assert "1 update waits; whether it closes holes, its maker does not say" in found.summary


def test_what_nobody_installed_for_weeks_fails_with_the_managers_own_commands(machine: api.Machine) -> None:
    update = Update("openssl", "1", "2", ("core",), security=None)
    found = security(silent(machine, update, changed_days=40), past(machine, (20, 1)), machine, Settings())
    assert found.status is api.Status.FAIL
    assert found.remedy is not None
    assert found.remedy.steps == ("sudo pacman -Syu",)


def test_where_nothing_waits_it_need_not_be_told(machine: api.Machine) -> None:
    assert security(silent(machine), past(machine), machine, Settings()).status is api.Status.OK


def test_five_thousand_updates_are_judged_and_the_detail_stays_short(machine: api.Machine) -> None:
    many = tuple(Update(f"package-{n}", "1", "2", (), security=True, released_by=machine.now) for n in range(5000))
    found = security(manager(machine, *many), past(machine), machine, Settings())
    assert "5000 security updates wait" in found.summary
    assert len(found.detail) < 8000


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 update waits; whether it closes holes, its maker does not say"),
        (2, "2 updates wait; which of them close holes, their makers do not say"),
    ],
)
def test_one_update_and_many_are_told_apart(machine: api.Machine, number: int, words: str) -> None:
    waiting = tuple(Update(f"tool{one}", "1", "2", (), security=None) for one in range(number))
    silent = PackageManager("pacman", waiting, manager(machine).archives, tells_security=False)
    assert security(silent, past(machine), machine, Settings()).summary.startswith(words)
