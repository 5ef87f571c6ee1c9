"""Updates of user tasks by field mask (AIP-134).

Rule of this file: a path is a row of a table, which says how its value is read. A path that is none of them is
refused by its name, so that nobody believes something changed that cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.runtime.handovers import KEEP, TaskUpdate
from bpmgrpc.service import checks

if TYPE_CHECKING:
    from bpmgrpc.v1.user_task_pb2 import UserTask
    from bpmgrpc.v1.user_task_runtime_pb2 import UpdateUserTaskRequest

__all__ = ["task_update"]

_HIGHEST: Final = 99


def _priority(task: UserTask, field: str) -> int:
    if not 1 <= task.priority <= _HIGHEST:
        checks.invalid(field, f"has to be from 1 to {_HIGHEST}")
    return task.priority


def _time(name: str) -> Callable[[UserTask, str], int | None]:
    def read(task: UserTask, _field: str) -> int | None:
        return checks.time_us(getattr(task, name)) if task.HasField(name) else None

    return read


def _names(name: str) -> Callable[[UserTask, str], tuple[str, ...]]:
    return lambda task, field: checks.names(getattr(task, name), field)


def _name(name: str) -> Callable[[UserTask, str], str]:
    return lambda task, field: checks.name(getattr(task, name), field)


_Read = Callable[["UserTask", str], Any]
# Path, field of the row or of its candidates, and how it is read.
_ROW: Final[Mapping[str, tuple[str, _Read]]] = {
    "priority": ("priority", _priority),
    "due_time": ("due_us", _time("due_time")),
    "follow_up_time": ("follow_up_us", _time("follow_up_time")),
    "owner": ("owner", _name("owner")),
}
_CANDIDATES: Final[Mapping[str, tuple[str, _Read]]] = {
    "candidate_users": ("users", _names("candidate_users")),
    "candidate_groups": ("groups", _names("candidate_groups")),
    "candidate_roles": ("roles", _names("candidate_roles")),
    "work_party": ("work_party", _name("work_party")),
}
_START: Final = "start_time"
_PATHS: Final = (*_ROW, *_CANDIDATES, _START)


def task_update(request: UpdateUserTaskRequest) -> TaskUpdate:
    """Reads what to change of a task.

    Raises:
        InvalidArgument: Nothing, a path that cannot be changed, or a value that is none.
    """
    task = request.user_task
    paths = list(dict.fromkeys(request.update_mask.paths))
    if not request.HasField("update_mask"):
        paths = [field.name for field, _ in task.ListFields() if field.name in _PATHS]
    for index, path in enumerate(paths):
        if path not in _PATHS:
            checks.invalid(f"update_mask.paths[{index}]", f"{path!r} is none of {', '.join(_PATHS)}")
    if not paths:
        checks.invalid("update_mask", "names nothing to change")
    row = {_ROW[path][0]: _ROW[path][1](task, f"user_task.{path}") for path in paths if path in _ROW}
    given = {path: _CANDIDATES[path][1](task, f"user_task.{path}") for path in paths if path in _CANDIDATES}
    start_us = _time(_START)(task, _START) if _START in paths else KEEP
    told = {path: row[_ROW[path][0]] for path in paths if path in _ROW} | given
    if start_us != KEEP:
        told[_START] = start_us
    return TaskUpdate(row, {_CANDIDATES[path][0]: value for path, value in given.items()}, start_us, told)
