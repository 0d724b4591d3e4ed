"""Finding backups: in texts as people write them, and on a machine laid out in a recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.borgmatic import repositories_in_borgmatic
from itaudit.facts.backups.discovery import (
    BORGMATIC_FILES,
    MOST_FOUND,
    SCHEDULES,
    USER_TABLES,
    VARIABLE_FILES,
    best_of,
    found_repositories,
    packaged_units_question,
)
from itaudit.facts.backups.processes import processes_question
from itaudit.facts.backups.repository import Repository, printed_file
from itaudit.facts.backups.script_text import backup_clues, called_scripts, repositories_in, sourced_files
from itaudit.facts.backups.settings import Backups


def found_in(text: str) -> list[Repository]:
    return list(repositories_in(text, {}, "/etc/cron.d/backup"))


@pytest.mark.parametrize(
    "text",
    [
        "0 3 * * * root restic -r /mnt/usb -p /etc/restic/pw backup /home",
        "restic --repo=/mnt/usb --password-file=/etc/restic/pw backup /home",
        "export RESTIC_REPOSITORY=/mnt/usb\nexport RESTIC_PASSWORD_FILE='/etc/restic/pw'\nrestic backup /home",
        '[Service]\nEnvironment="RESTIC_REPOSITORY=/mnt/usb" "RESTIC_PASSWORD_FILE=/etc/restic/pw"\nExecStart=restic backup /',
        "DISK=/mnt\nrestic \\\n  -r ${DISK}/usb --password-command 'cat /etc/restic/pw' \\\n  backup /home && true",
        "RESTIC_REPOSITORY=/mnt/usb\nRESTIC_PASSWORD_COMMAND='cat /etc/restic/pw'\n",
    ],
)
def test_restic_is_found_however_it_is_written(text: str) -> None:
    [found] = found_in(text)
    assert (found.product, found.location, found.password_file) == ("restic", "/mnt/usb", "/etc/restic/pw")
    assert found.problem == ""


def test_borg_is_found_by_its_archive() -> None:
    [found] = found_in(
        "export BORG_PASSCOMMAND='cat /etc/borg/pw'\nborg create -e /x --stats ssh://nas/./office::{now} /etc /home\n"
    )
    assert (found.product, found.location, found.password_file) == ("borg", "ssh://nas/./office", "/etc/borg/pw")
    assert found.problem == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("restic backup /home", "does not tell where"),
        ("restic -r $(cat /x) -p /y backup /home", "worked out"),
        ("restic -r /mnt/usb backup /home", "where the password is kept"),
        ("RESTIC_PASSWORD=[redacted]\nrestic -r /mnt/usb backup /home", "written in /etc/cron.d/backup itself"),
        ("restic -r /mnt/usb --password-command 'pass show x' backup /", "runs no commands"),
        ("RESTIC_REPOSITORY=rest:https://u:[redacted]@nas/\nRESTIC_PASSWORD_FILE=/y", "contains a password"),
        ("BORG_PASSCOMMAND='pass show x'\nborg create ssh://nas/./office::x /etc", "runs no commands"),
        ("borg create ssh://-oProxyCommand=x/y::x /etc", "taken for an option"),
    ],
)
def test_what_cannot_be_opened_as_found_says_why(text: str, problem: str) -> None:
    [found] = found_in(text)
    assert problem in found.problem
    assert "itaudit.toml" in found.gap.error.unlock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# restic -r /mnt/usb backup /home",
        "apt install restic borgbackup",
        "restic snapshots",
        "borg prune /x",
        "my-restic backup",
    ],
)
def test_a_mention_is_no_backup(text: str) -> None:
    assert found_in(text) == []


def test_only_scripts_are_followed_never_files_that_may_be_secrets() -> None:
    text = "0 3 * * * root /usr/local/bin/backup && sh /root/save.sh && ./own.sh && cat /etc/restic/password\n. /etc/restic/env\n"
    assert called_scripts(text) == ("/usr/local/bin/backup", "/root/save.sh")
    assert sourced_files(text) == ("/etc/restic/env",)


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("cat /etc/restic/pw", "/etc/restic/pw"),
        ("/bin/cat '/etc/my pw'", "/etc/my pw"),
        ("cat pw", ""),
        ("cat /a /b", ""),
        ("cat '", ""),
        ("sh -c 'cat /x'", ""),
        ("", ""),
    ],
)
def test_only_a_plain_cat_names_the_file_it_prints(command: str, file: str) -> None:
    assert printed_file(command) == file


BORGMATIC = """
location:
    source_directories: [/home]
    repositories:
        - ssh://backup@nas/./office
        - path: /mnt/usb/borg
