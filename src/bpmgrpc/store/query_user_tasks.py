"""Lists of user tasks, and what a task sees.

Rule of this file: who belongs to which group, role or work party is looked up in the query itself, so a change of the
directory shows at once. A list of one person's tasks starts from the person (what is claimed, what is offered), not
from all tasks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, literal_column, or_, select, tuple_

from bpmgrpc.store import tables
from bpmgrpc.store.lists import Listing
from bpmgrpc.store.membership import candidate_keys_of
from bpmgrpc.store.paging import Order
from bpmgrpc.store.query_instances import descendants
from bpmgrpc.store.rows import DEFINITION_COLUMNS, read_definition, read_user_task, table_of
from bpmgrpc.store.statements import Dialect, Statement, among, among_texts, number, numbers, word
from bpmgrpc.store.visible import visible_variables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from bpmgrpc.engine.state import UserTaskRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.paging import Page, PageOf

_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_definitions: Final = table_of(tables.ProcessDefinition)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)

_source: Final = _tasks.join(_definitions, _definitions.c.id == _tasks.c.definition_id)
_columns: Final = [*_tasks.columns, *_definitions.columns]
_CLAIMED: Final = literal_column("'CLAIMED'")
_unclaimed: Final = _tasks.c.end_us.is_(None) & (_tasks.c.state != _CLAIMED)
_key: Final = tuple_(_tasks.c.root_id, _tasks.c.seq)


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A user task with its definition."""

    root_id: str
    row: UserTaskRow
    definition: DefinitionRow


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which user tasks are wanted; empty fields do not filter. Without states, the open ones."""

    root_id: str = ""
    instance: int = 0  # with root_id: only of this called instance and of those it called; 0: of the whole root
    user: str = ""
    role: str = ""
    group: str = ""
    assignee: str = ""
    states: tuple[str, ...] = ()
    process_name: str = ""
    app_name: str = ""
    business_key: str = ""


def _offered(keys: Any) -> Any:
    return select(_candidates.c.root_id, _candidates.c.seq).where(_candidates.c.candidate.in_(keys))


def _of_user(_: Dialect) -> ColumnElement[bool]:
    claimed = select(_tasks.c.root_id, _tasks.c.seq).where(
        _tasks.c.assignee == word("user"),
        _tasks.c.assignee != literal_column("''"),
        _tasks.c.end_us.is_(None),
    )
    offered = _offered(candidate_keys_of(word("user")))
    mine = _key.in_(claimed.union(offered))
    return and_(mine, or_(_unclaimed, and_(_tasks.c.state == _CLAIMED, _tasks.c.assignee == word("user"))))


def _offered_to(parameter: str, kind: str) -> ColumnElement[bool]:
    return and_(_unclaimed, _key.in_(_offered([literal_column(f"'{kind}'").concat(word(parameter))])))


_LISTING: Final = Listing(
    name="user_tasks",
    columns=_columns,
    source=_source,
    orders={
        "priority": Order("priority", _tasks.c.priority),
        "create_time": Order("create_time", _tasks.c.create_us),
        "due_time": Order("due_time", _tasks.c.due_us, nullable=True),
        "name": Order("name", _tasks.c.name),
    },
    default_order="priority desc, create_time",
    keys=(Order("root_id", _tasks.c.root_id), Order("seq", _tasks.c.seq)),
    conditions={
        "open": lambda _: _tasks.c.end_us.is_(None),
        "states": lambda dialect: among_texts(_tasks.c.state, "states", dialect),
        "root": lambda _: _tasks.c.root_id == word("root_id"),
        "instances": lambda dialect: among(_tasks.c.instance, "instances", dialect),
        "user": _of_user,
        "role": lambda _: _offered_to("role", "R"),
        "group": lambda _: _offered_to("group_name", "G"),
        "assignee": lambda _: and_(
            _tasks.c.assignee == word("assignee"), _tasks.c.assignee != literal_column("''"), _tasks.c.claim_us.is_not(None)
        ),
        "process_name": lambda _: _definitions.c.process_name == word("process_name"),
        "app_name": lambda _: _definitions.c.app_name == word("app_name"),
        "business_key": lambda _: _tasks.c.business_key == word("business_key"),
    },
    read=lambda row: _read(row),
)

_GET: Final = Statement(
    select(*_columns).select_from(_source).where(_tasks.c.root_id == word("root_id"), _tasks.c.seq == number("seq"))
)
_ACTIVE: Final = Statement(
    select(literal_column("1"))
    .select_from(_elements)
    .where(_elements.c.root_id == word("root_id"), _elements.c.seq == number("seq"))
)
_OF_SCOPE: Final = Statement(
    select(_variables.c.name, _variables.c.value)
    .where(_variables.c.root_id == word("root_id"), _variables.c.scope == number("scope"))
    .order_by(_variables.c.name)
)


def _read(row: Sequence[Any]) -> FoundTask:
    width = len(row) - len(DEFINITION_COLUMNS)
    return FoundTask(row[0], read_user_task(row[1:width]), read_definition(row[width:]))


class UserTaskQueries:
    """What people ask about user tasks."""

    db: Connection

    def get_user_task(self, root_id: str, seq: int) -> FoundTask | None:
        """Returns one task, open or ended."""
        found = self.db.fetch(_GET, {"root_id": root_id, "seq": seq})
        return _read(found[0]) if found else None

    def list_user_tasks(self, wanted: TaskFilter, page: Page) -> PageOf[FoundTask]:
        """Lists tasks."""
        return _LISTING.page(self.db, self._filters(wanted), page)

    def count_user_tasks(self, wanted: TaskFilter) -> int:
        """Returns how many tasks a list has."""
        return _LISTING.count(self.db, self._filters(wanted))

    def _filters(self, wanted: TaskFilter) -> dict[str, Mapping[str, Any]]:
        filters: dict[str, Mapping[str, Any]] = {}
        if wanted.states:
            filters["states"] = {"states": json.dumps(wanted.states)}
        else:
            filters["open"] = {}
        if wanted.root_id:
            filters["root"] = {"root_id": wanted.root_id}
            if wanted.instance:
                inside = descendants(self.db, wanted.root_id, wanted.instance)
                filters["instances"] = {"instances": numbers(inside, self.db.dialect)}
        for name, value in (
            ("user", wanted.user),
            ("role", wanted.role),
            ("assignee", wanted.assignee),
            ("process_name", wanted.process_name),
            ("app_name", wanted.app_name),
            ("business_key", wanted.business_key),
        ):
            if value:
                filters[name] = {name: value}
        if wanted.group:
            filters["group"] = {"group_name": wanted.group}
        return filters

    def user_task_variables(
        self, root_id: str, seq: int, names: Sequence[str] = ()
    ) -> dict[str, str] | None:
        """Returns the variables that a task sees, by name in order; of an ended task, those of its instance.

        Returns:
            None where there is no such task.
        """
        key = {"root_id": root_id, "seq": seq}
        if self.db.fetch(_ACTIVE, key):
            return visible_variables(self.db, [(root_id, seq)], names)[0]
        task = self.get_user_task(root_id, seq)
        if task is None:
            return None
        found = {
            name: value for name, value in self.db.fetch(_OF_SCOPE, {"root_id": root_id, "scope": task.row.instance})
        }
        return {name: value for name, value in found.items() if not names or name in names}
