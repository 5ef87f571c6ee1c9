"""Comments, attachments and drafts of user tasks.

Revision: 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "user_task_comment",
        _text("root_id"),
        _number("seq"),
        _number("number"),
        _text("user_name"),
        _text("content"),
        _number("create_us"),
        sa.PrimaryKeyConstraint("root_id", "seq", "number", name="pk_user_task_comment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_task_attachment",
        _text("root_id"),
        _number("seq"),
        _number("number"),
        _text("name"),
        _text("content_type"),
        _number("size"),
        _text("user_name"),
        _number("create_us"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("root_id", "seq", "number", name="pk_user_task_attachment"),
    )
    op.create_table(
        "user_task_draft",
        _text("root_id"),
        _number("seq"),
        _text("user_name"),
        _text("variables"),
        _number("save_us"),
        sa.PrimaryKeyConstraint("root_id", "seq", name="pk_user_task_draft"),
    )
