from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.password_policy import PasswordPolicy, password_policy
from lab.accounts import AccountsLab
from lab.providers import Always

DEBIAN = "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\npassword\trequisite\t\t\tpam_deny.so\n"
PWQUALITY = (
    "password requisite pam_pwquality.so retry=3 {}\npassword [success=1 default=ignore] pam_unix.so obscure use_authtok\n"
)
FAILLOCK = "auth required pam_faillock.so preauth\nauth sufficient pam_unix.so nullok\n"


def policy(lab: AccountsLab) -> PasswordPolicy:
    lab.__post_init__()
    (found,) = password_policy.function(Ask(lab.recorder))
    assert isinstance(found, PasswordPolicy)
    return found


@pytest.mark.parametrize(
    ("module", "settings", "length"),
    [
        (DEBIAN, "", 6),
        (DEBIAN.replace("obscure", "minlen=10"), "", 10),
        (PWQUALITY.format(""), "", 8),
        (PWQUALITY.format(""), "# minlen = 20\nminlen = 12\n", 12),
        (PWQUALITY.format("minlen=14"), "minlen=9\n", 14),
        (f"#{DEBIAN}", "", 0),
        ("-password required pam_passwdqc.so\n", "", 8),
    ],
)
def test_the_least_length_is_that_of_the_strictest_module(
    module: str, settings: str, length: int, accounts_lab: AccountsLab
) -> None:
    accounts_lab.write("etc/pam.d/common-password", module)
    accounts_lab.write("etc/security/pwquality.conf", settings)
    assert policy(accounts_lab).least_length == length


def test_fedoras_files_are_read_too(accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/pam.d/system-auth", PWQUALITY.format("") + FAILLOCK)
    accounts_lab.write("etc/security/pwquality.conf.d/10.conf", "minlen = 11\n")
    found = policy(accounts_lab)
    assert (found.least_length, found.guard) == (11, "/etc/pam.d/system-auth: pam_faillock")


@pytest.mark.parametrize(
    ("path", "text", "guard"),
    [
        ("etc/pam.d/common-auth", FAILLOCK, "/etc/pam.d/common-auth: pam_faillock"),
        ("etc/pam.d/common-auth", f"# {FAILLOCK.splitlines()[0]}\n", ""),
        ("etc/pam.d/common-auth", "account required pam_faillock.so\n", ""),
        ("etc/fail2ban/jail.conf", "", ""),
    ],
)
def test_what_keeps_guessers_out_is_found(path: str, text: str, guard: str, accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/pam.d/common-password", DEBIAN)
    accounts_lab.write(path, text)
    assert policy(accounts_lab).guard == guard


@pytest.mark.parametrize(
    "start",
    [
        "etc/systemd/system/multi-user.target.wants/fail2ban.service",
        "etc/runlevels/default/fail2ban",
        "etc/rc2.d/S01fail2ban",
    ],
)
def test_a_program_that_keeps_guessers_out_counts_when_it_starts_with_the_machine(start: str, accounts_lab: AccountsLab) -> None:
    """On Fedora, what is installed is not started."""
    accounts_lab.write("etc/pam.d/common-password", DEBIAN)
    accounts_lab.write("usr/bin/fail2ban-server", "")
    assert policy(accounts_lab).guard == ""
    accounts_lab.write(start, "")
    assert policy(accounts_lab).guard == "/usr/bin/fail2ban-server"


JAILS = "[DEFAULT]\nenabled = false\nfilter = %(__name__)s\n[sshd]\nport = ssh\n[dovecot]\nport = pop3\n"


@pytest.mark.parametrize(
    ("file", "text", "guards"),
    [
        ("jail.d/defaults-debian.conf", "[sshd]\nenabled = true\n", True),
        ("jail.d/00-firewalld.conf", "[DEFAULT]\nbanaction = firewallcmd-rich-rules\n", False),
        ("jail.local", "[DEFAULT]\nenabled = yes\n", True),
        ("jail.local", "[dovecot]\nenabled = true\n", False),
        ("jail.local", "# [sshd]\n#enabled = true\n", False),
        ("jail.local", "[office]\nenabled = 1\nfilter = sshd[mode=aggressive]\n", True),
        ("jail.local", "[DEFAULT]\nenabled = true\n[sshd]\nenabled = false\n", False),
    ],
)
def test_fail2ban_keeps_guessers_out_only_where_it_watches_remote_login(
    file: str, text: str, guards: bool, accounts_lab: AccountsLab
) -> None:
    """On Fedora and Arch it starts and watches nothing until somebody says what."""
    accounts_lab.write("etc/pam.d/common-password", DEBIAN)
    accounts_lab.write("usr/bin/fail2ban-server", "")
    accounts_lab.write("etc/systemd/system/multi-user.target.wants/fail2ban.service", "")
    accounts_lab.write("etc/fail2ban/jail.conf", JAILS)
    accounts_lab.write(f"etc/fail2ban/{file}", text)
    assert bool(policy(accounts_lab).guard) is guards


def test_of_the_jails_of_fail2ban_the_last_file_counts(accounts_lab: AccountsLab) -> None:
    """jail.conf(5): jail.conf, jail.d/*.conf, jail.local, jail.d/*.local."""
    accounts_lab.write("etc/pam.d/common-password", DEBIAN)
    accounts_lab.write("usr/bin/fail2ban-server", "")
    accounts_lab.write("etc/runlevels/default/fail2ban", "")
    for turn, file in enumerate(("jail.conf", "jail.d/z.conf", "jail.local", "jail.d/a.local")):
        accounts_lab.write(f"etc/fail2ban/{file}", f"[sshd]\nenabled = {'true' if turn % 2 else 'false'}\n")
        accounts_lab.__post_init__()
        assert bool(policy(accounts_lab).guard) is (turn % 2 == 1), file


def test_without_rules_it_is_not_known(accounts_lab: AccountsLab) -> None:
    with pytest.raises(api.NotFound):
        list(password_policy.function(Ask(accounts_lab.recorder)))


@given(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=60).map(
        lambda tail: f"password x pam_pwquality.so {tail}\n{tail}"
    )
)
def test_hostile_files_give_a_fact_or_missing(text: str) -> None:
    with contextlib.suppress(api.Missing):
        list(password_policy.function(Ask(Always(text))))


@pytest.mark.parametrize(
    "text", ["\n" * 65_000, " " * 65_000, "auth x " + "pam_" * 60_000, "password [" * 20_000, "minlen=" * 9_000]
)
def test_a_hostile_file_is_read_before_the_test_is_stopped(text: str) -> None:
    assert len(list(password_policy.function(Ask(Always(text))))) == 1


def test_of_the_files_of_pwquality_the_last_one_counts(accounts_lab: AccountsLab) -> None:
    """pwquality.conf(5): the folder is read first, in the order of names; what comes later overrides."""
    accounts_lab.write("etc/pam.d/common-password", PWQUALITY.format(""))
    accounts_lab.write("etc/security/pwquality.conf.d/10.conf", "minlen = 12\n")
    accounts_lab.write("etc/security/pwquality.conf.d/20.conf", "minlen = 9\nminlen = 10\n")
    assert policy(accounts_lab).least_length == 10
    accounts_lab.write("etc/security/pwquality.conf", "minlen = 6\n")
    assert policy(accounts_lab).least_length == 6
