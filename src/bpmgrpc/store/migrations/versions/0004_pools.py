"""Pools in their order.

Revision: 0004.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of candidates anew, of unclaimed tasks only: SQLite adds no column without a default."""
    op.execute("CREATE TABLE old_candidate AS SELECT * FROM user_task_candidate")
    op.drop_table("user_task_candidate")
    op.create_table(
        "user_task_candidate",
        sa.Column("root_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("candidate", _TEXT, nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("create_us", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("due_us", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("definition_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("root_id", "seq", "candidate", name="pk_user_task_candidate"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO user_task_candidate "
        "SELECT old.root_id, old.seq, old.candidate, task.priority, task.create_us, task.due_us, task.definition_id "
        "FROM old_candidate old JOIN user_task task ON task.root_id = old.root_id AND task.seq = old.seq "
        "WHERE task.state IN ('WAITING', 'ASSIGNED')"
    )
    op.drop_table("old_candidate")
    op.create_index(
        "ix_user_task_candidate_pool",
        "user_task_candidate",
        ["candidate", sa.text("priority DESC"), "create_us", "root_id", "seq", "due_us", "definition_id"],
    )
