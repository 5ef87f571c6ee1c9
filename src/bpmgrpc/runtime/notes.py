"""What people put beside user tasks: comments, attachments, drafts.

Rule of this file: a comment or attachment is a change of its task, so that the history has it and watchers are told; a
draft is its claimer's own and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine import user_task as rules
from bpmgrpc.engine.advance import require_active
from bpmgrpc.engine.events import EventType
from bpmgrpc.errors import NotFound
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.handovers import Call, Handovers, TaskChange
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.notes import AttachmentRow, CommentRow, DraftRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.state import Membership, UserTaskRow
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.user_tasks import ChangedTask
    from bpmgrpc.store.interface import Session

__all__ = ["Notes", "attachment_id"]


def attachment_id(row: AttachmentRow) -> str:
    """Returns the id of an attachment."""
    return f"{child_id(row.root_id, row.seq)}-{row.number}"


class Notes:
    """Writes them.

    Args:
        executor: Where commands meet the database.
        handovers: Changes a task, and what lies beside it.
        clock: The time.
    """

    def __init__(self, executor: Executor, handovers: Handovers, clock: Clock) -> None:
        self._executor = executor
        self._handovers = handovers
        self._clock = clock

    async def comment(self, call: Call, text: str, reply: Callable[[CommentRow], Message]) -> Outcome[ChangedTask]:
        """Adds a comment."""
        made: list[CommentRow] = []

        def decide(session: Session, task: UserTaskRow, _membership: Membership, now_us: int) -> TaskChange:
            new = rules.touch(call.root_id, task)
            row = CommentRow(call.root_id, call.seq, new.version, call.user, text, now_us)
            made[:] = [row]
            return TaskChange(
                new, EventType.USER_TASK_COMMENTED, {"number": row.number}, lambda: session.insert_comment(row)
            )

        return await self._handovers.change(call, decide, lambda _: reply(made[0]))

    async def attach(
        self, call: Call, name: str, content_type: str, content: bytes, reply: Callable[[AttachmentRow], Message]
    ) -> Outcome[ChangedTask]:
        """Adds an attachment."""
        made: list[AttachmentRow] = []

        def decide(session: Session, task: UserTaskRow, _membership: Membership, now_us: int) -> TaskChange:
            new = rules.touch(call.root_id, task)
            row = AttachmentRow(
                call.root_id, call.seq, new.version, name, content_type, len(content), call.user, now_us
            )
            made[:] = [row]
            return TaskChange(
                new,
                EventType.USER_TASK_ATTACHED,
                {"attachment_id": attachment_id(row), "name": name},
                lambda: session.insert_attachment(row, content),
            )

        return await self._handovers.change(call, decide, lambda _: reply(made[0]))

    async def detach(
        self, call: Call, number: int, reply: Callable[[ChangedTask], Message], missing: NotFound
    ) -> Outcome[ChangedTask]:
        """Takes an attachment away.

        Raises:
            NotFound: ``missing``, where it is not there.
        """

        def decide(session: Session, task: UserTaskRow, _membership: Membership, _now_us: int) -> TaskChange:
            new = rules.touch(call.root_id, task)
            if not session.delete_attachment(call.root_id, call.seq, number):
                raise missing
            return TaskChange(
                new, EventType.USER_TASK_DETACHED, {"attachment_id": f"{child_id(call.root_id, call.seq)}-{number}"}
            )

        return await self._handovers.change(call, decide, reply)

    async def save_draft(self, call: Call, variables: str, reply: Callable[[DraftRow], Message]) -> Outcome[DraftRow]:
        """Keeps a draft of a task's claimer.

        Raises:
            NotFound: There is no such task.
            FailedPrecondition: Ended, or not claimed; or the instance is suspended.
            PermissionDenied: Claimed by somebody else.
        """
        request = call.request

        def work(session: Session) -> Outcome[DraftRow]:
            with session.transaction():
                loaded = session.load_user_task(call.root_id, call.seq, call.user, request.key if request else None)
                if loaded is not None and loaded.replay is not None and request is not None:
                    return Outcome(replay=request.replay(loaded.replay))
                if loaded is None or loaded.row is None or loaded.root is None:
                    name = child_id(call.root_id, call.seq)
                    raise NotFound(f"user task {name!r} does not exist", metadata={"user_task_id": name})
                rules.require_claimed_by(call.root_id, loaded.row, call.user)
                require_active(loaded.root)
                draft = DraftRow(call.user, variables, self._clock.now_us())
                session.put_draft(call.root_id, call.seq, draft)
                answer = reply(draft)
                if request is not None:
                    session.insert_answer(request.answer(answer), draft.save_us)
                return Outcome(draft, answer=answer)

        return await retried(self._executor, work, call.deadline)