storage:
    encryption_passcommand: cat /etc/borg/pw
"""


def test_borgmatic_tells_its_repositories() -> None:
    found = list(repositories_in_borgmatic(BORGMATIC, "/etc/borgmatic/config.yaml"))
    assert [one.location for one in found] == ["ssh://backup@nas/./office", "/mnt/usb/borg"]
    assert {one.password_file for one in found} == {"/etc/borg/pw"}
    assert {one.problem for one in found} == {""}


def test_a_passphrase_inside_borgmatic_is_not_taken_up() -> None:
    [found] = repositories_in_borgmatic("repositories: [{path: /b}]\nencryption_passphrase: hidden", "/etc/borgmatic/config.yaml")
    assert found.password_inside
    assert found.problem
    assert found.secret_file == "/etc/borgmatic/config.yaml"


@pytest.mark.parametrize(
    "text", ["", "- a", "a: [", "a: 2001-99-99", "!!python/object:os.system x", "[" * 5000, "a: &a [*a]\n? *a"]
)
def test_what_is_no_borgmatic_file_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        list(repositories_in_borgmatic(text, "/x.yaml"))


@given(st.text("rep: []{}&*!-\n\t'\"a|>?%@", max_size=80))
def test_hostile_yaml_yields_repositories_or_is_unreadable(text: str) -> None:
    with suppress(api.Unreadable):
        assert all(one.product == "borg" for one in repositories_in_borgmatic("repositories: " + text, "/x.yaml"))


_PIECES = [
    "restic ",
    "borg ",
    "backup ",
    "create ",
    "-r ",
    "::",
    "$A",
    "A=",
    "RESTIC_REPOSITORY=",
    "/",
    "a",
    "'",
    '"',
    "\\\n",
    "\n",
    ";",
    "=",
    "\0",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
def test_hostile_scripts_yield_repositories_that_name_their_trouble(text: str) -> None:
    for found in found_in(text):
        assert found.location or found.problem


@pytest.mark.parametrize(
    "piece",
    [
        "a/",
        "\n",
        " ",
        "A=$A$A ",
        "restic ",
        "rsync /a ",
        "tar c ",
        "/opt/",
        " /opt/a",
        "zfs\t",
        "rclone ",
        "pg_dump > ",
        "source ",
        "/a",
        "#",
        "\\\n",
    ],
)
def test_long_hostile_scripts_come_to_an_end(piece: str) -> None:
    text = piece * (2**18 // len(piece))
    assert all(found.problem for found in found_in(text))
    assert len(called_scripts(text)) + len(sourced_files(text)) + len(backup_clues(text)) < len(text)


def folder(files: Mapping[str, str]) -> dict[api.Question, api.Answer | str]:
    """A machine that has these files and no others, as globs and reads see it."""
    answers: dict[api.Question, api.Answer | str] = {}
    for pattern in (*SCHEDULES, *USER_TABLES, *VARIABLE_FILES, *BORGMATIC_FILES):
        matching = [path for path in files if fnmatchcase(path, pattern) and path.count("/") == pattern.count("/")]
        answers[api.Glob(pattern)] = json.dumps(matching)
    for path, text in files.items():
        answers[api.ReadFile(path, limit_bytes=2**18)] = text
    return answers


def look(ask: api.Ask, settings: Backups) -> list[Repository | api.Gap]:
    return list(found_repositories.function(ask, settings))


def test_a_unit_its_variables_and_its_script_are_one_backup(recorded: Callable[..., api.Ask]) -> None:
    files = {
        "/etc/systemd/system/backup.service": "[Service]\nEnvironmentFile=/etc/restic/o.env\nExecStart=/usr/local/bin/backup\n",
        "/etc/restic/o.env": "RESTIC_REPOSITORY=/mnt/usb\nRESTIC_PASSWORD_FILE=/etc/restic/pw\n",
        "/usr/local/bin/backup": "#!/bin/sh\nrestic backup /home\n",
    }
    [found] = look(recorded(folder(files)), Backups())
    assert isinstance(found, Repository)
    assert (found.location, found.password_file, found.problem) == ("/mnt/usb", "/etc/restic/pw", "")


def test_what_the_owner_configured_is_not_found_twice(recorded: Callable[..., api.Ask]) -> None:
    files = {"/etc/crontab": "0 1 * * * root restic -r /mnt/usb -p /pw backup /home\n"}
    settings = Backups.model_validate({"repositories": [{"name": "office", "product": "restic", "location": "/mnt/usb"}]})
    assert look(recorded(folder(files)), settings) == []
    assert len(look(recorded(folder(files)), Backups())) == 1


def test_an_ordinary_user_cannot_make_root_open_anything(recorded: Callable[..., api.Ask]) -> None:
    files = {"/var/spool/cron/crontabs/bob": "0 1 * * * restic -r sftp:evil:/x -p /etc/shadow backup /home/bob\n"}
    [found] = look(recorded(folder(files)), Backups())
    assert isinstance(found, Repository)
    assert "ordinary user" in found.problem


def test_a_broken_borgmatic_file_is_a_gap(recorded: Callable[..., api.Ask]) -> None:
    [gap] = look(recorded(folder({"/etc/borgmatic/config.yaml": "a: ["})), Backups())
    assert isinstance(gap, api.Gap)
    assert gap.subject == "/etc/borgmatic/config.yaml"


def test_looking_can_be_switched_off(recorded: Callable[..., api.Ask]) -> None:
    assert look(recorded({}), Backups(find=False)) == []


def test_of_two_mentions_the_one_that_opens_wins() -> None:
    closed = Repository("/b", "borg", "/b", problem="why")
    opened = Repository("/b", "borg", "/b", password_file="/pw")
    nowhere = Repository("borg in /x", "borg", problem="does not tell where")
    assert list(best_of([closed, opened, nowhere], Backups())) == [opened]
    assert list(best_of([nowhere], Backups())) == [nowhere]


def test_every_product_is_found_once_in_a_schedule(recorded: Callable[..., api.Ask]) -> None:
    table = (
        "0 1 * * * root rsnapshot alpha\n0 2 * * 0 root rsnapshot beta\n"
        "0 3 * * * root rclone sync /srv drive:srv\n"
        "0 4 * * * root duplicity /home file:///mnt/usb/dup\n"
        "0 5 * * * root pg_dump shop >/var/backups/pg/shop.sql\n"
    )
    found = list(found_repositories.function(recorded(folder({"/etc/cron.d/backup": table})), Backups()))
    assert all(isinstance(one, Repository) for one in found)
    assert [one.product for one in found if isinstance(one, Repository)] == ["rsnapshot", "rclone", "duplicity", "dumps"]


@pytest.mark.parametrize("other", ["/mnt/usb/", "local:/mnt/usb", "/mnt/usb"])
def test_one_place_written_in_two_ways_is_one_backup(recorded: Callable[..., api.Ask], other: str) -> None:
    table = f"0 1 * * * root restic -r /mnt/usb -p /pw backup /home\n0 2 * * * root restic -r {other} -p /pw backup /etc\n"
    [found] = look(recorded(folder({"/etc/crontab": table})), Backups())
    assert isinstance(found, Repository)
    settings = Backups.model_validate({"repositories": [{"name": "office", "product": "restic", "location": other}]})
    assert look(recorded(folder({"/etc/crontab": table})), settings) == []


def test_a_script_that_a_script_runs_is_read(recorded: Callable[..., api.Ask]) -> None:
    files = {
        "/etc/crontab": "0 1 * * * root /root/nightly.sh\n",
        "/root/nightly.sh": "/root/save.sh --all\n",
        "/root/save.sh": "restic -r /mnt/usb -p /pw backup /home\n",
    }
    [found] = look(recorded(folder(files)), Backups())
    assert isinstance(found, Repository)
    assert found.found_in == "/root/save.sh"


def test_units_of_packages_are_read_once_where_they_mention_a_backup(recorded: Callable[..., api.Ask]) -> None:
    text = "[Service]\nExecStart=/usr/bin/restic -r /mnt/usb -p /pw backup /home\n"
    answers = folder({"/usr/lib/systemd/system/save.service": text, "/lib/systemd/system/save.service": text})
    answers[packaged_units_question()] = api.Answer(
        body="/usr/lib/systemd/system/save.service\n/lib/systemd/system/save.service\n/etc/shadow\n", exit_code=2
    )
    [found] = look(recorded(answers), Backups())
    assert isinstance(found, Repository)
    assert found.location == "/mnt/usb"


def test_packages_of_this_machine_answer_which_units_mention_a_backup(live: api.Ask) -> None:
    answer = live(packaged_units_question())
    assert (answer.exit_code, answer.errors) in ((0, ""), (1, ""), (2, ""))


def test_a_name_that_tells_of_a_backup_is_told_only_where_nothing_else_is(recorded: Callable[..., api.Ask]) -> None:
    files = {"/etc/cron.daily/backup": "#!/usr/bin/perl\nexec 'x';\n", "/etc/crontab": "0 1 * * * root /opt/acme/backup\n"}
    found = look(recorded(folder(files)), Backups())
    assert [one.subject for one in found] == ["/opt/acme/backup", "/etc/cron.daily/backup"]
    assert all(isinstance(one, Repository) and one.unread for one in found)
    files["/etc/cron.d/restic"] = "0 1 * * * root restic -r /mnt/usb -p /pw backup /home\n"
    assert [one.subject for one in look(recorded(folder(files)), Backups())] == ["/mnt/usb"]


def test_a_running_backup_is_told_once_where_a_schedule_tells_of_it_too(recorded: Callable[..., api.Ask]) -> None:
    answers = folder({"/etc/crontab": "0 1 * * * root restic -r /mnt/usb -p /pw backup /home\n"})
    answers[processes_question()] = api.Answer(body="12 restic backup /home\n13 restic -r /mnt/usb/ backup /home\n", exit_code=0)
    [found] = look(recorded(answers), Backups())
    assert isinstance(found, Repository)
    assert found.problem == ""


def test_thousands_of_places_are_no_thousands_of_questions(recorded: Callable[..., api.Ask]) -> None:
    table = "".join(f"0 1 * * * restic -r sftp:nas:/{number} -p /pw backup /home\n" for number in range(2000))
    own = "0 1 * * * root restic -r /mnt/usb -p /pw backup /home\n"
    first, *others, last = look(recorded(folder({"/var/spool/cron/crontabs/bob": table, "/etc/crontab": own})), Backups())
    # What can be opened is not crowded out by what cannot.
    assert isinstance(first, Repository)
    assert first.location == "/mnt/usb"
    assert len(others) == MOST_FOUND - 1
    assert isinstance(last, api.Gap)
    assert str(2001 - MOST_FOUND) in last.error.detail
