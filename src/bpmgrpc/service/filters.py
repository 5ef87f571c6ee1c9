"""Filters of user tasks as the contract has them.

Rule of this file: a filter that cannot let anything through because it contradicts itself is refused, with its field
named as callers wrote it.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.field_conditions import field_conditions
from bpmgrpc.store.views import UserTaskFilter, UserTaskPart
from bpmgrpc.v1 import user_task_filter_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.v1 import process_runtime_pb2

__all__ = ["inbox_filter", "time_range", "user_task_filter"]

_STATES: Final = {number: state for state, number in mapping.USER_TASK_STATES.items()}
_PARTS: Final = {pb.UserTaskFilter.Part.Value(f"PART_{part}"): part for part in UserTaskPart}
_OPEN: Final = frozenset(OPEN_USER_TASK_STATES)
_HIGHEST: Final = 99
_TEXTS: Final = (
    "process_name",
    "app_name",
    "business_key",
    "assignee",
    "role",
    "group",
    "work_party",
    "owner",
    "element_id",
    "name_contains",
)
_INBOX_FIELDS: Final = frozenset(  # that narrow the list, beside the user
    (
        "process_instance_id",
        "role",
        "group",
        "assignee",
        "states",
        "process_name",
        "app_name",
        "business_key",
        "filter",
    )
)
_TO_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def user_task_filter(message: pb.UserTaskFilter, user: str = "", field: str = "filter.") -> UserTaskFilter:
    """Reads a filter.

    Args:
        message: The filter.
        user: Whose tasks; empty: everybody's.
        field: What stands before the names of its fields.

    Raises:
        InvalidArgument: A field that cannot be read, or that contradicts another.
        NotFound: An instance id that is none of ours.
    """
    texts: dict[str, Any] = {name: checks.name(getattr(message, name), f"{field}{name}") for name in _TEXTS}
    texts["name_contains"] = texts["name_contains"].translate(_TO_LOWER)
    parts = checks.states(message.parts, _PARTS, f"{field}parts")
    if parts and not user:
        checks.invalid(f"{field}parts", "needs a user whose tasks these are")
    for name in ("priority_min", "priority_max"):
        if not 0 <= getattr(message, name) <= _HIGHEST:
            checks.invalid(f"{field}{name}", f"has to be from 1 to {_HIGHEST}; 0 means any")
    if 0 < message.priority_max < message.priority_min:
        checks.invalid(f"{field}priority_max", "is lower than priority_min")
    if message.create_time.absent:
        checks.invalid(f"{field}create_time.absent", "every task has a create_time")
    states = checks.states(message.states, _STATES, f"{field}states")
    ended = time_range(message.end_time, f"{field}end_time", "end")
    if message.end_time.absent:
        checks.invalid(f"{field}end_time.absent", "open tasks are told by their states")
    if any(limit is not None for limit in ended.values()) and (not states or set(states) & _OPEN):
        checks.invalid(f"{field}end_time", "needs states that are all COMPLETED or CANCELED")
    instance: tuple[str, int] = ("", 0)
    if message.process_instance_id:
        instance = checks.instance_id(message.process_instance_id, f"{field}process_instance_id")
    parent: tuple[str, int] = ("", 0)
    if message.parent_user_task_id:
        parent = checks.row_id(message.parent_user_task_id, f"{field}parent_user_task_id", "user task")
        if instance[0] not in ("", parent[0]):
            checks.invalid(f"{field}parent_user_task_id", "is no task of process_instance_id")
    return UserTaskFilter(
        root_id=instance[0] or parent[0],
        instance=instance[1],
        parent=parent[1],
        user=user,
        states=states,
        parts=parts,
        priority_min=message.priority_min,
        priority_max=message.priority_max,
        fields=field_conditions(message.fields, f"{field}fields"),
        **texts,
        **ended,
        **time_range(message.create_time, f"{field}create_time", "create"),
        **time_range(message.due_time, f"{field}due_time", "due", "without_due"),
        **time_range(message.follow_up_time, f"{field}follow_up_time", "follow_up", "without_follow_up"),
    )


def inbox_filter(
    request: process_runtime_pb2.ListUserTasksRequest | process_runtime_pb2.CountUserTasksRequest,
) -> UserTaskFilter:
    """Reads the filters of a list: the fields of the request, and those of its ``filter``.

    Raises:
        InvalidArgument: A field that cannot be read, or two that contradict each other.
        NotFound: An instance id that is none of ours.
    """
    user = checks.name(request.user, "user")
    given = {field.name for field, _ in request.ListFields()}
    if given.isdisjoint(_INBOX_FIELDS):
        return UserTaskFilter(user=user)  # most calls ask for nothing else
    plain = pb.UserTaskFilter(
        process_instance_id=request.process_instance_id,
        role=request.role,
        group=request.group,
        assignee=request.assignee,
        states=request.states,
        process_name=request.process_name,
        app_name=request.app_name,
        business_key=request.business_key,
    )
    found = user_task_filter(plain, user, "")
    if not request.HasField("filter"):
        return found
    more = user_task_filter(request.filter, user)
    chosen = {one.name: getattr(found, one.name) for one in fields(found) if getattr(found, one.name)}
    for name, value in chosen.items():
        other = getattr(more, name)
        if other and other != value:
            shown = "process_instance_id" if name in ("root_id", "instance") else name
            checks.invalid(f"filter.{shown}", f"contradicts {shown}, which is given as well")
    return replace(more, **chosen)


def time_range(message: pb.TimeRange, field: str, name: str, without: str = "") -> dict[str, Any]:
    """Reads a range of times.

    Args:
        message: The range.
        field: Its field as callers write it.
        name: What the limits are called: ``<name>_from_us`` and ``<name>_until_us``.
        without: What the wish for things without such a time is called; empty where all have one.

    Raises:
        InvalidArgument: It wants both a time and none.
    """
    limits = {
        f"{name}_from_us": checks.time_us(message.start_time) if message.HasField("start_time") else None,
        f"{name}_until_us": checks.time_us(message.end_time) if message.HasField("end_time") else None,
    }
    if not without:
        return limits
    if message.absent and any(limit is not None for limit in limits.values()):
        checks.invalid(f"{field}.absent", "contradicts start_time and end_time")
    return {**limits, without: message.absent}
