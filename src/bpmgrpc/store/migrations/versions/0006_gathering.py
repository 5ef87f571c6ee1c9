"""Start events that wait for several events.

Revision: 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables of what has occurred so far, and the one of starts anew: SQLite adds no column without a
    default.
    """
    op.execute("CREATE TABLE old_event_start AS SELECT * FROM event_start")
    op.drop_table("event_start")
    op.create_table(
        "event_start",
        sa.Column("definition_id", _TEXT, nullable=False),
        sa.Column("element_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("app_name", _TEXT, nullable=False),
        sa.Column("part", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("gateway_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("definition_id", "element_id", "kind", "name", name="pk_event_start"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_start_name", "event_start", ["kind", "name", "app_name"])
    op.execute(
        "INSERT INTO event_start SELECT definition_id, element_id, kind, name, app_name, 0, '' FROM old_event_start"
    )
    op.drop_table("old_event_start")
    op.create_table(
        "event_gathering",
        sa.Column("process_name", _TEXT, nullable=False),
        sa.Column("app_name", _TEXT, nullable=False),
        sa.Column("element_id", _TEXT, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("process_name", "app_name", "element_id", name="pk_event_gathering"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gathered_event",
        sa.Column("process_name", _TEXT, nullable=False),
        sa.Column("app_name", _TEXT, nullable=False),
        sa.Column("element_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("correlation_key", _TEXT, nullable=False),
        sa.Column("variables", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("process_name", "app_name", "element_id", "number", name="pk_gathered_event"),
        sqlite_with_rowid=False,
    )
