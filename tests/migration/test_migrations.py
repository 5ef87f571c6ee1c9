"""Migrations make the schema that the tables describe, once, whoever else tries the same."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, LargeBinary, String, inspect, text

from bpmgrpc.errors import FailedPrecondition, Internal
from bpmgrpc.store import migrations
from bpmgrpc.store.compatibility import OLDEST_PROGRAM
from bpmgrpc.store.migrate import SchemaStatus, check_schema, migrate
from bpmgrpc.store.tables import METADATA
from tests.support.database import connected

VERSIONS = sorted(Path(migrations.__path__[0], "versions").glob("0*.py"))
HEAD = VERSIONS[-1].name[:4]
MADE = f"the schema is made ({HEAD})"
UP_TO_DATE = f"the schema is up to date ({HEAD})"

# Not of the tables: Alembic's own row, the row that migrations lock, the one that says which programs a schema suits.
OTHERS = ("alembic_version", "schema_lock", "schema_compatibility")


def describe(url: str) -> Any:
    """The whole schema of a database, as the database itself tells it."""
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            return {name: re.sub(r"\s+", " ", sql) for name, sql in rows if name not in OTHERS}
        columns = connection.execute(
            text(
                "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attnum, "
                "l.collname, pg_get_expr(d.adbin, d.adrelid) "
                "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "LEFT JOIN pg_collation l ON l.oid = a.attcollation "
                "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
                "WHERE c.relkind = 'r' AND a.attnum > 0 AND c.relnamespace = 'public'::regnamespace"
            )
        ).all()
        indexes = connection.execute(
            text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        ).all()
        constraints = connection.execute(
            text(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = 'public'::regnamespace"
            )
        ).all()
        found = [tuple(row) for row in (*columns, *indexes, *constraints) if row[0] not in OTHERS]
        return sorted(found, key=str)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def two_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The URLs of two empty databases of one kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        with server.database() as first, server.database() as second:
            yield first, second


def test_migrations_make_what_the_tables_describe(two_urls: tuple[str, str]) -> None:
    """All migrations, and the tables made at once, are the same schema down to each index's condition."""
    migrated, made = two_urls
    migrate(migrated)
    with connected(made) as connection:
        METADATA.create_all(connection)

    described = describe(migrated)

    assert described == describe(made)
    assert len(described) > len(METADATA.tables)


def upgrade(url: str, revision: str) -> None:
    """Brings a database to the schema of an older release."""
    config = Config()
    config.set_main_option("script_location", "bpmgrpc.store:migrations")
    with connected(url) as connection:
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = lambda **_step: None
        command.upgrade(config, revision)


def insert(connection: Connection, table: str, **values: Any) -> None:
    """Inserts a row as it was written at that time; columns that are not given have a zero or an empty text."""
    columns = inspect(connection).get_columns(table)
    row = {
        column["name"]: "" if isinstance(column["type"], String) else 0
        for column in columns
        if not column["nullable"] and not isinstance(column["type"], LargeBinary)
    } | values
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)


def test_timers_and_jobs_that_wait_are_kept(database_url: str) -> None:
    """Timers of the first schema hang on element instances, and have one definition each; its jobs have no priority
    and wait in their queue as before: one that can be had, one that is leased, one without retries.
    """
    upgrade(database_url, "0001")
    with connected(database_url) as connection:
        timer = {"element_seq": 2, "element_id": "t", "due_us": 5, "cycle": "R/PT1M", "remaining": -1}
        insert(connection, "timer", root_id="r", seq=3, **timer)
        for seq, retries, available_us, leased in ((1, 3, 9, 0), (2, 3, 12, 1), (3, 0, 9, 0)):
            times = {"create_us": 9, "available_us": available_us}
            insert(connection, "job", root_id="r", seq=seq, retries=retries, leased=leased, **times)
    said: list[str] = []

    migrate(database_url, said.append)

    assert [step.split(":")[0] for step in said] == [f"schema {path.name[:4]}" for path in VERSIONS[1:]]
    with connected(database_url) as connection:
        queue = "SELECT seq, priority, backoff, queued, rank_us FROM job ORDER BY seq"
        assert connection.execute(text(queue)).all() == [(1, 0, "", 1, 9), (2, 0, "", 0, 12), (3, 0, "", 0, 9)]
        assert connection.execute(text("SELECT * FROM timer")).all() == [("r", 3, 2, "t", 5, "R/PT1M", -1, 0, 0)]


