"""Commands on user tasks that leave their instance as it is: claim, unclaim, assign.

Rule of this file: such a command reads one task and writes it if its version is still the one that was read, so that of
racing callers exactly one wins; the losers decide anew and are told who won. The instance's own version is not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmgrpc.engine import user_task as rules
from bpmgrpc.engine.advance import require_active
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import RESTRICTED, ROOT_SCOPE, InstanceState, Need, Root, UserTaskRow
from bpmgrpc.errors import BpmError, Internal, NotFound
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.interface import SerializationConflict

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.state import Candidates, Membership
    from bpmgrpc.runtime.definitions import Definition, DefinitionCache
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.recent import RecentRoots
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.store.interface import Session, Target


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A user task after a command, with what its answer needs."""

    root_id: str
    row: UserTaskRow
    definition: Definition


Decide = Callable[[UserTaskRow, "Membership | None", int], UserTaskRow | None]
Reply = Callable[[ChangedTask], "Message"]


class UserTasks:
    """Runs commands on user tasks.

    Args:
        executor: Where commands meet the database.
        cache: The compiled definitions.
        clock: The time.
        recent: What this server wrote last.
    """

    def __init__(self, executor: Executor, cache: DefinitionCache, clock: Clock, recent: RecentRoots) -> None:
        self._executor = executor
        self._cache = cache
        self._clock = clock
        self._recent = recent

    async def claim(
        self,
        root_id: str,
        seq: int,
        user: str,
        *,
        version: int | None,
        deadline: float,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask]:
        """Claims a task; see ``bpmgrpc.engine.user_task.claim``."""

        def decide(task: UserTaskRow, membership: Membership | None, now_us: int) -> UserTaskRow | None:
            rules.require_version(root_id, task, version)
            return rules.claim(root_id, task, user, membership, now_us)

        return await self._change(root_id, seq, user, decide, EventType.USER_TASK_CLAIMED, deadline, request, reply)

    def claim_in(
        self, session: Session, root_id: str, seq: int, user: str, request: Idempotency | None, reply: Reply
    ) -> Outcome[ChangedTask]:
        """Claims a task within a transaction that somebody else leads; see ``claim``.

        Raises:
            SerializationConflict: Somebody else changed the task meanwhile.
        """

        def decide(task: UserTaskRow, membership: Membership | None, now_us: int) -> UserTaskRow | None:
            return rules.claim(root_id, task, user, membership, now_us)

        return self._attempt(session, root_id, seq, user, decide, EventType.USER_TASK_CLAIMED, request, reply)

    async def unclaim(
        self,
        root_id: str,
        seq: int,
        user: str,
        *,
        version: int | None,
        deadline: float,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask]:
        """Gives a claimed task back; see ``bpmgrpc.engine.user_task.unclaim``."""

        def decide(task: UserTaskRow, _membership: Membership | None, _now_us: int) -> UserTaskRow | None:
            rules.require_version(root_id, task, version)
            return rules.unclaim(root_id, task, user)

        return await self._change(root_id, seq, user, decide, EventType.USER_TASK_UNCLAIMED, deadline, request, reply)

    async def assign(
        self,
        root_id: str,
        seq: int,
        candidates: Candidates,
        *,
        actor: str,
        version: int | None,
        deadline: float,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask]:
        """Replaces a task's candidates; see ``bpmgrpc.engine.user_task.assign``."""

        def decide(task: UserTaskRow, _membership: Membership | None, _now_us: int) -> UserTaskRow | None:
            rules.require_version(root_id, task, version)
            return rules.assign(root_id, task, candidates)

        return await self._change(root_id, seq, actor, decide, EventType.USER_TASK_ASSIGNED, deadline, request, reply)

    async def assign_all(
        self,
        root_id: str,
        instance: int,
        candidates: Candidates,
        *,
        actor: str,
        deadline: float,
        request: Idempotency | None,
        reply: Callable[[list[ChangedTask]], Message],
    ) -> Outcome[list[ChangedTask]]:
        """Replaces the candidates of all open tasks of an instance and of those it called, in one transaction.

        Raises:
            NotFound: No such instance.
            FailedPrecondition: The instance has ended.
        """

        def work(session: Session) -> Outcome[list[ChangedTask]]:
            key = request.key if request else None
            kind: Target = "root" if instance == ROOT_SCOPE else "element"
            loaded = session.load(root_id, instance, kind, key)
            if loaded is None:
                raise NotFound(f"process instance {_instance_id(root_id, instance)!r} does not exist or has ended")
            if loaded.replay is not None and request is not None:
                return Outcome(replay=request.replay(loaded.replay))
            root = loaded.snapshot.root
            assert root is not None  # noqa: S101 - load gives it
            if instance != ROOT_SCOPE and "definition" not in loaded.snapshot.elements[instance].data:
                raise NotFound(f"process instance {_instance_id(root_id, instance)!r} does not exist")
            require_active(root)
            tasks = session.open_user_tasks_of(root_id, instance)
            new = [(rules.assign(root_id, task, candidates), task.version) for task in tasks]
            changed = [ChangedTask(root_id, row, self._cache.load(session, row.definition_id)) for row, _ in new]
            answer = request.answer(reply(changed)) if request else None
            if new:
                events = [_event(EventType.USER_TASK_ASSIGNED, row, actor) for row, _ in new]
                if not session.write_user_tasks(root_id, new, events, answer, self._clock.now_us(), actor):
                    raise SerializationConflict
            elif answer is not None:
                session.insert_answer(answer, self._clock.now_us())
            return Outcome(changed)

        return await retried(self._executor, work, deadline)

    async def _change(
        self,
        root_id: str,
        seq: int,
        user: str,
        decide: Decide,
        event: EventType,
        deadline: float,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask]:
        try_recent = True

        def work(session: Session) -> Outcome[ChangedTask]:
            nonlocal try_recent
            if try_recent:
                try_recent = False  # once: who loses, or has an answer already, is decided on what is stored
                outcome = self._on_recent(session, root_id, seq, user, decide, event, request, reply)
                if outcome is not None:
                    return outcome
            return self._attempt(session, root_id, seq, user, decide, event, request, reply)

        outcome = await retried(self._executor, work, deadline)
        if outcome.result is not None:
            self.remember(outcome.result)
        return outcome

    def remember(self, task: ChangedTask) -> None:
        """Keeps an open task as a command has left it, after the commit; see ``RecentRoots.task_changed``."""
        self._recent.task_changed(task.root_id, task.row)

    def _on_recent(
        self,
        session: Session,
        root_id: str,
        seq: int,
        user: str,
        decide: Decide,
        event: EventType,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask] | None:
        """Decides on the task as this server wrote it last; None where the stored row has to be asked.

        Whatever is no change is for that to say: the command may be refused for what is not so any more, and a
        repeated one for what it did itself. So are memberships and exclusions, which no version vouches for.
        """
        task = self._recent.task(root_id, seq, session.born)
        if task is None:
            return None
        now_us = self._clock.now_us()
        try:
            new = decide(task, None, now_us)
        except (BpmError, Need):
            return None
        if new is None or new.flags & RESTRICTED:
            return None
        try:
            outcome = self._write(session, root_id, task, new, user, event, request, reply, now_us)
        except SerializationConflict:
            self._recent.lost(root_id)
            raise
        self._recent.won()
        return outcome

    def _attempt(
        self,
        session: Session,
        root_id: str,
        seq: int,
        user: str,
        decide: Decide,
        event: EventType,
        request: Idempotency | None,
        reply: Reply,
    ) -> Outcome[ChangedTask]:
        loaded = session.load_user_task(root_id, seq, user, request.key if request else None)
        if loaded is None:
            raise NotFound(f"user task {child_id(root_id, seq)!r} does not exist")
        if loaded.replay is not None and request is not None:
            return Outcome(replay=request.replay(loaded.replay))
        task = loaded.row
        root: Root | None = loaded.root
        if task is None or root is None:
            raise NotFound(f"user task {child_id(root_id, seq)!r} does not exist")
        now_us = self._clock.now_us()
        try:
            new = decide(task, loaded.membership, now_us)
        except Need as need:
            raise Internal(f"a membership was not loaded: {need}") from need
        if root.state is InstanceState.SUSPENDED:
            require_active(root)
        if new is not None and new.flags & RESTRICTED:
            _require_allowed(session, root_id, new, user, event)
        if new is not None:
            return self._write(session, root_id, task, new, user, event, request, reply, now_us)
        changed = ChangedTask(root_id, task, self._cache.load(session, task.definition_id))
        if request is None:
            return Outcome(changed)
        answer = reply(changed)
        # So that a repeated call does not act when there is more to do.
        session.insert_answer(request.answer(answer), now_us)
        return Outcome(changed, answer=answer)

    def _write(
        self,
        session: Session,
        root_id: str,
        task: UserTaskRow,
        new: UserTaskRow,
        user: str,
        event: EventType,
        request: Idempotency | None,
        reply: Reply,
        now_us: int,
    ) -> Outcome[ChangedTask]:
        changed = ChangedTask(root_id, new, self._cache.load(session, new.definition_id))
        answer = reply(changed) if request else None
        written = session.write_user_task(
            root_id,
            new,
            task.version,
            [_event(event, new, user)],
            request.answer(answer) if request is not None and answer is not None else None,
            now_us,
            user,
            rules.pools_differ(task, new),
        )
        if not written:
            raise SerializationConflict
        return Outcome(changed, answer=answer)


def _require_allowed(session: Session, root_id: str, new: UserTaskRow, user: str, event: EventType) -> None:
    """Refuses a claim by somebody who may not do the task, and an offer to somebody who may not."""
    if event is EventType.USER_TASK_CLAIMED:
        rules.require_allowed(root_id, new, user, session.excluded_users(root_id, new.seq))
    elif event is EventType.USER_TASK_ASSIGNED:
        rules.require_assignable(root_id, new, new.candidates.users, session.excluded_users(root_id, new.seq))


def _event(event: EventType, row: UserTaskRow, user: str) -> Event:
    attributes: dict[str, object] = {"user": user} if user else {}
    if event is EventType.USER_TASK_ASSIGNED:
        given = row.candidates
        attributes.update(users=given.users, groups=given.groups, roles=given.roles, work_party=given.work_party)
    return Event(event, row.element_id, row.seq, attributes)


def _instance_id(root_id: str, instance: int) -> str:
    return root_id if instance == ROOT_SCOPE else child_id(root_id, instance)


__all__ = ["ChangedTask", "UserTasks"]
