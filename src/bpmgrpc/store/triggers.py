"""Triggers: what writes the log of changes of user tasks, on either database.

Rule of this file: a trigger notes that a task changed, and what of it lists can be narrowed by was before; it decides
nothing. It is a trigger, and no part of each statement, so that no way of writing a task can forget it, and so that a
command sends as many statements as before.

The ``position`` of a row says when others can see it: on PostgreSQL it is the number of the transaction, on SQLite,
where one transaction follows the other, a number that grows. See docs/adr/0013.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import DDL

__all__ = ["DIRECTORY_CHANGED", "TRIGGERS", "ddl"]

_NOW: Final = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    "postgresql": "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}
_POSITION: Final = {
    "sqlite": "(SELECT coalesce(max(position), 0) + 1 FROM user_task_change)",
    "postgresql": "txid_current()",
}
_NOTHING: Final = "'', '', '', '', 0, NULL, NULL"  # a task that was not there before
_OLD: Final = "OLD.state, OLD.assignee, OLD.owner, OLD.candidates, OLD.priority, OLD.due_us, OLD.follow_up_us"


def _insert(dialect: str, key: str, before: str) -> str:
    # The first change of a task in a transaction tells what was before; more of them tell nothing new.
    return (
        f"INSERT INTO user_task_change VALUES ({_POSITION[dialect]}, {key}, {_NOW[dialect]}, {before}) "  # noqa: S608 - our words
        "ON CONFLICT DO NOTHING"
    )


#: The directory changed: whoever watches looks up again which pools are theirs.
DIRECTORY_CHANGED: Final = {dialect: _insert(dialect, "'', 0", _NOTHING) for dialect in _NOW}

_TASK: Final = "NEW.root_id, NEW.seq"

_FUNCTION: Final = (
    "CREATE FUNCTION log_user_task_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'INSERT' THEN {_insert('postgresql', _TASK, _NOTHING)}; "
    f"ELSE {_insert('postgresql', _TASK, _OLD)}; END IF; RETURN NULL; END $$"
)
_TRIGGER: Final = (
    "CREATE TRIGGER user_task_changed AFTER INSERT OR UPDATE ON user_task "
    "FOR EACH ROW EXECUTE FUNCTION log_user_task_change()"
)

#: In the order in which they are made.
TRIGGERS: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER {name} AFTER {when} ON user_task BEGIN {_insert('sqlite', _TASK, before)}; END"
        for name, when, before in (
            ("user_task_created", "INSERT", _NOTHING),
            ("user_task_changed", "UPDATE", _OLD),
        )
    ),
    "postgresql": (_FUNCTION, _TRIGGER),
}


def ddl() -> list[Any]:
    """Returns the statements that make the triggers, each for its database."""
    make: Any = DDL  # it has no types
    return [make(text).execute_if(dialect=dialect) for dialect, texts in TRIGGERS.items() for text in texts]
