"""Whether a filter of user tasks lets one task through: in Python what ``bpmgrpc.store.inbox`` says in SQL.

Rule of this file: each field of `UserTaskFilter` has its line in `_TESTS`, and a test compares both on random tasks. It
is here so that a change of one task can be told to thousands of watchers without asking the database for each.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, UserTaskState
from bpmgrpc.store.rows import candidate_keys
from bpmgrpc.store.views import UserTaskPart

if TYPE_CHECKING:
    from bpmgrpc.engine.state import UserTaskRow
    from bpmgrpc.store.views import UserTaskFilter, UserTaskView

__all__ = ["Surroundings", "concerned", "lets_through", "watched_keys"]

_UNCLAIMED: Final = (UserTaskState.WAITING, UserTaskState.ASSIGNED)
_CLAIMED_BY: Final = "A"  # beside the letters of pools, see `candidate_keys`
_POOLS: Final = {"group": "G", "role": "R", "work_party": "P"}
_TO_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Surroundings(NamedTuple):
    """What a filter needs to know besides the task.

    Attributes:
        pools: Keys of the pools in which the user's tasks lie.
        inside: Numbers of the filter's instance and of those it called.
    """

    pools: frozenset[str] = frozenset()
    inside: Container[int] = ()


_Test = Callable[["UserTaskFilter", "UserTaskView", Surroundings], bool]


def _pools_of(row: UserTaskRow) -> list[str]:
    """The keys of the pools that a task lies in."""
    return candidate_keys(row.candidates) if row.state in _UNCLAIMED else []


def _of_user(filter_: UserTaskFilter, task: UserTaskView, around: Surroundings) -> bool:
    row = task.row
    claimed = row.assignee == filter_.user and (not filter_.parts or UserTaskPart.CLAIMED in filter_.parts)
    return claimed or (filter_.user not in task.excluded and not around.pools.isdisjoint(_pools_of(row)))


def _equal(name: str) -> _Test:
    return lambda filter_, task, _: getattr(task.row, name) == getattr(filter_, name)


def _in_pool(name: str) -> _Test:
    return lambda filter_, task, _: _POOLS[name] + getattr(filter_, name) in _pools_of(task.row)


def _from(name: str, limit: str) -> _Test:
    def test(filter_: UserTaskFilter, task: UserTaskView, _: Surroundings) -> bool:
        value = getattr(task.row, name)
        return value is not None and value >= getattr(filter_, limit)

    return test


def _until(name: str, limit: str) -> _Test:
    def test(filter_: UserTaskFilter, task: UserTaskView, _: Surroundings) -> bool:
        value = getattr(task.row, name)
        return value is not None and value < getattr(filter_, limit)

    return test


_TESTS: Final[Mapping[str, _Test]] = {
    "root_id": lambda filter_, task, _: task.root_id == filter_.root_id,
    "instance": lambda _, task, around: task.row.instance in around.inside,
    "parent": _equal("parent"),
    "user": _of_user,
    "role": _in_pool("role"),
    "group": _in_pool("group"),
    "assignee": _equal("assignee"),
    "states": lambda filter_, task, _: task.row.state in filter_.states,
    "process_name": lambda filter_, task, _: task.process_name == filter_.process_name,
    "app_name": lambda filter_, task, _: task.app_name == filter_.app_name,
    "business_key": _equal("business_key"),
    "parts": lambda *_: True,  # part of the test of the user
    "work_party": _in_pool("work_party"),
    "owner": _equal("owner"),
    "element_id": _equal("element_id"),
    "name_contains": lambda filter_, task, _: filter_.name_contains in task.row.name.translate(_TO_LOWER),
    "priority_min": lambda filter_, task, _: task.row.priority >= filter_.priority_min,
    "priority_max": lambda filter_, task, _: task.row.priority <= filter_.priority_max,
    "create_from_us": _from("create_us", "create_from_us"),
    "create_until_us": _until("create_us", "create_until_us"),
    "due_from_us": _from("due_us", "due_from_us"),
    "due_until_us": _until("due_us", "due_until_us"),
    "without_due": lambda _, task, __: task.row.due_us is None,
    "follow_up_from_us": _from("follow_up_us", "follow_up_from_us"),
    "follow_up_until_us": _until("follow_up_us", "follow_up_until_us"),
    "without_follow_up": lambda _, task, __: task.row.follow_up_us is None,
    "end_from_us": _from("end_us", "end_from_us"),
    "end_until_us": _until("end_us", "end_until_us"),
}


def lets_through(filter_: UserTaskFilter) -> Callable[[UserTaskView, Surroundings], bool]:
    """Returns the test of a filter: which tasks it lets through, given what is around them."""
    given = [test for name, test in _TESTS.items() if getattr(filter_, name) not in (None, "", 0, ())]
    states = filter_.states or OPEN_USER_TASK_STATES

    def test(task: UserTaskView, around: Surroundings) -> bool:
        return task.row.state in states and all(each(filter_, task, around) for each in given)

    return test


def watched_keys(filter_: UserTaskFilter, pools: frozenset[str]) -> frozenset[str] | None:
    """Returns keys of which a task has to have one to get through a filter; None where any task may.

    Args:
        filter_: The filter.
        pools: Keys of the pools in which its user's tasks lie.
    """
    if filter_.user:
        return pools | {_CLAIMED_BY + filter_.user}
    if filter_.assignee:
        return frozenset((_CLAIMED_BY + filter_.assignee,))
    for name, letter in _POOLS.items():
        if getattr(filter_, name):
            return frozenset((letter + getattr(filter_, name),))
    return None


def concerned(row: UserTaskRow) -> list[str]:
    """Returns the keys that a task has, see `watched_keys`."""
    return [*_pools_of(row), _CLAIMED_BY + row.assignee] if row.assignee else _pools_of(row)
