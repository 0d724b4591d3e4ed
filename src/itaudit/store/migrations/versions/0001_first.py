"""The first schema. Written out rather than taken from tables.py, which will change while this must not."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, key: bool = False, optional: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String, primary_key=key, nullable=optional and not key)


def _finding_key() -> "list[sa.Column[str]]":
    return [_text(name, key=True) for name in ("host", "check_id", "subject")]


def upgrade() -> None:
    op.create_table(
        "scans",
        _text("id", key=True),
        *(_text(name) for name in ("host", "started", "ended", "version", "rule_set")),
        sa.Column("partial", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        _text("grade"),
        sa.Column("coverage", sa.Float, nullable=False),
        sa.Column("open_findings", sa.Integer, nullable=False),
    )
    op.create_index("scans_by_host", "scans", ["host", "started"])
    for table, column in (("documents", "document"), ("evidence", "bundle")):
        op.create_table(
            table,
            sa.Column("scan", sa.String, sa.ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True),
            sa.Column(column, sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "standing",
        *_finding_key(),
        *(_text(name) for name in ("status", "severity", "flags", "seen")),
        *(_text(name, optional=True) for name in ("open_since", "accepted_severity", "accepted_status")),
    )
    op.create_table("episodes", *_finding_key(), _text("began", key=True), _text("ended", optional=True))
    op.create_table(
        "measurements",
        *_finding_key(),
        _text("name", key=True),
        _text("at", key=True),
        _text("unit"),
        sa.Column("value", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
