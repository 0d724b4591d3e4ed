"""How a stranger is let in: by the real sshd, and by our own reader of its files, which must agree."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts.account import Account, Accounts, Password
from itaudit.facts.ssh_server import SshServer, server_of, ssh_server
from itaudit.facts.ssh_settings import settings_of
from lab.accounts import AccountsLab
from lab.providers import Always
from lab.sshd import SshdLab

DEBIAN = "KbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\n"
# Settings, and what they come to: (root by password, others by password, without any password, modes are strict).
CASES = {
    "nothing set": ("", (False, True, False, True)),
    "debian": (DEBIAN, (False, True, False, True)),
    "root": ("PermitRootLogin yes\n", (True, True, False, True)),
    "root by key": ("PermitRootLogin without-password\n", (False, True, False, True)),
    "keys only": (
        "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
        (False, False, False, True),
    ),
    "by keyboard": ("PasswordAuthentication no\nUsePAM yes\n", (False, True, False, True)),
    "without pam": ("PasswordAuthentication no\nUsePAM no\n", (False, False, False, True)),
    "first wins": ("permitrootlogin no\nPERMITROOTLOGIN yes\n", (False, True, False, True)),
    "equals and quotes": ('PasswordAuthentication="no" # yes\nKbdInteractiveAuthentication=no\n', (False, False, False, True)),
    "empty": (f"{DEBIAN}PermitEmptyPasswords yes\n", (False, True, True, True)),
    "two steps": ("AuthenticationMethods publickey,password\nPermitRootLogin yes\n", (False, False, False, True)),
    "keyboard and key": ("UsePAM yes\nAuthenticationMethods keyboard-interactive:pam,publickey\n", (False, False, False, True)),
    "either": ("AuthenticationMethods publickey,password password\n", (False, True, False, True)),
    "key": ("AuthenticationMethods publickey\nPermitEmptyPasswords yes\n", (False, False, False, True)),
    "denied": ("PermitRootLogin yes\nDenyUsers bob ro*\n", (False, True, False, True)),
    "only these": ("PermitRootLogin yes\nAllowUsers anna bob@10.0.0.1\n", (False, True, False, True)),
    "root too": ("PermitRootLogin yes\nAllowUsers anna\nAllowUsers root\n", (True, True, False, True)),
    "loose": ("StrictModes no\n", (False, True, False, False)),
    "match all": ("Match all\nPermitRootLogin yes\n", (True, True, False, True)),
}


def told(server: SshServer) -> tuple[bool, bool, bool, bool]:
    return server.root_password, server.password, server.empty_passwords, server.strict_modes


@pytest.mark.parametrize("case", CASES)
def test_sshd_and_our_reader_of_its_file_agree(case: str, sshd_lab: SshdLab) -> None:
    text, expected = CASES[case]
    server, by_files = sshd_lab.server(text), sshd_lab.by_files(text)
    assert (server.asked, by_files.asked) == (True, False)
    assert told(server) == expected
    assert told(by_files) == expected


def test_a_match_block_is_judged_for_a_stranger(sshd_lab: SshdLab) -> None:
    inside = (
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMatch Address 192.168.0.0/16\nPasswordAuthentication yes\n"
    )
    assert not sshd_lab.server(inside).password
    outside = f"{inside.replace('192.168.0.0/16', '*')}PermitRootLogin yes\n"
    assert told(sshd_lab.server(outside))[:2] == (True, True)


def test_a_match_block_for_one_person_is_seen_for_them(sshd_lab: SshdLab) -> None:
    text = "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMatch User daemon\nPasswordAuthentication yes\n"
    assert sshd_lab.server(text, "daemon").password
    assert not sshd_lab.server(text, "bin").password
    by_files = sshd_lab.by_files(text)
    assert not by_files.password
    assert by_files.uncertain == ("Match User daemon: passwordauthentication yes",)


def test_included_files_count_where_they_stand_and_their_blocks_end_with_them(sshd_lab: SshdLab) -> None:
    sshd_lab.write("PasswordAuthentication yes\nPermitRootLogin yes\n", "parts/20.conf")
    text = f"Include {sshd_lab.folder}/parts/*.conf\nKbdInteractiveAuthentication no\nPermitRootLogin no\n"
    sshd_lab.write("PasswordAuthentication no\nMatch User nobody\nX11Forwarding no\n", "parts/10.conf")
    assert told(sshd_lab.server(text)) == told(sshd_lab.by_files(text)) == (False, False, False, True)
    assert sshd_lab.server(text).root_login == "yes"
    assert sshd_lab.by_files(text).root_login == "yes"


@pytest.mark.parametrize(
    ("text", "weak"),
    [
        ("", ()),
        ("Ciphers aes256-ctr,3des-cbc\n", ("3des-cbc",)),
        ("Ciphers +3des-cbc\nMACs +hmac-md5,hmac-sha1-96\n", ("3des-cbc", "hmac-md5", "hmac-sha1-96")),
        ("KexAlgorithms +diffie-hellman-group1-sha1\n", ("diffie-hellman-group1-sha1",)),
        ("MACs -hmac-sha1*\n", ()),
        ("MACs -umac-64@openssh.com,hmac-md5\n", ()),
        ("Ciphers aes128-cbc,aes256-cbc\nMACs hmac-sha1\n", ()),
    ],
)
def test_broken_methods_are_named_when_they_were_added(text: str, weak: tuple[str, ...], sshd_lab: SshdLab) -> None:
    assert sshd_lab.server(text).weak == weak
    assert sshd_lab.by_files(text).weak == weak


@pytest.mark.parametrize(
    ("listens", "reachable"),
    [
        ("", True),
        ("ListenAddress 127.0.0.1\nListenAddress [::1]:2222\n", False),
        ("ListenAddress 127.0.0.1\nListenAddress ::\n", True),
    ],
)
def test_a_server_for_this_machine_alone_is_not_reachable(listens: str, reachable: bool, sshd_lab: SshdLab) -> None:
    assert sshd_lab.server(listens).reachable is reachable
    assert sshd_lab.by_files(listens).reachable is reachable


def test_settings_that_sshd_refuses_are_read_from_the_file(sshd_lab: SshdLab) -> None:
    server = sshd_lab.server("PermitRootLogin yes\nNoSuchWord yes\n")
    assert (server.asked, server.root_password) == (False, True)


@pytest.fixture
def disk(accounts_lab: AccountsLab) -> Iterator[tuple[AccountsLab, Rooted]]:
    source = Rooted(accounts_lab.folder, Live())
    yield accounts_lab, source
    source.close()


def test_on_a_disk_the_files_tell(disk: tuple[AccountsLab, Rooted]) -> None:
    lab, source = disk

    def found() -> list[object]:
        return list(ssh_server.function(Ask(source), [lab.accounts]))

    with pytest.raises(api.NotApplicable, match="installed"):
        found()
    lab.write("usr/sbin/sshd", "")
    lab.write("etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nPasswordAuthentication no\n")
    lab.write("etc/ssh/sshd_config.d/50.conf", "PermitRootLogin yes\n")
    unit = lab.write(
        "usr/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd\n[Install]\nWantedBy=multi-user.target\n"
    )
    with pytest.raises(api.NotApplicable, match="not started"):
        found()
    wanted = lab.folder / "etc/systemd/system/multi-user.target.wants/ssh.service"
    wanted.parent.mkdir(parents=True)
    wanted.symlink_to("/usr/lib/systemd/system/ssh.service")
    assert unit.exists()
    (server,) = found()
    assert isinstance(server, SshServer)
    assert (server.asked, server.root_login, server.password) == (False, "yes", False)


class Pam(Live):
    """Rules of PAM for sshd, and whether a person's secret of Google Authenticator is there."""

    def __init__(self, rules: str, secret: api.Answer | None = None) -> None:
        super().__init__()
        self._rules, self._secret = rules, secret

    def ask(self, question: api.Question) -> api.Answer:
        if question == api.ReadFile("/etc/pam.d/sshd", limit_bytes=65536):
            return api.Answer(body=self._rules)
        if self._secret and isinstance(question, api.FileStatus) and question.path.endswith("/.google_authenticator"):
            return self._secret
        return super().ask(question)


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        ("# auth required pam_oath.so\nauth required pam_google_authenticator.so\n", True),
        ("auth [success=1 default=ignore] /lib64/security/pam_duo.so\nauth requisite pam_deny.so\n", True),
        ("auth sufficient pam_u2f.so\nauth required pam_unix.so\n", False),
        ("auth [success=done new_authtok_reqd=done default=ignore] pam_oath.so usersfile=/etc/users.oath\n", False),
        ("auth optional pam_radius_auth.so\n", False),
        ("auth required pam_u2f.so nouserok\n", False),
        ("auth required pam_google_authenticator.so nullok\n", False),
        ("session required pam_duo.so\n", False),
    ],
)
def test_a_second_factor_is_one_that_nobody_gets_around(rules: str, seen: bool, sshd_lab: SshdLab) -> None:
    for pam in ("yes", "no"):
        file = sshd_lab.write(f"HostKey {sshd_lab.folder}/key\nUsePAM {pam}\n")
        server = server_of(Ask(Pam(rules)), sshd_lab.program, str(file), ())
        assert server.second_factor is (seen and pam == "yes")


