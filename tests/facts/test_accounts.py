"""Accounts and when they were used, of a system in a folder, and of the tools that make accounts."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts import logins
from itaudit.facts.account import Accounts, Password
from itaudit.facts.accounts import GROUP, PASSWD, linux_accounts
from itaudit.facts.logins import RECORDS, personal_accounts
from lab.accounts import HASH, AccountsLab, moment
from lab.providers import Always

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def test_states_dates_and_persons_are_told(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000, days=30)
    accounts_lab.account("bob", 1001, "empty", "/usr/sbin/nologin")
    accounts_lab.account("carl", 1002, "locked hash", more=":::1:")
    found = accounts_lab.accounts
    anna, bob, carl, root = (found.named(name) for name in ("anna", "bob", "carl", "root"))
    assert anna
    assert bob
    assert carl
    assert root
    assert (anna.password, anna.person, anna.opens_with_password, anna.ended) == (Password.SET, True, True, False)
    assert anna.changed == accounts_lab.now.date() - timedelta(days=30)
    assert (bob.password, bob.interactive, bob.opens_with_password) == (Password.EMPTY, False, False)
    assert (carl.password, carl.opens_with_password) == (Password.LOCKED, False)
    assert (root.password, root.person) == (Password.LOCKED, False)


def test_an_account_past_its_last_day_is_ended(accounts_lab: AccountsLab) -> None:
    today = (accounts_lab.now.date() - accounts_lab.now.date().replace(year=1970, month=1, day=1)).days
    for number, (name, day) in enumerate([("gone", today), ("stays", today + 2), ("endless", "")], 1000):
        accounts_lab.account(name, number, more=f"::{day}:")
    assert [one.name for one in accounts_lab.accounts.accounts if one.ended] == ["gone"]


def test_real_tools_make_what_is_read(
    accounts_lab: AccountsLab, needs: Callable[..., str], needs_root: Callable[[], None]
) -> None:
    """useradd(8), usermod(8) and groupmems write into the folder."""
    needs_root()
    useradd = [needs("useradd", "passwd"), "--prefix", str(accounts_lab.folder), "--shell", "/bin/bash"]
    subprocess.run([*useradd, "-p", HASH, "anna"], check=True, timeout=20, capture_output=True)
    subprocess.run([*useradd, "bob"], check=True, timeout=20, capture_output=True)
    end = ["usermod", "--prefix", str(accounts_lab.folder), "--lock", "--expiredate", "1", "anna"]
    before = accounts_lab.accounts.named("anna")
    assert before
    assert before.opens_with_password
    subprocess.run(end, check=True, timeout=20, capture_output=True)
    accounts_lab.__post_init__()
    found = {one.name: one for one in accounts_lab.accounts.accounts if one.person}
    assert (found["bob"].password, found["bob"].ended) == (Password.LOCKED, False)
    assert (found["anna"].password, found["anna"].ended) == (Password.LOCKED, True)


def test_names_twice_lines_of_nis_and_noise_are_told_apart(accounts_lab: AccountsLab) -> None:
    with (accounts_lab.folder / "etc/passwd").open("a") as file:
        file.write("root:x:0:0::/:/bin/sh\n+::::::\n-bob\n+@admins::::::\nnoise\nx:x:-1:z::/:/bin/sh\n\x07:x:1:1::/:/bin/sh\n\n")
    found = accounts_lab.accounts
    assert ([one.name for one in found.accounts], found.twice, found.odd_lines) == (["root", "daemon", "postgres"], ("root",), 3)


def test_groups_that_cannot_be_read_are_not_taken_for_none(recorded: Recorder, machine: api.Machine) -> None:
    """Else nobody would be an administrator by a group."""
    answers: dict[api.Question, api.Answer | str] = {PASSWD: "root:elsewhere:0:0::/root:/bin/bash\n"}
    with pytest.raises(api.AccessDenied):
        list(linux_accounts.function(recorded({**answers, GROUP: api.Answer.missing(api.AccessDenied())}), machine))
    [found] = linux_accounts.function(recorded({**answers, GROUP: api.Answer.missing(api.NotFound())}), machine)
    assert isinstance(found, Accounts)


def test_a_user_who_may_not_see_passwords_is_told_so(recorded: Recorder, machine: api.Machine) -> None:
    table = "root:elsewhere:0:0::/root:/bin/bash\nopen:empty:1000:1000::/:/bin/sh\n"
    denied = api.Answer.missing(api.AccessDenied("/etc/shadow"))
    (found,) = linux_accounts.function(recorded({PASSWD: table, GROUP: "", api.AccountTable("/etc/shadow"): denied}), machine)
    assert isinstance(found, Accounts)
    assert not found.passwords_seen
    assert [one.password for one in found.accounts] == [Password.UNKNOWN, Password.EMPTY]
    with pytest.raises(api.AccessDenied):
        list(personal_accounts.function(recorded({}), machine, [found]))


def test_groups_hold_their_members_and_those_whose_own_group_it_is(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    accounts_lab.write("etc/group", "sudo:x:27:anna,bob\nstaff:x:1000:bob,,bob\n")
    assert {group.name: group.members for group in accounts_lab.accounts.groups} == {
        "sudo": ("anna", "bob"),
        "staff": ("bob", "anna"),
    }


@pytest.mark.parametrize(
    ("line", "set_up", "named"),
    [
        ("files systemd", True, ()),
        ("files sss systemd", False, ()),
        ("files [SUCCESS=merge] sss", True, ("sss",)),
        ("compat winbind ldap # nis", False, ("winbind", "ldap")),
    ],
)
def test_directories_of_the_network_are_named(line: str, set_up: bool, named: tuple[str, ...], accounts_lab: AccountsLab) -> None:
    accounts_lab.write("etc/nsswitch.conf", f"passwd: {line}\ngroup: {line}\n")
    if set_up:
        accounts_lab.write("etc/sssd/sssd.conf", "")
    assert accounts_lab.accounts.directories == named


def test_files_of_keys_are_found_with_their_permissions(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    accounts_lab.account("bob", 1001, shell="/usr/sbin/nologin")
    for name in ("anna", "bob"):
        accounts_lab.write(f"home/{name}/.ssh/authorized_keys", "ssh-ed25519 AAAA\n").chmod(0o666)
        accounts_lab.write(f"home/{name}/.ssh/authorized_keys2", "")
    found = {one.name: one.key_files for one in accounts_lab.accounts.accounts if one.person}
    assert found == {"anna": (("/home/anna/.ssh/authorized_keys", 0o666),), "bob": ()}


def test_the_newest_login_of_all_records_counts(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    accounts_lab.account("bob", 1001, days=500)
    accounts_lab.account("keys", 1002, "locked")
    accounts_lab.logged_in("anna", 90, "var/log/wtmp.1")
    accounts_lab.logged_in("anna", 60)
    accounts_lab.logged_in("anna", 5, kind=6)  # the question for a name on a screen
    accounts_lab.logged_in("anna", 4, kind=8)  # the end of a process
    found = accounts_lab.people
    assert set(found) == {"anna", "bob"}
    assert (found["anna"].used, found["anna"].source) == (accounts_lab.now - timedelta(days=60), "/var/log/wtmp")
    assert found["anna"].recorded_since == accounts_lab.now - timedelta(days=90)
    bob = found["bob"].used
    assert bob
    assert (bob.date(), found["bob"].source) == (accounts_lab.now.date() - timedelta(days=500), "/etc/shadow")


def test_a_change_in_the_home_is_a_trace_of_use(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000)
    file = accounts_lab.write("home/anna/.bash_history", "ls\n")
    for path, days in ((file, 20), (file.parent, 300)):
        when = (accounts_lab.now - timedelta(days=days)).timestamp()
        os.utime(path, (when, when))
    found = accounts_lab.people["anna"]
    assert (found.used, found.source) == (accounts_lab.now - timedelta(days=20), "/home/anna/.bash_history")


def test_a_trace_from_the_future_proves_nothing(accounts_lab: AccountsLab) -> None:
    accounts_lab.account("anna", 1000, days=-400)
    accounts_lab.logged_in("anna", -300)
    accounts_lab.logged_in("anna", 100)
    assert accounts_lab.people["anna"].used == accounts_lab.now - timedelta(days=100)


@pytest.mark.parametrize("body", ["", "\n", "noise", "+::::::\n", "a:b\n"])
def test_a_table_without_an_account_is_unreadable(body: str, machine: api.Machine, always: Callable[[str], Ask]) -> None:
    with pytest.raises(api.Unreadable):
        list(linux_accounts.function(always(body), machine))


_FIELD = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["0", "1000", "x", "set", "empty", ""]
)


@given(st.lists(st.lists(_FIELD, max_size=10).map(":".join), max_size=6).map("\n".join))
def test_hostile_tables_give_facts_or_missing(text: str) -> None:
    source = Always(text)
    for ask in (Ask(source), _with(text)):
        with contextlib.suppress(api.Missing):
            for found in linux_accounts.function(ask, source.machine):
                assert isinstance(found, Accounts)
                list(personal_accounts.function(ask, source.machine, [found]))


def _with(text: str) -> Ask:
    """A good table of accounts; all other answers are noise."""

    class Mixed(Always):
        def ask(self, question: api.Question) -> api.Answer:
            good = question in (PASSWD, GROUP)
            return api.Answer(body="anna:set:1000:1000::/home/anna:/bin/sh\n") if good else super().ask(question)

    return Ask(Mixed(text))


@settings(max_examples=40)
@given(st.recursive(st.none() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_hostile_records_give_facts(value: object) -> None:
    import json

    class Mixed(Always):
        def ask(self, question: api.Question) -> api.Answer:
            noise = json.dumps({"since": value, "logins": {"anna": value} if not isinstance(value, dict) else value})
            return api.Answer(body=noise if question in RECORDS else "anna:set:1000:1000::/home/anna:/bin/sh\n")

    source = Mixed("")
    for found in linux_accounts.function(Ask(source), source.machine):
        assert isinstance(found, Accounts)
        assert len(list(personal_accounts.function(Ask(source), source.machine, [found]))) == 1


def test_a_clock_that_began_in_1970_says_nothing_about_how_far_records_reach(accounts_lab: AccountsLab) -> None:
    """A Raspberry Pi has no clock of its own: its first lines, before it has asked the network, are of 1970."""
    accounts_lab.account("anna", 1000)
    accounts_lab.logged_in("reboot", (accounts_lab.now - moment("1970-01-02")).days, kind=2)
    accounts_lab.logged_in("anna", 10)
    assert accounts_lab.people["anna"].recorded_since == accounts_lab.now - timedelta(days=10)


def test_accounts_whose_homes_were_not_looked_into_are_not_judged(
    accounts_lab: AccountsLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_MOST_HOMES", 1)
    for number, name in enumerate(("anna", "bob", "carl"), 1000):
        accounts_lab.account(name, number)
    accounts_lab.logged_in("bob", 90)
    accounts_lab.logged_in("carl", 1)
    found = list(personal_accounts.function(Ask(accounts_lab.recorder), accounts_lab.source.machine, [accounts_lab.accounts]))
    assert [one.subject for one in found if isinstance(one, api.Gap)] == ["account bob"]
    assert [one.subject for one in found if not isinstance(one, api.Gap)] == ["account anna", "account carl"]


def test_a_name_of_a_person_does_not_part_its_line(accounts_lab: AccountsLab) -> None:
    """Python takes some signs for the end of a line, passwd(5) only one."""
    accounts_lab.account("anna", 1000)
    table = accounts_lab.folder / "etc/passwd"
    table.write_text(table.read_text().replace("Anna,,,", "Anna\u2028Ott\x0b,,,"))
    assert accounts_lab.accounts.named("anna")
    assert accounts_lab.accounts.odd_lines == 0


def test_a_record_without_any_login_does_not_prove_that_logins_are_recorded(accounts_lab: AccountsLab) -> None:
    """Some systems write there that they started, and who logs in elsewhere or not at all."""
    accounts_lab.account("anna", 1000)
    accounts_lab.logged_in("reboot", 300, kind=2)
    assert accounts_lab.people["anna"].recorded_since is None
