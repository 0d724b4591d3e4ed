"""The store: whole scans or nothing, remembered for years, safe against crashes and against a second scan."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itaudit.errors import UserError
from itaudit.evidence.questions import Past
from itaudit.model import Acceptance, CheckCard, Finding, Machine, Measurement, Scan, Severity, Status, Unit, Verdict
from itaudit.score import assess_score
from itaudit.store.changes import compare
from itaudit.store.history import Store

START = datetime(2026, 1, 1, tzinfo=UTC)


def finding(status: Status, subject: str = "/", check: str = "disks.space", **more: object) -> Finding:
    measured = (Measurement("used", 42.0, Unit.BYTES),)
    verdict = Verdict(status, "It is so.", measurements=measured)
    base = Finding("office", check, subject, "Disks have room", Severity.HIGH, Severity.HIGH, verdict)
    return replace(base, **more)  # type: ignore[arg-type] # a short way to write the cases


def scan(day: int, *findings: Finding, **more: object) -> Scan:
    now = START + timedelta(days=day)
    base = Scan(
        id=f"scan-{day:03}",
        machine=Machine("office", "linux", now, admin=True),
        started=now,
        ended=now + timedelta(seconds=3),
        version="0",
        rule_set="1",
        findings=findings,
        cards=(CheckCard("disks.space", "Disks have room", "Because.", Severity.HIGH),),
    )
    return replace(base, **more)  # type: ignore[arg-type] # a short way to write the cases


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


def keep(store: Store, *scans: Scan) -> None:
    for one in scans:
        store.save(one, assess_score(one.findings), b"bundle of " + one.id.encode())


def past(store: Store, day: int) -> dict[str, tuple[Status, datetime | None, int]]:
    rows = store.past_findings("office", START + timedelta(days=day))
    return {row.subject: (row.status, row.first_seen, row.earlier) for row in rows}


def test_a_stored_scan_comes_back_equal(store: Store) -> None:
    one = scan(
        1, finding(Status.FAIL, acceptance=Acceptance("o", "r", START.date(), START.date())), finding(Status.OK, "/é\U0001f4f6")
    )
    keep(store, one)
    assert store.load("scan-001") == one
    assert store.evidence("scan-001") == b"bundle of scan-001"


def test_the_beginning_of_a_name_is_enough_when_it_is_the_only_one(store: Store) -> None:
    keep(store, scan(1), scan(12))
    assert store.load("scan-01").id == "scan-012"
    assert store.load().id == "scan-012"
    with pytest.raises(UserError, match="several"):
        store.load("scan-0")
    with pytest.raises(UserError, match="itaudit history"):
        store.load("scan-9")
    with pytest.raises(UserError, match="No scan"):
        store.load("%")


def test_an_empty_store_says_how_to_fill_it(store: Store) -> None:
    with pytest.raises(UserError, match="itaudit scan"):
        store.load()


def test_a_scan_every_five_minutes_leaves_room_for_weeks_of_history(store: Store) -> None:
    keep(store, scan(1, finding(Status.OK)))
    times = [START + timedelta(minutes=5 * place) for place in range(60 * 288)]
    rows = [
        ("office", "disks.space", "/", "often", when.isoformat(timespec="microseconds"), "B", n) for n, when in enumerate(times)
    ]
    with contextlib.closing(sqlite3.connect(next(store.folder.glob("*.db")))) as database, database:
        database.executemany("insert into measurements values (?, ?, ?, ?, ?, ?, ?)", rows)
    series = store.series("office", Past("disks.space", "/", "often"))
    assert series == sorted(series)
    assert [value for _, value in series[-2000:]] == list(range(60 * 288 - 2000, 60 * 288))
    # Before those, the last of each day: the 288th, the 576th and so on, and of the day that the newest 2,000 begin in.
    assert [value for _, value in series[:-2000]] == [*(288 * day - 1 for day in range(1, 54)), 60 * 288 - 2001]


def test_the_store_is_readable_by_its_owner_only(store: Store) -> None:
    keep(store, scan(1))
    assert (store.folder.stat().st_mode & 0o777) == 0o700
    assert {path.stat().st_mode & 0o777 for path in store.folder.iterdir()} == {0o600}


def test_a_series_is_told_oldest_first(store: Store) -> None:
    keep(store, scan(2, finding(Status.OK)), scan(1, finding(Status.OK)))
    series = store.series("office", Past("disks.space", "/", "used"))
    assert [(when[:10], value) for when, value in series] == [("2026-01-02", 42.0), ("2026-01-03", 42.0)]
    assert store.series("office", Past("disks.space", "/other", "used")) == []


def test_an_episode_lasts_through_unknown_and_ends_when_well(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL)))
    assert past(store, 2) == {"/": (Status.FAIL, START + timedelta(days=1), 1)}
    keep(store, scan(2, finding(Status.UNKNOWN)))
    assert past(store, 3) == {"/": (Status.FAIL, START + timedelta(days=1), 1)}
    keep(store, scan(3, finding(Status.WARN)))
    assert past(store, 4) == {"/": (Status.WARN, START + timedelta(days=1), 1)}
    keep(store, scan(4, finding(Status.OK)))
    assert past(store, 5) == {"/": (Status.OK, None, 1)}
    keep(store, scan(5, finding(Status.FAIL)))
    assert past(store, 6) == {"/": (Status.FAIL, START + timedelta(days=5), 2)}


def test_episodes_older_than_a_year_are_not_counted(store: Store) -> None:
    keep(
        store,
        scan(1, finding(Status.FAIL)),
        scan(2, finding(Status.OK)),
        scan(300, finding(Status.FAIL)),
        scan(301, finding(Status.OK)),
    )
    assert past(store, 310)["/"][2] == 2
    assert past(store, 400)["/"][2] == 1


def test_a_subject_that_is_gone_is_forgotten_unless_it_may_only_be_out_of_sight(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL, "/usb"), finding(Status.OK)))
    keep(store, scan(2, finding(Status.OK), finding(Status.UNKNOWN, "this machine")))
    assert past(store, 3)["/usb"][0] is Status.FAIL
    keep(store, scan(3, finding(Status.OK)))
    assert "/usb" not in past(store, 4)


def test_an_interrupted_scan_forgets_nothing(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL, "/usb"), finding(Status.OK)), scan(2, finding(Status.OK), partial=True))
    assert past(store, 3)["/usb"][0] is Status.FAIL


def test_how_bad_an_accepted_risk_was_is_remembered_from_its_first_day(store: Store) -> None:
    accepted = Acceptance("o", "r", START.date(), START.date())
    keep(store, scan(1, finding(Status.WARN, severity=Severity.MEDIUM, acceptance=accepted)))
    keep(store, scan(2, finding(Status.FAIL, severity=Severity.HIGH, acceptance=accepted)))
    row = store.past_findings("office", START)[0]
    assert (row.accepted_severity, row.accepted_status) == (Severity.MEDIUM, Status.WARN)


def test_the_newest_scan_is_the_last_that_was_kept_whatever_its_clock_said(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL)), scan(2000, finding(Status.FAIL), id="clock-ahead"), scan(3, finding(Status.FAIL)))
    assert [row.id for row in store.scans()] == ["scan-003", "clock-ahead", "scan-001"]
    previous = store.previous(store.load())
    assert previous is not None
    assert previous.id == "clock-ahead"
    assert past(store, 4)["/"][1] == START + timedelta(days=1)


def test_an_episode_that_a_wrong_clock_began_in_the_future_begins_now(store: Store) -> None:
    keep(store, scan(2000, finding(Status.FAIL)), scan(3, finding(Status.FAIL)))
    assert past(store, 4)["/"][1] == START + timedelta(days=3)


def test_one_damaged_memory_does_not_take_the_others_with_it(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL, "a"), finding(Status.FAIL, "b")))
    with sqlite3.connect(store.folder / "itaudit.db") as connection:
        connection.execute("UPDATE standing SET severity = 'weird' WHERE subject = 'a'")
    connection.close()
    assert set(past(store, 2)) == {"b"}


def test_a_store_that_may_only_be_read_can_be_read(tmp_path: Path, needs_root: Callable[[], None]) -> None:
    needs_root()
    folder = tmp_path / "state"
    keep(Store(folder), scan(1))
    subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=True)
    try:
        assert Store(folder, reading=True).load().id == "scan-001"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_hosts_do_not_mix(store: Store) -> None:
    keep(store, scan(1, finding(Status.FAIL)))
    other = replace(scan(2, finding(Status.OK, host="shop")), machine=Machine("shop", "linux", START, admin=True), id="other")
    keep(store, other)
    assert past(store, 3) == {"/": (Status.FAIL, START + timedelta(days=1), 1)}
    assert [row.id for row in store.scans("shop")] == ["other"]


def test_a_scan_that_cannot_be_saved_whole_leaves_nothing(store: Store) -> None:
    one = scan(1, finding(Status.FAIL))
    keep(store, one)
    with pytest.raises(UserError, match="could not be saved"):
        keep(store, replace(one, findings=(finding(Status.OK),)))
    assert past(store, 2)["/"][0] is Status.FAIL


def test_two_scans_may_save_at_the_same_time(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            store = Store(tmp_path)
            for day in range(5):
                keep(store, scan(day, finding(Status.FAIL), id=f"{number}-{day}"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(Store(tmp_path).scans(most=100)) == 20


def test_a_first_scan_waits_for_another_first_scan_that_is_making_the_store(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "itaudit.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ends = threading.Timer(0.3, other.execute, ["COMMIT"])
    ends.start()
    try:
        assert Store(tmp_path).scans() == []
    finally:
        ends.join()
        other.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_store_is_one_clear_line_and_is_not_touched(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "itaudit.db").write_bytes(content)
    with pytest.raises(UserError, match="Move it away"):
        Store(tmp_path)
    assert (tmp_path / "itaudit.db").read_bytes() == content


def test_a_store_of_a_newer_itaudit_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path)
    with sqlite3.connect(tmp_path / "itaudit.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(UserError, match="newer itaudit"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--state"):
        Store(tmp_path / "file" / "state")


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    from sqlalchemy import inspect

    from itaudit.store.tables import metadata

    inspector = inspect(store._engine)
    for table in metadata.tables.values():
        made = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table.name)}
        dialect = store._engine.dialect
        meant = {column.name: (column.type.compile(dialect), column.nullable) for column in table.columns}
        assert made == meant, table.name


def test_the_known_head_is_the_newest_migration() -> None:
    from itaudit.store import database

    folder = Path(database.__file__).parent / "migrations" / "versions"
    assert max(path.name[:4] for path in folder.glob("0*.py")) == database.HEAD


def test_changes_are_told_over_what_could_be_seen_both_times() -> None:
    before = scan(1, finding(Status.FAIL, "a"), finding(Status.OK, "b"), finding(Status.WARN, "c"), finding(Status.UNKNOWN, "d"))
    now = scan(
        2,
        finding(Status.OK, "a"),
        finding(Status.FAIL, "b"),
        finding(Status.FAIL, "c"),
        finding(Status.FAIL, "d"),
        finding(Status.FAIL, "newly checked"),
        finding(Status.FAIL, "e", times_seen=2),
    )
    changes = compare(before, now, {})
    assert [one.subject for one in changes.fixed] == ["a"]
    assert [one.subject for one in changes.new] == ["b"]
    assert [one.subject for one in changes.worse] == ["c"]
    assert [one.subject for one in changes.recurring] == ["e"]
    # a fails, b is well, c is a warning, d unknown: (0 + 1 + 0.5 + 0) / 4, with an open high capped at 89
    assert changes.previous_score == pytest.approx(37.5)


def test_the_first_scan_has_nothing_to_compare_with() -> None:
    assert compare(None, scan(1, finding(Status.FAIL)), {}).since == ""


def test_the_previous_scan_is_the_last_whole_one_of_the_same_machine(store: Store) -> None:
    keep(store, scan(1), scan(2, partial=True))
    previous = store.previous(scan(3))
    assert previous is not None
    assert previous.id == "scan-001"
    assert store.previous(scan(1)) is None


def test_nothing_is_readable_by_others_even_under_a_careless_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        keep(Store(tmp_path / "state"), scan(1))
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "state").iterdir()} == {0}


def test_what_was_read_ahead_gives_way_to_what_another_scan_keeps_meanwhile(store: Store) -> None:
    first, meanwhile, third = scan(1, finding(Status.FAIL)), scan(2, finding(Status.OK)), scan(3, finding(Status.WARN))
    keep(store, first)
    store.read_ahead("office")
    assert store.previous(third) == first
    keep(Store(store.folder), meanwhile)
    assert store.previous(third) == meanwhile


def test_reading_ahead_where_nothing_is_kept_or_all_is_damaged_leaves_it_to_the_comparison(store: Store) -> None:
    store.read_ahead("office")
    assert store.previous(scan(2)) is None
    keep(store, scan(1, finding(Status.FAIL)))
    with contextlib.closing(sqlite3.connect(store.folder / "itaudit.db")) as connection, connection:
        connection.execute("UPDATE documents SET document = x'00'")
    store.read_ahead("office")
    with pytest.raises(UserError, match="damaged"):
        store.previous(scan(2))
