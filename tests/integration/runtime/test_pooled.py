import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import psycopg
import pytest

from bpmgrpc.errors import DeadlineExceeded, ResourceExhausted, Unavailable
from bpmgrpc.runtime import Options, Runtime, pooled
from bpmgrpc.runtime.pooled import PooledExecutor
from bpmgrpc.store import Session, open_store
from bpmgrpc.store.postgresql_store import PostgresqlStore

LATER = 1e12  # a deadline that never comes: the module may be loaded long before its tests run
_LOCK = "SELECT pg_advisory_xact_lock(1)"  # not for long: `Holder` has it


class Holder:
    """A connection to the database that keeps commands waiting there.

    Args:
        url: The database.
    """

    def __init__(self, url: str) -> None:
        self.raw = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Self:
        self.raw.execute("SELECT pg_advisory_lock(1)")
        return self

    def __exit__(self, *_: object) -> None:
        self.raw.close()

    def let_go(self) -> None:
        """Lets them go on."""
        self.raw.execute("SELECT pg_advisory_unlock(1)")

    def end_others(self) -> None:
        """Ends all other connections to the database, as an administrator may."""
        self.raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def holder(postgresql_url: str) -> Iterator[Holder]:
    """Holds the lock that `waits` asks for."""
    with Holder(postgresql_url) as one:
        yield one


@pytest.fixture
def make(postgresql_url: str) -> Iterator[Callable[[int], PooledExecutor]]:
    """Makes executors on a store with a number of connections."""
    stores: list[PostgresqlStore] = []

    def make_executor(pool_size: int) -> PooledExecutor:
        store = open_store(postgresql_url, pool_size=pool_size, lock_timeout_s=5.0)
        assert isinstance(store, PostgresqlStore)
        stores.append(store)
        return PooledExecutor(store, pool_size)

    yield make_executor
    for store in stores:
        store.close()


def text_of(session: Session, text: str, *parameters: Any) -> Any:
    """Runs a text and returns its first value."""
    return session.db.all(text, parameters)[0][0]  # type: ignore[attr-defined]


def waits(session: Session) -> int:
    """A command that waits in the database until `Holder` lets it go on."""
    text_of(session, _LOCK)
    return 1


