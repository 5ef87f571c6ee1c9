"""Whom assignment strategies chose last, and who is in a group or has a role.

Revision: 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of turns, and the index that leads from a group or role to its users."""
    op.create_table(
        "assignment_turn",
        sa.Column("pool", _TEXT, nullable=False),
        sa.Column("last_user", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("pool", name="pk_assignment_turn"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_directory_membership_members", "directory_membership", ["kind", "name", "user_name"])
