"""The first schema.

Revision: 0001.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null, autoincrement=False)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _table(name: str, *columns: Any, key: Sequence[str], rowid: bool = False) -> None:
    key_constraint = sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")
    # The option is stated only where it is off: so SQLite's text of the table is that of the tables' own module.
    options: dict[str, Any] = {} if rowid else {"sqlite_with_rowid": False}
    op.create_table(name, *columns, key_constraint, **options)


def _index(name: str, table: str, *columns: Any, where: str | None = None, unique: bool = False) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Makes all tables."""
    _table(
        "cache_generation",
        _text("scope"),
        _number("generation"),
        key=["scope"],
    )
    _table(
        "directory_membership",
        _text("user_name"),
        _text("kind"),
        _text("name"),
        key=["user_name", "kind", "name"],
    )
    _table(
        "directory_user",
        _text("name"),
        _text("display_name"),
        key=["name"],
    )
    _table(
        "element_instance",
        _text("root_id"),
        _number("seq"),
        _number("scope"),
        _text("element_id"),
        _text("state"),
        _text("flow", null=True),
        _number("active"),
        _number("create_us"),
        _flag("border"),
        _text("data"),
        key=["root_id", "seq"],
    )
    _index("ix_element_instance_join", "element_instance", "root_id", "scope", where="state = 'JOIN'")
    _index("ix_element_instance_ready", "element_instance", "root_id", where="state = 'READY'")
    _index("ix_element_instance_scope", "element_instance", "root_id", "scope", where="scope <> 0")
    _table(
        "history",
        _text("root_id"),
        _number("version"),
        _number("create_us"),
        _number("seq"),
        _number("task_version"),
        _text("actor"),
        _text("events"),
        key=["root_id", "version", "create_us", "seq", "task_version"],
        rowid=True,
    )
    _table(
        "incident",
        _text("root_id"),
        _number("seq"),
        _number("element_seq"),
        _number("instance"),
        _text("definition_id"),
        _text("element_id"),
        _text("reason"),
        _text("message"),
        _number("create_us"),
        _flag("open"),
        _number("resolve_us", null=True),
        key=["root_id", "seq"],
    )
    _index("ix_incident_element_seq", "incident", "root_id", "element_seq", where="open = 1")
    _index("ix_incident_open", "incident", "create_us", where="open = 1")
    _table(
        "job",
        _text("root_id"),
        _number("seq"),
        _number("instance"),
        _text("definition_id"),
        _text("element_id"),
        _text("type"),
        _number("retries"),
        _number("create_us"),
        _text("headers"),
        _text("business_key"),
        _number("available_us"),
        _text("lease_token"),
        _text("worker"),
        _flag("leased"),
        key=["root_id", "seq"],
    )
    _index("ix_job_queue", "job", "type", "available_us", where="retries > 0")
    _table(
        "process_instance",
        _text("root_id"),
        _number("seq"),
        _number("parent_scope", null=True),
        _text("definition_id"),
        _text("state"),
        _number("version"),
        _number("next_seq"),
        _number("active"),
        _number("steps"),
        _number("ready_us", null=True),
        _number("open_incidents"),
        _text("business_key"),
        _text("create_by"),
        _number("create_us"),
        _number("end_us", null=True),
        _text("end_reason"),
        key=["root_id", "seq"],
    )
    _index("ix_process_instance_business_key", "process_instance", "business_key", where="business_key <> ''")
    _index("ix_process_instance_create_us", "process_instance", "create_us")
    _index("ix_process_instance_ready_us", "process_instance", "ready_us", where="ready_us IS NOT NULL")
    _table(
        "process_resource",
        _text("hash"),
        _bytes("content"),
        key=["hash"],
        rowid=True,
    )
    _table(
        "request_answer",
        _text("caller"),
        _text("rpc"),
        _text("request_id"),
        _text("content_hash"),
        _bytes("response"),
        _number("expire_us"),
        key=["caller", "rpc", "request_id"],
    )
    _index("ix_request_answer_expire_us", "request_answer", "expire_us")
    _table(
        "timer",
        _text("root_id"),
        _number("seq"),
        _number("element_seq"),
        _text("element_id"),
        _number("due_us"),
        _text("cycle"),
        _number("remaining"),
        key=["root_id", "seq"],
    )
    _index("ix_timer_due_us", "timer", "due_us")
    _index("ix_timer_element_seq", "timer", "root_id", "element_seq")
    _table(
        "timer_start",
        _text("definition_id"),
        _text("element_id"),
        _number("due_us"),
        _text("cycle"),
        _number("remaining"),
        key=["definition_id", "element_id"],
    )
    _index("ix_timer_start_due_us", "timer_start", "due_us")
    _table(
        "user_task",
        _text("root_id"),
        _number("seq"),
        _number("instance"),
        _text("definition_id"),
        _text("element_id"),
        _text("name"),
        _text("description"),
        _text("state"),
        _text("assignee"),
        _text("owner"),
        _text("candidates"),
        _number("priority"),
        _number("due_us", null=True),
        _number("follow_up_us", null=True),
        _number("create_us"),
        _number("claim_us", null=True),
        _number("end_us", null=True),
        _text("create_by"),
        _text("form_key"),
        _text("load_link_entity_id"),
        _text("load_link_param"),
        _text("business_key"),
        _number("version"),
        _flag("lane_party"),
        key=["root_id", "seq"],
    )
    _index("ix_user_task_assignee", "user_task", "assignee", where="end_us IS NULL AND assignee <> ''")
    _index("ix_user_task_open", "user_task", sa.text("priority DESC"), "create_us", where="end_us IS NULL")
    _table(
        "user_task_candidate",
        _text("root_id"),
        _number("seq"),
        _text("candidate"),
        key=["root_id", "seq", "candidate"],
    )
    _index("ix_user_task_candidate_candidate", "user_task_candidate", "candidate", "root_id", "seq")
    _table(
        "variable",
        _text("root_id"),
        _number("scope"),
        _text("name"),
        _number("size"),
        _text("value"),
        key=["root_id", "scope", "name"],
    )
    _table(
        "work_party",
        _text("name"),
        _text("lead"),
        key=["name"],
    )
    _table(
        "work_party_member",
        _text("member"),
        _text("work_party"),
        _flag("listed"),
        key=["member", "work_party"],
    )
    _index("ix_work_party_member_work_party", "work_party_member", "work_party")
    _table(
        "process_definition",
        _text("id"),
        _text("app_name"),
        _text("process_name"),
        _text("display_name"),
        _number("version"),
        _text("version_tag"),
        _text("resource_name"),
        _text("resource_hash"),
        _text("state"),
        _flag("deleted"),
        _number("create_us"),
        sa.ForeignKeyConstraint(
            ["resource_hash"], ["process_resource.hash"], name="fk_process_definition_resource_hash_process_resource"
        ),
        key=["id"],
        rowid=True,
    )
    _index("ix_process_definition_display_name", "process_definition", "display_name")
    _index(
        "uq_process_definition_process_name_app_name_version",
        "process_definition",
        "process_name",
        "app_name",
        "version",
        unique=True,
    )
