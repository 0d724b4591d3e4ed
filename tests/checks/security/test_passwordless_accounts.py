from __future__ import annotations

from itaudit import api
from itaudit.checks.security.passwordless_accounts import passwordless_accounts
from itaudit.facts.account import Account, Accounts, Password
from lab.accounts import AccountsLab


def account(name: str, password: Password, shell: str = "/bin/bash", *, ended: bool = False) -> Account:
    return Account(name, 1000, 1000, f"/home/{name}", shell, password, ended=ended, person=True)


def test_an_account_without_a_password_that_lets_somebody_in_is_critical() -> None:
    verdict = passwordless_accounts(Accounts((account("anna", Password.SET), account("open", Password.EMPTY, ""))))
    assert verdict.status is api.Status.FAIL
    assert "1 account needs no password to get in: open." in verdict.summary
    assert "open: no password, shell /bin/sh" in verdict.detail


def test_programs_and_closed_accounts_are_no_door() -> None:
    table = (account("a", Password.EMPTY, "/usr/sbin/nologin"), account("b", Password.EMPTY, ended=True))
    assert passwordless_accounts(Accounts(table)).status is api.Status.OK


def test_where_passwords_are_not_seen_it_is_unknown_unless_one_is_open_in_the_public_table() -> None:
    unseen = Accounts((account("anna", Password.UNKNOWN),), passwords_seen=False)
    assert passwordless_accounts(unseen).status is api.Status.UNKNOWN
    opened = Accounts((account("anna", Password.UNKNOWN), account("open", Password.EMPTY)), passwords_seen=False)
    assert passwordless_accounts(opened).status is api.Status.FAIL


def test_a_line_that_is_no_account_may_hide_an_open_one() -> None:
    table = Accounts((account("anna", Password.SET),), odd_lines=1)
    assert passwordless_accounts(table).status is api.Status.UNKNOWN
    assert "/etc/passwd" in passwordless_accounts(table).unlock


def test_a_system_as_installed_has_none(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    assert passwordless_accounts(accounts_lab.accounts).status is api.Status.OK
    accounts_lab.account("bob", 1001, "empty")
    accounts_lab.__post_init__()
    assert passwordless_accounts(accounts_lab.accounts).status is api.Status.FAIL
