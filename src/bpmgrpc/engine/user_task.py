"""The rules by which people work on user tasks.

Rule of this file: each function decides on one row and changes nothing; it returns the new row, or raises what the
caller did wrong. A task moves between its states only as the table says::

    WAITING ──claim──> CLAIMED <──claim── ASSIGNED        WAITING: in a pool    ASSIGNED: offered to named users
    CLAIMED ──unclaim, assign, forward──> WAITING | ASSIGNED
    CLAIMED ──delegate, resolve──> CLAIMED                by another user; any of the three ──reassign──> CLAIMED
    any of the three ──complete──> COMPLETED              by the claimer, or a candidate while nobody has claimed it
    any of the three ──(process)──> CANCELED
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.engine.state import (
    DELEGATED,
    OPEN_USER_TASK_STATES,
    RESOLVED,
    RESTRICTED,
    STARTS,
    Candidates,
    Membership,
    Need,
    UserTaskRow,
    UserTaskState,
    copy_row,
)
from bpmgrpc.errors import (
    Aborted,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    PermissionDenied,
    PreconditionViolation,
)
from bpmgrpc.ids import child_id

if TYPE_CHECKING:
    from bpmgrpc.engine.elements.user_task import UserTaskPlan

_DELEGATION: Final = DELEGATED | RESOLVED
_UNCLAIMED: Final = (UserTaskState.WAITING, UserTaskState.ASSIGNED)


def offered_state(candidates: Candidates) -> UserTaskState:
    """Returns the state of an unclaimed task: ASSIGNED where users are named, else WAITING."""
    return UserTaskState.ASSIGNED if candidates.users else UserTaskState.WAITING


def is_candidate(task: UserTaskRow, user: str, membership: Membership | None) -> bool:
    """Returns whether a task is offered to a user: by name, group, role or work party, or to everybody because it has
    no candidates. A lane's work party that the directory does not have restricts nobody.

    Raises:
        Need: The user's membership decides and is not at hand.
    """
    candidates = task.candidates
    if not candidates or user in candidates.users:
        return True
    if not (candidates.groups or candidates.roles or candidates.work_party):
        return False
    if membership is None or membership.user != user:
        raise Need(membership=(user, candidates.work_party))
    if task.lane_party and candidates.work_party not in membership.known_parties:
        return True
    return bool(
        membership.groups.intersection(candidates.groups)
        or membership.roles.intersection(candidates.roles)
        or candidates.work_party in membership.work_parties
    )


def pools_differ(old: UserTaskRow, new: UserTaskRow) -> bool:
    """Returns whether a change takes a task into or out of pools, or to another place in them.

    A task lies in the pools of its candidates while it is unclaimed; their order is by priority, creation and due date.
    """
    return _place_in_pools(old) != _place_in_pools(new)


def _place_in_pools(task: UserTaskRow) -> tuple[object, ...] | None:
    if task.state not in _UNCLAIMED or not task.candidates:
        return None
    return (task.candidates, task.priority, task.create_us, task.due_us)


def claim(root_id: str, task: UserTaskRow, user: str, membership: Membership | None, now_us: int) -> UserTaskRow | None:
    """Claims a task.

    Returns:
        The new row; None where the user has claimed it already.

    Raises:
        FailedPrecondition: Ended, or claimed by somebody else.
        PermissionDenied: Not a candidate.
        Need: The user's membership decides and is not at hand.
    """
    require_open(root_id, task)
    if task.state is UserTaskState.CLAIMED:
        if task.assignee == user:
            return None
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} is claimed by somebody else",
            reason="USER_TASK_CLAIMED",
            violations=[_violation(root_id, task, "it has to be unclaimed")],
            metadata=_metadata(root_id, task),
        )
    _require_candidate(root_id, task, user, membership)
    return copy_row(task, state=UserTaskState.CLAIMED, assignee=user, claim_us=now_us, version=task.version + 1)


def unclaim(root_id: str, task: UserTaskRow, user: str) -> UserTaskRow:
    """Gives a claimed task back to its candidates.

    Raises:
        FailedPrecondition: Ended, not claimed, or delegated.
        PermissionDenied: Claimed by somebody else.
    """
    require_claimed_by(root_id, task, user)
    require_not_delegated(root_id, task)
    return copy_row(
        task,
        state=offered_state(task.candidates),
        assignee="",
        claim_us=None,
        flags=task.flags & ~_DELEGATION,
        version=task.version + 1,
    )


def assign(root_id: str, task: UserTaskRow, candidates: Candidates) -> UserTaskRow:
    """Replaces a task's candidates and lifts an existing claim.

    Raises:
        FailedPrecondition: Ended.
    """
    require_open(root_id, task)
    return copy_row(
        task,
        state=offered_state(candidates),
        candidates=candidates,
        lane_party=False,
        assignee="",
        claim_us=None,
        flags=task.flags & ~_DELEGATION,
        version=task.version + 1,
    )


def restrict(task: UserTaskRow) -> UserTaskRow:
    """Marks a task that some users may not do."""
    return copy_row(task, flags=task.flags | RESTRICTED)


def complete(root_id: str, task: UserTaskRow, user: str, membership: Membership | None, now_us: int) -> UserTaskRow:
    """Completes a task; an unclaimed one has its completer as assignee from then on.

    Raises:
        FailedPrecondition: Ended, or delegated: the delegate resolves it, and the delegator completes it.
        PermissionDenied: Claimed by somebody else, or not a candidate.
        Need: The user's membership decides and is not at hand.
    """
    _require_in_charge(root_id, task, user, membership)
    return copy_row(task, state=UserTaskState.COMPLETED, assignee=user, end_us=now_us, version=task.version + 1)


def delegate(root_id: str, task: UserTaskRow, user: str, delegate: str, now_us: int) -> UserTaskRow:
    """Gives a claimed task to a delegate, who gives it back with `resolve`. The owner stays; without one it is the
    delegator.

    Raises:
        FailedPrecondition: Ended, not claimed, or delegated already.
        PermissionDenied: Claimed by somebody else.
    """
    require_claimed_by(root_id, task, user)
    require_not_delegated(root_id, task)
    return copy_row(
        task,
        assignee=delegate,
        owner=task.owner or user,
        claim_us=now_us,
        flags=(task.flags & ~RESOLVED) | DELEGATED,
        version=task.version + 1,
    )


def resolve(root_id: str, task: UserTaskRow, user: str, delegator: str, now_us: int) -> UserTaskRow:
    """Gives a delegated task back to the user who delegated it.

    Raises:
        FailedPrecondition: Ended, or not delegated.
        PermissionDenied: Delegated to somebody else.
    """
    require_claimed_by(root_id, task, user)
    if not task.flags & DELEGATED:
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} is not delegated",
            reason="USER_TASK_NOT_DELEGATED",
            violations=[_violation(root_id, task, "it has to be delegated")],
            metadata=_metadata(root_id, task),
        )
    return copy_row(
        task,
        assignee=delegator,
        claim_us=now_us,
        flags=(task.flags & ~DELEGATED) | RESOLVED,
        version=task.version + 1,
    )


def forward(
    root_id: str, task: UserTaskRow, user: str, membership: Membership | None, candidates: Candidates
) -> UserTaskRow:
    """Offers a task to others: its claimer does that, or a candidate while nobody has claimed it.

    Raises:
        FailedPrecondition: Ended, or delegated.
        PermissionDenied: Claimed by somebody else, or not a candidate.
        Need: The user's membership decides and is not at hand.
    """
    _require_in_charge(root_id, task, user, membership)
    return assign(root_id, task, candidates)


def touch(root_id: str, task: UserTaskRow) -> UserTaskRow:
    """Gives an open task a new version, because something beside it changes.

    Raises:
        FailedPrecondition: Ended.
    """
    require_open(root_id, task)
    return copy_row(task, version=task.version + 1)


def escalate(root_id: str, task: UserTaskRow, candidates: Candidates, priority: int) -> UserTaskRow:
    """Escalates an open task: it is offered to others where some are given, and its priority is raised to the given
    one; otherwise it only counts as changed.

    Raises:
        FailedPrecondition: Ended.
    """
    new = assign(root_id, task, candidates) if candidates else touch(root_id, task)
    return copy_row(new, priority=max(new.priority, priority))


def update(root_id: str, task: UserTaskRow, *, starts: bool | None = None, **values: Any) -> UserTaskRow:
    """Changes priority, dates, owner or candidates of a task; a claim stays.

    Args:
        root_id: Id of the root instance.
        task: The task.
        starts: Whether it has a time at which work should begin; None: as before.
        values: Fields of the row.

    Raises:
        FailedPrecondition: Ended, or the last candidate is taken away.
    """
    require_open(root_id, task)
    candidates: Candidates = values.get("candidates", task.candidates)
    if task.candidates and not candidates:
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} would be for everybody: no candidate is left",
            reason="NO_CANDIDATE",
            violations=[_violation(root_id, task, "a candidate has to be left")],
            metadata=_metadata(root_id, task),
        )
    flags = task.flags if starts is None else (task.flags | STARTS if starts else task.flags & ~STARTS)
    return copy_row(
        task,
        **values,
        state=task.state if task.state is UserTaskState.CLAIMED else offered_state(candidates),
        lane_party=task.lane_party and candidates == task.candidates,
        flags=flags,
        version=task.version + 1,
    )


def reassign(root_id: str, task: UserTaskRow, user: str, lead: str, assignee: str, now_us: int) -> UserTaskRow:
    """Puts a task of a work party into somebody's hands, whoever had it.

    Raises:
        FailedPrecondition: Ended.
        PermissionDenied: The user does not lead the task's work party.
    """
    require_open(root_id, task)
    if not lead or lead != user:
        party = task.candidates.work_party
        raise PermissionDenied(
            f"user {user!r} does not lead a work party that user task {child_id(root_id, task.seq)!r} is offered to",
            reason="NOT_THE_LEAD",
            metadata={**_metadata(root_id, task), "user": user, "work_party": party},
        )
    return copy_row(
        task,
        state=UserTaskState.CLAIMED,
        assignee=assignee,
        claim_us=now_us,
        flags=task.flags & ~_DELEGATION,
        version=task.version + 1,
    )


def decided(plan: UserTaskPlan, outcome: str) -> dict[str, str]:
    """Returns the variable that an outcome becomes: name to JSON text.

    Raises:
        InvalidArgument: The model does not declare the outcome.
    """
    if outcome not in plan.outcomes:
        raise undeclared(outcome, plan.outcomes)
    return {plan.outcome_variable: values.serialize(outcome)}


def undeclared(outcome: str, outcomes: Sequence[str]) -> InvalidArgument:
    """Returns what to raise where a task cannot be decided so.

    Args:
        outcome: How it is to be decided.
        outcomes: How it can be.
    """
    known = ", ".join(map(repr, outcomes)) or "none"
    return InvalidArgument(
        f"outcome {outcome[:80]!r} is not declared by the model, which has {known}",
        reason="OUTCOME_NOT_DECLARED",
        violations=[FieldViolation("outcome", f"the model declares {known}")],
        metadata={"outcomes": ",".join(outcomes)},
    )


def require_open(root_id: str, task: UserTaskRow) -> None:
    """Raises FailedPrecondition where a task has ended."""
    if task.state not in OPEN_USER_TASK_STATES:
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} is {task.state.value}",
            reason="USER_TASK_ENDED",
            violations=[_violation(root_id, task, "it has to be open")],
            metadata=_metadata(root_id, task),
        )


def require_claimed_by(root_id: str, task: UserTaskRow, user: str) -> None:
    """Raises FailedPrecondition where a task has ended or is unclaimed, PermissionDenied where somebody else has it."""
    require_open(root_id, task)
    if task.state is not UserTaskState.CLAIMED:
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} is not claimed",
            reason="USER_TASK_NOT_CLAIMED",
            violations=[_violation(root_id, task, "it has to be claimed")],
            metadata=_metadata(root_id, task),
        )
    if task.assignee != user:
        raise _not_the_claimer(root_id, task, user)


def require_not_delegated(root_id: str, task: UserTaskRow) -> None:
    """Raises FailedPrecondition where a task's claimer works for somebody who gets it back."""
    if task.flags & DELEGATED:
        raise FailedPrecondition(
            f"user task {child_id(root_id, task.seq)!r} is delegated: its delegate resolves it",
            reason="USER_TASK_DELEGATED",
            violations=[_violation(root_id, task, "it has to be resolved first")],
            metadata=_metadata(root_id, task),
        )


