"""The store: saves a scan in one transaction, answers what the past was, gives stored scans back."""

from __future__ import annotations

import json
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, func, insert, literal_column, select, true
from sqlalchemy.exc import SQLAlchemyError

from itaudit.document import scan_from_json, scan_to_json
from itaudit.errors import UserError
from itaudit.evidence.questions import Answer, Past, PastFindings, Question
from itaudit.model import Flag, Scan, Severity, Status
from itaudit.outcome import Score
from itaudit.standing import PastFinding, write_past
from itaudit.store import remember
from itaudit.store.database import open_database
from itaudit.store.tables import as_text, documents, episodes, evidence, measurements, scans, standing

YEAR = timedelta(days=365)
_KEPT = literal_column("scans.rowid", Integer)
"""The order in which scans were kept: the clock of a machine may have been wrong."""
_SERIES_MOST = 2000
"""Points of one series handed out, the newest: more than five years of daily scans, but a week of one every five minutes."""
_DAYS_MOST = 366
"""Days before those of which the last point is handed out too."""


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One line of `itaudit history`."""

    id: str
    host: str
    started: datetime
    score: float
    grade: str
    coverage: float
    open_findings: int
    partial: bool
    rule_set: str


class Store:
    """Opened on a folder. Raises UserError where the file cannot be used."""

    def __init__(self, folder: Path, *, reading: bool = False) -> None:
        self.folder = folder
        self._unreadable = f"The scans kept in {folder} cannot be read"
        self._engine = open_database(folder, reading=reading)
        self._ahead: Scan | None = None
        # Closing the last connection folds the -wal file into the database; the end of the interpreter does not promise to.
        weakref.finalize(self, self._engine.dispose)

    def save(self, scan: Scan, score: Score, bundle: bytes) -> None:
        """Keep everything of one scan, or nothing. Returns only when it is on the disk."""
        row = {
            "id": scan.id,
            "host": scan.machine.host,
            "started": as_text(scan.started),
            "ended": as_text(scan.ended),
            "version": scan.version,
            "rule_set": scan.rule_set,
            "partial": int(scan.partial),
            "score": score.score,
            "grade": score.grade.value,
            "coverage": score.coverage,
            "open_findings": sum(finding.open for finding in scan.findings),
        }
        packed = zlib.compress(scan_to_json(scan).encode("utf-8", "surrogatepass"), 6)
        with self._connected(f"The scan could not be saved in {self.folder}") as connection:
            connection.execute(insert(scans), row)
            connection.execute(insert(documents), {"scan": scan.id, "document": packed})
            connection.execute(insert(evidence), {"scan": scan.id, "bundle": bundle})
            remember.remember(connection, scan)

    @contextmanager
    def _connected(self, failing: str) -> Iterator[Connection]:
        """One transaction. Whatever the database says against it becomes a UserError that begins with `failing`."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise UserError(f"{failing}: {getattr(error, 'orig', None) or error}.") from error

    def answer(self, host: str, now: datetime) -> StoreAnswer:
        """What answers Past and PastFindings questions of a live scan of this host."""
        return StoreAnswer(self, host, now)

    def series(self, host: str, past: Past) -> list[tuple[str, float]]:
        """[(time in ISO 8601, value)], oldest first."""
        table = measurements.c
        of_it = (
            (table.host == host)
            & (table.check_id == past.check)
            & (table.subject == past.subject)
            & (table.name == past.measurement)
        )
        query = select(table.at, table.value).where(of_it).order_by(table.at.desc())
        with self._connected(self._unreadable) as connection:
            points = [(at, value) for at, value in connection.execute(query.limit(_SERIES_MOST))]
            if len(points) == _SERIES_MOST:
                day = func.substr(table.at, 1, 10)
                last = select(func.max(table.at)).where(of_it & (table.at < points[-1][0])).group_by(day)
                older = query.where(table.at.in_(last)).limit(_DAYS_MOST)
                points += [(at, value) for at, value in connection.execute(older)]
        return points[::-1]

    def past_findings(self, host: str, now: datetime) -> list[PastFinding]:
        """One row a finding ever seen on this host."""
        since = as_text(now - YEAR)
        counted = (
            select(episodes.c.check_id, episodes.c.subject, func.count().label("earlier"))
            .where(episodes.c.host == host, episodes.c.began >= since)
            .group_by(episodes.c.check_id, episodes.c.subject)
            .subquery()
        )
        query = (
            select(standing, counted.c.earlier)
            .outerjoin(counted, (counted.c.check_id == standing.c.check_id) & (counted.c.subject == standing.c.subject))
            .where(standing.c.host == host)
            .order_by(standing.c.check_id, standing.c.subject)
        )
        with self._connected(self._unreadable) as connection:
            return [found for row in connection.execute(query).mappings() if (found := _past_finding(row))]

    def scans(self, host: str | None = None, most: int = 100) -> list[ScanRow]:
        """The newest scans, newest first."""
        query = select(scans).order_by(_KEPT.desc()).limit(most)
        if host:
            query = query.where(scans.c.host == host)
        with self._connected(self._unreadable) as connection:
            return [_scan_row(row) for row in connection.execute(query).mappings()]

    def load(self, scan_id: str = "") -> Scan:
        """A stored scan by id or the beginning of one; the newest when none is given. Raises UserError."""
        query = select(scans.c.id).order_by(_KEPT.desc()).limit(2)
        if scan_id:
            query = query.where(scans.c.id.startswith(scan_id, autoescape=True))
        with self._connected(self._unreadable) as connection:
            found = list(connection.execute(query).scalars())
            if not found:
                raise UserError(
                    f"No scan {scan_id!r} is stored. List them with: itaudit history"
                    if scan_id
                    else "No scan is stored yet. Run: itaudit scan"
                )
            if scan_id and len(found) > 1 and scan_id not in found:
                raise UserError(f"{scan_id!r} begins the names of several scans. Give more of it: itaudit history")
            if self._ahead and self._ahead.id == found[0]:
                return self._ahead
            packed = connection.execute(select(documents.c.document).where(documents.c.scan == found[0])).scalar_one()
        try:
            return scan_from_json(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
        except (zlib.error, ValueError, RecursionError) as error:
            raise UserError(f"The stored scan {found[0]} is damaged. Show another: itaudit history") from error

    def previous(self, scan: Scan) -> Scan | None:
        """The last whole scan of the same host kept before this one, if there is one. Raises UserError for a damaged one."""
        same = scans.alias("same")
        this = select(literal_column("same.rowid", Integer)).select_from(same).where(same.c.id == scan.id).scalar_subquery()
        return self._last_whole(scan.machine.host, (this > _KEPT) | this.is_(None))

    def read_ahead(self, host: str) -> None:
        """Read the scan that `previous` of a new one will give, while that one is still under way."""
        with suppress(UserError):
            self._ahead = self._last_whole(host, true())

    def _last_whole(self, host: str, which: ColumnElement[bool]) -> Scan | None:
        query = select(scans.c.id).where(scans.c.host == host, scans.c.partial == 0, which).order_by(_KEPT.desc()).limit(1)
        with self._connected(self._unreadable) as connection:
            found = connection.execute(query).scalar()
        return self.load(found) if found else None

    def evidence(self, scan_id: str) -> bytes:
        """The compressed bundle of a scan, as `--record` would have written it."""
        with self._connected(self._unreadable) as connection:
            packed: bytes = connection.execute(select(evidence.c.bundle).where(evidence.c.scan == scan_id)).scalar_one()
        return packed


class StoreAnswer:
    """Answers Past and PastFindings for one host at one time."""

    def __init__(self, store: Store, host: str, now: datetime) -> None:
        self._store, self._host, self._now = store, host, now

    def __call__(self, question: Question) -> Answer:
        if isinstance(question, Past):
            return Answer(body=json.dumps(self._store.series(self._host, question)))
        assert isinstance(question, PastFindings)
        return Answer(body=write_past(self._store.past_findings(self._host, self._now)))


def _past_finding(row: Any) -> PastFinding | None:
    """None for a row that makes no sense: one damaged row must not take the memory of all others with it."""
    try:
        return _typed(row)
    except ValueError:
        return None


def _typed(row: Any) -> PastFinding:
    return PastFinding(
        check=row["check_id"],
        subject=row["subject"],
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        flags=frozenset(Flag(flag) for flag in row["flags"].split(",") if flag),
        first_seen=datetime.fromisoformat(row["open_since"]) if row["open_since"] else None,
        earlier=row["earlier"] or 0,
        accepted_severity=Severity(row["accepted_severity"]) if row["accepted_severity"] else None,
        accepted_status=Status(row["accepted_status"]) if row["accepted_status"] else None,
    )


def _scan_row(row: Any) -> ScanRow:
    return ScanRow(
        id=row["id"],
        host=row["host"],
        started=datetime.fromisoformat(row["started"]),
        score=row["score"],
        grade=row["grade"],
        coverage=row["coverage"],
        open_findings=row["open_findings"],
        partial=bool(row["partial"]),
        rule_set=row["rule_set"],
    )
