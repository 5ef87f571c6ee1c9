"""Delegated user tasks, and users who may not do a task.

Revision: 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

# PostgreSQL 18 names what a column may not be after the column; older ones have no such name.
_RENAME_CONSTRAINT = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_constraint
             WHERE conrelid = 'user_task'::regclass AND conname = 'user_task_lane_party_not_null') THEN
    ALTER TABLE user_task RENAME CONSTRAINT user_task_lane_party_not_null TO user_task_flags_not_null;
  END IF;
END $$
"""


def upgrade() -> None:
    """Gives the flag of a user task room for others, and makes the side tables."""
    op.execute("ALTER TABLE user_task RENAME COLUMN lane_party TO flags")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_RENAME_CONSTRAINT)
    op.create_table(
        "user_task_exclusion",
        sa.Column("user_name", _TEXT, nullable=False),
        sa.Column("root_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("user_name", "root_id", "seq", name="pk_user_task_exclusion"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_user_task_exclusion_task", "user_task_exclusion", ["root_id", "seq"])
    op.create_table(
        "user_task_delegation",
        sa.Column("root_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("delegator", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("root_id", "seq", name="pk_user_task_delegation"),
        sqlite_with_rowid=False,
    )
