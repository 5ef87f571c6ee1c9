"""Parts of user tasks.

Revision: 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_IS_PART = sa.text("parent_seq <> 0")


def upgrade() -> None:
    """Gives a user task the number of the one that it is a part of."""
    column = sa.Column("parent_seq", sa.BigInteger, nullable=False, autoincrement=False, server_default=sa.text("0"))
    op.add_column("user_task", column)
    op.create_index(
        "ix_user_task_subtask",
        "user_task",
        ["root_id", "parent_seq"],
        sqlite_where=_IS_PART,
        postgresql_where=_IS_PART,
    )
