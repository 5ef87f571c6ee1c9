"""The best task of a user's pools, claimed.

Rule of this file: of callers that race each gets another task. On SQLite they have their turns; on PostgreSQL the first
task that nobody else is just claiming is locked, and its claim still compares the task's version, so that what is
right never hangs on the lock. Only an empty pool gives an empty answer: while others hold all of its tasks, the caller
looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import PermissionDenied
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.interface import SerializationConflict

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.runtime.user_tasks import ChangedTask, UserTasks
    from bpmgrpc.store.interface import Session
    from bpmgrpc.store.views import UserTaskFilter

__all__ = ["ClaimNext", "NextTask"]

LOOKED_AT: Final = 100  # tasks at the head of the pools: more callers than this, racing at one moment, look again


@dataclass(frozen=True, slots=True)
class NextTask:
    """The task that was claimed (None: there is none), and the variables that it sees where they were asked for."""

    task: ChangedTask | None = None
    variables: dict[str, str] | None = None


class ClaimNext:
    """Claims the best task of a user's pools.

    Args:
        executor: Where commands meet the database.
        user_tasks: Claims a task.
    """

    def __init__(self, executor: Executor, user_tasks: UserTasks) -> None:
        self._executor = executor
        self._user_tasks = user_tasks

    async def claim(
        self,
        user: str,
        wanted: UserTaskFilter,
        *,
        variables: bool,
        deadline: float,
        request: Idempotency | None,
        reply: Callable[[NextTask], Message],
    ) -> Outcome[NextTask]:
        """Claims the first unclaimed task, highest priority first, then oldest first.

        Args:
            user: Who claims; the filter's user.
            wanted: Which tasks.
            variables: Whether the variables that the task sees are wanted.
            deadline: When the caller stops waiting (``time.monotonic``).
            request: The request id, where there is one; an empty answer is not stored.
            reply: Makes the answer that is stored with it.

        Raises:
            Aborted: So much contention that the deadline passed.
        """

        def work(session: Session) -> Outcome[NextTask]:
            with session.transaction():
                return self._attempt(session, user, wanted, variables, request, reply)

        outcome = await retried(self._executor, work, deadline)
        if outcome.result is not None and outcome.result.task is not None:
            self._user_tasks.remember(outcome.result.task)
        return outcome

    def _attempt(
        self,
        session: Session,
        user: str,
        wanted: UserTaskFilter,
        variables: bool,
        request: Idempotency | None,
        reply: Callable[[NextTask], Message],
    ) -> Outcome[NextTask]:
        if request is not None:
            replay = session.find_answer(request.key)
            if replay is not None:
                return Outcome(replay=request.replay(replay))
        tasks = session.next_user_tasks(wanted, LOOKED_AT)
        if not tasks:
            return Outcome(NextTask())
        task = session.lock_user_task(tasks)
        if task is None:
            raise SerializationConflict
        found = session.job_variables([task], tasks=True)[0] if variables else None

        def answer(changed: ChangedTask) -> Message:
            return reply(NextTask(changed, found))

        try:
            outcome = self._user_tasks.claim_in(session, *task, user, request, answer)
        except PermissionDenied as denied:
            # Offered when the list was read, and forbidden or taken away since.
            raise SerializationConflict from denied
        if outcome.result is None:
            return Outcome(replay=outcome.replay)  # a twin of this request was answered meanwhile
        return Outcome(NextTask(outcome.result, found), answer=outcome.answer)
