"""What a caller is told when the database does not do what it should."""

import os
import sqlite3
import stat
import threading
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.errors import Aborted, BpmError, InvalidArgument, NotFound, Unavailable
from bpmgrpc.store import DirectoryUser, SerializationConflict, Session, Store, open_store
from bpmgrpc.store.url import parse_url
from bpmgrpc.store.views import UserTaskFilter
from tests.integration.store.factories import (
    NOW_US,
    ROOT,
    answer,
    changed,
    created,
    deploy,
    make_element,
    make_job,
    make_root,
    make_task,
    race,
    root_id,
    start_with_task,
)


def chain_of(error: BaseException | None) -> str:
    """All that an error says, without what it was caused by."""
    return f"{error} {error!r} {getattr(error, 'metadata', '')}"


@pytest.mark.parametrize(
    ("url", "path"),
    (
        ("sqlite:///bpmgrpc.db", "bpmgrpc.db"),
        ("sqlite://bpmgrpc.db", "bpmgrpc.db"),
        ("sqlite:////var/lib/bpm%20grpc.db", "/var/lib/bpm grpc.db"),
        ("sqlite:///data/ไทย.db", "data/ไทย.db"),
    ),
)
def test_sqlite_url_names_a_file(url: str, path: str) -> None:
    """Three slashes lead to the working directory, four to a place of its own."""
    parsed = parse_url(url)

    assert (parsed.dialect, parsed.path) == ("sqlite", Path(path))


@pytest.mark.parametrize(
    "url", ("postgresql://u:p@h:5432/d?sslmode=require", "postgres://h/d", "postgresql+psycopg:///")
)
def test_postgresql_url_goes_to_the_client_library(url: str) -> None:
    """Whatever libpq understands is taken."""
    parsed = parse_url(url)

    assert parsed.dialect == "postgresql"
    assert parsed.conninfo == "postgresql://" + url.partition("://")[2]


@pytest.mark.parametrize(
    "url",
    (
        "",
        "bpmgrpc.db",
        "mysql://root:secret@h/d",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=ro",
        "sqlite:///a%00b",
        "postgresql://u:secret@h:notaport/d?nonsense=1",
        "postgresql://u:secret@h/d?nonsense=secret",
        "postgresql://u:secret@[::1/d",
    ),
)
def test_wrong_url_is_refused_without_repeating_it(url: str) -> None:
    """The error names the setting, and no password that may be in it."""
    with pytest.raises(InvalidArgument) as raised:
        open_store(url)

    assert [violation.field for violation in raised.value.violations] == ["database_url"]
    assert "secret" not in chain_of(raised.value)
    assert raised.value.__cause__ is None


def test_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """Who opens a store learns at once that its server cannot be reached, and no password is told."""
    with pytest.raises(Unavailable) as raised:
        open_store(f"postgresql://user:secret@/db?host={tmp_path}&password=secret")

    assert "cannot be reached" in raised.value.message
    assert "secret" not in chain_of(raised.value)


def test_database_that_does_not_exist_is_unavailable(postgresql_url: str) -> None:
    """A server that answers without having the database is told apart."""
    with pytest.raises(Unavailable, match=r"cannot be reached|does not exist"):
        open_store(postgresql_url.replace("bpmgrpc_test_", "bpmgrpc_none_"))


def test_folder_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    """The message names the file, which is no secret, and the reason."""
    with pytest.raises(Unavailable, match=r"none/bpmgrpc\.db.*No such file"):
        open_store(f"sqlite:///{tmp_path}/none/bpmgrpc.db")


def test_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """Another program's file is left alone."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)

    with pytest.raises(Unavailable, match="not a SQLite database"):
        open_store(f"sqlite:///{path}")

    assert path.read_text() == "Dear Sir or Madam, " * 100


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_new_database_file_and_its_journals_are_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads variables out of the file."""
    path = tmp_path / "bpmgrpc.db"
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    with store.writer() as session:
        deploy(session)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    store.close()
    assert modes == {"bpmgrpc.db": 0o600, "bpmgrpc.db-wal": 0o600, "bpmgrpc.db-shm": 0o600}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_mode_of_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """An administrator's choice stands."""
    path = tmp_path / "bpmgrpc.db"
    path.touch(0o640)
    path.chmod(0o640)

    open_store(f"sqlite:///{path}").close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_schema_that_is_missing_is_said_so(empty_url: str) -> None:
    """A database that was not migrated is unavailable, with what to do."""
    store = open_store(empty_url)
    with store.writer() as session, pytest.raises(Unavailable, match="run the migration"):
        session.load(ROOT, 0, "root", None)
    with store.reader() as queries, pytest.raises(Unavailable, match="run the migration"):
        queries.list_user_tasks(UserTaskFilter())
    store.ping()
    store.close()