async def begun(holder: Holder, number: int) -> None:
    """Returns when so many commands wait in the database."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        (found,) = holder.raw.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ).fetchall()[0]
        if found == number:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not {number} commands wait")


@pytest.mark.parametrize("pool_size", (1, 2))
async def test_overload_is_refused_at_once_with_a_time_to_come_back(
    make: Callable[[int], PooledExecutor], holder: Holder, monkeypatch: pytest.MonkeyPatch, pool_size: int
) -> None:
    """Beyond the longest queue a command is refused; those in the queue are served; then there is room again."""
    monkeypatch.setattr(pooled, "MAX_QUEUED", 3)
    executor = make(pool_size)

    served = [asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(3)]
    await begun(holder, 1)
    with pytest.raises(ResourceExhausted) as caught:
        await executor.run(waits, LATER)
    holder.let_go()

    assert caught.value.retry_after_seconds == 0.5
    assert await asyncio.gather(*served) == [1, 1, 1]
    assert await executor.run(waits, LATER) == 1
    executor.close()


@pytest.mark.parametrize("pool_size", (1, 2))
async def test_wait_is_that_of_the_command_that_is_next(
    make: Callable[[int], PooledExecutor], holder: Holder, pool_size: int
) -> None:
    """A command that works does not wait, nor does one whose caller is gone."""
    executor = make(pool_size)

    assert executor.waited() == 0.0
    first = asyncio.ensure_future(executor.run(waits, LATER))
    await begun(holder, 1)
    assert executor.waited() == 0.0
    gone, waiting = (asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(2))
    await asyncio.sleep(0.05)
    assert 0.05 <= executor.waited() < 60
    gone.cancel()
    await asyncio.wait({gone})
    assert executor.waited() >= 0.05
    waiting.cancel()
    await asyncio.wait({waiting})
    assert executor.waited() == 0.0

    holder.let_go()
    assert await first == 1
    executor.close()


@pytest.mark.parametrize("pool_size", (1, 2))
async def test_command_without_a_turn_in_time_is_dropped(make: Callable[[int], PooledExecutor], pool_size: int) -> None:
    """A command whose caller has stopped waiting is not begun; after the end none is taken."""
    executor = make(pool_size)
    done: list[int] = []

    with pytest.raises(DeadlineExceeded):
        await executor.run(lambda _session: done.append(1), time.monotonic() - 1)
    executor.close()
    with pytest.raises(Unavailable):
        await executor.run(lambda _session: done.append(2), LATER)

    assert done == []


async def test_commands_run_beside_each_other_on_the_loop(
    make: Callable[[int], PooledExecutor], holder: Holder
) -> None:
    """Three connections let three commands wait in the database at once, on one thread, and a read is served."""
    executor = make(5)
    threads: list[int] = []

    def work(session: Session) -> int:
        threads.append(threading.get_ident())
        return waits(session)

    running = [asyncio.ensure_future(executor.run(work, LATER)) for _ in range(3)]
    await begun(holder, 3)
    await executor.read(lambda queries: queries.ping())
    holder.let_go()

    assert await asyncio.gather(*running) == [1, 1, 1]
    assert set(threads) == {threading.get_ident()}
    executor.close()


async def test_long_command_has_a_thread(make: Callable[[int], PooledExecutor]) -> None:
    """What computes for long does so where nobody waits behind it."""
    executor = make(4)

    found = await executor.run(lambda _session: threading.get_ident(), LATER, long=True)

    assert found != threading.get_ident()
    executor.close()


async def test_command_that_fails_leaves_nothing_behind(make: Callable[[int], PooledExecutor]) -> None:
    """Its transaction is rolled back before its connection serves the next command."""
    executor = make(2)

    def work(session: Session) -> None:
        session.begin()
        text_of(session, "SELECT set_config('bpmgrpc.test', 'x', true)")
        raise Unavailable("no")

    with pytest.raises(Unavailable, match="no"):
        await executor.run(work, LATER)
    in_transaction, left = await executor.run(
        lambda session: (session.in_transaction, text_of(session, "SELECT current_setting('bpmgrpc.test', true)")),
        LATER,
    )

    assert (in_transaction, left) == (False, "")
    executor.close()


async def test_caller_who_gives_up_does_not_stop_the_command(
    make: Callable[[int], PooledExecutor], holder: Holder
) -> None:
    """A command that has begun goes on to its end, and its connection serves the next one then."""
    executor = make(2)
    done: list[int] = []

    begun_one = asyncio.ensure_future(executor.run(lambda session: done.append(waits(session)), LATER))
    await begun(holder, 1)
    begun_one.cancel()
    await asyncio.wait({begun_one})
    holder.let_go()

    assert await executor.run(lambda _session: list(done), LATER) == [1]
    executor.close()


async def test_many_commands_that_need_no_database_end_one_after_the_other(
    make: Callable[[int], PooledExecutor],
) -> None:
    """However many are queued, none is begun from within another one."""
    executor = make(2)

    found = await asyncio.gather(*(executor.run(lambda _session, n=n: n, LATER) for n in range(3_000)))  # type: ignore[misc]

    assert found == list(range(3_000))
    executor.close()


async def test_more_than_a_socket_takes_is_sent_and_read(make: Callable[[int], PooledExecutor]) -> None:
    """A statement of 16 MiB waits until the server has taken it, the answer until all of it is there."""
    executor = make(2)
    text = "x" * (16 << 20)

    found = await executor.run(lambda session: text_of(session, "SELECT $1 || 'y'", text), LATER)

    assert found == text + "y"
    executor.close()


async def test_connections_that_the_server_ends_are_replaced(
    make: Callable[[int], PooledExecutor], holder: Holder
) -> None:
    """The command that meets the end is told so; those that come later have new connections, without an error."""
    executor = make(5)
    running = [asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(3)]
    await begun(holder, 3)

    holder.end_others()
    failed = await asyncio.gather(*running, return_exceptions=True)
    holder.let_go()
    served = await _served_again(executor)
    holder.end_others()  # now while they idle
    await asyncio.sleep(0.2)
    served += await _served_again(executor)

    assert [type(each) for each in failed] == [Unavailable] * 3
    assert served == [1, 1, 1, 1]
    executor.close()


async def _served_again(executor: PooledExecutor) -> list[int]:
    # The pool may still hold one that it has not looked at yet.
    for _ in range(20):
        try:
            return [await executor.run(waits, LATER), await executor.run(waits, LATER)]
        except Unavailable:
            await asyncio.sleep(0.05)
    raise AssertionError("no command is served any more")


async def test_who_waits_for_a_connection_that_cannot_be_had_is_told(postgresql_url: str) -> None:
    """The pool gives up after a while; those who waited that long learn of it, and later ones are served."""
    store = open_store(postgresql_url, pool_size=2, lock_timeout_s=0.2)
    assert isinstance(store, PostgresqlStore)
    executor = PooledExecutor(store, 2)

    with store.writer(), store.writer(), pytest.raises(Unavailable):  # all that there are
        await executor.run(lambda _session: 1, LATER)
    found = await executor.run(lambda _session: 2, LATER)

    assert found == 2
    executor.close()
    store.close()


async def test_notice_of_the_server_is_no_end(make: Callable[[int], PooledExecutor]) -> None:
    """What the server says to a connection that idles is read and forgotten."""
    executor = make(2)
    await executor.run(lambda session: text_of(session, "SELECT pg_notify('bpmgrpc_test', 'x')"), LATER)
    await executor.run(lambda session: session.db.command("LISTEN bpmgrpc_test"), LATER)  # type: ignore[attr-defined]
    first = await executor.run(lambda session: text_of(session, "SELECT pg_backend_pid()"), LATER)
    await executor.run(lambda session: text_of(session, "SELECT pg_notify('bpmgrpc_test', 'x')"), LATER, long=True)
    await asyncio.sleep(0.1)

    assert await executor.run(lambda session: text_of(session, "SELECT pg_backend_pid()"), LATER) == first
    executor.close()


async def test_connection_that_idles_goes_back_to_the_pool(
    make: Callable[[int], PooledExecutor], holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was not used for long, and one that was used for very long, are the pool's again."""
    executor = make(4)
    running = [asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(3)]
    await begun(holder, 3)
    holder.let_go()
    await asyncio.gather(*running)
    connections = executor._connections
    assert connections is not None
    assert connections._number == 3

    monkeypatch.setattr("bpmgrpc.store.loop_connections._IDLE_SECONDS", 0.0)
    await executor.run(waits, LATER)
    fewer = connections._number
    monkeypatch.setattr("bpmgrpc.store.loop_connections._HELD_SECONDS", 0.0)
    await executor.run(waits, LATER)

    assert fewer == 2
    assert connections._number == 0
    assert await executor.run(waits, LATER) == 1
    executor.close()


