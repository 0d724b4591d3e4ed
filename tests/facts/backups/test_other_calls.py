"""Calls of rsnapshot, duplicity, rclone and the dump programs, as schedules hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.backups.dump_contents import MYSQL, POSTGRESQL
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.script_text import repositories_in

FILE = "/etc/cron.d/backup"


def found(text: str) -> list[Repository]:
    return list(repositories_in(text, {}, FILE))


@pytest.mark.parametrize(
    ("text", "product", "location", "source"),
    [
        ("0 */4 * * * root /usr/bin/rsnapshot alpha\n", "rsnapshot", "/etc/rsnapshot.conf", ""),
        ("5 1 * * * root rsnapshot -q -c /etc/rs/a.conf daily >/dev/null 2>&1\n", "rsnapshot", "/etc/rs/a.conf", ""),
        ("duplicity incr --full-if-older-than 30D /home file:///mnt/usb/dup\n", "duplicity", "file:///mnt/usb/dup", "/home"),
        ('SRC=/srv\nduplicity "$SRC" sftp://nas/office\n', "duplicity", "sftp://nas/office", "/srv"),
        ("rclone sync -v --log-file /var/log/r.log /srv drive:office\n", "rclone", "drive:office", "/srv"),
        ("rclone --config /etc/r.conf copy /srv 'my drive:x' && echo ok\n", "rclone", "my drive:x", "/srv"),
        ("ExecStart=/usr/bin/rclone sync /home b2:office --transfers 8 \\\n  --fast-list\n", "rclone", "b2:office", "/home"),
        ("pg_dump shop | gzip > /var/backups/pg/shop-$(date +%F).sql.gz\n", "dumps", "/var/backups/pg", POSTGRESQL),
        ('DIR=/srv/dumps\npg_dumpall -f "$DIR/all.sql"\n', "dumps", "/srv/dumps", POSTGRESQL),
        ("0 3 * * * root mysqldump --all-databases 2>/dev/null >/var/backups/\\%F.sql\n", "dumps", "/var/backups", MYSQL),
        ("mariadb-dump shop --result-file=/d/shop.sql\n", "dumps", "/d", MYSQL),
    ],
)
def test_what_is_saved_where_is_read(text: str, product: str, location: str, source: str) -> None:
    [one] = found(text)
    assert (one.product, one.location, one.source, one.problem, one.found_in) == (product, location, source, "", FILE)


@pytest.mark.parametrize(
    "text",
    [
        "# rsnapshot alpha\n",
        "rsnapshot configtest\n",
        "echo 'rsnapshot done'\n",
        "rsnapshot -t alpha\n",
        "duplicity file:///mnt/usb/dup /home\n",
        "duplicity remove-older-than 60D --force file:///mnt/usb/dup\n",
        "rclone sync drive:office /srv\n",
        "rclone copy --log-file /var/log/r.log drive:x\n",
        "rclone about drive:\n",
        "pg_dump shop >/dev/null\n",
        "pg_dump shop | restic backup --stdin\n",
    ],
)
def test_what_saves_nothing_of_this_machine_is_passed_over(text: str) -> None:
    assert [one for one in found(text) if one.product != "restic"] == []


@pytest.mark.parametrize(
    "text",
    [
        "rclone sync /srv ':sftp,ssh=\"touch /tmp/x\":office'\n",
        "rclone sync /srv 'drive,shared=true:office'\n",
        "rclone sync /srv $TARGET\n",
        "duplicity /srv ftp://anna:secret@nas/office\n",
        "duplicity /srv sftp://nas/$(hostname)\n",
    ],
)
def test_what_is_not_certain_or_holds_a_password_is_not_opened(text: str) -> None:
    [one] = found(text)
    assert one.problem
    assert "secret" not in one.subject + one.problem


def test_a_command_with_filters_does_not_copy_everything() -> None:
    assert [one.whole for one in found("rclone sync /srv x:y\nrclone sync /srv x:z --exclude '*.tmp'\n")] == [True, False]


@given(
    st.lists(
        st.sampled_from(
            ["rclone ", "sync ", "/srv ", "x:", "'", '"', "$A", "\\\n", "-c ", "=", "\0", "duplicity ", "a://b", "pg_dump ", ">"]
        )
    ).map("".join)
)
def test_hostile_text_yields_repositories(text: str) -> None:
    assert all(one.found_in == FILE for one in found(text))
