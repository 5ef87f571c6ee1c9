"""Changes of user tasks.

Revision: 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null, autoincrement=False)


_NOTHING = "'', '', '', '', 0, NULL, NULL"
_OLD = "OLD.state, OLD.assignee, OLD.owner, OLD.candidates, OLD.priority, OLD.due_us, OLD.follow_up_us"


def _sqlite(name: str, when: str, before: str) -> str:
    return (
        f"CREATE TRIGGER {name} AFTER {when} ON user_task BEGIN "  # noqa: S608 - our own words
        "INSERT INTO user_task_change VALUES "
        "((SELECT coalesce(max(position), 0) + 1 FROM user_task_change), NEW.root_id, NEW.seq, "
        f"CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER), {before}) ON CONFLICT DO NOTHING; END"
    )


def _postgresql(before: str) -> str:
    return (
        "INSERT INTO user_task_change VALUES (txid_current(), NEW.root_id, NEW.seq, "  # noqa: S608 - our own words
        f"(extract(epoch FROM clock_timestamp()) * 1000000)::bigint, {before}) ON CONFLICT DO NOTHING"
    )


def upgrade() -> None:
    """Makes the log of changes, and what writes it."""
    op.create_table(
        "user_task_change",
        _number("position"),
        _text("root_id"),
        _number("seq"),
        _number("create_us"),
        _text("state"),
        _text("assignee"),
        _text("owner"),
        _text("candidates"),
        _number("priority"),
        _number("due_us", null=True),
        _number("follow_up_us", null=True),
        sa.PrimaryKeyConstraint("position", "root_id", "seq", name="pk_user_task_change"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "change_horizon",
        _number("id"),
        _number("position"),
        sa.PrimaryKeyConstraint("id", name="pk_change_horizon"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_sqlite("user_task_created", "INSERT", _NOTHING))
        op.execute(_sqlite("user_task_changed", "UPDATE", _OLD))
        return
    op.execute(
        "CREATE FUNCTION log_user_task_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN {_postgresql(_NOTHING)}; "
        f"ELSE {_postgresql(_OLD)}; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER user_task_changed AFTER INSERT OR UPDATE ON user_task "
        "FOR EACH ROW EXECUTE FUNCTION log_user_task_change()"
    )
