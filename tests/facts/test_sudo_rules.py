"""The rules of sudo, against cvtsudoers(1) and visudo(8) of sudo itself."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.sudo_lines import NotUnderstood, logical_lines, read_doas, read_rule
from itaudit.facts.sudo_rules import SudoRules, sudo_rules
from lab.accounts import AccountsLab
from lab.providers import Always

# (user, does everything as the administrator, is not asked for a password)
Everything = set[tuple[str, bool]]


def by_cvtsudoers(file: Path) -> Everything | None:
    """The same by sudo's own program: aliases put in, JSON. None for what it refuses."""
    argv = ["cvtsudoers", "-f", "json", "-e", "-c", "/dev/null", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        return None
    found: Everything = set()
    for rule in json.loads(done.stdout).get("User_Specs", []):
        users = [_user(user) for user in rule["User_List"] if not user.get("negated")]
        for part in rule["Cmnd_Specs"]:
            run_as = part.get("runasusers")
            root = run_as is None or any(_user(user) in ("ALL", "root", "#0") for user in run_as if not user.get("negated"))
            if "runasgroups" in part and run_as is None:
                root = False
            left_out = any(_user(user) in ("root", "#0") for user in run_as or () if user.get("negated"))
            free = any(option.get("authenticate") is False for option in part.get("Options", []))
            if root and not left_out and {"command": "ALL"} in part["Commands"]:
                found |= {(user, free) for user in users}
    # A rule of two commands may hold ALL once with and once without a password: ours tells the freer one of each rule.
    return {(user, free) for user, free in found if free or (user, True) not in found}


def _user(entry: dict[str, Any]) -> str:
    for kind, sign in (("username", ""), ("usergroup", "%"), ("userid", "#"), ("usergid", "%#"), ("netgroup", "+")):
        if kind in entry:
            return f"{sign}{entry[kind]}"
    return str(entry)


def ours(lab: AccountsLab, text: str) -> Everything:
    lab.write("etc/sudoers", text)
    lab.__post_init__()
    found = {(user, rule.without_password) for rule in lab.sudo.rules for user in rule.users}
    return {(user, free) for user, free in found if free or (user, True) not in found}


SYSTEMS = {
    "debian": "Defaults\tenv_reset\nDefaults\tmail_badpass\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n",
    "fedora": 'Defaults   !visiblepw\nDefaults    env_keep += "LANG LC_ALL"\nroot\tALL=(ALL) \tALL\n%wheel\tALL=(ALL)\tALL\n'
    "# %wheel        ALL=(ALL)       NOPASSWD: ALL\n",
    "cloud": "# User rules for ubuntu\nubuntu ALL=(ALL) NOPASSWD:ALL\n",
    "google": "%google-sudoers ALL=(ALL:ALL) NOPASSWD:ALL\n",
    "aliases": "User_Alias ADMINS = anna, bob : OFF = carl\nRunas_Alias OP = root, operator\nCmnd_Alias EVERY = ALL\n"
    "ADMINS ALL = (OP) EVERY\nOFF ALL = (operator) ALL\n",
    "tags": "anna ALL = NOPASSWD: /bin/ls, PASSWD: /bin/cat\nbob ALL = NOEXEC: NOPASSWD : SETENV: ALL\n",
    "digest": "anna ALL = sha256:aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28= /bin/ls, ALL\n",
    "self": "anna ALL = (:adm) ALL\nbob ALL = (postgres) ALL\n",
    "hosts": "anna web = /bin/ls : mail = ALL\nbob web, mail = (root) NOPASSWD: ALL\n",
    "numbers": "#1000 ALL = ALL # 1 comment\n%#27 ALL=(#0) ALL\n",
    "spaces": '%domain\\ admins ALL=(ALL) ALL\n"%other admins" ALL=(ALL) ALL\nanna , bob \\\n ALL = ( ALL ) ALL\n',
    "commands": "anna ALL = /usr/bin/apt update, /bin/sh -c a\\,b\\:c\\=d\nbob ALL=(ALL) !/bin/su, ALL\n",
    "excepted": "ALL, !anna ALL = (ALL, !root) ALL\nbob ALL = (ALL) ALL\n",
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_who_may_do_everything_is_as_sudo_itself_says(system: str, accounts_lab: AccountsLab, needs: Callable[..., str]) -> None:
    needs("cvtsudoers", "sudo")
    found = ours(accounts_lab, SYSTEMS[system])
    assert found == by_cvtsudoers(accounts_lab.folder / "etc/sudoers")
    assert accounts_lab.sudo.unread == ()


_USER = st.sampled_from(["anna", "%sudo", "#1000", "ALL", "!bob", "+net", "PEOPLE", '"a b"'])
_COMMAND = st.sampled_from(["ALL", "/bin/ls", "/bin/cat x\\,y", "!/bin/su", "EVERY", "sudoedit /etc/x", "/bin/"])
_TAGS = st.sampled_from(["", "NOPASSWD:", "PASSWD: ", "NOEXEC: NOPASSWD : ", "SETENV:"])
_RUN_AS = st.sampled_from(["", "(ALL)", "(root) ", "(postgres)", "(ALL:ALL) ", "(:adm)", "(#0)"])
_PART = st.tuples(_RUN_AS, _TAGS, _COMMAND).map("".join)
_LIST = st.lists(_PART, min_size=1, max_size=3).map(", ".join)
_RULE = st.tuples(st.lists(_USER, min_size=1, max_size=3).map(",".join), st.sampled_from([" ALL=", " h1, h2 = "]), _LIST).map(
    "".join
)
_HEAD = "User_Alias PEOPLE = carl, dora\nCmnd_Alias EVERY = /bin/ls, ALL\n"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=_RULE)
def test_rules_of_all_kinds_are_as_sudo_itself_says(rule: str, accounts_lab: AccountsLab, needs: Callable[..., str]) -> None:
    needs("cvtsudoers", "sudo")
    file = accounts_lab.write("etc/sudoers", f"{_HEAD}{rule}\n")
    expected = by_cvtsudoers(file)
    if expected is not None and "PASSWD" not in rule.replace("NOPASSWD", ""):
        assert ours(accounts_lab, f"{_HEAD}{rule}\n") == expected, rule
    with contextlib.suppress(NotUnderstood):
        read_rule(rule)


def test_everything_is_seen_behind_the_word_passwd_where_recordings_cover_single_commands(accounts_lab: AccountsLab) -> None:
    assert ours(accounts_lab, "anna ALL = NOPASSWD: /bin/ls, PASSWD: ALL\n") == {("anna", False)}


def test_included_files_are_read_and_backups_are_not(accounts_lab: AccountsLab) -> None:
    text = "@includedir /etc/sudoers.d\n#include /etc/more\n@include beside.%h\n# includes\n"
    for name in ("10-anna", "bob.conf", "carl~", "20-dora"):
        accounts_lab.write(f"etc/sudoers.d/{name}", f"{name.strip('0123456789-')} ALL = ALL\n")
    accounts_lab.write("etc/more", "emil ALL = ALL\n@include /etc/more\n")
    accounts_lab.write("etc/hostname", "office\n")
    found = ours(accounts_lab, text)
    assert found == {("anna", False), ("dora", False), ("emil", False)}
    assert accounts_lab.sudo.unread == ("/etc/more: too many files",)


def test_a_setting_may_ask_nobody_for_a_password(accounts_lab: AccountsLab) -> None:
    rules = "anna ALL = ALL\nbob ALL = PASSWD: ALL\ncarl ALL = ALL\n"
    assert ours(accounts_lab, f"Defaults !authenticate\n{rules}") == {("anna", True), ("bob", False), ("carl", True)}
    assert ours(accounts_lab, f"Defaults:carl env_reset, !authenticate\n{rules}") == {
        ("anna", False),
        ("bob", False),
        ("carl", True),
    }


def test_a_setting_may_name_several_who_are_not_asked(accounts_lab: AccountsLab) -> None:
    rules = "anna ALL = ALL\nbob ALL = ALL\ncarl ALL = ALL\n"
    for listed in ("anna,carl", "anna, carl", "OURS"):
        text = f"User_Alias OURS = anna, carl\nDefaults:{listed} !authenticate\n{rules}"
        assert ours(accounts_lab, text) == {("anna", True), ("bob", False), ("carl", True)}, listed


def test_a_setting_for_a_member_frees_them_from_the_rule_of_their_group(accounts_lab: AccountsLab) -> None:
    for number, name in enumerate(("anna", "bob"), 1000):
        accounts_lab.account(name, number)
    with (accounts_lab.folder / "etc/group").open("a") as file:
        file.write("sudo:x:27:anna,bob\n")
    for rule, freed in (("%sudo ALL=(ALL:ALL) ALL", ("anna",)), ("%sudo ALL=(ALL:ALL) PASSWD: ALL", ())):
        accounts_lab.__post_init__()
        accounts_lab.write("etc/sudoers", f"Defaults:anna !authenticate\n{rule}\n")
        (found,) = accounts_lab.sudo.rules
        assert (found.without_password, found.freed) == (False, freed)


@given(st.text(st.sampled_from(list('permitdny :{}"#as roo=')) | st.characters(blacklist_categories=["Cs"]), max_size=60))
def test_hostile_lines_of_doas_are_rules_or_not_understood(text: str) -> None:
    for line in (text, f"permit {text}", f"deny nopass {{ {text}"):
        with contextlib.suppress(NotUnderstood):
            read_doas(line)


def test_where_the_maker_keeps_the_rules_they_are_found(accounts_lab: AccountsLab) -> None:
    """openSUSE has them in /usr/etc; what stands in /etc comes first (sudo --enable-adminconf)."""
    accounts_lab.write("usr/etc/sudoers", "anna ALL = ALL\n@includedir /etc/sudoers.d\n")
    accounts_lab.write("etc/sudoers.d/10", "bob ALL = ALL\n")
    assert [rule.users for rule in accounts_lab.sudo.rules] == [("anna",), ("bob",)]
    accounts_lab.write("etc/sudoers", "carl ALL = ALL\n")
    accounts_lab.__post_init__()
    assert [rule.users for rule in accounts_lab.sudo.rules] == [("carl",)]


DOAS = """# Alpine's own
permit persist :wheel
permit nopass keepenv setenv { PATH=/bin:/sbin -HOME } anna as root
permit nopass "bob" cmd reboot
permit carl as postgres
deny dora
permit nopass 1004 # by number
"""


def test_who_may_do_everything_by_doas_is_told(accounts_lab: AccountsLab) -> None:
    """doas.conf(5): Alpine has it in place of sudo."""
    for number, name in enumerate(("anna", "bob", "carl", "dora", "emil", "fritz"), 1000):
        accounts_lab.account(name, number)
    with (accounts_lab.folder / "etc/group").open("a") as file:
        file.write("wheel:x:10:fritz\n")
    accounts_lab.write("etc/doas.d/20-ours.conf", DOAS)
    found = accounts_lab.sudo
    assert [(rule.line, rule.users, rule.without_password) for rule in found.rules] == [
        (2, ("%wheel",), False),
        (3, ("anna",), True),
        (7, ("#1004",), True),
    ]
    assert found.present
    assert [one.name for one in accounts_lab.administrators.people] == ["anna", "emil", "fritz"]
    accounts_lab.__post_init__()
    accounts_lab.write("etc/doas.conf", "permit what is this\npermit nopass keepenv {\n")
    assert [line.partition(":")[0] for line in accounts_lab.sudo.unread] == [
        "/etc/doas.conf, line 1",
        "/etc/doas.conf, line 2",
    ]


def test_a_group_that_a_recording_covers_is_told(accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/doas.conf", "permit nopass :wheel\n")
    assert [rule.users for rule in accounts_lab.sudo.rules] == [("%wheel",)]
    accounts_lab.__post_init__()
    accounts_lab.write("etc/doas.conf", "permit nopass :[redacted]\n")
    found = accounts_lab.sudo
    assert [rule.without_password for rule in found.rules] == [True]
    assert found.unread == ("/etc/doas.conf, line 1: whom it is for is covered, as if it were a password",)


def test_lines_that_are_no_accounts_may_hide_an_administrator(accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/sudoers", "")
    assert not accounts_lab.administrators.unread
    with (accounts_lab.folder / "etc/passwd").open("a") as file:
        file.write("ro\x1b[2Kot:x:0:0::/root:/bin/sh\n")
    accounts_lab.__post_init__()
    assert accounts_lab.administrators.unread == ("/etc/passwd: 1 line that is no account",)


def test_the_last_rule_of_doas_counts(accounts_lab: AccountsLab) -> None:
    text = "permit keepenv :wheel\npermit nopass anna\npermit persist :wheel\ndeny bob\npermit carl\ndeny carl\n"
    accounts_lab.write("etc/doas.conf", text)
    found = [(rule.users, rule.excepted, rule.without_password) for rule in accounts_lab.sudo.rules]
    assert found == [(("anna",), ("bob", "carl"), True), (("%wheel",), ("bob", "carl"), False)]


def test_where_the_administrators_password_is_asked_for_a_rule_gives_nothing(accounts_lab: AccountsLab) -> None:
    """openSUSE: everybody may become root who knows root's password."""
    accounts_lab.write("etc/sudoers", "Defaults targetpw\nALL ALL=(ALL) ALL\nanna ALL=(ALL) NOPASSWD: ALL\nbob ALL=ALL\n")
    for number, name in enumerate(("anna", "bob"), 1000):
        accounts_lab.account(name, number)
    found = accounts_lab.administrators
    assert (found.everybody, [one.name for one in found.people]) == ((), ["anna"])


def test_a_line_that_is_not_understood_is_told(accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/sudoers", "anna ALL\nbob ALL = ALL\nUser_Alias x = y\n#1 is a comment\n")
    found = accounts_lab.sudo
    assert [rule.users for rule in found.rules] == [("bob",)]
    assert [line.partition(":")[0] for line in found.unread] == ["/etc/sudoers, line 3", "/etc/sudoers, line 1"]


def test_without_rules_sudo_is_not_there(accounts_lab: AccountsLab) -> None:
    assert accounts_lab.sudo == SudoRules((), present=False)


def test_ways_to_become_administrator(accounts_lab: AccountsLab) -> None:
    for number, name in enumerate(("anna", "bob", "carl", "dora", "emil"), 1000):
        accounts_lab.account(name, number, shell="/usr/sbin/nologin" if name == "emil" else "/bin/bash")
    with (accounts_lab.folder / "etc/passwd").open("a") as file:
        file.write("toor:x:0:0::/root:/bin/sh\n")
    with (accounts_lab.folder / "etc/group").open("a") as file:
        file.write("sudo:x:27:anna,emil\ndocker:x:999:bob\nlpadmin:x:998:dora\nlibvirt:x:997:gert\n")
    accounts_lab.write(
        "etc/sudoers", "%sudo ALL=(ALL:ALL) ALL\n#1002 ALL=ALL\nroot ALL=ALL\nnobody-here ALL=ALL\ndora ALL=/bin/ls\n"
    )
    found = {one.name: (one.number_zero, one.closed) for one in accounts_lab.administrators.people}
    assert found == {
        "anna": (False, False),
        "bob": (False, False),
        "carl": (False, False),
        "emil": (False, True),
        "gert": (False, False),
        "toor": (True, False),
    }


def test_an_excepted_member_is_no_administrator(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    accounts_lab.account("bob", 1001)
    with (accounts_lab.folder / "etc/group").open("a") as file:
        file.write("sudo:x:27:anna,bob\n")
    accounts_lab.write("etc/sudoers", "%sudo, !bob ALL=(ALL:ALL) ALL\n")
    assert [one.name for one in accounts_lab.administrators.people] == ["anna"]


@given(st.text(st.sampled_from(list('aA%#!@,:=()\\" \n\t0/[]')) | st.characters(blacklist_categories=["Cs"]), max_size=80))
def test_hostile_lines_are_rules_or_not_understood(text: str) -> None:
    for _, line in logical_lines(text):
        with contextlib.suppress(NotUnderstood):
            read_rule(line)


@given(
    st.text(st.sampled_from(list('aAL%#!@,:=()\\" \n\t0/')), max_size=60),
    st.sampled_from(["", "User_Alias A = ", "Defaults", "@include "]),
)
def test_hostile_files_give_a_fact_or_missing(text: str, head: str) -> None:
    source = Always(f"{head}{text}\n")
    with contextlib.suppress(api.Missing):
        assert all(isinstance(found, SudoRules) for found in sudo_rules.function(Ask(source), source.machine))


def test_aliases_of_each_other_end(always: Callable[[str], Ask], machine: api.Machine) -> None:
    text = "User_Alias A = B, B, B, B\nUser_Alias B = A, A, A, A\nA ALL = ALL\n"
    (found,) = sudo_rules.function(always(text), machine)
    assert isinstance(found, SudoRules)


def test_options_before_a_command_are_none(accounts_lab: AccountsLab) -> None:
    """cvtsudoers 1.9.13 writes broken JSON of these, so it is worked out by hand."""
    text = 'anna ALL = (root) CWD=/tmp TIMEOUT=10 NOPASSWD: ALL\nbob ALL = CHROOT="/srv/a b" /bin/ls\n'
    assert ours(accounts_lab, text) == {("anna", True)}


@pytest.mark.parametrize(
    "text", ["a" * 200_000 + " b", " " * 500_000 + "x", "NOPASSWD" + " " * 300_000 + "=", "a,:=" * 100_000, '"' * 300_001]
)
def test_a_hostile_line_is_read_before_the_test_is_stopped(text: str, always: Callable[[str], Ask], machine: api.Machine) -> None:
    for one in (text, f"anna ALL = {text}", f"{text} ALL = ALL"):
        assert len(list(sudo_rules.function(always(one), machine))) == 1


def test_a_setting_that_is_taken_back_does_not_count(accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/sudoers", "Defaults targetpw\nALL ALL=(ALL) ALL\nDefaults !targetpw\n")
    assert len(accounts_lab.administrators.everybody) == 1
    accounts_lab.__post_init__()
    accounts_lab.write("etc/sudoers", "Defaults !authenticate\nALL ALL=(ALL) ALL\nDefaults authenticate\n")
    assert not accounts_lab.sudo.rules[0].without_password


def test_the_only_account_of_number_zero_is_the_administrator_whatever_its_name(accounts_lab: AccountsLab) -> None:
    table = accounts_lab.folder / "etc/passwd"
    table.write_text(table.read_text().replace("root:", "admin:", 1))
    accounts_lab.write("etc/sudoers", "")
    assert not accounts_lab.administrators.people
    accounts_lab.__post_init__()
    accounts_lab.account("toor", 0)
    assert [one.name for one in accounts_lab.administrators.people] == ["toor"]
