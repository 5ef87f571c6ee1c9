"""Watching an inbox: the tasks that a list would show, and each change of that.

Rules of this file. Whoever applies the events to a copy of the list has, when they are all applied, what the list
shows: an event carries the task as it is, so applying one twice does no harm. A place stands for all that was told up
to it, knows nothing of this server, and can be taken up on any other. Whether a task was in the inbox before a change
is read from the log, not remembered. Where a difference cannot be told, because the log is not kept that long or the
user's groups, roles or work parties changed, the inbox is told anew, behind a RESET.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.runtime.user_task_feed import PAGE, UserTaskFeed
from bpmgrpc.store.inbox_match import Surroundings, lets_through, watched_keys
from bpmgrpc.store.paging import PageRequest, Position
from bpmgrpc.store.user_task_changes import Seen
from bpmgrpc.store.views import UserTaskPart

if TYPE_CHECKING:
    from bpmgrpc.runtime.user_task_feed import Read
    from bpmgrpc.store.paging import Page
    from bpmgrpc.store.user_task_changes import ChangeKey, UserTaskChange
    from bpmgrpc.store.views import UserTaskFilter, UserTaskView

__all__ = ["InboxEvent", "InboxEventKind", "InboxWatch", "Place"]

_LISTED_AT_A_TIME: Final = 200


class InboxEventKind(StrEnum):
    """What an event says."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    CURRENT = "CURRENT"
    HEARTBEAT = "HEARTBEAT"
    RESET = "RESET"


@dataclass(frozen=True, slots=True)
class Place:
    """How far an inbox was told.

    Attributes:
        since: All of the log that is seen here was told.
        until: Of what is seen here besides, all up to ``after`` was told, too.
        after: See there.
        listing: Where the list goes on ("" at its beginning), which comes before the log; None: it was told.
        pools: Stands for the pools in which the user's tasks lay.
    """

    since: Seen
    until: Seen | None = None
    after: ChangeKey | None = None
    listing: str | None = None
    pools: str = ""


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """An event: the task as it is now, where it is about one, and the place behind it."""

    kind: InboxEventKind
    place: Place
    task: UserTaskView | None = None


class _ToldAnew(Exception):
    """The inbox has to be told from the beginning."""


