"""Searchable fields.

Revision: 0011.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of searchable fields."""
    op.create_table(
        "instance_field",
        sa.Column("root_id", _TEXT, nullable=False),
        sa.Column("instance", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("root_id", "instance", "field", name="pk_instance_field"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_instance_field_value",
        "instance_field",
        ["field", "value"],
        sqlite_where=sa.text("value <> ''"),
        postgresql_where=sa.text("value <> ''"),
    )
