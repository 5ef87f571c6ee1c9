"""Subtasks: parts of a user task, which whoever is in charge of it gives to others or keeps.

Rule of this file: a subtask is a user task without an element instance, so no token ever waits for it. The element
instance of the task that it is a part of has the numbers of the open ones (``data["subtasks"]``): so what ends that
task knows them without asking. It cannot be completed before them; whatever takes it away takes them along. They have
no parts of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import user_task
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import RESTRICTED, UserTaskRow, UserTaskState, copy_row
from bpmgrpc.errors import FailedPrecondition, PermissionDenied, PreconditionViolation
from bpmgrpc.ids import child_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bpmgrpc.engine.commands import CancelSubtask, CompleteUserTask, CreateSubtask
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.state import ElementRow

__all__ = ["MOST_OPEN_SUBTASKS", "cancel", "complete", "create", "open_subtasks", "require_none_open"]

MOST_OPEN_SUBTASKS: Final = 100  # of one task: they are read and written with it

_OPEN: Final = "subtasks"


def open_subtasks(row: ElementRow) -> Sequence[int]:
    """Returns the numbers of the open subtasks of the user task that an element instance is."""
    found: Sequence[int] = row.data.get(_OPEN, ())
    return found


def require_none_open(root_id: str, row: ElementRow) -> None:
    """Raises FailedPrecondition where a user task is to be completed before its subtasks."""
    found = open_subtasks(row)
    if found:
        names = [child_id(root_id, seq) for seq in found]
        violations = [PreconditionViolation("STATE", f"userTasks/{name}", "it has to be ended first") for name in names]
        raise FailedPrecondition(
            f"user task {child_id(root_id, row.seq)!r} has open subtasks: {', '.join(names)}",
            reason="SUBTASKS_OPEN",
            violations=violations,
            metadata={"user_task_id": child_id(root_id, row.seq), "subtasks": ",".join(names)},
        )


def create(run: Execution, command: CreateSubtask) -> None:
    """Makes a subtask: claimed by whom it is given to, offered to its candidates, or else claimed by its maker."""
    parent = _task(run)
    root_id = run.root.id
    user_task.require_version(root_id, parent, command.version)
    user_task.require_at_work(root_id, parent, command.user, run.snapshot.membership)
    if parent.flags & RESTRICTED:
        user_task.require_allowed(root_id, parent, command.user, run.snapshot.excluded)
    name = child_id(root_id, parent.seq)
    if parent.parent:
        raise _refused(name, "SUBTASK_OF_SUBTASK", "is a subtask itself, and has no parts of its own")
    row = _element(run, parent.seq)
    if len(open_subtasks(row)) >= MOST_OPEN_SUBTASKS:
        raise _refused(name, "TOO_MANY_SUBTASKS", f"has {MOST_OPEN_SUBTASKS} open subtasks, and cannot have more")
    candidates = command.candidates
    assignee = command.assignee or ("" if candidates else command.user)
    if assignee and assignee not in candidates.users:
        candidates = replace(candidates, users=(*candidates.users, assignee))
    task = UserTaskRow(
        seq=run.ledger.next_seq(),
        instance=parent.instance,
        definition_id=parent.definition_id,
        element_id=parent.element_id,
        name=command.name,
        description=command.description,
        state=UserTaskState.CLAIMED if assignee else user_task.offered_state(candidates),
        assignee=assignee,
        claim_us=run.now_us if assignee else None,
        owner=command.user,
        candidates=candidates,
        priority=command.priority or parent.priority,
        due_us=command.due_us,
        follow_up_us=command.follow_up_us,
        create_us=run.now_us,
        create_by=run.root.create_by,
        business_key=parent.business_key,
        parent=parent.seq,
    )
    run.ledger.new_user_task(task)
    # So that nobody completes it who has not seen that there is more to do.
    run.ledger.put_user_task(user_task.touch(root_id, parent), parent.version)
    _put(run, row, (*open_subtasks(row), task.seq))
    said = {"user": command.user, "parent_user_task_id": name}
    run.event(EventType.USER_TASK_CREATED, task.element_id, task.seq, said)


def complete(run: Execution, command: CompleteUserTask, task: UserTaskRow, done: UserTaskRow) -> None:
    """Completes a subtask; its variables are set as the task sees them that it is a part of."""
    if command.outcome:
        raise user_task.undeclared(command.outcome, ())
    row = _element(run, task.parent)
    run.ledger.put_user_task(done, task.version)
    _put(run, row, (seq for seq in open_subtasks(row) if seq != task.seq))
    run.event(EventType.USER_TASK_COMPLETED, task.element_id, task.seq, {"user": command.user})
    run.variables.merge(row.sees, command.variables.items())


def cancel(run: Execution, command: CancelSubtask) -> None:
    """Takes a subtask away; its owner does that."""
    task = _task(run)
    root_id = run.root.id
    name = child_id(root_id, task.seq)
    user_task.require_version(root_id, task, command.version)
    user_task.require_open(root_id, task)
    if not task.parent:
        raise _refused(name, "NO_SUBTASK", "is no subtask: the process ends it")
    if task.owner != command.user:
        raise PermissionDenied(
            f"user {command.user!r} does not own user task {name!r}",
            reason="NOT_THE_OWNER",
            metadata={"user_task_id": name, "user": command.user},
        )
    row = _element(run, task.parent)
    ended = copy_row(task, state=UserTaskState.CANCELED, end_us=run.now_us, version=task.version + 1)
    run.ledger.put_user_task(ended, task.version)
    _put(run, row, (seq for seq in open_subtasks(row) if seq != task.seq))
    said = {"user": command.user} | ({"reason": command.reason} if command.reason else {})
    run.event(EventType.USER_TASK_CANCELED, task.element_id, task.seq, said)


def _task(run: Execution) -> UserTaskRow:
    task = run.snapshot.user_task
    assert task is not None, "the caller loads the user task"  # noqa: S101 - our own invariant
    return task


def _element(run: Execution, seq: int) -> ElementRow:
    row = run.ledger.element(seq)
    run.program_of(row.scope)  # so that the answer can name the process
    return row


def _put(run: Execution, row: ElementRow, seqs: Iterable[int]) -> None:
    left = list(seqs)
    data = {key: value for key, value in row.data.items() if key != _OPEN}
    run.ledger.put_element(copy_row(row, data={**data, _OPEN: left} if left else data))


def _refused(name: str, reason: str, why: str) -> FailedPrecondition:
    return FailedPrecondition(
        f"user task {name!r} {why}",
        reason=reason,
        violations=[PreconditionViolation("STATE", f"userTasks/{name}", why)],
        metadata={"user_task_id": name},
    )
