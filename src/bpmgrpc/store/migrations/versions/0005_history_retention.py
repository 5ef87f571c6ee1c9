"""How long ended instances are kept.

Revision: 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of retentions."""
    op.create_table(
        "history_retention",
        sa.Column("process_name", _TEXT, nullable=False),
        sa.Column("app_name", _TEXT, nullable=False),
        sa.Column("model_us", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("call_us", sa.BigInteger, nullable=True, autoincrement=False),
        sa.PrimaryKeyConstraint("process_name", "app_name", name="pk_history_retention"),
        sqlite_with_rowid=False,
    )
