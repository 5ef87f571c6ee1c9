"""The feed: what changed with user tasks, read once for all who watch inboxes on this server.

Rules of this file. Nothing is read while nobody watches. The feed only saves reading: whoever is not in step with it,
because he comes from elsewhere or was too slow, reads the log for himself up to where the feed stands, and goes on with
it from there. Where the log cannot be read, everybody is told, and comes back with what he has seen.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from bpmgrpc.errors import BpmError, Unavailable
from bpmgrpc.store.inbox_match import concerned

if TYPE_CHECKING:
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.user_task_changes import ChangeKey, Seen, UserTaskChange

__all__ = ["Batch", "Mark", "Read", "UserTaskFeed"]

POLL_SECONDS: Final = 0.05
PAGE: Final = 500  # changes that are read at a time
MOST: Final = 5_000  # changes of one batch; after more of them (the database was away) everybody reads for himself
_BATCHES_KEPT: Final = 200


class Read(Protocol):
    """Runs a query; see ``Runtime.read``."""

    def __call__(self, query: Callable[[Queries], Any]) -> Awaitable[Any]:
        """Runs it."""


class Mark(NamedTuple):
    """Where the feed stands.

    Attributes:
        number: Of its last batch.
        seen: What was seen with it, and with what came since and changed no task.
    """

    number: int
    seen: Seen


@dataclass(slots=True)
class Batch:
    """Changes that were seen together.

    Attributes:
        number: One more than the batch before has.
        since: What was seen before.
        until: What is seen with them.
        changes: The changes, in the order of the log.
        of_directory: Whether the directory changed, too.
    """

    number: int
    since: Seen
    until: Seen
    changes: Sequence[UserTaskChange]
    of_directory: bool = False
    _by_key: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, change in enumerate(self.changes):
            self.of_directory = self.of_directory or change.is_of_directory
            for task in (change.before, change.task):
                for key in concerned(task.row) if task is not None else ():
                    self._by_key.setdefault(key, []).append(index)

    def concerning(self, keys: frozenset[str] | None) -> Sequence[UserTaskChange]:
        """Returns the changes of tasks that had or have one of some keys; None: all."""
        if keys is None:
            return self.changes
        few, many = sorted((keys, self._by_key.keys()), key=len)
        found = {index for key in few if key in many for index in self._by_key[key]}
        return [self.changes[index] for index in sorted(found)]


class UserTaskFeed:
    """The changes that this server has seen. Used from one event loop.

    Args:
        read: Runs a query.

    Attributes:
        watchers: How many watch.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self.watchers = 0
        self._number = 0
        self._seen: Seen | None = None
        self._batches: deque[Batch] = deque(maxlen=_BATCHES_KEPT)
        self._news = asyncio.Event()  # replaced by another one whenever it is set
        self._reading: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._failure: Exception | None = None
        self._closed = False

    def join(self) -> None:
        """Begins to watch; end it with `leave`."""
        self.watchers += 1
        if self._reading is None or self._reading.done():
            self._failure = None
            self._reading = asyncio.create_task(self._go_on(), name="bpmgrpc-user-task-feed")

    def leave(self) -> None:
        """Ends to watch; after the last one nothing is read."""
        self.watchers -= 1
        if not self.watchers and self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def close(self) -> None:
        """Tells everybody that the server is about to stop."""
        self._closed = True
        self._tell()

    def require_open(self) -> None:
        """Raises what ends a watch.

        Raises:
            Unavailable: The server is about to stop, or the log could not be read.
        """
        if self._closed:
            raise Unavailable("the server is about to stop and watches no more", reason="SHUTTING_DOWN")
        if self._failure is not None:
            if isinstance(self._failure, BpmError):
                raise Unavailable(
                    f"changes could not be read: {self._failure.message}", reason="WATCH_INTERRUPTED"
                ) from self._failure
            raise self._failure

    async def mark(self) -> Mark:
        """Returns where the feed stands, after it has seen all that is committed now."""
        self.require_open()
        async with self._turn:
            return await self._advance()

    def stand(self) -> Mark | None:
        """Returns where the feed stands, without a look at the database; None where it has not begun."""
        return None if self._seen is None else Mark(self._number, self._seen)

    async def after(self, number: int, seconds: float) -> list[Batch] | None:
        """Waits for batches behind one of them.

        Args:
            number: Number of the batch.
            seconds: How long to wait at the most.

        Returns:
            The batches, in order; none where none came in time; None where those behind `number` are not kept.

        Raises:
            Unavailable: See `require_open`.
        """
        self.require_open()
        if number == self._number:
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return []  # nothing new
            self.require_open()
        if not self._batches or self._batches[0].number > number + 1:
            return None if number != self._number else []
        return [batch for batch in self._batches if batch.number > number]

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _go_on(self) -> None:
        try:
            while True:
                async with self._turn:
                    await self._advance()
                await asyncio.sleep(POLL_SECONDS)
        except Exception as error:  # noqa: BLE001 - whoever watches is told, whatever it was
            self._failure = error
            self._tell()

    async def _advance(self) -> Mark:
        """Reads what is new."""
        now: Seen = await self._read(lambda queries: queries.change_log_end())
        if self._seen is not None and now != self._seen:
            changes = await self._changes(self._seen, now)
            if changes is None:
                self._batches.clear()
                self._number += 1
                self._tell()
            elif changes:
                self._number += 1
                self._batches.append(Batch(self._number, self._seen, now, changes))
                self._tell()
        self._seen = now
        return Mark(self._number, now)

    async def _changes(self, since: Seen, until: Seen) -> list[UserTaskChange] | None:
        found: list[UserTaskChange] = []
        while len(found) <= MOST:
            page = await self._page(since, until, found[-1].key if found else None)
            if page is None:
                return None
            found += page
            if len(page) < PAGE:
                return found
        return None

    async def _page(self, since: Seen, until: Seen, after: ChangeKey | None) -> list[UserTaskChange] | None:
        found: list[UserTaskChange] | None = await self._read(
            lambda queries: queries.user_task_changes(since, until, after, PAGE)
        )
        return found
