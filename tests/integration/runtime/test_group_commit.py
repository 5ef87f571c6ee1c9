"""Commands on SQLite share transactions; each is still whole, and is told what became of it."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpmgrpc.errors import DeadlineExceeded, FailedPrecondition, Internal, ResourceExhausted, Unavailable
from bpmgrpc.runtime import group_commit
from bpmgrpc.runtime.group_commit import GroupCommitExecutor
from bpmgrpc.store import DirectoryUser, Session, Store, open_store

LATER = 1e12  # a deadline that never comes


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """An open, empty store."""
    opened = open_store(sqlite_url, lock_timeout_s=0.2)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine cuts no batch by its time."""
    monkeypatch.setattr(group_commit, "TURN_SECONDS", 60.0)


@pytest.fixture
def executor(store: Store) -> Iterator[GroupCommitExecutor]:
    """An executor on that store."""
    opened = GroupCommitExecutor(store)
    yield opened
    opened.close()


class Write:
    """A command that writes a user into the directory; it notes where it ran."""

    def __init__(self, name: str, *, fail: Exception | None = None) -> None:
        self.name = name
        self.fail = fail
        self.thread = ""

    def __call__(self, session: Session) -> str:
        """Writes the user, then fails where it is to."""
        self.thread = threading.current_thread().name
        session.import_directory([DirectoryUser(self.name)], [], replace_all=False)
        if self.fail is not None:
            raise self.fail
        return self.name


def users(store: Store) -> list[str]:
    with store.writer() as session:
        connection: Any = session
        return [row[0] for row in connection.db.raw.execute("SELECT name FROM directory_user ORDER BY name")]


def sent(store: Store, text: str, log: list[str]) -> int:
    return sum(line == text for line in log)


@pytest.fixture
def log(store: Store) -> list[str]:
    """The statements that the writer sends, as SQLite saw them."""
    lines: list[str] = []
    with store.writer() as session:
        connection: Any = session
        connection.db.raw.set_trace_callback(lines.append)
    return lines


async def test_lone_command_runs_on_the_callers_thread(executor: GroupCommitExecutor) -> None:
    """With nothing else queued there is no thread switch."""
    write = Write("ann")

    assert await executor.run(write, LATER) == "ann"
    assert write.thread == threading.current_thread().name


@pytest.mark.usefixtures("patient")
async def test_commands_that_are_queued_together_share_a_commit(
    executor: GroupCommitExecutor, store: Store, log: list[str]
) -> None:
    """Forty commands of one turn of the loop are one transaction; they run on the loop's thread."""
    writes = [Write(f"user{number:02}") for number in range(40)]

    answers = await asyncio.gather(*(executor.run(write, LATER) for write in writes))

    assert answers == [f"user{number:02}" for number in range(40)]
    assert {write.thread for write in writes} == {threading.current_thread().name}
    assert (sent(store, "BEGIN IMMEDIATE", log), sent(store, "COMMIT", log)) == (1, 1)
    assert len(users(store)) == 40


async def test_wait_is_that_of_the_command_that_is_next(executor: GroupCommitExecutor) -> None:
    """What is queued has waited since it came; an empty queue has not waited."""
    assert executor.waited() == 0.0
    queued = [asyncio.ensure_future(executor.run(Write(name), LATER)) for name in ("ann", "bob")]
    queued[0].get_loop().call_soon(time.sleep, 0.01)
    waited: list[float] = []
    queued[0].get_loop().call_soon(lambda: waited.append(executor.waited()))

    await asyncio.gather(*queued)

    assert executor.waited() == 0.0
    assert 0.01 <= waited[0] < 60


@pytest.mark.usefixtures("patient")
async def test_batch_has_at_most_64_commands(executor: GroupCommitExecutor, store: Store, log: list[str]) -> None:
    """A hundred commands are two transactions, so that the first does not wait for the last."""
    await asyncio.gather(*(executor.run(Write(f"user{number:03}"), LATER) for number in range(100)))

    assert sent(store, "COMMIT", log) == 2
    assert len(users(store)) == 100


@pytest.mark.usefixtures("patient")
async def test_failing_command_of_a_batch_leaves_the_others_alone(executor: GroupCommitExecutor, store: Store) -> None:
    """What a failing command had written is taken back; the other commands of its transaction are kept."""
    refused = FailedPrecondition("no")
    writes = [
        Write("ann"),
        Write("bob", fail=refused),
        Write("cay"),
        Write("dan", fail=ValueError("bug")),
        Write("eve"),
    ]

    results = await asyncio.gather(*(executor.run(write, LATER) for write in writes), return_exceptions=True)

    assert [results[0], results[1], results[2], results[4]] == ["ann", refused, "cay", "eve"]
    assert isinstance(results[3], ValueError)
    assert users(store) == ["ann", "cay", "eve"]