def with_nul() -> dict[str, Any]:
    """Commands with NUL in one text each."""
    return {
        "business key": lambda s: s.write(created(make_root("0" * 20, business_key="a\0b")), None),
        "actor": lambda s: s.write(changed(2, actor="a\0", events=[Event(EventType.INSTANCE_CANCELED)]), None),
        "variable name": lambda s: s.write(changed(2, put_variables=[(0, "a\0", "1")]), None),
        "variable value": lambda s: s.write(changed(2, put_variables=[(0, "a", "1\0")]), None),
        "element": lambda s: s.write(changed(2, put_elements=[make_element(9, element_id="\0")]), None),
        "task": lambda s: s.write(changed(2, new_user_tasks=[make_task(9, name="\0")]), None),
        "job": lambda s: s.write(changed(2, new_jobs=[make_job(9, type="\0")]), None),
        "request": lambda s: s.write(changed(2), answer("\0")),
        "claim": lambda s: s.write_user_task(ROOT, make_task(1, assignee="\0", version=2), 1, [], None, 1, "", False),
        "definition": lambda s: deploy(s, process_name="\0"),
        "user": lambda s: s.import_directory([DirectoryUser("\0")], [], replace_all=False),
        "group": lambda s: s.import_directory([DirectoryUser("a", groups=("\0",))], [], replace_all=False),
        "lone surrogate": lambda s: s.write(changed(2, put_variables=[(0, "a", "\ud800")]), None),
        "lone surrogate in a key": lambda s: s.write(created(make_root("0" * 20, business_key="\ud800")), None),
    }


@pytest.mark.parametrize("case", with_nul())
def test_nul_and_lone_surrogates_are_refused_and_nothing_written(store: Store, case: str) -> None:
    """What is no character of a text is refused alike on both databases, wherever it stands."""
    with store.writer() as session:
        start_with_task(session)
    with store.writer() as session, pytest.raises(InvalidArgument, match="NUL"):
        with_nul()[case](session)

    with store.writer() as session:
        loaded = session.load(ROOT, 0, "root", None)
        assert loaded is not None
        assert loaded.snapshot.root == make_root()
        assert loaded.snapshot.variables == {}
        assert session.load("0" * 20, 0, "root", None) is None
        assert session.membership("a").groups == frozenset()
        task = session.load_user_task(ROOT, 1, "", None)
        assert task is not None
        assert task.row == make_task(1)


def test_nul_in_a_question_finds_nothing_or_is_refused(store: Store) -> None:
    """Asking for a name with NUL in it never ends in an internal error."""
    with store.writer() as session:
        for ask in (
            lambda s: s.find_definitions("", "\0"),
            lambda s: s.membership("\0"),
            lambda s: s.load("\0", 0, "root", None),
            lambda s: s.activate_jobs("\0", "w", 1, NOW_US, lambda: "t"),
        ):
            try:
                ask(session)
            except BpmError as error:
                assert isinstance(error, InvalidArgument)  # noqa: PT017 - either way is right, a third is not


def test_writer_of_sqlite_is_lent_to_one_at_a_time(sqlite_url: str) -> None:
    """A second borrower waits, and gives up with a clear answer."""
    store = open_store(sqlite_url, lock_timeout_s=0.05)
    with store.writer(), pytest.raises(Unavailable, match="busy") as raised, store.writer():
        pass
    store.close()
    assert raised.value.retry_after_seconds == 1.0


def test_pool_that_is_used_up_is_unavailable(database_url: str) -> None:
    """When all readers are lent, the next one waits and is told to come back."""
    store = open_store(database_url, pool_size=1, lock_timeout_s=0.1)
    with store.reader(), pytest.raises(Unavailable, match="in use") as raised, store.reader():
        pass
    with store.reader() as queries:
        queries.ping()
    store.close()
    assert raised.value.retry_after_seconds == 1.0


def test_file_that_another_process_holds_locked_is_unavailable(sqlite_url: str) -> None:
    """Who cannot begin to write within the lock timeout is told so."""
    store = open_store(sqlite_url, lock_timeout_s=0.05)
    store.migrate()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with store.writer() as session:
        with pytest.raises(Unavailable, match="locked"):
            session.begin()
        other.execute("ROLLBACK")
        session.begin()
        session.rollback()
    other.close()
    store.close()


def test_full_disk_is_said_so_and_nothing_is_written(sqlite_url: str) -> None:
    """A transaction that finds no room fails whole; when there is room again the store goes on."""
    store = open_store(sqlite_url)
    store.migrate()
    with store.writer() as session:
        start_with_task(session)
        raw = session.db.raw  # type: ignore[attr-defined]  # the file's limit is set on the driver's connection
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")
        large = changed(2, put_variables=[(0, "v", '"' + "x" * 1_000_000 + '"')])
        session.begin()
        with pytest.raises(Unavailable, match="disk is full"):
            session.write(large, None)
        session.rollback()
        assert not session.in_transaction
        raw.execute("PRAGMA max_page_count = 100000")
        assert session.write(large, None) is True
    store.close()


def test_connections_that_broke_are_replaced(postgresql_url: str) -> None:
    """After the server ended all connections each is noticed once, and then the store works again."""
    store = open_store(postgresql_url, pool_size=3)
    store.migrate()
    with store.writer(), store.writer(), store.writer():
        pass
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    failed = 0
    for _ in range(20):
        try:
            store.ping()
        except Unavailable:
            failed += 1
    store.ping()
    store.close()
    assert failed <= 3