@pytest.mark.parametrize(
    ("secret", "seen", "uncertain"),
    [
        (api.Answer(body='{"kind": "file", "size_bytes": 130}'), True, False),
        (api.Answer.missing(api.NotFound()), False, False),
        (api.Answer.missing(api.AccessDenied()), False, True),
    ],
)
def test_a_second_factor_for_those_who_set_it_up_counts_when_all_did(
    secret: api.Answer, seen: bool, uncertain: bool, sshd_lab: SshdLab
) -> None:
    ask = Ask(Pam("auth required pam_google_authenticator.so nullok\n", secret))
    file = sshd_lab.write(f"HostKey {sshd_lab.folder}/key\nUsePAM yes\n")
    server = server_of(ask, sshd_lab.program, str(file), (), homes=("/home/anna",))
    assert (server.second_factor, bool(server.uncertain)) == (seen, uncertain)


def test_accounts_for_files_alone_are_asked_for_too(accounts_lab: AccountsLab, sshd_lab: SshdLab) -> None:
    """sftp and tunnels need no shell (sshd_config(5), ForceCommand internal-sftp): the usual way to let customers leave files."""

    for number in range(1000, 1008):
        accounts_lab.account(f"anna{number}", number)
    accounts_lab.account("files", 990, shell="/usr/sbin/nologin")
    keys = "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    names = [one.name for one in accounts_lab.accounts.accounts if one.opens_from_elsewhere]
    assert names[-1] == "files"
    assert sshd_lab.server(f"{keys}Match User files\nPasswordAuthentication yes\n", *names).password


