"""Pools by due date and by name, and totals of pools.

Entries that are there already have no name, and count as entries of tasks that may lie in other pools too: lists have
them right, and as slowly as before, until they are claimed.

Revision: 0017.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_POOL = "ix_user_task_candidate_pool"
_HAS_DUE = sa.text("due_us IS NOT NULL")
_MAY_BE_SHARED = sa.text("sole = 0")


def upgrade() -> None:
    """Adds the columns and the indexes."""
    column = sa.Column("sole", sa.Integer, nullable=False, autoincrement=False, server_default=sa.text("0"))
    op.add_column("user_task_candidate", column)
    op.add_column("user_task_candidate", sa.Column("name", _TEXT, nullable=True))
    op.drop_index(_POOL, "user_task_candidate")
    columns = ["create_us", "root_id", "seq", "due_us", "definition_id", "name"]
    op.create_index(_POOL, "user_task_candidate", ["candidate", sa.text("priority DESC"), *columns])
    op.create_index(
        "ix_user_task_candidate_due",
        "user_task_candidate",
        ["candidate", "due_us", "root_id", "seq"],
        sqlite_where=_HAS_DUE,
        postgresql_where=_HAS_DUE,
    )
    op.create_index(
        "ix_user_task_candidate_shared",
        "user_task_candidate",
        ["candidate", "root_id", "seq"],
        sqlite_where=_MAY_BE_SHARED,
        postgresql_where=_MAY_BE_SHARED,
    )
