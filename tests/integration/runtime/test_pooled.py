import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from bpmgrpc.errors import DeadlineExceeded, ResourceExhausted, Unavailable
from bpmgrpc.runtime import pooled
from bpmgrpc.runtime.pooled import PooledExecutor
from bpmgrpc.store import Session, Store, open_store

LATER = 1e12  # a deadline that never comes: the module may be loaded long before its tests run


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    """A PostgreSQL store."""
    opened = open_store(postgresql_url)
    opened.migrate()
    yield opened
    opened.close()


async def test_overload_is_refused_at_once_with_a_time_to_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the longest queue a command is refused; those in the queue are served; then there is room again."""
    monkeypatch.setattr(pooled, "MAX_QUEUED", 3)
    executor = PooledExecutor(store, 1)
    go_on = threading.Event()

    def work(session: Session) -> int:
        go_on.wait(60)
        return 1

    served = [asyncio.ensure_future(executor.run(work, LATER)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ResourceExhausted) as caught:
        await executor.run(work, LATER)
    go_on.set()

    assert caught.value.retry_after_seconds == 0.5
    assert await asyncio.gather(*served) == [1, 1, 1]
    assert await executor.run(work, LATER) == 1
    executor.close()


async def test_wait_is_that_of_the_command_that_is_next(store: Store) -> None:
    """A command that works does not wait, nor does one whose caller is gone."""
    executor = PooledExecutor(store, 1)
    begun, go_on = threading.Event(), threading.Event()

    def work(session: Session) -> int:
        begun.set()
        go_on.wait(60)
        return 1

    assert executor.waited() == 0.0
    first = asyncio.ensure_future(executor.run(work, LATER))
    assert await asyncio.to_thread(begun.wait, 60)
    assert executor.waited() == 0.0
    gone, waiting = (asyncio.ensure_future(executor.run(work, LATER)) for _ in range(2))
    await asyncio.sleep(0.05)
    assert 0.05 <= executor.waited() < 60
    gone.cancel()
    await asyncio.wait({gone})
    assert executor.waited() >= 0.05
    waiting.cancel()
    await asyncio.wait({waiting})
    assert executor.waited() == 0.0

    go_on.set()
    assert await first == 1
    executor.close()


async def test_command_without_a_turn_in_time_is_dropped(store: Store) -> None:
    """A command whose caller has stopped waiting is not begun; after the end none is taken."""
    executor = PooledExecutor(store, 1)
    begun: list[int] = []

    with pytest.raises(DeadlineExceeded):
        await executor.run(lambda _session: begun.append(1), time.monotonic() - 1)
    executor.close()
    with pytest.raises(Unavailable):
        await executor.run(lambda _session: begun.append(2), LATER)

    assert begun == []
