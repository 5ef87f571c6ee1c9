"""Queries: what people and programs ask, answered from what the commands wrote.

Rule of this file: nothing here changes anything, and nothing is remembered between two questions. What is asked for by
its id and is not there is ``NotFound``, with the id as callers know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.errors import NotFound
from bpmgrpc.ids import child_id
from bpmgrpc.store import inbox, lists, rows, tables
from bpmgrpc.store.batches import BatchQueries
from bpmgrpc.store.beside import start_times
from bpmgrpc.store.directory_queries import DirectoryQueries
from bpmgrpc.store.exclusions import excluded_users
from bpmgrpc.store.history_export import ExportedBatch, HistoryExport, export_history
from bpmgrpc.store.history_filter import ALL_EVENTS, HistoryEventFilter
from bpmgrpc.store.history_queries import list_history
from bpmgrpc.store.incident_details import incident_details
from bpmgrpc.store.next_tasks import next_user_tasks
from bpmgrpc.store.notes import NoteQueries
from bpmgrpc.store.paging import Page, PageRequest
from bpmgrpc.store.retention import RETENTIONS, AgedInstance, RetentionRow, aged_instances, all_retentions
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, number, word
from bpmgrpc.store.user_task_changes import ChangeQueries
from bpmgrpc.store.views import (
    ActiveElements,
    DefinitionFilter,
    HistoryEventView,
    IncidentDetails,
    IncidentFilter,
    IncidentView,
    ProcessInstanceFilter,
    ProcessInstanceView,
    UserTaskFilter,
    UserTaskView,
)
from bpmgrpc.store.visible import visible_variables

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow

__all__ = ["MAX_ACTIVE_ELEMENTS", "Queries"]

MAX_ACTIVE_ELEMENTS: Final = 1_000
_FIRST_PAGE: Final = PageRequest()

_tasks: Final = table_of(tables.UserTask)
_instances: Final = table_of(tables.ProcessInstance)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_definitions: Final = table_of(tables.ProcessDefinition)
_resources: Final = table_of(tables.ProcessResource)

_PING: Final = Statement(select(constant("1")))
_TASK: Final = Statement(
    inbox.user_task_source().where(_tasks.c.root_id == word("root_id"), _tasks.c.seq == number("seq"))
)
_INSTANCE: Final = Statement(
    lists.instance_source().where(_instances.c.root_id == word("root_id"), _instances.c.seq == number("seq"))
)
_INSTANCE_EXISTS: Final = Statement(
    select(constant("1")).where(_instances.c.root_id == word("root_id"), _instances.c.seq == number("seq"))
)
_TASK_PLACE: Final = Statement(
    select(_tasks.c.instance, _tasks.c.end_us).where(_tasks.c.root_id == word("root_id"), _tasks.c.seq == number("seq"))
)
_SCOPE_VARIABLES: Final = Statement(
    select(_variables.c.name, _variables.c.value)
    .where(_variables.c.root_id == word("root_id"), _variables.c.scope == number("scope"))
    .order_by(_variables.c.name)
)
_DEFINITION: Final = Statement(select(_definitions).where(_definitions.c.id == word("id")))
_ALL_DEFINITIONS: Final = Statement(
    select(_definitions)
    .where(_definitions.c.deleted == constant("0"))
    .order_by(_definitions.c.app_name, _definitions.c.process_name, _definitions.c.version.desc())
)
_CONTENT: Final = Statement(
    select(_resources.c.content)
    .join(_definitions, _definitions.c.resource_hash == _resources.c.hash)
    .where(_definitions.c.id == word("id"))
)


def _active(*, of_root: bool) -> Statement:
    """Elements of one process instance: down into sub-processes, but not into the processes that it called."""
    columns = list(_elements.columns)[1:]
    outermost = select(*columns).where(_elements.c.root_id == word("root_id"))
    if of_root:
        outermost = outermost.where(_elements.c.scope == constant("0"))
    else:
        outermost = outermost.where(_elements.c.scope != constant("0"), _elements.c.scope == number("scope"))
    inside = outermost.cte("inside", recursive=True)
    child = _elements.alias("child")
    inside = inside.union_all(
        select(*list(child.columns)[1:])
        .select_from(inside)
        .join(child, (child.c.root_id == word("root_id")) & (child.c.scope == inside.c.seq))
        # "scope <> 0" names the partial index on the content of sub-processes.
        .where(child.c.scope != constant("0"), inside.c.border == constant("0"))
    )
    return Statement(
        select(*inside.columns, func.count().over())
        .where(inside.c.state != constant("'DONE'"))  # completed, and kept to be compensated
        .order_by(inside.c.create_us, inside.c.seq)
        .limit(constant(str(MAX_ACTIVE_ELEMENTS)))
        .offset(constant("0"))
    )


_ACTIVE_OF_ROOT: Final = _active(of_root=True)
_ACTIVE_OF_CALLED: Final = _active(of_root=False)


class Queries(DirectoryQueries, ChangeQueries, NoteQueries, BatchQueries):
    """The questions that can be asked.

    Args:
        db: A connection.
    """

    def __init__(self, db: Connection) -> None:
        self.db = db

    def ping(self) -> None:
        """Asks the database for a sign of life."""
        self.db.fetch(_PING)

    def snapshot(self) -> AbstractContextManager[None]:
        """Makes everything that is asked within the block see the same state; a single question always does."""
        return self.db.snapshot()

    # -- user tasks -----------------------------------------------------------------------------------------------

    def get_user_task(self, root_id: str, seq: int) -> UserTaskView:
        """Returns a user task, open or ended.

        Raises:
            NotFound: There is none.
        """
        found = self.db.fetch(_TASK, {"root_id": root_id, "seq": seq})
        if not found:
            raise _no_task(root_id, seq)
        return inbox.read_user_task(found[0])

    def list_user_tasks(self, filter_: UserTaskFilter, page: PageRequest = _FIRST_PAGE) -> Page[UserTaskView]:
        """Returns a page of user tasks, by default the open ones, highest priority first, then oldest first.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
            NotFound: The instance of the filter does not exist.
        """
        found = inbox.USER_TASKS.page(self.db, inbox.user_task_shape(filter_), lists.values_of(filter_), page)
        if not found.items and filter_.root_id:
            self._require_instance(filter_.root_id, filter_.instance)
        return found

    def count_user_tasks(self, filter_: UserTaskFilter) -> int:
        """Returns how many user tasks fit.

        Raises:
            NotFound: The instance of the filter does not exist.
        """
        count = inbox.USER_TASKS.count(self.db, inbox.user_task_shape(filter_), lists.values_of(filter_))
        if not count and filter_.root_id:
            self._require_instance(filter_.root_id, filter_.instance)
        return count

    def start_times(self, tasks: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Returns when work on tasks should begin; see ``bpmgrpc.store.beside``."""
        return start_times(self.db, tasks)

    def excluded_users(self, root_id: str, seq: int) -> frozenset[str]:
        """Returns who may not do a user task."""
        return excluded_users(self.db, root_id, seq)

    def next_user_tasks(self, root_id: str, user: str) -> list[UserTaskView]:
        """Returns the first open tasks of a root instance that a user has claimed or may claim, tasks for everybody
        included; see ``bpmgrpc.store.next_tasks``.
        """
        return next_user_tasks(self.db, root_id, user)

    def user_task_variables(self, root_id: str, seq: int, names: Sequence[str] = ()) -> dict[str, str]:
        """Returns the variables that a user task sees; of an ended one, those of its process instance.

        Args:
            root_id: Id of the root instance.
            seq: Number of the task.
            names: Which are wanted; empty: all. What is no variable is left out.

        Returns:
            Name to JSON text, in order of the names.

        Raises:
            NotFound: There is no such task.
        """
        seen = visible_variables(self.db, [(root_id, seq)], names, open_tasks=True)[0]
        if seen:
            return seen
        # There is no such task, or it has ended, or it sees nothing.
        place = self.db.fetch(_TASK_PLACE, {"root_id": root_id, "seq": seq})
        if not place:
            raise _no_task(root_id, seq)
        instance, end_us = place[0]
        if end_us is None:
            return {}
        found = self.instance_variables(root_id, instance)
        return {name: found[name] for name in sorted(set(names)) if name in found} if names else found

    # -- process instances ----------------------------------------------------------------------------------------

    def get_process_instance(self, root_id: str, seq: int = ROOT_SCOPE) -> ProcessInstanceView:
        """Returns a process instance, without its variables.

        Raises:
            NotFound: There is none.
        """
        found = self.db.fetch(_INSTANCE, {"root_id": root_id, "seq": seq})
        if not found:
            raise _no_instance(root_id, seq)
        return lists.read_instance(found[0])

    def list_process_instances(
        self, filter_: ProcessInstanceFilter, page: PageRequest = _FIRST_PAGE
    ) -> Page[ProcessInstanceView]:
        """Returns a page of process instances, by default the newest first.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
        """
        return lists.INSTANCES.page(self.db, lists.instance_shape(filter_), lists.values_of(filter_), page)

    def active_elements(self, root_id: str, seq: int = ROOT_SCOPE) -> ActiveElements:
        """Returns the active elements of one process instance; those of the processes that it called are theirs."""
        if seq == ROOT_SCOPE:
            found = self.db.fetch(_ACTIVE_OF_ROOT, {"root_id": root_id})
        else:
            found = self.db.fetch(_ACTIVE_OF_CALLED, {"root_id": root_id, "scope": seq})
        return ActiveElements([rows.read_element(row[:-1]) for row in found], found[0][-1] if found else 0)

    def instance_variables(self, root_id: str, seq: int = ROOT_SCOPE) -> dict[str, str]:
        """Returns the variables of a process instance's own scope: name to JSON text, in order of the names."""
        found = self.db.fetch(_SCOPE_VARIABLES, {"root_id": root_id, "scope": seq})
        return {row[0]: row[1] for row in found}

    def list_history(
        self,
        root_id: str,
        seq: int = ROOT_SCOPE,
        page: PageRequest = _FIRST_PAGE,
        wanted: HistoryEventFilter = ALL_EVENTS,
    ) -> Page[HistoryEventView]:
        """Returns a page of what happened in a root instance, the oldest first; the total is not counted.

        Args:
            root_id: Id of the root instance.
            seq: Number of a called instance, which has to exist; its root's events are listed.
            page: Which page.
            wanted: Which events.

        Raises:
            InvalidArgument: ``page_size``, ``page_token`` or ``skip`` is wrong.
            NotFound: There is no such instance.
        """
        found = list_history(self.db, root_id, page, wanted)
        if seq != ROOT_SCOPE or not found.items:
            self._require_instance(root_id, seq)
        return found

    def export_history(self, wanted: HistoryExport, token: str, limit: int) -> ExportedBatch:
        """Returns the next events of an export; see ``bpmgrpc.store.history_export``.

        Raises:
            InvalidArgument: The token is none, or is one of another export.
        """
        return export_history(self.db, wanted, token, limit)

    def aged_instances(self, after: tuple[int, str], before_us: int, limit: int) -> list[AgedInstance]:
        """Returns root instances as they were started; see ``bpmgrpc.store.retention``."""
        return aged_instances(self.db, after, before_us, limit)

    def retentions(self) -> list[RetentionRow]:
        """Returns how long ended instances are kept, of each process of which somebody said so."""
        return all_retentions(self.db)

    def list_retentions(self, page: PageRequest = _FIRST_PAGE) -> Page[RetentionRow]:
        """Returns a page of how long ended instances are kept, by process and application.

        Raises:
            InvalidArgument: ``page_size``, ``page_token`` or ``skip`` is wrong.
        """
        return RETENTIONS.page(self.db, (), {}, page)

    def _require_instance(self, root_id: str, seq: int) -> None:
        if not self.db.fetch(_INSTANCE_EXISTS, {"root_id": root_id, "seq": seq}):
            raise _no_instance(root_id, seq)

    # -- definitions ----------------------------------------------------------------------------------------------

    def get_definition(self, definition_id: str) -> DefinitionRow:
        """Returns a deployed version.

        Raises:
            NotFound: There is none.
        """
        found = self.db.fetch(_DEFINITION, {"id": definition_id})
        if not found:
            raise _no_definition(definition_id)
        return rows.read_definition(found[0])

    def load_resource(self, definition_id: str) -> bytes:
        """Returns the BPMN file of a deployed version.

        Raises:
            NotFound: There is none.
        """
        found = self.db.fetch(_CONTENT, {"id": definition_id})
        if not found:
            raise _no_definition(definition_id)
        return bytes(found[0][0])

    def list_definitions(self, filter_: DefinitionFilter, page: PageRequest = _FIRST_PAGE) -> Page[DefinitionRow]:
        """Returns a page of definitions, by default by application and name, newest version first.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
        """
        return lists.DEFINITIONS.page(self.db, lists.definition_shape(filter_), lists.values_of(filter_), page)

    def all_definitions(self) -> list[DefinitionRow]:
        """Returns every deployed version, by application and name, newest version first."""
        return [rows.read_definition(row) for row in self.db.fetch(_ALL_DEFINITIONS)]

    # -- incidents ------------------------------------------------------------------------------------------------

    def list_incidents(self, filter_: IncidentFilter, page: PageRequest = _FIRST_PAGE) -> Page[IncidentView]:
        """Returns a page of incidents, by default the open ones, the newest first.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
            NotFound: The instance of the filter does not exist.
        """
        if not (filter_.open or filter_.resolved):
            return Page([])
        found = lists.INCIDENTS.page(self.db, lists.incident_shape(filter_), lists.values_of(filter_), page)
        if not found.items and filter_.root_id:
            self._require_instance(filter_.root_id, filter_.instance)
        return found

    def count_incidents(self, filter_: IncidentFilter) -> int:
        """Returns how many incidents fit.

        Raises:
            NotFound: The instance of the filter does not exist.
        """
        count = lists.INCIDENTS.count(self.db, lists.incident_shape(filter_), lists.values_of(filter_))
        if not count and filter_.root_id:
            self._require_instance(filter_.root_id, filter_.instance)
        return count

    def get_incident(self, root_id: str, seq: int) -> IncidentDetails:
        """Returns an incident with the variables at hand and the failures before it.

        Raises:
            NotFound: There is none.
        """
        with self.snapshot():
            found = incident_details(self.db, root_id, seq)
        if found is None:
            name = child_id(root_id, seq)
            raise NotFound(f"incident {name!r} does not exist", metadata={"incident_id": name})
        return found


def _no_task(root_id: str, seq: int) -> NotFound:
    name = child_id(root_id, seq)
    return NotFound(f"user task {name!r} does not exist", metadata={"user_task_id": name})


def _no_instance(root_id: str, seq: int) -> NotFound:
    name = root_id if seq == ROOT_SCOPE else child_id(root_id, seq)
    return NotFound(f"process instance {name!r} does not exist", metadata={"process_instance_id": name})


def _no_definition(definition_id: str) -> NotFound:
    return NotFound(
        f"process definition {definition_id[:64]!r} does not exist",
        metadata={"process_definition_id": definition_id[:64]},
    )
