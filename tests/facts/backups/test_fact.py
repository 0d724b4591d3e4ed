"""Ages, places, coverage: worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.backups.borg_command import Saved, saved_paths
from itaudit.facts.backups.fact import Snapshot, is_remote, place_of, readable_age, same_host, sorted_out

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.5, "less than an hour"), (1.0, "1 hour"), (26.9, "26 hours"), (47.9, "47 hours"), (48.0, "2 days"), (200.0, "8 days")],
)
def test_an_age_is_told_in_whole_units_that_have_passed(hours: float, words: str) -> None:
    assert readable_age(hours) == words


@pytest.mark.parametrize(
    ("location", "remote"),
    [
        ("/mnt/usb/restic", False),
        ("/mnt/a:b", False),
        ("file:///mnt/usb", False),
        ("local:/mnt/usb", False),
        ("backups", False),
        ("D:\\restic", False),
        ("D:/restic", False),
        ("n:/srv/borg", True),
        ("rest:http://localhost:8000/", False),
        ("ssh://root@127.0.0.1:22/./x", False),
        ("sftp:backup@nas:/srv", True),
        ("nas:/srv/borg", True),
        ("ssh://backup@nas/./office", True),
        ("rest:https://user:secret@backup.example.com/", True),
        ("s3:s3.amazonaws.com/bucket", True),
        ("sftp:localhost.example.com:/srv", True),
    ],
)
def test_another_machine_is_told_from_this_one(location: str, remote: bool) -> None:
    assert is_remote(location) is remote


def test_a_place_is_shown_without_user_and_password() -> None:
    assert place_of("rest:https://user:sec@ret@backup.example.com/x") == "rest:https://backup.example.com/x"


@pytest.mark.parametrize(
    ("paths", "excludes", "whole", "part"),
    [
        (("/",), (), True, False),
        (("/home",), (), True, True),
        (("/home/",), (), True, True),
        (("/hom",), (), False, False),
        (("/home2",), (), False, False),
        (("/home/anna",), (), False, True),
        ((), (), False, False),
        (("/",), ("/home",), False, False),
        (("/",), ("/home/*",), False, False),
        (("/",), ("/h*",), False, False),
        (("/",), ("/home/*/.cache",), True, False),
        (("/",), ("*.tmp",), True, False),
    ],
)
def test_what_a_snapshot_holds_of_home(paths: tuple[str, ...], excludes: tuple[str, ...], whole: bool, part: bool) -> None:
    snapshot = Snapshot(NOW, paths, True, excludes)
    assert (snapshot.covers("/home"), snapshot.touches("/home")) == (whole, part)


_NAMES = st.lists(st.sampled_from(["home", "srv", "a", "b.c"]), min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(_NAMES, _NAMES)
def test_a_folder_covers_exactly_what_begins_with_it(root: str, path: str) -> None:
    assert Snapshot(NOW, (root,)).covers(path) is (path + "/").startswith(root + "/")


def test_hosts_are_the_same_with_or_without_their_network() -> None:
    assert same_host("Office.example.com", "office")
    assert same_host("anything", "*")
    assert not same_host("office2", "office")


def test_what_is_dated_in_the_future_is_counted_apart() -> None:
    pairs = [
        ("office", Snapshot(NOW + timedelta(minutes=59))),
        ("office", Snapshot(NOW + timedelta(minutes=61))),
        ("office", Snapshot(NOW - timedelta(days=3))),
        ("other", Snapshot(NOW)),
    ]
    own, others, future = sorted_out(pairs, "office", NOW)
    assert [snapshot.when - NOW for snapshot in own] == [timedelta(days=-3), timedelta(minutes=59)]
    assert others == ("other",)
    assert future == 1


@pytest.mark.parametrize(
    ("command", "saved"),
    [
        ("borg create ::x /etc /home", Saved(("/etc", "/home"), True)),
        ("/usr/bin/borg --info create -C lz4 --stats /mnt/b::x-{now} /etc -e /etc/ssl", Saved(("/etc",), True, ("/etc/ssl",))),
        ("borg create --exclude=pp:/home/x ::x /home", Saved(("/home",), True, ("/home/x",))),
        ("borg create ::x etc", Saved((), False)),
        ("borg create --patterns-from /etc/p ::x /srv", Saved(("/srv",), False)),
        ("borg create ::x", Saved((), False)),
        ("borg import-tar ::x /a.tar", Saved()),
        ("", Saved()),
    ],
)
def test_folders_are_read_from_the_command_that_made_the_archive(command: str, saved: Saved) -> None:
    assert saved_paths(command.split()) == saved