def test_lock_that_is_not_free_in_time_is_aborted(postgresql_url: str) -> None:
    """A command that waits too long for a row of another gives up."""
    store = open_store(postgresql_url, lock_timeout_s=0.1)
    store.migrate()
    with store.writer() as session:
        start_with_task(session)
    with store.writer() as holder, store.writer() as waiter:
        holder.begin()
        assert holder.write(changed(2), None)
        with pytest.raises(Aborted, match="lock"):
            waiter.write(changed(2), None)
        holder.commit()
    store.close()


def test_deadlock_asks_the_runtime_to_run_again(postgresql_url: str) -> None:
    """Of two transactions that wait for each other one is told to run again, and not the caller's fault."""
    store = open_store(postgresql_url, lock_timeout_s=20)
    store.migrate()
    with store.writer() as session:
        for number in (1, 2):
            start_with_task(session, root_id(number))
    both_begun = threading.Barrier(2)

    def run(first: int, second: int) -> str:
        with store.writer() as session:
            session.begin()
            session.write(changed(2, make_root(root_id(first), version=2)), None)
            both_begun.wait()
            try:
                session.write(changed(2, make_root(root_id(second), version=2)), None)
                session.commit()
            except SerializationConflict:
                return "again"
        return "done"

    outcomes = race([partial(run, 1, 2), partial(run, 2, 1)])

    store.close()
    assert sorted(outcomes) == ["again", "done"]


def test_store_that_is_closed_says_so(database_url: str) -> None:
    """After close there is no session to be had."""
    store = open_store(database_url)
    store.close()

    with pytest.raises(Unavailable), store.writer():
        pass
    with pytest.raises(Unavailable), store.reader():
        pass
    store.close()


def test_reader_cannot_write(sqlite_url: str) -> None:
    """Queries have connections that change nothing, whatever is asked of them."""
    store = open_store(sqlite_url)
    store.migrate()
    with pytest.raises(BpmError), store.reader() as queries:
        queries.db.command("DELETE FROM user_task")
    with store.reader() as queries:
        queries.ping()
    store.close()


def test_reads_of_one_block_see_one_state(sqlite_url: str) -> None:
    """On SQLite what is committed meanwhile is seen by the next block."""
    store = open_store(sqlite_url)
    store.migrate()
    with store.reader() as queries:
        assert queries.list_user_tasks(UserTaskFilter()).total_size == 0
        with store.writer() as session:
            deploy(session)
            start_with_task(session)
        assert queries.list_user_tasks(UserTaskFilter()).total_size == 0
    with store.reader() as queries:
        assert queries.list_user_tasks(UserTaskFilter()).total_size == 1
    store.close()


def test_reads_of_a_snapshot_see_one_state(store: Store) -> None:
    """What is committed meanwhile is not seen within a snapshot, on either database."""
    with store.reader() as queries, queries.snapshot():
        assert queries.count_user_tasks(UserTaskFilter()) == 0
        with store.writer() as session:
            deploy(session)
            start_with_task(session)
        assert queries.count_user_tasks(UserTaskFilter()) == 0
    with store.reader() as queries, queries.snapshot():
        assert queries.count_user_tasks(UserTaskFilter()) == 1


def test_question_that_failed_leaves_the_store_usable(store: Store) -> None:
    """An answer of "not found" takes no connection away."""

    def ask() -> None:
        with store.reader() as queries:
            queries.get_user_task(ROOT, 1)

    for _ in range(20):  # more often than there are connections
        with pytest.raises(NotFound):
            ask()
    store.ping()


def test_commit_survives_the_loss_of_the_process(sqlite_url: str) -> None:
    """What was committed is there for the next one that opens the file, though nobody closed it."""
    first = open_store(sqlite_url)
    first.migrate()
    with first.writer() as session:
        session.begin()
        start_with_task(session)
        session.commit()
    second = open_store(sqlite_url)
    with second.writer() as session:
        assert session.load(ROOT, 1, "user_task", None) is not None
    second.close()
    first.close()


def test_synchronous_setting_reaches_the_database(database_url: str) -> None:
    """FULL waits for the disk, NORMAL does not."""
    found = []
    for synchronous in ("FULL", "NORMAL"):
        store = open_store(database_url, synchronous=synchronous)  # type: ignore[arg-type]
        with store.writer() as session:
            found.append(setting(session, store))
        store.close()
    assert found == ([2, 1] if database_url.startswith("sqlite") else [False, True])


def setting(session: Session, store: Store) -> object:
    """How a session's connection commits."""
    raw = session.db.raw  # type: ignore[attr-defined]  # asked of the driver's connection
    if store.dialect == "sqlite":
        return raw.execute("PRAGMA synchronous").fetchone()[0]
    source: tuple[str, str] = raw.execute(
        "SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'"
    ).fetchone()
    return source == ("off", "session")
