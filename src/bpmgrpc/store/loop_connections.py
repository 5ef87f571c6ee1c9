"""PostgreSQL connections that an event loop waits for, instead of a thread for each.

Rules of this file. A command is written for a thread, one statement after the other, and runs unchanged in a greenlet:
where the driver would block until the server has answered, the greenlet is left, and the loop goes on with it once the
connection's socket has something to read. So what runs in one never blocks in another way, and holds no lock across a
statement. A thread for each command costs more than most commands: two hand-overs, and turns at the interpreter.

Within a greenlet nobody touches the loop: the stack of the loop's own code may be put away meanwhile, and libuv keeps
pointers into it. What a greenlet waits for it hands out, and it is arranged outside.

The socket is watched through a descriptor of its own, because the driver closes its one when the server goes away, and
the system may give the number to somebody else before the loop has heard of that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from greenlet import getcurrent, greenlet
from psycopg.waiting import Ready, Wait

from bpmgrpc.store.failures import DRIVER_ERRORS, translate

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from bpmgrpc.store.postgresql_session import PostgresqlSession

__all__ = ["LoopConnection", "LoopConnections", "Raw"]

T = TypeVar("T")

_IDLE_SECONDS: Final = 60.0  # after which a connection goes back to the pool, which closes it in its own time
_HELD_SECONDS: Final = 1_800.0  # after which the pool may replace it

_READ: Final = Ready.R
_WRITE: Final = Ready.W
_WAIT_READ: Final = Wait.R


class Raw(psycopg.Connection[Any]):
    """The driver's connection, which keeps its session: with it, its cursor and what that has prepared."""

    session: PostgresqlSession
    on_loop: LoopConnection | None = None  # set while an event loop has it

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """Waits for what the server has to say: the thread, or the greenlet."""
        if self.on_loop is None:
            return super().wait(gen, *args, **kwargs)
        return self.on_loop.wait(gen)


class LoopConnection:
    """A connection that an event loop has.

    Args:
        raw: The connection; of the pool.
        loop: The loop.
        broken: Called on the loop when the server ends the connection while nobody uses it.
    """

    def __init__(self, raw: Raw, loop: asyncio.AbstractEventLoop, broken: Callable[[LoopConnection], None]) -> None:
        self.raw = raw
        self.since = self.used = time.monotonic()
        self._loop = loop
        self._broken = broken
        self._line: greenlet | None = None  # what waits
        self._ended: Callable[[], None] | None = None
        self._writes = False
        self._descriptor = os.dup(raw.fileno())
        loop.add_reader(self._descriptor, self._readable)
        raw.on_loop = self

    @property
    def session(self) -> PostgresqlSession:
        """The connection's session."""
        return self.raw.session

    # -- in the loop ----------------------------------------------------------------------------------------------

    def run(self, function: Callable[[], None], ended: Callable[[], None]) -> None:
        """Begins a function, which returns nothing and raises nothing, and comes back when that waits or has ended.

        Args:
            function: What uses the connection.
            ended: Called on the loop when it has ended; perhaps before this returns.
        """
        self._ended = ended
        self._go_on(greenlet(function))

    def _go_on(self, line: greenlet, *ready: Ready) -> None:
        wanted = line.switch(*ready)
        if not line.dead:
            self._line = line
            if wanted != _WAIT_READ:  # what is sent is more than the socket takes at once
                self._writes = True
                self._loop.add_writer(self._descriptor, self._resume, _WRITE)
        elif self._ended is not None:
            ended, self._ended = self._ended, None
            self.used = time.monotonic()
            ended()

    def _readable(self) -> None:
        if self._line is not None:
            self._resume(_READ)
            return
        # A notice, which the driver reads and forgets, or the end.
        try:
            self.raw.pgconn.consume_input()
        except psycopg.OperationalError:
            self._broken(self)

    def _resume(self, ready: Ready) -> None:
        line, self._line = self._line, None
        if self._writes:
            self._writes = False
            self._loop.remove_writer(self._descriptor)
        if line is not None:
            self._go_on(line, ready)

    def finish(self) -> None:
        """Waits, on this thread, for what runs: for the end of a loop that turns no more."""
        while self._line is not None:
            wanted = select.poll()
            wanted.register(self._descriptor, select.POLLIN | (select.POLLOUT if self._writes else 0))
            (_, came), *_ = wanted.poll()
            self._resume(_READ if came & ~select.POLLOUT else _WRITE)

    def release(self) -> None:
        """Stops watching the connection; whoever uses it from now on waits on a thread."""
        self.raw.on_loop = None
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
        os.close(self._descriptor)

    # -- in the greenlet ------------------------------------------------------------------------------------------

    def wait(self, steps: Generator[Any, Any, T]) -> T:
        """Takes the driver's steps to an end, and leaves the greenlet where these wait."""
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send(_leave(wanted))
        except StopIteration as end:
            found: T = end.value
            return found


def _leave(wanted: Wait) -> Ready:
    """Leaves the greenlet until what is wanted is there."""
    line = getcurrent()
    assert line.parent is not None  # noqa: S101 - only what runs in a greenlet comes here
    found: Ready = line.parent.switch(wanted)
    return found


class LoopConnections:
    """The connections of a pool that one event loop has. Used on that loop's thread only.

    Args:
        pool: Where they come from.
        most: How many the loop may have.
    """

    def __init__(self, pool: ConnectionPool[Raw], most: int) -> None:
        self._pool = pool
        self._most = most
        self._free: list[LoopConnection] = []  # the one used last at the end: the others may become idle
        self._number = 0  # those that are used, and on their way, too
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="bpmgrpc-connections")

    def take(self) -> LoopConnection | None:
        """Returns a free connection; None where there is none at the moment."""
        return self._free.pop() if self._free else None

    def give_back(self, connection: LoopConnection) -> None:
        """Takes back what ``take`` returned."""
        raw = connection.raw
        if raw.closed:
            self._drop(connection)
            return
        now = time.monotonic()
        if now - connection.since > _HELD_SECONDS:
            self._hand_back(connection)
        else:
            self._free.append(connection)
        if self._free and now - self._free[0].used > _IDLE_SECONDS:
            self._hand_back(self._free.pop(0))

    @property
    def can_grow(self) -> bool:
        """Whether the loop may have another connection."""
        return self._number < self._most

    async def grow(self) -> Exception | None:
        """Gets another connection of the pool, which is free then; returns why not, where that fails."""
        loop = asyncio.get_running_loop()
        self._number += 1
        try:
            raw = await loop.run_in_executor(self._helper, self._pool.getconn)
        except BaseException as error:
            self._number -= 1
            if isinstance(error, DRIVER_ERRORS):
                return translate(error)
            raise
        self._free.append(LoopConnection(raw, loop, self._lose))
        return None

    def _lose(self, connection: LoopConnection) -> None:
        with contextlib.suppress(ValueError):
            self._free.remove(connection)
        self._drop(connection)

    def _drop(self, connection: LoopConnection) -> None:
        """Leaves a broken connection to the pool, and has that look at its others."""
        connection.release()
        self._number -= 1
        connection.raw.close()
        self._helper.submit(self._replace, connection.raw)

    def _replace(self, raw: Raw) -> None:
        self._pool.putconn(raw)
        self._pool.check()

    def _hand_back(self, connection: LoopConnection) -> None:
        connection.release()
        self._number -= 1
        self._pool.putconn(connection.raw)

    def close(self) -> None:
        """Gives all free connections back to the pool."""
        while self._free:
            self._hand_back(self._free.pop())
        self._helper.shutdown(wait=False)