class InboxWatch:
    """One who watches.

    Args:
        read: Runs a query; see ``Runtime.read``.
        feed: The changes that this server sees.
        wanted: Which tasks.
        heartbeat_seconds: After how long a silence there is a heartbeat.
    """

    def __init__(self, read: Read, feed: UserTaskFeed, wanted: UserTaskFilter, heartbeat_seconds: float) -> None:
        self._read = read
        self._feed = feed
        self._wanted = wanted
        self._heartbeat_seconds = heartbeat_seconds
        self._matches = lets_through(wanted)
        self._around = Surroundings()
        self._tokens = Position("inbox", asdict(wanted), field="resume_token")
        self._told_at = 0.0

    def token(self, place: Place) -> str:
        """Returns the token of a place."""
        since, until, after = place.since, place.until, place.after
        return self._tokens.token(
            [
                [since.next, *since.missing],
                until and [until.next, *until.missing],
                after,
                place.listing,
                place.pools,
            ]
        )

    def place(self, token: str) -> Place:
        """Returns the place of a token.

        Raises:
            InvalidArgument: It is none, or belongs to another inbox.
        """
        since, until, after, listing, pools = self._tokens.values(token)
        return Place(
            Seen(since[0], tuple(since[1:])),
            until and Seen(until[0], tuple(until[1:])),
            after and (after[0], after[1], after[2]),
            listing,
            pools,
        )

    async def events(self, place: Place | None, *, listed: bool = True) -> AsyncGenerator[InboxEvent, None]:
        """Tells the inbox until its reader has enough.

        Args:
            place: Where to go on; None: from now.
            listed: Without a place: whether the tasks that are there now are told first.

        Raises:
            NotFound: The instance of the filter does not exist.
            Unavailable: The server is about to stop, or the database cannot be read.
        """
        self._feed.join()
        try:
            is_new = place is None
            place = place or await self._now(listed=listed)
            if not is_new:
                await self._look_around()
            while True:
                try:
                    self._require_pools(place)
                    async for event in self._from(place):
                        self._told_at = time.monotonic()
                        yield event
                except _ToldAnew:
                    place = await self._now(listed=True)
                    yield InboxEvent(InboxEventKind.RESET, place)
        finally:
            self._feed.leave()

    async def _now(self, *, listed: bool) -> Place:
        """Returns the place at which nothing was told; what is looked up afterwards is not older than it."""
        mark = await self._feed.mark()
        await self._look_around()
        return Place(mark.seen, listing="" if listed else None, pools=self._pools_text())

    async def _from(self, place: Place) -> AsyncIterator[InboxEvent]:
        if place.listing is not None:
            async for event in self._list(place):
                yield event
                place = event.place
        is_current = False
        while True:
            mark = await self._feed.mark()
            async for event in self._catch_up(place, mark.seen):
                yield event
            place = Place(mark.seen, pools=place.pools)
            if not is_current:
                yield InboxEvent(InboxEventKind.CURRENT, place)
                is_current = True
            async for event in self._follow(place, mark.number):
                yield event
                place = event.place

    async def _list(self, place: Place) -> AsyncIterator[InboxEvent]:
        token = place.listing or ""
        while True:
            self._feed.require_open()
            page = await self._page(token)
            token = page.next_page_token
            behind = replace(place, listing=token or None)
            for task in page.items[:-1]:
                yield InboxEvent(InboxEventKind.ADDED, place, task)  # from here the page is told again
            if page.items:
                yield InboxEvent(InboxEventKind.ADDED, behind, page.items[-1])
            if not token:
                return
            place = behind

    async def _catch_up(self, place: Place, target: Seen) -> AsyncIterator[InboxEvent]:
        """Reads the log for itself, up to where the feed stands."""
        while True:
            self._feed.require_open()
            until = place.until or target
            changes = await self._changes(place, until)
            if changes is None:
                raise _ToldAnew
            if any(change.is_of_directory for change in changes):
                await self._look_at_pools(place)
            await self._look_inside(changes)
            for change in changes:
                behind = replace(place, until=until, after=change.key)
                event = self._judge(change, behind)
                if event is not None:
                    yield event
            if changes and len(changes) >= PAGE:
                place = replace(place, until=until, after=changes[-1].key)
            elif until == target:
                return
            else:
                place = Place(until, pools=place.pools)

    async def _follow(self, place: Place, number: int) -> AsyncIterator[InboxEvent]:
        """Goes on with the feed, until it is too far ahead."""
        while True:
            silence = self._told_at + self._heartbeat_seconds - time.monotonic()
            batches = await self._feed.after(number, max(0.0, silence))
            if batches is None:
                return
            for batch in batches:
                if batch.of_directory:
                    await self._look_at_pools(place)
                changes = batch.concerning(watched_keys(self._wanted, self._around.pools))
                await self._look_inside(changes)
                for change in changes:
                    behind = Place(batch.since, batch.until, change.key, pools=place.pools)
                    event = self._judge(change, behind)
                    if event is not None:
                        yield event
                place = Place(batch.until, pools=place.pools)
                number = batch.number
            stand = self._feed.stand()
            if stand is not None and stand.number == number:
                place = Place(stand.seen, pools=place.pools)  # so that the place of a silent inbox does not grow old
            if self._told_at + self._heartbeat_seconds <= time.monotonic():
                yield InboxEvent(InboxEventKind.HEARTBEAT, place)

    async def _page(self, token: str) -> Page[UserTaskView]:
        wanted = PageRequest(page_size=_LISTED_AT_A_TIME, page_token=token, skip_total=True)
        found: Page[UserTaskView] = await self._read(lambda queries: queries.list_user_tasks(self._wanted, wanted))
        return found

    async def _changes(self, place: Place, until: Seen) -> list[UserTaskChange] | None:
        found: list[UserTaskChange] | None = await self._read(
            lambda queries: queries.user_task_changes(place.since, until, place.after, PAGE)
        )
        return found

    def _judge(self, change: UserTaskChange, behind: Place) -> InboxEvent | None:
        if change.task is None:
            return None
        was = change.before is not None and self._matches(change.before, self._around)
        if self._matches(change.task, self._around):
            return InboxEvent(InboxEventKind.CHANGED if was else InboxEventKind.ADDED, behind, change.task)
        return InboxEvent(InboxEventKind.REMOVED, behind, change.task) if was else None

    # -- what is around the tasks -------------------------------------------------------------------------------------

    async def _look_around(self) -> None:
        wanted = self._wanted
        pools: frozenset[str] = frozenset()
        if wanted.user:
            parts = wanted.parts or tuple(UserTaskPart)
            pools = await self._read(lambda queries: queries.pools_of(wanted.user, parts))
        self._around = self._around._replace(pools=pools)

    async def _look_at_pools(self, place: Place) -> None:
        await self._look_around()
        self._require_pools(place)

    def _require_pools(self, place: Place) -> None:
        if place.pools != self._pools_text():
            raise _ToldAnew

    def _pools_text(self) -> str:
        if not self._wanted.user:
            return ""
        return hashlib.blake2b("\0".join(sorted(self._around.pools)).encode(), digest_size=8).hexdigest()

    async def _look_inside(self, changes: Any) -> None:
        """Looks up which instances the filter's one has called, where something changed there."""
        wanted = self._wanted
        if wanted.instance and any(change.key[1] == wanted.root_id for change in changes):
            inside = await self._read(lambda queries: queries.instances_inside(wanted.root_id, wanted.instance))
            self._around = self._around._replace(inside=inside)
