"""Hot statements enter every table at a key, whatever statistics say, so their cost does not grow with the tables."""

import itertools
import re
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bpmgrpc.store import jobs, messages, open_store, sqlite_statements
from bpmgrpc.store.definitions import _find as find_definitions
from bpmgrpc.store.inbox import USER_TASKS, user_task_shape
from bpmgrpc.store.postgresql_load import _statement as load_statement
from bpmgrpc.store.postgresql_write import _PARTS as PARTS
from bpmgrpc.store.postgresql_write import instance_write, task_write
from bpmgrpc.store.statements import Dialect, Statement
from bpmgrpc.store.tables import METADATA
from bpmgrpc.store.targets import TARGETS
from bpmgrpc.store.views import FieldCondition, UserTaskFilter, UserTaskPart
from bpmgrpc.store.visible import _statement as visible_statement

JOBS = ("_ACTIVATE", "_QUEUE_DUE", "_GIVE_BACK", "_HELD", "_EXTEND")
HOT_FILTERS = [
    UserTaskFilter(user="ann"),
    UserTaskFilter(role="clerk"),
    UserTaskFilter(group="sales"),
    UserTaskFilter(assignee="ann"),
    UserTaskFilter(root_id="root"),
    UserTaskFilter(user="ann", parts=(UserTaskPart.OFFERED_TO_GROUPS,), priority_min=50),
    UserTaskFilter(user="ann", name_contains="x", owner="olga"),
    UserTaskFilter(group="sales", process_name="p", without_due=True),
    UserTaskFilter(work_party="party"),
    UserTaskFilter(business_key="key"),
    UserTaskFilter(fields=(FieldCondition("order.customer", "=", "sx"), FieldCondition("order.amount", ">", "n1"))),
    UserTaskFilter(user="ann", fields=(FieldCondition("order.amount", "<", "n1"),)),
]


def message_texts(dialect: Dialect) -> dict[str, str]:
    """The statements about messages, signals and deliveries by name."""
    found = {name: one for name, one in vars(messages).items() if isinstance(one, Statement)}
    for name in ("_RECEIVER", "_START"):
        found |= {f"{name} {app}": one for app, one in vars(messages)[name].items()}
    return {f"MESSAGES {name}": one.of(dialect).sql for name, one in found.items()}


def sqlite_texts() -> dict[str, str]:
    """All hot statements of SQLite by name."""
    texts = {name: text for name, text in vars(sqlite_statements).items() if name.isupper() and isinstance(text, str)}
    texts |= {f"TARGET {kind}": text for kind, text in sqlite_statements.TARGET.items()}
    texts |= {f"JOBS {name}": getattr(jobs, name).of("sqlite").sql for name in JOBS}
    texts |= message_texts("sqlite")
    for latest in (True, False):
        texts[f"FIND {latest}"] = find_definitions(True, False, False, latest, True).of("sqlite").sql
    for named, open_tasks in itertools.product((True, False), repeat=2):
        texts[f"VISIBLE {named} {open_tasks}"] = visible_statement(named=named, open_tasks=open_tasks).of("sqlite").sql
    for number, filter_ in enumerate(HOT_FILTERS):
        shape = user_task_shape(filter_)
        statement = USER_TASKS._page_statement(shape, USER_TASKS._terms(""), after=False)
        texts[f"LIST {number}"] = statement.of("sqlite").sql
    return {name: text for name, text in texts.items() if " " in text}


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    """A SQLite database with all tables and no statistics."""
    connection = sqlite3.connect(":memory:")
    for table in METADATA.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
        for index in table.indexes:
            connection.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))
    yield connection
    connection.close()


@pytest.mark.parametrize("name", sqlite_texts())
def test_sqlite_statement_scans_no_table(empty: sqlite3.Connection, name: str) -> None:
    """Every table is searched by a key or an index."""
    text = sqlite_texts()[name]
    parameters = [None] * text.count("?")

    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]

    tables = "|".join(METADATA.tables)
    assert not [line for line in plan if re.search(rf"SCAN ({tables})\b", line)], plan


def test_joins_are_found_without_going_through_the_root(empty: sqlite3.Connection) -> None:
    """Every command asks for them, and an instance may have ten thousand other active elements."""
    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {sqlite_statements.JOINS}", ["r", 0])]

    assert plan == ["SEARCH element_instance USING INDEX ix_element_instance_join (root_id=? AND scope=?)"]


def postgresql_texts() -> dict[str, str]:
    """All hot statements of PostgreSQL by name."""
    texts = {}
    for kind, user, request in itertools.product(TARGETS, (True, False), (True, False)):
        plan = load_statement(kind, scopes=True, user=user, request=request)
        texts[f"LOAD {kind} {user} {request}"] = plan.statement.sql
    texts["LOAD TASK"] = load_statement("user_task", scopes=False, user=True, request=True).statement.sql
    texts["CREATE"] = instance_write(frozenset(PARTS) | {"created"}).sql
    texts["WRITE"] = instance_write(frozenset(PARTS) | {"lease"}).sql
    for part in PARTS:
        texts[f"WRITE {part}"] = instance_write(frozenset((part,))).sql
    texts["TASK"] = task_write(frozenset(("clear_candidates", "candidates", "history", "answer"))).sql
    texts["TASKS"] = task_write(frozenset(("many", "clear_candidates", "candidates", "history", "answer"))).sql
    texts |= {f"JOBS {name}": getattr(jobs, name).of("postgresql").sql for name in JOBS}
    texts |= message_texts("postgresql")
    texts["FIND"] = find_definitions(True, False, False, True, True).of("postgresql").sql
    texts["VISIBLE"] = visible_statement(named=True, open_tasks=True).of("postgresql").sql
    for number, filter_ in enumerate(HOT_FILTERS):
        shape = user_task_shape(filter_)
        statement = USER_TASKS._page_statement(shape, USER_TASKS._terms(""), after=False)
        texts[f"LIST {number}"] = statement.of("postgresql").sql
    return texts


def test_postgresql_statements_can_do_without_scans(postgresql_url: str) -> None:
    """With scans of whole tables forbidden every statement has a generic plan that enters each table at a key."""
    store = open_store(postgresql_url)
    store.migrate()
    store.close()
    found = {}
    with psycopg.connect(postgresql_url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute("SET enable_seqscan = off")
        for name, text in postgresql_texts().items():
            plan = [row[0] for row in connection.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())]
            scans = [line.strip() for line in plan if "Seq Scan" in line]
            # An index that is read from end to end is a scan as well.
            whole = [
                line.strip()
                for line, following in itertools.pairwise([*plan, ""])
                if re.search(r"Index (Only )?Scan", line)
                and "Cond" not in following
                and "ix_user_task_open" not in line
            ]
            if scans or whole:
                found[name] = scans + whole

    assert found == {}
