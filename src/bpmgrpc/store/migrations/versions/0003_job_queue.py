"""Priorities of jobs.

Revision: 0003.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _index(name: str, *columns: Any, where: str) -> None:
    op.create_index(name, "job", list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Makes the table of jobs anew, with their places in the queue: SQLite adds no column without a default."""
    op.execute("CREATE TABLE old_job AS SELECT * FROM job")
    op.drop_table("job")
    op.create_table(
        "job",
        _text("root_id"),
        _number("seq"),
        _number("instance"),
        _text("definition_id"),
        _text("element_id"),
        _text("type"),
        _number("retries"),
        _number("create_us"),
        _text("headers"),
        _text("business_key"),
        _number("available_us"),
        _text("lease_token"),
        _text("worker"),
        _flag("leased"),
        _number("priority"),
        _text("backoff"),
        _flag("queued"),
        _number("rank_us"),
        sa.PrimaryKeyConstraint("root_id", "seq", name="pk_job"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO job SELECT root_id, seq, instance, definition_id, element_id, type, retries, create_us, headers, "
        "business_key, available_us, lease_token, worker, leased, 0, '', "
        "CASE WHEN leased = 0 AND retries > 0 AND available_us <= create_us THEN 1 ELSE 0 END, available_us "
        "FROM old_job"
    )
    op.drop_table("old_job")
    _index("ix_job_queue", "type", "rank_us", where="queued = 1")
    _index("ix_job_waiting", "type", "available_us", where="queued = 0 AND retries > 0")
