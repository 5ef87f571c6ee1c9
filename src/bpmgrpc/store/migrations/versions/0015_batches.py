"""Batches: one operation on many items.

Revision: 0015.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_AT_WORK = sa.text("state IN ('SELECTING', 'RUNNING')")
_PENDING = sa.text("state = 'PENDING'")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "batch",
        _text("id"),
        _text("state"),
        _bytes("request"),
        sa.Column("place", _TEXT, nullable=True),
        _number("total"),
        _number("succeeded"),
        _number("failed"),
        _text("create_by"),
        _number("create_us"),
        sa.Column("end_us", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_create_us", "batch", ["create_us"])
    op.create_index("ix_batch_state", "batch", ["create_us"], sqlite_where=_AT_WORK, postgresql_where=_AT_WORK)
    op.create_table(
        "batch_item",
        _text("batch_id"),
        _text("subject_id"),
        _text("state"),
        _number("attempts"),
        _number("available_us"),
        _bytes("error"),
        _bytes("plan"),
        _text("result_id"),
        sa.Column("end_us", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "subject_id", name="pk_batch_item"),
    )
    op.create_index(
        "ix_batch_item_available_us",
        "batch_item",
        ["batch_id", "available_us"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