def test_migration_is_told_and_done_once(database_url: str) -> None:
    """The first migration tells that the schema is made; the second finds nothing to do."""
    said: list[str] = []
    assert check_schema(database_url) == SchemaStatus(None, HEAD, known=True)

    first = migrate(database_url, said.append)
    second = migrate(database_url, said.append)

    assert first == second == check_schema(database_url) == SchemaStatus(HEAD, HEAD, known=True)
    assert first.is_current
    assert said == [MADE, UP_TO_DATE]


def test_processes_that_migrate_at_once_do_it_once(database_url: str) -> None:
    """Four processes migrate one empty database: one does it, the others wait and find it done."""
    program = "import sys; from bpmgrpc.store.migrate import migrate; migrate(sys.argv[1], print)"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, database_url], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sorted(said) == [f"{line}\n" for line in (MADE, *[UP_TO_DATE] * 3)]
    assert check_schema(database_url).is_current


def test_threads_that_migrate_at_once_do_it_once(database_url: str) -> None:
    """Alembic works on globals of its module; threads of one process take turns."""
    said: list[str] = []
    threads = [threading.Thread(target=migrate, args=(database_url, said.append)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == [MADE, *[UP_TO_DATE] * 3]


def next_release(url: str, oldest: str) -> None:
    """Brings a database to the schema of a release that does not exist yet."""
    with connected(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_compatibility SET oldest_program = :oldest"), {"oldest": oldest})


def test_schema_of_a_newer_program_is_left_alone(database_url: str) -> None:
    """A program that is too old for its database refuses to touch it."""
    migrate(database_url)
    next_release(database_url, "9998")

    message = f"'9999', which is newer than this program's '{HEAD}' and needs a program of '9998' or later"
    with pytest.raises(FailedPrecondition, match=message):
        migrate(database_url)

    assert check_schema(database_url) == SchemaStatus("9999", HEAD, known=False, oldest="9998")
    assert not check_schema(database_url).is_current
    assert not check_schema(database_url).suits


def test_newer_schema_that_says_nothing_is_refused(database_url: str) -> None:
    """A database that something else has made is not ours to judge."""
    migrate(database_url)
    next_release(database_url, HEAD)
    with connected(database_url) as connection:
        connection.execute(text("DROP TABLE schema_compatibility"))

    with pytest.raises(FailedPrecondition, match=f"'9999', which is newer than this program's '{HEAD}'$"):
        migrate(database_url)

    assert check_schema(database_url) == SchemaStatus("9999", HEAD, known=False)


def test_newer_schema_that_suits_the_program_is_taken_as_it_is(database_url: str) -> None:
    """The last release goes on beside the next one; it says so, and changes nothing."""
    migrate(database_url)
    next_release(database_url, HEAD)
    before = describe(database_url)
    said: list[str] = []

    status = migrate(database_url, said.append)

    assert status == SchemaStatus("9999", HEAD, known=False, oldest=HEAD)
    assert status.suits
    assert not status.is_current
    assert said == [f"the schema is newer (9999) and suits this program ({HEAD})"]
    assert describe(database_url) == before


@pytest.mark.parametrize("before", ("", "0013"))
def test_migration_says_which_programs_the_schema_suits(database_url: str, before: str) -> None:
    """Whoever migrates writes it, in a new database as in an old one."""
    if before:
        upgrade(database_url, before)
    migrate(database_url)

    with connected(database_url) as connection:
        rows = connection.execute(text("SELECT id, oldest_program FROM schema_compatibility")).all()

    assert rows == [(1, OLDEST_PROGRAM)]
    assert OLDEST_PROGRAM <= HEAD


def test_migration_that_fails_leaves_the_schema_as_it_was(database_url: str) -> None:
    """All steps are one transaction: what came before the failure is taken back."""
    with connected(database_url) as connection:
        connection.execute(text("CREATE TABLE work_party_member (name TEXT)"))
    before = describe(database_url)

    with pytest.raises(Internal):
        migrate(database_url)

    assert describe(database_url) == before
    assert check_schema(database_url).current is None


def test_check_of_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """Asking about a database does not make one."""
    assert check_schema(f"sqlite:///{tmp_path}/none.db") == SchemaStatus(None, HEAD, known=True)
    assert list(tmp_path.iterdir()) == []


def test_database_in_another_encoding_is_refused(postgresql_server: Any) -> None:
    """Names and variables are Unicode; a database that cannot hold it is refused before anything is made."""
    postgresql_server.execute(
        "CREATE DATABASE bpmgrpc_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        with pytest.raises(FailedPrecondition, match="LATIN1: it has to be UTF8"):
            migrate(postgresql_server.database_url("bpmgrpc_latin1"))
    finally:
        postgresql_server.execute("DROP DATABASE bpmgrpc_latin1 WITH (FORCE)")