def test_whom_nobody_asked_for_leaves_it_open(sshd_lab: SshdLab) -> None:
    text = "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMatch User zoe\nPasswordAuthentication yes\n"
    names = [f"anna{number}" for number in range(40)]
    server = sshd_lab.server(text, *names, "zoe")
    assert server.password or server.uncertain
    assert not sshd_lab.server(text, *names[:5]).uncertain


def test_another_server_for_remote_login_is_not_overlooked(disk: tuple[AccountsLab, Rooted]) -> None:
    """Alpine offers Dropbear at its installation."""
    lab, source = disk

    def found() -> list[object]:
        return list(ssh_server.function(Ask(source), [lab.accounts]))

    lab.write("usr/sbin/dropbear", "")
    with pytest.raises(api.NotApplicable):
        found()  # Debian's start of encrypted disks brings the program without its service
    lab.write("etc/runlevels/default/dropbear", "")
    with pytest.raises(api.NotFound, match="Dropbear"):
        found()
    lab.write("usr/sbin/sshd", "")
    lab.write("etc/ssh/sshd_config", "PasswordAuthentication no\n")
    (server,) = found()
    assert isinstance(server, SshServer)
    assert server.uncertain == ("Dropbear, another server, starts too",)


def test_files_that_include_each_other_end(sshd_lab: SshdLab) -> None:
    with pytest.raises(api.Unreadable):
        sshd_lab.by_files(f"Include {sshd_lab.folder}/sshd_config\n")


def test_names_that_could_be_options_are_not_asked_for(sshd_lab: SshdLab) -> None:
    server = sshd_lab.server("Match User x\nX11Forwarding no\n", "-evil", "a,addr=1.2.3.4", "anna")
    assert server.people == ("anna",)


_LINES = st.lists(
    st.tuples(
        st.sampled_from(
            ["PermitRootLogin", "passwordauthentication", "UsePAM", "Match", "AuthenticationMethods", "AllowUsers", "Ciphers"]
        ),
        st.sampled_from([" ", "=", " = ", "\t"]),
        st.sampled_from(["yes", "no", "all", '"yes"', "User anna", "publickey", "+3des-cbc", "any", "root", "'", "# x", ""]),
    ).map("".join),
    max_size=8,
).map("\n".join)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_LINES | st.text(st.characters(blacklist_categories=["Cs"]), max_size=60))
def test_hostile_files_and_answers_give_a_fact_or_missing(text: str) -> None:
    source = Always(text)
    accounts = Accounts((Account("anna", 1000, 1000, "/home/anna", "/bin/sh", Password.SET, person=True),))
    with contextlib.suppress(api.Missing):
        settings_of(Ask(source), "/etc/ssh/sshd_config")
    with contextlib.suppress(api.Missing):
        assert all(isinstance(one, SshServer) for one in ssh_server.function(Ask(source), [accounts]))


def test_no_line_of_what_sshd_prints_is_covered_by_recordings(sshd_lab: SshdLab, needs: Callable[..., str]) -> None:
    """Its words look like passwords, and a covered one would be read as a setting."""
    from itaudit.evidence.redact import redact

    file = Path(sshd_lab.folder / "sshd_config")
    sshd_lab.server(DEBIAN)
    answer = Live().ask(api.Command((sshd_lab.program, "-T", "-f", str(file))))
    assert "passwordauthentication yes" in answer.body
    assert redact(answer.body) == answer.body
