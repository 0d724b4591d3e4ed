"""The tables. Times are ISO 8601 text in UTC, which sort as they should. Documents and evidence are compressed with zlib.

standing holds one row a finding ever seen: what it was when last seen, and since when it is open. An episode is one unbroken time
of a finding needing work: unknown does not end it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()


def as_text(when: datetime) -> str:
    """A time as the tables keep it. All have the same length, so that they sort."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


scans = Table(
    "scans",
    metadata,
    Column("id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("started", String, nullable=False),
    Column("ended", String, nullable=False),
    Column("version", String, nullable=False),
    Column("rule_set", String, nullable=False),
    Column("partial", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("grade", String, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("open_findings", Integer, nullable=False),
    Index("scans_by_host", "host", "started"),
)

documents = Table(
    "documents",
    metadata,
    Column("scan", String, ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("scan", String, ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True),
    Column("bundle", LargeBinary, nullable=False),
)

standing = Table(
    "standing",
    metadata,
    Column("host", String, primary_key=True),
    Column("check_id", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("flags", String, nullable=False),
    Column("seen", String, nullable=False),
    Column("open_since", String),
    Column("accepted_severity", String),
    Column("accepted_status", String),
)

episodes = Table(
    "episodes",
    metadata,
    Column("host", String, primary_key=True),
    Column("check_id", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("began", String, primary_key=True),
    Column("ended", String),
)

measurements = Table(
    "measurements",
    metadata,
    Column("host", String, primary_key=True),
    Column("check_id", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("at", String, primary_key=True),
    Column("unit", String, nullable=False),
    Column("value", Float, nullable=False),
    sqlite_with_rowid=False,
)
