"""Backups made by programs that itaudit cannot look into are known, so that nobody is told there is none."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.evidence.questions import Answer
from itaudit.facts.backups.processes import processes_question, repositories_of, running_commands
from itaudit.facts.backups.products import PRODUCTS
from itaudit.facts.backups.repository import Repository, how_to_open, seen
from itaudit.facts.backups.script_text import backup_clues, repositories_in
from itaudit.facts.backups.settings import Backups
from itaudit.facts.backups.unread import unread_products
from lab._running import PATIENCE_SECONDS


def found_in(text: str) -> list[Repository]:
    return list(repositories_in(text, {}, "/etc/cron.d/backup"))


def traces(*paths: str, running: str = "") -> dict[api.Question, api.Answer | str]:
    answers: dict[api.Question, api.Answer | str] = {
        api.Glob(pattern, most=1): json.dumps([path for path in paths if path == pattern])
        for product in PRODUCTS
        for pattern in product.traces
    }
    return answers | {processes_question(): Answer(body=running, exit_code=0 if running else 1)}


def look(ask: api.Ask) -> list[Repository]:
    return [found for found in unread_products.function(ask, Backups()) if isinstance(found, Repository)]


def test_a_product_is_known_by_the_file_that_setting_it_up_leaves(recorded: Callable[..., api.Ask]) -> None:
    [veeam] = look(recorded(traces("/var/lib/veeam/veeam_db.sqlite")))
    assert (veeam.subject, veeam.found_in, veeam.unread) == ("Veeam Agent", "/var/lib/veeam/veeam_db.sqlite", True)
    assert veeam.place == "Veeam Agent"
    assert "itaudit.toml" not in how_to_open([veeam])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("812 /usr/sbin/bacula-fd -fP -c /etc/bacula/bacula-fd.conf", "Bacula"),
        ("7 /opt/acronis/bin/acronis_mms", "Acronis Cyber Protect"),
        ("99 /usr/bin/python3 /usr/bin/vorta --daemonise", "Vorta"),
        ("99 dsmcad", "IBM Storage Protect"),
    ],
)
def test_a_product_is_known_by_its_program_that_runs(recorded: Callable[..., api.Ask], line: str, name: str) -> None:
    [found] = look(recorded(traces(running=line + "\n")))
    assert found.subject == name


def test_a_machine_without_any_trace_has_none(recorded: Callable[..., api.Ask]) -> None:
    assert look(recorded(traces(running="5 vim /home/anna/vorta.txt\n6 grep bacula-fd /var/log/syslog\n"))) == []
    assert list(unread_products.function(recorded({}), Backups(find=False))) == []


def test_every_product_has_a_name_of_its_own_and_absolute_traces() -> None:
    names = [product.name for product in PRODUCTS]
    assert len(names) == len(set(names))
    assert all(pattern.startswith("/") for product in PRODUCTS for pattern in product.traces)


@pytest.mark.parametrize(
    ("text", "product", "place"),
    [
        ("0 3 * * * root rsync -a --delete /home/ backup@nas:/volume1/home/", "rsync", "backup@nas:/volume1/home/"),
        ("rsync -avze 'ssh -p 2222' /srv /home nas::office", "rsync", "nas::office"),
        ("rsync -a /srv/ /mnt/usb/srv/", "rsync", "/mnt/usb/srv/"),
        ("DEST=/media/usb\nrsync -a --exclude=.cache /home $DEST", "rsync", "/media/usb"),
        ("rsync -a /home $DEST/home", "rsync", "$DEST/home"),
        ("tar czf /mnt/nas/home-$(date +%F).tgz /home", "tar", "/mnt/nas"),
        ("tar --create --gzip --file=/backup/etc.tgz /etc", "tar", "/backup/etc.tgz"),
        ("tar -czf /mnt/usb/srv.tgz /srv", "tar", "/mnt/usb/srv.tgz"),
        ("scp -r /srv/files nas:/x", "scp", "nas:/x"),
        ("aws s3 sync /srv s3://office/srv --quiet", "aws", "s3://office/srv"),
        ("mc mirror /srv minio/office", "mc", "minio/office:"),
        (
            "proxmox-backup-client backup root.pxar:/ --repository b@pbs!t@pbs:store",
            "proxmox-backup-client",
            "proxmox-backup-client",
        ),
        ("zfs send -i a tank/home@b | ssh nas zfs receive pool/home", "zfs", "zfs"),
        ("/usr/sbin/syncoid tank/home nas:pool/home", "syncoid", "syncoid"),
        ("rdiff-backup backup /home nas::/b", "rdiff-backup", "rdiff-backup"),
        ("vzdump 100 101 --mode snapshot --storage nas", "vzdump", "vzdump"),
    ],
)
def test_what_copies_data_away_is_known(text: str, product: str, place: str) -> None:
    [found] = found_in(text)
    assert (found.product, found.place, found.unread) == (product, place, True)
    assert found.problem


@pytest.mark.parametrize(
    "text",
    [
        "rsync -a nas:/srv/ /home/",  # brings something here
        "rsync -an /home nas:/x",
        "rsync -a /home /var/tmp/home",
        "rsync -a /usr/share/nginx web2:/usr/share/nginx",
        "rsync --version",
        "tar xzf /mnt/nas/home.tgz /home",
        "tar czf /tmp/logs.tgz /home/x",
        "tar tf /mnt/usb/x.tgz",
        "tar",
        "aws s3 sync s3://site /srv/www",
        "aws s3 ls",
        "zfs list -t snapshot",
        "# rsync -a /home nas:/x",
        "apt install rsync tar",
        "rdiff-backup list increments /b",
    ],
)
def test_what_copies_nothing_away_is_no_backup(text: str) -> None:
    assert found_in(text) == []


def test_passwords_in_the_target_are_not_shown() -> None:
    [found] = found_in("rsync -a /home rsync://anna:hidden@nas/office")
    assert "hidden" not in found.place + found.subject + found.problem


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("0 3 * * * root /usr/local/bin/backup-office --all", ("/usr/local/bin/backup-office",)),
        ("ExecStart=/opt/acme/Backup/run", ("/opt/acme/Backup/run",)),
        ("0 1 * * * /home/anna/bin/sicherung.pl", ("/home/anna/bin/sicherung.pl",)),
        ("0 1 * * * root /usr/local/bin/mysql-backup", ()),
        ("0 1 * * * root /usr/libexec/dpkg/dpkg-db-backup", ()),
        ("# /usr/local/bin/backup", ()),
        ("0 1 * * * root /usr/local/bin/report", ()),
    ],
)
def test_a_program_named_after_a_backup_is_a_clue(text: str, clues: tuple[str, ...]) -> None:
    assert backup_clues(text) == clues


@pytest.fixture
def lingering(tmp_path: Path) -> Iterator[str]:
    """A program called restic that runs with the arguments of a backup: to this place, which no other test names."""
    program = tmp_path / "restic"
    # It starts no program itself: before that had its own name, it would look like a second backup for a moment.
    program.write_text("#!/bin/sh\nread for_ever\n")
    program.chmod(0o700)
    place = str(tmp_path / "place")
    with subprocess.Popen([program, "-r", place, "backup", "/home"], stdin=subprocess.PIPE) as running:
        try:
            yield place
        finally:
            running.kill()


def test_a_backup_that_runs_is_seen_and_never_opened(
    live: api.Ask, lingering: str, needs: Callable[..., str], tmp_path: Path
) -> None:
    needs("pgrep", "procps")
    until = time.monotonic() + PATIENCE_SECONDS
    mine: list[Repository] = []
    while not mine and time.monotonic() < until:
        mine = [one for one in repositories_of(running_commands(live(processes_question()))) if one.location == lingering]
    [found] = mine
    assert (found.product, found.found_in) == ("restic", "a running program")
    assert "unasked" in found.problem


@given(st.text("0123456789 restic-borgbackup/\n\0\x1b'\"", max_size=200))
def test_hostile_command_lines_are_never_opened(text: str) -> None:
    for found in repositories_of(running_commands(Answer(body=text, exit_code=0))):
        assert found.problem


@pytest.mark.parametrize("answer", [Answer.missing(api.ToolMissing("pgrep")), Answer(body="", exit_code=1), Answer(exit_code=3)])
def test_without_a_list_of_programs_none_is_known(answer: Answer) -> None:
    assert running_commands(answer) == ()


def test_any_answer_yields_repositories(always: Callable[[str], api.Ask]) -> None:
    for body in ("", "[]", "[1]", "{}", '["/x"]', "\0"):
        assert all(found.unread for found in look(always(body)))


def test_what_can_be_named_in_the_configuration_says_so() -> None:
    assert "itaudit.toml" in how_to_open([seen("Bacula", "/x"), Repository("nas", "borg", "nas:/b")])