async def test_failing_lone_command_writes_nothing(executor: GroupCommitExecutor, store: Store) -> None:
    """A command that raises is rolled back, and its caller gets the error it raised."""
    with pytest.raises(FailedPrecondition):
        await executor.run(Write("ann", fail=FailedPrecondition("no")), LATER)

    assert users(store) == []


@pytest.mark.usefixtures("patient")
async def test_full_disk_fails_the_whole_batch(executor: GroupCommitExecutor, store: Store, sqlite_url: str) -> None:
    """Where the database cannot grow nobody is told of a success, nothing is there, and later commands work again."""
    with store.writer() as session:
        raw: sqlite3.Connection = session.db.raw  # type: ignore[attr-defined]
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages}")

    def fill(session: Session) -> None:
        session.insert_resource(b"x" * 100_000)

    results = await asyncio.gather(
        executor.run(Write("ann"), LATER),
        executor.run(fill, LATER),
        executor.run(Write("bob"), LATER),
        return_exceptions=True,
    )
    failed = [result for result in results if isinstance(result, Unavailable)]
    written = users(store)

    # SQLite may take back the statement or the whole transaction; either way the answers say what is there.
    assert isinstance(results[1], Unavailable)
    assert written == [result for result in results if isinstance(result, str)]
    assert all("nothing was" in error.message for error in failed)
    with store.writer() as session:
        session.db.raw.execute("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]
    assert await executor.run(Write("eve"), LATER) == "eve"


@pytest.mark.usefixtures("patient")
async def test_transaction_that_the_database_ends_fails_all_that_ran_in_it(
    executor: GroupCommitExecutor, store: Store
) -> None:
    """Where the transaction is gone after a command, no other begins one by its savepoint: the next has its own."""

    def lose(session: Session) -> None:
        session.rollback()  # as SQLite does by itself when the disk is full
        raise Unavailable("full")

    results = await asyncio.gather(
        executor.run(Write("ann"), LATER),
        executor.run(lose, LATER),
        executor.run(Write("bob"), LATER),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [Unavailable, Unavailable, str]
    assert users(store) == ["bob"]


@pytest.mark.usefixtures("patient")
async def test_failed_commit_fails_every_caller_of_it(executor: GroupCommitExecutor, store: Store) -> None:
    """A transaction that cannot be committed is nobody's success, and nothing of it is there."""

    def break_commit(session: Session) -> None:
        # The database itself refuses the COMMIT: a deferred foreign key is open.
        raw: sqlite3.Connection = session.db.raw  # type: ignore[attr-defined]
        raw.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        raw.execute("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        raw.execute("INSERT INTO child VALUES (1)")

    results = await asyncio.gather(
        executor.run(Write("ann"), LATER), executor.run(break_commit, LATER), return_exceptions=True
    )

    assert [type(result).__name__ for result in results] in (["Unavailable"] * 2, ["Internal"] * 2)
    assert users(store) == []


@pytest.mark.usefixtures("patient")
async def test_refusal_that_rests_on_what_was_never_committed_is_no_answer(
    executor: GroupCommitExecutor, store: Store
) -> None:
    """Who was refused because of another command of the transaction is told that it failed, as the other one is."""

    def look(session: Session) -> None:
        raw: sqlite3.Connection = session.db.raw  # type: ignore[attr-defined]
        if raw.execute("SELECT 1 FROM directory_user").fetchone():
            raise FailedPrecondition("somebody was here before")

    def break_commit(session: Session) -> None:
        raw: sqlite3.Connection = session.db.raw  # type: ignore[attr-defined]
        raw.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        raw.execute("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        raw.execute("INSERT INTO child VALUES (1)")

    refused = FailedPrecondition("refused for its own sake")
    results = await asyncio.gather(
        executor.run(Write("own", fail=refused), LATER),
        executor.run(Write("ann"), LATER),
        executor.run(look, LATER),
        executor.run(Write("late"), time.monotonic() - 1),
        executor.run(break_commit, LATER),
        return_exceptions=True,
    )

    assert results[0] is refused
    assert isinstance(results[3], DeadlineExceeded)
    assert isinstance(results[2], Unavailable | Internal)
    assert results[1] is results[2] is results[4]
    assert users(store) == []


async def test_database_locked_by_another_process_is_unavailable(
    executor: GroupCommitExecutor, store: Store, sqlite_url: str
) -> None:
    """While somebody else holds the file's lock, one command and many are told to come back; afterwards they work."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    alone = await asyncio.gather(executor.run(Write("ann"), LATER), return_exceptions=True)
    many = await asyncio.gather(
        *(executor.run(Write(name), LATER) for name in ("bob", "cay", "dan")), return_exceptions=True
    )
    other.execute("ROLLBACK")
    other.close()

    assert [type(result) for result in (*alone, *many)] == [Unavailable] * 4
    assert await executor.run(Write("eve"), LATER) == "eve"
    assert users(store) == ["eve"]


async def test_locked_database_does_not_stop_the_loop_again(
    executor: GroupCommitExecutor, store: Store, sqlite_url: str
) -> None:
    """Once a transaction has failed, the wait for the lock is the writer thread's: others are served meanwhile."""
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await asyncio.gather(executor.run(Write("ann"), LATER), return_exceptions=True)

    waiting = asyncio.ensure_future(executor.run(Write("bob"), LATER))
    for _ in range(10):
        await asyncio.sleep(0)
    still_waits = not waiting.done()
    other.execute("ROLLBACK")
    other.close()
    await waiting
    alone = Write("cay")
    await executor.run(alone, LATER)

    assert still_waits
    assert users(store) == ["bob", "cay"]
    assert alone.thread == threading.current_thread().name


async def test_command_whose_caller_is_gone_is_not_run(executor: GroupCommitExecutor, store: Store) -> None:
    """A caller that cancels before its turn leaves nothing behind."""
    gone = asyncio.ensure_future(executor.run(Write("gone"), LATER))
    stays = asyncio.ensure_future(executor.run(Write("stays"), LATER))
    await asyncio.sleep(0)  # both are queued, the flush comes in the next turn

    gone.cancel()
    await stays

    assert gone.cancelled() or gone.cancelling()
    assert users(store) == ["stays"]


async def test_command_whose_deadline_has_passed_is_not_run(executor: GroupCommitExecutor, store: Store) -> None:
    """Alone or in a batch, a command that had no turn in time does nothing and says so."""
    late = time.monotonic() - 1

    with pytest.raises(DeadlineExceeded):
        await executor.run(Write("alone"), late)
    results = await asyncio.gather(
        executor.run(Write("late"), late), executor.run(Write("in time"), LATER), return_exceptions=True
    )

    assert isinstance(results[0], DeadlineExceeded)
    assert users(store) == ["in time"]


async def test_overload_is_refused_with_a_time_to_come_back(
    executor: GroupCommitExecutor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the longest queue a command is refused at once; those in the queue are served."""
    monkeypatch.setattr(group_commit, "MAX_QUEUED", 3)

    results = await asyncio.gather(
        *(executor.run(Write(f"user{number}"), LATER) for number in range(5)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, ResourceExhausted)]
    assert len(refused) == 2
    assert refused[0].retry_after_seconds == 0.5
    assert users(store) == ["user0", "user1", "user2"]


async def test_commands_queued_while_others_run_are_served_by_the_thread(
    executor: GroupCommitExecutor, store: Store
) -> None:
    """Whatever way callers mix, each command runs once and each caller gets its own answer."""

    async def caller(number: int) -> list[str]:
        return [await executor.run(Write(f"user{number:02}-{turn:02}"), LATER) for turn in range(20)]

    answers = await asyncio.gather(*map(caller, range(20)))

    assert answers[7][13] == "user07-13"
    assert len(users(store)) == 400


async def test_close_serves_what_is_queued_and_takes_no_more(store: Store) -> None:
    """Closing waits for queued commands, from whatever thread it is called, and refuses new ones."""
    closing = GroupCommitExecutor(store)
    queued = [asyncio.ensure_future(closing.run(Write(f"user{number}"), LATER)) for number in range(3)]
    await asyncio.sleep(0)  # they are queued; the flush has not come yet

    closing.close()

    assert await asyncio.wait_for(asyncio.gather(*queued), 60) == ["user0", "user1", "user2"]
    with pytest.raises(Unavailable, match="shutting down"):
        await closing.run(Write("late"), LATER)
    assert users(store) == ["user0", "user1", "user2"]


async def test_callers_who_come_one_by_one_are_served_on_the_spot(executor: GroupCommitExecutor, store: Store) -> None:
    """After some commands that came alone the next one does not even wait for the loop's next turn."""
    for number in range(group_commit.LONE_TURNS):
        await executor.run(Write(f"user{number:02}"), LATER)

    with pytest.raises(StopIteration) as done:
        executor.run(Write("next"), LATER).send(None)

    assert done.value.value == "next"
    assert len(users(store)) == group_commit.LONE_TURNS + 1


@pytest.mark.usefixtures("patient")
async def test_callers_who_come_together_again_share_a_commit_again(
    executor: GroupCommitExecutor, store: Store, log: list[str]
) -> None:
    """Of several callers in one turn after lone ones, the first is served on the spot, the others together."""
    for number in range(group_commit.LONE_TURNS):
        await executor.run(Write(f"user{number:02}"), LATER)
    log.clear()

    answers = await asyncio.gather(*(executor.run(Write(name), LATER) for name in ("ann", "bob", "cay")))

    assert answers == ["ann", "bob", "cay"]
    assert sent(store, "COMMIT", log) == 2


async def test_caller_that_never_waits_lets_others_have_their_turn(
    executor: GroupCommitExecutor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task whose calls are all served on the spot gives the loop back after its time."""
    for number in range(group_commit.LONE_TURNS):
        await executor.run(Write(f"user{number:02}"), LATER)
    monkeypatch.setattr(group_commit, "LONE_SECONDS", 0.0)
    turns: list[str] = []
    asyncio.get_running_loop().call_soon(turns.append, "somebody else")

    await executor.run(Write("first"), LATER)
    before = list(turns)
    await executor.run(Write("second"), LATER)

    assert (before, turns) == ([], ["somebody else"])


async def test_slow_commit_is_waited_for_on_the_writers_thread(
    executor: GroupCommitExecutor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands run on the loop; a commit that takes its time does not keep the loop from others."""
    monkeypatch.setattr(group_commit, "QUICK_COMMIT_SECONDS", -1.0)
    where: dict[str, str] = {}
    with store.writer() as session:
        connection: Any = session
        connection.db.raw.set_trace_callback(lambda text: where.setdefault(text, threading.current_thread().name))

    answers = await asyncio.gather(*(executor.run(Write(name), LATER) for name in ("ann", "bob")))

    assert answers == ["ann", "bob"]
    assert where["BEGIN IMMEDIATE"] == threading.current_thread().name
    assert where["COMMIT"] == "bpmgrpc-writer"
    assert users(store) == ["ann", "bob"]


async def test_commands_queued_during_a_slow_commit_are_committed_next(
    executor: GroupCommitExecutor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a transaction is committed, others queue and share the next one; none is lost."""
    monkeypatch.setattr(group_commit, "QUICK_COMMIT_SECONDS", -1.0)

    async def caller(number: int) -> list[str]:
        return [await executor.run(Write(f"user{number:02}-{turn:02}"), LATER) for turn in range(20)]

    answers = await asyncio.gather(*map(caller, range(20)))

    assert answers[19][19] == "user19-19"
    assert len(users(store)) == 400


async def test_batch_that_keeps_the_loop_too_long_is_cut(
    executor: GroupCommitExecutor, store: Store, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands that together take long are several transactions, between which the loop serves others."""
    monkeypatch.setattr(group_commit, "TURN_SECONDS", 0.0)

    await asyncio.gather(*(executor.run(Write(name), LATER) for name in ("ann", "bob", "cay")))

    assert sent(store, "COMMIT", log) == 3
    assert users(store) == ["ann", "bob", "cay"]


async def test_long_command_runs_on_the_writers_thread(executor: GroupCommitExecutor, store: Store) -> None:
    """A long command keeps no one else waiting, whether it is alone or among others."""
    long, short = Write("long"), Write("short")

    await asyncio.gather(executor.run(long, LATER, long=True), executor.run(short, LATER))

    assert long.thread == "bpmgrpc-writer"
    assert users(store) == ["long", "short"]


async def test_command_queued_while_a_lone_one_runs_has_a_transaction_of_its_own(
    executor: GroupCommitExecutor, store: Store, log: list[str]
) -> None:
    """A command without a savepoint shares its transaction with nobody, also where more are queued meanwhile."""
    other = sqlite3.connect(store._path, isolation_level=None)  # type: ignore[attr-defined]
    other.execute("BEGIN IMMEDIATE")
    await asyncio.gather(executor.run(Write("nobody"), LATER), return_exceptions=True)  # now they run on the thread
    other.execute("ROLLBACK")
    other.close()
    loop = asyncio.get_running_loop()
    queued = threading.Event()
    failing = Write("failing", fail=FailedPrecondition("no"))

    def slow(session: Session) -> str:
        loop.call_soon_threadsafe(lambda: later.append(asyncio.ensure_future(executor.run(failing, LATER))))
        loop.call_soon_threadsafe(lambda: loop.call_soon(queued.set))
        queued.wait(60)
        return Write("slow")(session)

    later: list[asyncio.Future[str]] = []
    assert await executor.run(slow, LATER) == "slow"
    with pytest.raises(FailedPrecondition):
        await later[0]

    assert users(store) == ["slow"]