def require_allowed(root_id: str, task: UserTaskRow, user: str, excluded: Container[str] | None) -> None:
    """Raises PermissionDenied where a user may not do a task, whoever offers it to them; Need where it is not at hand
    who may not.
    """
    if excluded is None:
        raise Need(excluded=task.seq)
    if user in excluded:
        raise PermissionDenied(
            f"user {user!r} is excluded from user task {child_id(root_id, task.seq)!r}",
            reason="EXCLUDED_OWNER",
            metadata={**_metadata(root_id, task), "user": user},
        )


def require_assignable(root_id: str, task: UserTaskRow, users: Iterable[str], excluded: Container[str]) -> None:
    """Raises FailedPrecondition where a task is to be given or offered by name to somebody who may not do it."""
    for user in users:
        if user in excluded:
            raise FailedPrecondition(
                f"user {user!r} is excluded from user task {child_id(root_id, task.seq)!r}",
                reason="EXCLUDED_OWNER",
                violations=[_violation(root_id, task, f"it has to be for others than {user!r}")],
                metadata={**_metadata(root_id, task), "user": user},
            )


def require_version(root_id: str, task: UserTaskRow, version: int | None) -> None:
    """Raises Aborted where a caller's etag is not the task's."""
    if version is not None and version != task.version:
        raise Aborted(
            f"user task {child_id(root_id, task.seq)!r} has changed since its etag was read",
            reason="ETAG_STALE",
            metadata=_metadata(root_id, task),
        )


