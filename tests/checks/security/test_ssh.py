from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.security.ssh import ssh
from itaudit.facts.account import Account, Accounts, Password
from itaudit.facts.ssh_server import SshServer

KEYS = SshServer(True, "without-password", False, False, False, True)
PASSWORD = replace(KEYS, password=True)
ROOT = replace(PASSWORD, root_login="yes", root_password=True)
OPEN = replace(PASSWORD, empty_passwords=True)
WEAK = replace(KEYS, weak=("3des-cbc",))


def accounts(
    root: Password = Password.LOCKED, anna: Password = Password.SET, mode: int = 0o600, *, seen: bool = True
) -> Accounts:
    files = (("/home/anna/.ssh/authorized_keys", mode),)
    return Accounts(
        (
            Account("root", 0, 0, "/root", "/bin/bash", root),
            Account("anna", 1000, 1000, "/home/anna", "/bin/bash", anna, key_files=files, person=True),
        ),
        passwords_seen=seen,
    )


@pytest.mark.parametrize(
    ("server", "table", "status", "severity"),
    [
        (KEYS, accounts(Password.SET), api.Status.OK, None),
        (PASSWORD, accounts(), api.Status.WARN, api.Severity.MEDIUM),
        (PASSWORD, accounts(anna=Password.LOCKED), api.Status.OK, None),
        (PASSWORD, accounts(anna=Password.UNKNOWN, seen=False), api.Status.WARN, api.Severity.MEDIUM),
        (PASSWORD, replace(accounts(anna=Password.LOCKED), directories=("sss",)), api.Status.WARN, api.Severity.MEDIUM),
        (replace(PASSWORD, second_factor=True), accounts(), api.Status.OK, None),
        (replace(PASSWORD, listens=("127.0.0.1:22", "[::1]:22")), accounts(), api.Status.OK, None),
        (ROOT, accounts(Password.SET), api.Status.FAIL, api.Severity.HIGH),
        (ROOT, accounts(Password.UNKNOWN, seen=False), api.Status.FAIL, api.Severity.HIGH),
        (ROOT, accounts(Password.LOCKED), api.Status.WARN, api.Severity.MEDIUM),
        (replace(ROOT, listens=("127.0.0.1:22",)), accounts(Password.SET), api.Status.OK, None),
        (OPEN, accounts(), api.Status.FAIL, api.Severity.CRITICAL),
        (WEAK, accounts(), api.Status.WARN, api.Severity.LOW),
        (replace(KEYS, strict_modes=False), accounts(mode=0o666), api.Status.FAIL, api.Severity.HIGH),
        (replace(KEYS, strict_modes=False), accounts(mode=0o644), api.Status.OK, None),
        (KEYS, accounts(mode=0o666), api.Status.OK, None),
        (replace(KEYS, uncertain=("Match User x: permitrootlogin yes",)), accounts(), api.Status.UNKNOWN, None),
        (
            replace(ROOT, uncertain=("Match User x: permitrootlogin yes",)),
            accounts(Password.SET),
            api.Status.FAIL,
            api.Severity.HIGH,
        ),
    ],
)
def test_each_way_in_is_as_bad_as_it_is(
    server: SshServer, table: Accounts, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = ssh(server, [table])
    assert (verdict.status, verdict.severity) == (status, severity)
    assert bool(verdict.remedy) is (status in (api.Status.WARN, api.Status.FAIL))


def test_the_technician_reads_the_settings_and_where_they_come_from() -> None:
    detail = ssh(replace(ROOT, weak=("3des-cbc",), listens=("0.0.0.0:22",)), [accounts(Password.SET, mode=0o622)]).detail
    for words in ("permitrootlogin yes", "0.0.0.0:22", "sshd -T", "3des-cbc", "authorized_keys (0622)"):
        assert words in detail
