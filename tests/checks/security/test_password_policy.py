from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.security.password_policy import Settings, password_policy
from itaudit.facts.account import Account, Accounts, Password
from itaudit.facts.password_policy import PasswordPolicy
from itaudit.facts.ssh_server import SshServer

SERVER = SshServer(True, "without-password", False, True, False, True)


def judged(
    length: int, guard: str, server: SshServer = SERVER, password: Password = Password.SET, *, seen: bool = True
) -> api.Verdict:
    table = Accounts((Account("anna", 1000, 1000, "/home/anna", "/bin/bash", password, person=True),), passwords_seen=seen)
    return password_policy(PasswordPolicy(length, "/etc/pam.d/common-password", guard), [server], [table], Settings())


@pytest.mark.parametrize(
    ("length", "guard", "status"),
    [
        (8, "fail2ban", api.Status.OK),
        (7, "fail2ban", api.Status.WARN),
        (8, "", api.Status.WARN),
        (6, "", api.Status.WARN),
    ],
)
def test_short_passwords_and_free_guessing_are_told(length: int, guard: str, status: api.Status) -> None:
    verdict = judged(length, guard)
    assert verdict.status is status
    assert ("characters are accepted" in verdict.summary) is (length < 8)
    assert ("nobody is kept out" in verdict.summary) is (not guard)


def test_a_server_that_slows_guessing_is_a_guard() -> None:
    assert judged(8, "", replace(SERVER, slows_guessing=True)).status is api.Status.OK


@pytest.mark.parametrize(
    "server", [replace(SERVER, password=False), replace(SERVER, listens=("127.0.0.1:22",)), replace(SERVER, second_factor=True)]
)
def test_where_no_password_opens_the_machine_from_elsewhere_it_does_not_apply(server: SshServer) -> None:
    with pytest.raises(api.NotApplicable):
        judged(6, "", server)


def test_a_password_without_a_shell_is_a_password() -> None:
    mail = Account("mail-anna", 5000, 5000, "/home/mail-anna", "/usr/sbin/nologin", Password.SET)
    policy = PasswordPolicy(6, "/etc/pam.d/common-password", "")
    assert password_policy(policy, [SERVER], [Accounts((mail,))], Settings()).status is api.Status.WARN


def test_without_any_password_it_does_not_apply() -> None:
    with pytest.raises(api.NotApplicable):
        judged(6, "", password=Password.LOCKED)
    assert judged(6, "", password=Password.UNKNOWN, seen=False).status is api.Status.WARN
