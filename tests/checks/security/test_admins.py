from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.security.admins import Settings, admins
from itaudit.facts.administrators import Administrator, Administrators

ANNA, BOB = Administrator("anna", ("group sudo",)), Administrator("bob", ("group sudo",))
TOOR = Administrator("toor", ("its number is 0",), number_zero=True)


def past(machine: api.Machine, **days_ago: tuple[float, ...]) -> api.History:
    """`scans` for all scans that looked; the others for the scans that saw that administrator."""
    series = {("administrators" if name == "scans" else f"administrator {name}"): days for name, days in days_ago.items()}
    return api.History(lambda name: [api.Point(machine.now - timedelta(days=one), 1.0) for one in series.get(name, ())])


def test_the_first_scan_takes_them_as_they_are(machine: api.Machine) -> None:
    verdict = admins(Administrators((ANNA, BOB)), api.History(), machine, Settings())
    assert verdict.status is api.Status.OK
    assert [(one.name, one.value) for one in verdict.measurements] == [
        ("administrators", 2),
        ("administrator anna", 1),
        ("administrator bob", 1),
    ]


def test_those_of_the_first_scan_stay_known(machine: api.Machine) -> None:
    history = past(machine, scans=(50, 40, 1), anna=(50, 40, 1), bob=(50, 40, 1))
    assert admins(Administrators((ANNA, BOB)), history, machine, Settings()).status is api.Status.OK


@pytest.mark.parametrize(
    ("seen", "status"),
    [((), api.Status.WARN), ((29.0, 1.0), api.Status.WARN), ((31.0, 1.0), api.Status.OK), ((50.0,), api.Status.WARN)],
)
def test_one_who_came_later_is_new_for_thirty_days_and_again_when_given_back(
    seen: tuple[float, ...], status: api.Status, machine: api.Machine
) -> None:
    history = past(machine, scans=(50, 40, 1), anna=(50, 40, 1), bob=seen)
    verdict = admins(Administrators((ANNA, BOB)), history, machine, Settings())
    assert verdict.status is status
    assert ("bob" in verdict.summary) is (status is api.Status.WARN)
    assert "anna" not in verdict.summary


def test_a_list_of_ours_decides_before_the_past(machine: api.Machine) -> None:
    history = past(machine, scans=(50, 1), anna=(50, 1), bob=(50, 1))
    limits = Settings(expected=("anna",))
    verdict = admins(Administrators((ANNA, BOB)), history, machine, limits)
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, None)
    assert "bob" in verdict.summary
    assert admins(Administrators((ANNA,)), past(machine, scans=(50, 1)), machine, limits).status is api.Status.OK
    closed = Administrator("bob", ("group sudo",), closed=True)
    assert admins(Administrators((ANNA, closed)), history, machine, limits).status is api.Status.OK


def test_a_second_root_and_rules_for_everybody_are_high(machine: api.Machine) -> None:
    for found in (Administrators((ANNA, TOOR)), Administrators((ANNA,), everybody=("/etc/sudoers, line 3: ALL ALL=(ALL) ALL",))):
        verdict = admins(found, api.History(), machine, Settings())
        assert (verdict.status, verdict.severity) == (api.Status.FAIL, api.Severity.HIGH)


def test_no_sentence_begins_with_a_name_which_a_capital_would_change(machine: api.Machine) -> None:
    for limits in (Settings(), Settings(expected=("anna",))):
        verdict = admins(Administrators((ANNA, TOOR) if not limits.expected else (ANNA, BOB)), api.History(), machine, limits)
        assert verdict.summary.startswith(("The account toor can", "The account bob can"))


def test_rules_that_were_not_read_make_it_unknown_but_hide_no_fault(machine: api.Machine) -> None:
    found = Administrators((ANNA,), unread=("/etc/sudoers, line 3: no rule",))
    assert admins(found, api.History(), machine, Settings()).status is api.Status.UNKNOWN
    found = Administrators((TOOR,), unread=("/etc/sudoers, line 3: no rule",))
    assert admins(found, api.History(), machine, Settings()).status is api.Status.FAIL


def test_accounts_of_a_directory_are_said_to_be_unseen(machine: api.Machine) -> None:
    verdict = admins(Administrators((ANNA,), unseen="not seen: accounts of sss"), api.History(), machine, Settings())
    assert verdict.status is api.Status.OK
    assert "not seen: accounts of sss" in verdict.detail


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ((), "Nobody but the built-in administrator can change everything here."),
        ((ANNA,), "One account can change everything here, beside the built-in administrator; it is not new."),
        ((ANNA, BOB), "2 accounts can change everything here, beside the built-in administrator; none is new."),
    ],
)
def test_how_many_there_are_is_said_in_good_words(people: tuple[Administrator, ...], words: str, machine: api.Machine) -> None:
    assert admins(Administrators(people), api.History(), machine, Settings()).summary == words
