"""Events that wait.

Revision: 0002.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _table(name: str, *columns: Any, key: Sequence[str]) -> None:
    key_constraint = sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")
    op.create_table(name, *columns, key_constraint, sqlite_with_rowid=False)


def _index(name: str, table: str, *columns: Any, where: str | None = None, unique: bool = False) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Makes the tables of events, and gives timers their place."""
    _table(
        "delivery",
        _text("source"),
        _number("number"),
        _text("kind"),
        _text("receiver"),
        _number("seq"),
        _text("element_id"),
        _text("variables"),
        _number("create_us"),
        key=["source", "number", "kind", "receiver", "seq", "element_id"],
    )
    _index("ix_delivery_create_us", "delivery", "create_us")
    _table(
        "event_start",
        _text("definition_id"),
        _text("element_id"),
        _text("kind"),
        _text("name"),
        _text("app_name"),
        key=["definition_id", "element_id", "kind", "name"],
    )
    _index("ix_event_start_name", "event_start", "kind", "name", "app_name")
    _table(
        "event_subscription",
        _text("root_id"),
        _number("seq"),
        _number("element_seq"),
        _text("element_id"),
        _text("kind"),
        _text("app_name"),
        _text("name"),
        _text("correlation_key"),
        _text("business_key"),
        _flag("inside"),
        _number("part"),
        _flag("held"),
        _number("create_us"),
        key=["root_id", "seq"],
    )
    _index(
        "ix_event_subscription_name",
        "event_subscription",
        "kind",
        "name",
        "app_name",
        "correlation_key",
        where="name <> ''",
    )
    _index("ix_event_subscription_element_seq", "event_subscription", "root_id", "element_seq")
    _table(
        "message",
        _text("id"),
        _text("app_name"),
        _text("name"),
        _text("correlation_key"),
        _text("message_id"),
        _text("variables"),
        _number("create_us"),
        _number("expire_us"),
        _flag("taken"),
        key=["id"],
    )
    _index("ix_message_name", "message", "name", "correlation_key", "create_us", where="taken = 0")
    _index("uq_message_message_id", "message", "name", "app_name", "message_id", where="message_id <> ''", unique=True)
    _index("ix_message_expire_us", "message", "expire_us")
    _new_timers()


def _new_timers() -> None:
    """Makes the table of timers anew: SQLite adds no column without a default."""
    op.execute("CREATE TABLE old_timer AS SELECT * FROM timer")
    op.drop_table("timer")
    _table(
        "timer",
        _text("root_id"),
        _number("seq"),
        _number("element_seq"),
        _text("element_id"),
        _number("due_us"),
        _text("cycle"),
        _number("remaining"),
        _flag("inside"),
        _number("part"),
        key=["root_id", "seq"],
    )
    op.execute(
        "INSERT INTO timer SELECT root_id, seq, element_seq, element_id, due_us, cycle, remaining, 0, 0 FROM old_timer"
    )
    op.drop_table("old_timer")
    _index("ix_timer_due_us", "timer", "due_us")
    _index("ix_timer_element_seq", "timer", "root_id", "element_seq")
