"""When work on user tasks should begin.

Revision: 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "user_task_start",
        sa.Column("root_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("start_us", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("root_id", "seq", name="pk_user_task_start"),
        sqlite_with_rowid=False,
    )