async def test_close_waits_for_what_runs(make: Callable[[int], PooledExecutor], holder: Holder) -> None:
    """From another thread, while the loop goes on."""
    executor = make(4)
    running = [asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(2)]
    await begun(holder, 2)

    closing = asyncio.ensure_future(asyncio.to_thread(executor.close))
    await asyncio.sleep(0.05)
    assert not closing.done()
    holder.let_go()
    await closing

    assert await asyncio.gather(*running) == [1, 1]


async def test_close_on_the_loop_waits_on_the_spot(make: Callable[[int], PooledExecutor], holder: Holder) -> None:
    """Where the loop itself closes, nothing else can go on with the commands."""
    executor = make(4)
    running = [asyncio.ensure_future(executor.run(waits, LATER)) for _ in range(2)]
    await begun(holder, 2)
    timer = threading.Timer(0.1, holder.let_go)
    timer.start()

    executor.close()

    timer.join()
    assert [each.done() for each in running] == [False, False]  # told, but their callers had no turn yet
    assert await asyncio.gather(*running) == [1, 1]


async def test_commands_that_wait_for_scripts_have_threads(postgresql_url: str) -> None:
    """Where scripts run in processes of their own, a command that waits for one must not keep the loop from others."""
    store = open_store(postgresql_url)
    runtime = Runtime(store, Options(javascript=True))

    found = await runtime.executor.run(lambda _session: threading.get_ident(), LATER)

    assert found != threading.get_ident()
    runtime.close()
