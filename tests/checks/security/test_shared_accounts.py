from __future__ import annotations

from dataclasses import replace

from itaudit import api
from itaudit.checks.security.shared_accounts import Settings, shared_accounts
from itaudit.facts.account import Account, Accounts, Password


def account(name: str, number: int, password: Password = Password.SET, shell: str = "/bin/bash") -> Account:
    return Account(name, number, number, f"/home/{name}", shell, password, person=number >= 1000)


def judged(*accounts: Account, twice: tuple[str, ...] = (), seen: bool = True) -> api.Verdict:
    return shared_accounts(Accounts(accounts, passwords_seen=seen, twice=twice), Settings())


def test_people_with_accounts_of_their_own_are_ok() -> None:
    assert judged(account("root", 0), account("anna", 1000), account("admin", 1001)).status is api.Status.OK


def test_two_names_of_one_number_fail_when_both_let_somebody_in() -> None:
    verdict = judged(account("anna", 1000), account("bob", 1000))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, None)
    assert "anna, bob" in verdict.summary
    assert judged(account("anna", 1000), account("bob", 1000, Password.LOCKED)).status is api.Status.OK
    by_key = replace(account("bob", 1000, Password.LOCKED), key_files=(("/home/bob/.ssh/authorized_keys", 0o600),))
    assert judged(account("anna", 1000), by_key).status is api.Status.FAIL
    assert judged(account("root", 0), account("toor", 0)).status is api.Status.OK, "security.admins tells of it"


def test_a_name_that_stands_twice_fails() -> None:
    assert judged(account("anna", 1000), twice=("anna",)).status is api.Status.FAIL


def test_a_name_of_a_place_is_a_mild_hint_where_it_opens_with_a_password() -> None:
    verdict = judged(account("Office", 1000))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.LOW)
    for harmless in (
        account("office", 1000, Password.LOCKED),
        account("scanner", 1000, shell="/usr/sbin/nologin"),
        account("info", 33),
    ):
        assert judged(harmless).status is api.Status.OK


def test_without_the_states_of_passwords_it_is_unknown() -> None:
    assert judged(account("office", 1000, Password.UNKNOWN), seen=False).status is api.Status.UNKNOWN
