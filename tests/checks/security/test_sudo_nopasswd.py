from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.security.sudo_nopasswd import sudo_nopasswd
from itaudit.facts.account import Account, Accounts, Group, Password
from itaudit.facts.sudo_rules import SudoRule, SudoRules


def accounts(password: Password = Password.SET) -> list[Accounts]:
    people = Account("anna", 1000, 1000, "/home/anna", "/bin/bash", password, person=True)
    return [Accounts((people, Account("www-data", 33, 33, "/", "/usr/sbin/nologin", Password.LOCKED)))]


def rule(*users: str, file: str = "/etc/sudoers", free: bool = True) -> SudoRule:
    return SudoRule(file, 7, f"{users[0]} ALL=(ALL) NOPASSWD: ALL", users, (), free)


def test_rules_that_ask_for_a_password_are_ok() -> None:
    rules = SudoRules((rule("root"), rule("anna", free=False)))
    assert sudo_nopasswd(rules, accounts()).status is api.Status.OK


@pytest.mark.parametrize(
    ("users", "severity"),
    [(("anna",), None), (("%sudo",), None), (("www-data",), api.Severity.HIGH), (("ALL",), api.Severity.HIGH)],
)
def test_everything_without_a_password_fails_and_is_worse_for_programs_and_everybody(
    users: tuple[str, ...], severity: api.Severity | None
) -> None:
    verdict = sudo_nopasswd(SudoRules((rule(*users),)), accounts())
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, severity)
    assert "/etc/sudoers, line 7" in verdict.detail


def test_a_member_whom_a_setting_frees_is_not_asked() -> None:
    group = Group("sudo", 27, ("anna",))
    [table] = accounts()
    freed = replace(rule("%sudo", free=False), freed=("anna", "zoe"))
    verdict = sudo_nopasswd(SudoRules((freed,)), [replace(table, groups=(group,))])
    assert verdict.summary == "Anna can change everything on this machine without giving a password."
    assert sudo_nopasswd(SudoRules((freed,)), [table]).status is api.Status.OK


def test_rules_of_doas_are_changed_by_an_editor() -> None:
    remedy = sudo_nopasswd(SudoRules((rule("anna", file="/etc/doas.conf"),)), accounts()).remedy
    assert remedy
    assert "visudo" not in "".join((*remedy.steps, remedy.undo))
    assert "nopass" in "".join(remedy.steps)


def test_a_hosting_companys_own_rule_is_mild_as_long_as_the_account_has_no_password() -> None:
    rules = SudoRules((rule("anna", file="/etc/sudoers.d/90-cloud-init-users"),))
    verdict = sudo_nopasswd(rules, accounts(Password.LOCKED))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.LOW)
    assert sudo_nopasswd(rules, accounts()).status is api.Status.FAIL
    beside = SudoRules((*rules.rules, rule("bob")))
    assert sudo_nopasswd(beside, accounts(Password.LOCKED)).status is api.Status.FAIL


def test_what_was_not_read_makes_it_unknown_and_no_sudo_does_not_apply() -> None:
    assert sudo_nopasswd(SudoRules((), ("/etc/sudoers, line 3: no rule",)), accounts()).status is api.Status.UNKNOWN
    with pytest.raises(api.NotApplicable):
        sudo_nopasswd(SudoRules((), present=False), accounts())


def test_a_rule_for_everybody_is_never_mild_whatever_its_file_is_called() -> None:
    verdict = sudo_nopasswd(SudoRules((rule("ALL", file="/etc/sudoers.d/vagrant"),)), accounts(Password.LOCKED))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, api.Severity.HIGH)


@pytest.mark.parametrize(
    ("users", "who"),
    [
        (("anna",), "anna"),
        (("anna", "bob"), "anna, bob"),
        (("%sudo",), "the group sudo"),
        (("%[redacted]",), "a group"),
        (("ALL",), "Everybody"),
    ],
)
def test_it_says_who_in_words_of_the_owner(users: tuple[str, ...], who: str) -> None:
    summary = sudo_nopasswd(SudoRules((rule(*users),)), accounts()).summary
    assert summary == f"{who[0].upper()}{who[1:]} can change everything on this machine without giving a password."
