"""Reminders and escalation of user tasks.

Revision: 0013.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "user_task_deadline",
        sa.Column("root_id", _TEXT, nullable=False),
        _number("seq"),
        _number("number"),
        _number("at_us"),
        sa.Column("escalates", sa.Integer, nullable=False),
        sa.Column("by_due", sa.Integer, nullable=False),
        sa.Column("candidates", _TEXT, nullable=False),
        _number("priority"),
        sa.PrimaryKeyConstraint("root_id", "seq", "number", name="pk_user_task_deadline"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_user_task_deadline_at_us", "user_task_deadline", ["at_us"])
