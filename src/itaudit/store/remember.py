"""Updates what is remembered of findings: their standing, their episodes, and the series of measurements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from itaudit.model import Finding, Scan, Status
from itaudit.store.tables import as_text, episodes, measurements, standing

_NEEDS_WORK = (Status.WARN, Status.FAIL)


def remember(connection: Connection, scan: Scan) -> None:
    """Within the caller's transaction. Times are those of the recorded machine."""
    now = as_text(scan.machine.now)
    host = scan.machine.host
    before = {
        (row["check_id"], row["subject"]): dict(row)
        for row in connection.execute(select(standing).where(standing.c.host == host)).mappings()
    }
    rows = [_row(finding, before.get((finding.check, finding.subject)), now) for finding in scan.findings]
    _episodes(connection, host, before, rows, now)
    if not scan.partial:
        _forget_gone(connection, scan, before, now)
    if rows:
        upsert = insert(standing)
        keys = ("host", "check_id", "subject")
        changed = {name: upsert.excluded[name] for name in standing.columns.keys() if name not in keys}  # noqa: SIM118 - iterating it gives columns, not names
        connection.execute(upsert.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    points = [
        {
            "host": host,
            "check_id": one.check,
            "subject": one.subject,
            "name": m.name,
            "at": now,
            "unit": m.unit.value,
            "value": m.value,
        }
        for one in scan.findings
        for m in one.verdict.measurements
    ]
    if points:
        connection.execute(insert(measurements).on_conflict_do_nothing(), points)


def _row(finding: Finding, before: dict[str, Any] | None, now: str) -> dict[str, Any]:
    """The new standing. What could not be seen keeps what was known, so that hiding a failure does not heal it."""
    unseen = finding.verdict.status is Status.UNKNOWN
    accepted = finding.acceptance is not None
    keep = before is not None and unseen
    row: dict[str, Any] = {
        "host": finding.host,
        "check_id": finding.check,
        "subject": finding.subject,
        "status": before["status"] if before and keep else finding.verdict.status.value,
        "severity": before["severity"] if before and keep else finding.severity.value,
        "flags": before["flags"] if before and keep else ",".join(sorted(finding.verdict.flags)),
        "seen": before["seen"] if before and keep else now,
        "open_since": before["open_since"] if before else None,
        "accepted_severity": None,
        "accepted_status": None,
    }
    if finding.verdict.status in _NEEDS_WORK:
        # Not later than now: a clock that was ahead once would keep it young for years.
        row["open_since"] = min(row["open_since"] or now, now)
    elif not unseen:
        row["open_since"] = None
    if accepted:
        was = before or {}
        row["accepted_severity"] = was.get("accepted_severity") or finding.severity.value
        row["accepted_status"] = was.get("accepted_status") or finding.status.value
    return row


def _episodes(
    connection: Connection, host: str, before: dict[tuple[str, str], dict[str, Any]], rows: list[dict[str, Any]], now: str
) -> None:
    begun = []
    for row in rows:
        was_open = (before.get((row["check_id"], row["subject"])) or {}).get("open_since")
        if row["open_since"] and not was_open:
            begun.append({"host": host, "check_id": row["check_id"], "subject": row["subject"], "began": now, "ended": None})
        elif was_open and not row["open_since"]:
            _end(connection, host, row["check_id"], row["subject"], now)
    if begun:
        connection.execute(insert(episodes).on_conflict_do_nothing(), begun)


def _end(connection: Connection, host: str, check: str, subject: str, now: str) -> None:
    table = episodes.c
    connection.execute(
        update(episodes)
        .where(table.host == host, table.check_id == check, table.subject == subject, table.ended.is_(None))
        .values(ended=now)
    )


def _forget_gone(connection: Connection, scan: Scan, before: dict[tuple[str, str], dict[str, Any]], now: str) -> None:
    """A subject that a check which could see no longer names is gone (a removed disk): its episode ends, its standing goes.

    Not where that check has an unknown now: then the subject may only be out of sight.
    """
    seen = {(finding.check, finding.subject) for finding in scan.findings}
    ran = {finding.check for finding in scan.findings}
    blind = {finding.check for finding in scan.findings if finding.verdict.status is Status.UNKNOWN}
    for (check, subject), _ in before.items():
        if check in ran - blind and (check, subject) not in seen:
            _end(connection, scan.machine.host, check, subject, now)
            table = standing.c
            connection.execute(
                delete(standing).where(table.host == scan.machine.host, table.check_id == check, table.subject == subject)
            )