def require_at_work(root_id: str, task: UserTaskRow, user: str, membership: Membership | None) -> None:
    """Raises FailedPrecondition where a task has ended, PermissionDenied where a user has not claimed it, or could not
    while nobody has.
    """
    require_open(root_id, task)
    if task.state is not UserTaskState.CLAIMED:
        _require_candidate(root_id, task, user, membership)
    elif task.assignee != user:
        raise _not_the_claimer(root_id, task, user)


def _require_in_charge(root_id: str, task: UserTaskRow, user: str, membership: Membership | None) -> None:
    require_at_work(root_id, task, user, membership)
    require_not_delegated(root_id, task)


def _require_candidate(root_id: str, task: UserTaskRow, user: str, membership: Membership | None) -> None:
    if not is_candidate(task, user, membership):
        raise PermissionDenied(
            f"user {user!r} is not a candidate of user task {child_id(root_id, task.seq)!r}",
            reason="NOT_A_CANDIDATE",
            metadata={**_metadata(root_id, task), "user": user},
        )


def _not_the_claimer(root_id: str, task: UserTaskRow, user: str) -> PermissionDenied:
    return PermissionDenied(
        f"user task {child_id(root_id, task.seq)!r} is claimed by somebody else than {user!r}",
        reason="NOT_THE_ASSIGNEE",
        metadata={**_metadata(root_id, task), "user": user},
    )


def _violation(root_id: str, task: UserTaskRow, wanted: str) -> PreconditionViolation:
    return PreconditionViolation(
        "STATE", f"userTasks/{child_id(root_id, task.seq)}", f"{wanted}; it is {task.state.value}"
    )


def _metadata(root_id: str, task: UserTaskRow) -> dict[str, str]:
    return {"user_task_id": child_id(root_id, task.seq), "state": task.state.value}
