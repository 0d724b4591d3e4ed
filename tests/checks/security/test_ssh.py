from __future__ import annotations

import subprocess
from dataclasses import replace
from itertools import product

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
        (replace(ROOT, second_factor=True), accounts(Password.SET), api.Status.OK, None),
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


def test_the_detail_stays_apart_on_one_line() -> None:
    """Line ends of a detail become spaces before anybody reads it."""
    assert "password alone is enough: yes; listens: every address; told by" in ssh(PASSWORD, [accounts()]).detail


@pytest.mark.parametrize(
    ("server", "table", "words"),
    [
        (KEYS, accounts(Password.SET), "a password alone is enough: no;"),
        (PASSWORD, accounts(anna=Password.LOCKED), "a password alone is enough: yes, but no account that it lets in has one;"),
        (PASSWORD, accounts(Password.SET, Password.LOCKED), "is enough: yes, but no account that it lets in has one;"),
        (ROOT, accounts(anna=Password.LOCKED), "a password alone is enough: yes, but no account that it lets in has one;"),
        (replace(PASSWORD, listens=("127.0.0.1:22",)), accounts(), "is enough: yes, but only this machine itself reaches it;"),
        (replace(ROOT, second_factor=True), accounts(Password.SET), "is enough: yes, but PAM asks for a second factor as well;"),
        (PASSWORD, accounts(), "a password alone is enough: yes;"),
        (replace(ROOT, password=False), accounts(Password.SET), "a password alone is enough: yes, for root;"),
    ],
)
def test_the_detail_says_why_a_password_harms_nobody(server: SshServer, table: Accounts, words: str) -> None:
    assert words in ssh(server, [table]).detail


def test_the_detail_and_the_verdict_never_contradict_each_other() -> None:
    ways = product((False, True), (False, True), (False, True), (False, True), ((), ("[::1]:22",)), Password, Password)
    for password, root_password, empty, second, listens, root, anna in ways:
        server = replace(KEYS, password=password, root_password=root_password, empty_passwords=empty)
        server = replace(server, second_factor=second, listens=listens)
        verdict = ssh(server, [accounts(root, anna)])
        lets_in = "enough: yes" in verdict.detail and ", but " not in verdict.detail
        assert lets_in is (verdict.status is not api.Status.OK), (server, root, anna, verdict)


def test_a_password_of_root_opens_nothing_where_root_needs_a_key() -> None:
    assert ssh(PASSWORD, [accounts(Password.SET, Password.LOCKED)]).status is api.Status.OK
    assert ssh(PASSWORD, [accounts(Password.SET, Password.SET)]).status is api.Status.WARN


def test_who_asked_sshd_itself_is_not_told_to_be_root() -> None:
    for asked, words in ((True, "IT person"), (False, "as root")):
        verdict = ssh(replace(KEYS, asked=asked, uncertain=("Dropbear, another server, starts too",)), [accounts()])
        assert verdict.status is api.Status.UNKNOWN
        assert words in verdict.unlock
        assert ("by this user" in verdict.summary) is not asked


def test_an_account_without_a_shell_is_a_way_in_for_files_and_tunnels() -> None:
    for shell, status in (("/usr/sbin/nologin", api.Status.WARN), ("/bin/false", api.Status.WARN), ("/dev/null", api.Status.OK)):
        mail = Account("mail-anna", 5000, 5000, "/home/mail-anna", shell, Password.SET)
        table = accounts(anna=Password.LOCKED)
        assert ssh(PASSWORD, [replace(table, accounts=(*table.accounts, mail))]).status is status


def test_another_name_with_the_number_of_root_is_root() -> None:
    second = Account("toor", 0, 0, "/root", "/bin/bash", Password.SET)
    table = accounts(Password.LOCKED, Password.LOCKED)
    table = replace(table, accounts=(*table.accounts, second))
    assert ssh(ROOT, [table]).status is api.Status.FAIL
    assert ssh(PASSWORD, [table]).status is api.Status.OK


def copied(server: SshServer, table: Accounts) -> tuple[str, str]:
    """(the command that writes settings, all steps)"""
    remedy = ssh(server, [table]).remedy
    assert remedy
    return next((step for step in remedy.steps if "printf" in step), ""), "\n".join(remedy.steps)


def test_the_fix_opens_nothing_that_was_shut() -> None:
    """The first value counts: a milder one for root would win over the "no" that is there."""
    assert "PermitRootLogin" not in copied(replace(PASSWORD, root_login="no"), accounts())[0]
    assert "PermitRootLogin prohibit-password" in copied(ROOT, accounts(Password.SET))[0]


def test_the_fix_refuses_no_key_before_its_file_is_safe() -> None:
    """With StrictModes, the key of somebody whose folder others may change is refused: they would be locked out."""
    settings, steps = copied(replace(PASSWORD, strict_modes=False), accounts())
    assert "StrictModes yes" in settings
    assert steps.index("chmod go-w ~NAME ~NAME/.ssh ~NAME/.ssh/authorized_keys") < steps.index("StrictModes yes")
    settings, steps = copied(PASSWORD, accounts())
    assert "StrictModes" not in settings
    assert "chmod" not in steps


def test_the_fix_changes_only_what_is_wrong() -> None:
    settings, steps = copied(WEAK, accounts())
    assert (settings, "ssh-copy-id" in steps, "Ciphers" in steps) == ("", False, True)
    settings, steps = copied(replace(KEYS, strict_modes=False), accounts(mode=0o666))
    assert ("StrictModes yes" in settings, "PasswordAuthentication" in settings, "ssh-copy-id" in steps) == (True, False, False)
    assert "Ciphers" not in copied(PASSWORD, accounts())[1]
    assert copied(replace(ROOT, second_factor=True, weak=("3des-cbc",)), accounts())[0] == ""
    remedy = ssh(WEAK, [accounts()]).remedy
    assert remedy
    assert "00-keys-only" not in remedy.undo
    assert "password" not in remedy.if_you_wait


def test_the_command_of_the_fix_writes_what_sshd_reads() -> None:
    command = copied(replace(ROOT, strict_modes=False), accounts(Password.SET))[0]
    written = subprocess.run(
        ["/bin/sh", "-c", command.removeprefix("sudo ").replace("/etc/ssh/sshd_config.d/00-keys-only.conf", "/dev/stdout")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert written.splitlines() == [
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitEmptyPasswords no",
        "PermitRootLogin prohibit-password",
        "StrictModes yes",
    ]
