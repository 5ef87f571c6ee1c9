"""User tasks that change hands, or are changed beside their state.

Rule of this file: such a command is a transaction of its own that reads one task, writes it if its version is still
the one that was read, and writes its side rows with it. It costs a few statements more than a claim, which has one
for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine import user_task as rules
from bpmgrpc.engine.advance import require_active
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import RESTRICTED
from bpmgrpc.errors import NotFound
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.runtime.user_tasks import ChangedTask
from bpmgrpc.store.interface import SerializationConflict

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.state import Candidates, Membership, UserTaskRow
    from bpmgrpc.runtime.definitions import DefinitionCache
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.store.interface import Session

__all__ = ["KEEP", "Call", "Handovers", "TaskChange", "TaskUpdate"]


@dataclass(frozen=True, slots=True)
class Call:
    """What the commands on a task have in common.

    Attributes:
        root_id: The task's root instance.
        seq: Its number.
        user: On whose behalf.
        version: The caller's etag; None: any.
        deadline: When the caller stops waiting (``time.monotonic``).
        request: The request id, where there is one.
    """

    root_id: str
    seq: int
    user: str
    version: int | None
    deadline: float
    request: Idempotency | None


@dataclass(frozen=True, slots=True)
class TaskChange:
    """What is to become of a task: its new row, what happened, and what to write beside it."""

    row: UserTaskRow
    event: EventType
    attributes: Mapping[str, Any] = field(default_factory=dict)
    beside: Callable[[], None] | None = None


KEEP: Final = -1  # of a start time: it stays as it is


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """What to change of a task.

    Attributes:
        values: Fields of its row.
        candidates: Fields of its candidates.
        start_us: When work should begin; None: nobody says; ``KEEP``.
        told: What the history tells of it.
    """

    values: Mapping[str, Any]
    candidates: Mapping[str, Any]
    start_us: int | None
    told: Mapping[str, Any]


Decide = Callable[["Session", "UserTaskRow", "Membership", int], TaskChange]
Reply = Callable[[ChangedTask], "Message"]


class Handovers:
    """Runs these commands.

    Args:
        executor: Where commands meet the database.
        cache: The compiled definitions.
        clock: The time.
    """

    def __init__(self, executor: Executor, cache: DefinitionCache, clock: Clock) -> None:
        self._executor = executor
        self._cache = cache
        self._clock = clock

    async def delegate(self, call: Call, delegate: str, reply: Reply) -> Outcome[ChangedTask]:
        """Gives a claimed task to a delegate; see ``bpmgrpc.engine.user_task.delegate``."""

        def decide(session: Session, task: UserTaskRow, _membership: Membership, now_us: int) -> TaskChange:
            new = rules.delegate(call.root_id, task, call.user, delegate, now_us)
            _require_assignable(session, call, new, delegate)
            return TaskChange(
                new,
                EventType.USER_TASK_DELEGATED,
                {"delegate": delegate},
                lambda: session.put_delegator(call.root_id, call.seq, call.user),
            )

        return await self.change(call, decide, reply)

    async def resolve(self, call: Call, reply: Reply) -> Outcome[ChangedTask]:
        """Gives a delegated task back; see ``bpmgrpc.engine.user_task.resolve``."""

        def decide(session: Session, task: UserTaskRow, _membership: Membership, now_us: int) -> TaskChange:
            delegator = session.delegator_of(call.root_id, call.seq)
            new = rules.resolve(call.root_id, task, call.user, delegator, now_us)
            return TaskChange(new, EventType.USER_TASK_RESOLVED, {"delegator": delegator})

        return await self.change(call, decide, reply)

    async def forward(self, call: Call, candidates: Candidates, reply: Reply) -> Outcome[ChangedTask]:
        """Offers a task to others; see ``bpmgrpc.engine.user_task.forward``."""

        def decide(session: Session, task: UserTaskRow, membership: Membership, _now_us: int) -> TaskChange:
            new = rules.forward(call.root_id, task, call.user, membership, candidates)
            _require_assignable(session, call, new, *candidates.users)
            return TaskChange(new, EventType.USER_TASK_FORWARDED, _offered(candidates))

        return await self.change(call, decide, reply)

    async def reassign(self, call: Call, assignee: str, reply: Reply) -> Outcome[ChangedTask]:
        """Puts a task into somebody's hands; see ``bpmgrpc.engine.user_task.reassign``."""

        def decide(session: Session, task: UserTaskRow, _membership: Membership, now_us: int) -> TaskChange:
            lead = session.lead_of(task.candidates.work_party)
            new = rules.reassign(call.root_id, task, call.user, lead, assignee, now_us)
            _require_assignable(session, call, new, assignee)
            return TaskChange(new, EventType.USER_TASK_REASSIGNED, {"assignee": assignee})

        return await self.change(call, decide, reply)

    async def assign(
        self, call: Call, candidates: Candidates, excluded: tuple[str, ...], reply: Reply
    ) -> Outcome[ChangedTask]:
        """Replaces a task's candidates, and adds users who may not do it."""

        def decide(session: Session, task: UserTaskRow, _membership: Membership, _now_us: int) -> TaskChange:
            new = rules.restrict(rules.assign(call.root_id, task, candidates))
            known = session.excluded_users(call.root_id, call.seq)
            rules.require_assignable(call.root_id, new, candidates.users, known.union(excluded))
            return TaskChange(
                new,
                EventType.USER_TASK_ASSIGNED,
                {**_offered(candidates), "excluded_users": excluded},
                lambda: session.exclude_users(call.root_id, call.seq, excluded),
            )

        return await self.change(call, decide, reply)

    async def update(self, call: Call, update: TaskUpdate, reply: Reply) -> Outcome[ChangedTask]:
        """Changes priority, dates, owner or candidates; see ``bpmgrpc.engine.user_task.update``."""

        def decide(session: Session, task: UserTaskRow, _membership: Membership, _now_us: int) -> TaskChange:
            values = dict(update.values)
            if update.candidates:
                values["candidates"] = replace(task.candidates, **update.candidates)
            starts = None if update.start_us == KEEP else update.start_us is not None
            new = rules.update(call.root_id, task, starts=starts, **values)
            _require_assignable(session, call, new, *set(new.candidates.users).difference(task.candidates.users))

            def beside() -> None:
                if update.start_us != KEEP:
                    session.put_start_time(call.root_id, call.seq, update.start_us)
                if "due_us" in values:
                    session.move_deadlines(call.root_id, call.seq, values["due_us"])

            return TaskChange(new, EventType.USER_TASK_UPDATED, update.told, beside)

        return await self.change(call, decide, reply)

    async def change(self, call: Call, decide: Decide, reply: Reply) -> Outcome[ChangedTask]:
        """Changes a task as decided on its row.

        Raises:
            NotFound: There is no such task.
            Aborted: A stale etag, or so much contention that the deadline passed.
            FailedPrecondition: The instance is suspended.
            BpmError: What ``decide`` raises.
        """

        def work(session: Session) -> Outcome[ChangedTask]:
            with session.transaction():
                return self._attempt(session, call, decide, reply)

        return await retried(self._executor, work, call.deadline)

    def _attempt(self, session: Session, call: Call, decide: Decide, reply: Reply) -> Outcome[ChangedTask]:
        request = call.request
        loaded = session.load_user_task(call.root_id, call.seq, call.user, request.key if request else None)
        if loaded is not None and loaded.replay is not None and request is not None:
            return Outcome(replay=request.replay(loaded.replay))
        if loaded is None or loaded.row is None or loaded.root is None:
            name = child_id(call.root_id, call.seq)
            raise NotFound(f"user task {name!r} does not exist", metadata={"user_task_id": name})
        task = loaded.row
        now_us = self._clock.now_us()
        rules.require_version(call.root_id, task, call.version)
        change = decide(session, task, loaded.membership, now_us)
        require_active(loaded.root)
        changed = ChangedTask(call.root_id, change.row, self._cache.load(session, task.definition_id))
        answer = reply(changed)
        event = Event(change.event, task.element_id, task.seq, {"user": call.user, **change.attributes})
        stored = request.answer(answer) if request is not None else None
        written = session.write_user_tasks(
            call.root_id, [(change.row, task.version)], [event], stored, now_us, call.user
        )
        if not written:
            raise SerializationConflict
        if change.beside is not None:
            change.beside()
        return Outcome(changed, answer=answer)


def _require_assignable(session: Session, call: Call, task: UserTaskRow, *users: str) -> None:
    if task.flags & RESTRICTED:
        rules.require_assignable(call.root_id, task, users, session.excluded_users(call.root_id, call.seq))


def _offered(candidates: Candidates) -> dict[str, Any]:
    return {
        "users": candidates.users,
        "groups": candidates.groups,
        "roles": candidates.roles,
        "work_party": candidates.work_party,
    }
