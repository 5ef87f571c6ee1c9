"""The one place where the engine's rows become columns and come back.

Rule of this file: for each table a function ``<row>_values`` that gives the columns in the order of ``tables.py``, and
a function ``read_<row>`` that takes them in the same order from ``seq`` on (the reader knows the root). Flags are 0
and 1, states their names, ``{}`` the empty text, missing candidates too; nothing else is converted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import orjson

from bpmgrpc.engine.state import (
    OPEN_USER_TASK_STATES,
    Candidates,
    ElementRow,
    ElementState,
    IncidentRow,
    InstanceRow,
    InstanceState,
    JobRow,
    Root,
    SubscriptionKind,
    SubscriptionRow,
    TimerRow,
    UserTaskRow,
    UserTaskState,
)
from bpmgrpc.errors import InvalidArgument
from bpmgrpc.store import tables
from bpmgrpc.store.interface import DefinitionRow, DefinitionState

if TYPE_CHECKING:
    from sqlalchemy import Table

__all__ = [
    "PRIORITY_US",
    "columns_of",
    "encode_json",
    "read_candidates",
    "read_definition",
    "read_element",
    "read_incident",
    "read_job",
    "read_json",
    "read_root",
    "read_subscription",
    "read_timer",
    "read_user_task",
    "refuse_nul",
    "table_of",
    "write_json",
]

Values = tuple[Any, ...]

# What a point of a job's priority is worth in its queue, in microseconds of waiting. Both grow at the same pace for all
# that wait, so the order among them never changes, and one index keeps it.
PRIORITY_US: Final = 60_000_000

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_INSTANCE_STATES: Final = {state.value: state for state in InstanceState}
_ELEMENT_STATES: Final = {state.value: state for state in ElementState}
_SUBSCRIPTION_KINDS: Final = {kind.value: kind for kind in SubscriptionKind}
_USER_TASK_STATES: Final = {state.value: state for state in UserTaskState}
_DEFINITION_STATES: Final = {state.value: state for state in DefinitionState}


def table_of(model: Any) -> Table:
    """Returns the Core table of a SQLModel class."""
    table: Table = model.__table__
    return table


def columns_of(model: Any) -> tuple[str, ...]:
    """Returns a table's column names in order."""
    return tuple(column.name for column in table_of(model).columns)


ROOT_COLUMNS: Final = columns_of(tables.ProcessInstance)
ELEMENT_COLUMNS: Final = columns_of(tables.ElementInstance)
VARIABLE_COLUMNS: Final = columns_of(tables.Variable)
FIELD_COLUMNS: Final = columns_of(tables.InstanceField)
USER_TASK_COLUMNS: Final = columns_of(tables.UserTask)
CANDIDATE_COLUMNS: Final = columns_of(tables.UserTaskCandidate)
JOB_COLUMNS: Final = columns_of(tables.Job)
TIMER_COLUMNS: Final = columns_of(tables.Timer)
SUBSCRIPTION_COLUMNS: Final = columns_of(tables.EventSubscription)
INCIDENT_COLUMNS: Final = columns_of(tables.Incident)
DEFINITION_COLUMNS: Final = columns_of(tables.ProcessDefinition)


def write_json(value: Mapping[str, Any]) -> str:
    """Writes a row's JSON object; ``{}`` is the empty text.

    Raises:
        TypeError: The engine put something into it that is not JSON.
    """
    return encode_json(value if isinstance(value, dict) else dict(value)) if value else ""


def encode_json(value: Any) -> str:
    """Writes compact JSON; numbers may be of any size.

    Raises:
        TypeError: The value is not JSON.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # It knows 64 bits, and strict Unicode only; what is wrong is refused where all texts are.
        return _encode(value)


def read_json(text: str) -> dict[str, Any]:
    """Reads a row's JSON object."""
    if not text:
        return {}
    value: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return value


def refuse_nul(rows: Iterable[Sequence[Any]]) -> None:
    """Refuses NUL on SQLite, which would take it; PostgreSQL cannot hold it.

    Raises:
        InvalidArgument: A text holds NUL.
    """
    for row in rows:
        for value in row:
            if value.__class__ is str and "\0" in value:
                raise nul_refused()


def refuse_nul_in(row: Sequence[Any]) -> None:
    """Refuses NUL in a row of many short columns; see `refuse_nul`, which takes thrice as long for one."""
    try:
        if b"\\u0000" not in orjson.dumps(row):
            return
    except orjson.JSONEncodeError:
        pass  # it knows no lone surrogates: others say what is wrong
    refuse_nul((row,))


def nul_refused() -> InvalidArgument:
    """The error for a text with NUL, or a lone surrogate, in it."""
    return InvalidArgument(
        "a name, key or text holds NUL or a lone surrogate, which is no character of a text", reason="NUL_IN_TEXT"
    )


# -- root and called instances ----------------------------------------------------------------------------------------


def root_values(root: Root, now_us: int) -> Values:
    """Columns of a root instance; ``ready_us`` starts anew with each command: it tells how long nobody went on."""
    return (
        root.id,
        0,
        None,
        root.definition_id,
        root.state.value,
        root.version,
        root.next_seq,
        root.active,
        root.steps,
        now_us if root.ready else None,
        root.open_incidents,
        root.business_key,
        root.create_by,
        root.create_us,
        root.end_us,
        root.end_reason,
    )


def read_root(root_id: str, row: Sequence[Any]) -> Root:
    """Reads a root instance; `row` begins with ``seq``."""
    _, _, definition_id, state, version, next_seq, active, steps, ready_us, incidents, key, by, create, end, reason = (
        row
    )
    return Root(
        root_id,
        definition_id,
        _INSTANCE_STATES[state],
        version,
        next_seq,
        active,
        steps,
        ready_us is not None,
        incidents,
        key,
        by,
        create,
        end,
        reason,
    )


def instance_values(root: Root, row: InstanceRow) -> Values:
    """Columns of a called instance."""
    return (
        root.id,
        row.seq,
        row.parent_scope,
        row.definition_id,
        row.state.value,
        0,
        0,
        0,
        0,
        None,
        0,
        row.business_key,
        root.create_by,
        row.create_us,
        row.end_us,
        row.end_reason,
    )


# -- elements and variables -------------------------------------------------------------------------------------------


def element_values(root_id: str, row: ElementRow) -> Values:
    """Columns of an element instance."""
    data = row.data
    return (
        root_id,
        row.seq,
        row.scope,
        row.element_id,
        row.state.value,
        row.flow,
        row.active,
        row.create_us,
        1 if "definition" in data else 0,
        write_json(data),
    )


def read_element(row: Sequence[Any]) -> ElementRow:
    """Reads an element instance; `row` begins with ``seq``."""
    seq, scope, element_id, state, flow, active, create_us, _, data = row
    return ElementRow(seq, scope, element_id, _ELEMENT_STATES[state], flow, active, create_us, read_json(data))


def variable_values(root_id: str, scope: int, name: str, value: str) -> Values:
    """Columns of a variable."""
    # A lone surrogate is refused where all texts are; it must not fail here.
    size = len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    return root_id, scope, name, size, value


# -- user tasks -------------------------------------------------------------------------------------------------------


def candidate_keys(candidates: Candidates) -> list[str]:
    """Keys of those whom a task is offered to, each a letter for the kind and the name."""
    keys = [f"U{name}" for name in candidates.users]
    keys += [f"G{name}" for name in candidates.groups]
    keys += [f"R{name}" for name in candidates.roles]
    if candidates.work_party:
        keys.append(f"P{candidates.work_party}")
    return keys


def read_candidates(text: str) -> Candidates:
    """Reads the column that `user_task_values` wrote."""
    if not text:
        return Candidates()
    kinds: dict[str, list[str]] = {"U": [], "G": [], "R": [], "P": []}
    for key in orjson.loads(text):
        kinds[key[0]].append(key[1:])
    party = kinds["P"]
    return Candidates(tuple(kinds["U"]), tuple(kinds["G"]), tuple(kinds["R"]), party[0] if party else "")


def pool_values(root_id: str, row: UserTaskRow) -> list[Values]:
    """Rows of the pools that a task lies in: none while it is claimed, and none once it has ended."""
    if row.state not in _UNCLAIMED:
        return []
    keys = dict.fromkeys(candidate_keys(row.candidates))  # one name may be offered to twice
    same = (row.priority, row.create_us, row.due_us, row.definition_id, int(len(keys) == 1))
    return [(root_id, row.seq, key, *same, row.name[: tables.NAME_CHARACTERS]) for key in keys]


_LANE_PARTY: Final = 1  # in user_task.flags
_UNCLAIMED: Final = frozenset((UserTaskState.WAITING, UserTaskState.ASSIGNED))


def left_pools_before(row: UserTaskRow) -> bool:
    """Whether a task that is written as ended was claimed before, and so lies in no pool any more."""
    return row.claim_us is not None and row.state not in _UNCLAIMED and row.state is not UserTaskState.CLAIMED


def user_task_values(root_id: str, row: UserTaskRow, now_us: int) -> Values:
    """Columns of a user task. An ended one has an end time, whatever the row says: open tasks are those without."""
    keys = candidate_keys(row.candidates)
    return (
        root_id,
        row.seq,
        row.instance,
        row.definition_id,
        row.element_id,
        row.name,
        row.description,
        row.state.value,
        row.assignee,
        row.owner,
        encode_json(keys) if keys else "",
        row.priority,
        row.due_us,
        row.follow_up_us,
        row.create_us,
        row.claim_us,
        None if row.state in OPEN_USER_TASK_STATES else row.end_us if row.end_us is not None else now_us,
        row.create_by,
        row.form_key,
        row.load_link_entity_id,
        row.load_link_param,
        row.business_key,
        row.version,
        row.flags | _LANE_PARTY if row.lane_party else row.flags,
        row.parent,
    )


def read_user_task(row: Sequence[Any]) -> UserTaskRow:
    """Reads a user task; `row` begins with ``seq``."""
    (
        seq,
        instance,
        definition_id,
        element_id,
        name,
        description,
        state,
        assignee,
        owner,
        candidates,
        priority,
        due_us,
        follow_up_us,
        create_us,
        claim_us,
        end_us,
        create_by,
        form_key,
        load_link_entity_id,
        load_link_param,
        business_key,
        version,
        flags,
        parent,
    ) = row
    return UserTaskRow(
        seq,
        instance,
        definition_id,
        element_id,
        name,
        _USER_TASK_STATES[state],
        create_us,
        description,
        assignee,
        owner,
        read_candidates(candidates),
        priority,
        due_us,
        follow_up_us,
        claim_us,
        end_us,
        create_by,
        form_key,
        load_link_entity_id,
        load_link_param,
        business_key,
        version,
        flags & _LANE_PARTY == _LANE_PARTY,
        flags & ~_LANE_PARTY,
        parent,
    )


# -- jobs, timers, subscriptions, incidents ----------------------------------------------------------------------------


def job_values(root_id: str, row: JobRow) -> Values:
    """Columns of a job.

    A job cannot be available before it is made. One that is available from its making on is in the queue at once; any
    other comes into it when somebody looks for jobs whose time has come (``Session.queue_due_jobs``).
    """
    available_us = max(row.available_us, row.create_us)
    return (
        root_id,
        row.seq,
        row.instance,
        row.definition_id,
        row.element_id,
        row.type,
        row.retries,
        row.create_us,
        write_json(row.headers),
        row.business_key,
        available_us,
        row.lease_token,
        row.worker,
        1 if row.leased else 0,
        row.priority,
        row.backoff,
        1 if available_us == row.create_us and row.retries > 0 and not row.leased else 0,
        available_us - row.priority * PRIORITY_US,
    )


def read_job(row: Sequence[Any]) -> JobRow:
    """Reads a job; `row` begins with ``seq``. The last two columns are the queue's, and no part of the row."""
    (
        seq,
        instance,
        definition,
        element,
        type_,
        retries,
        create,
        headers,
        key,
        available,
        token,
        worker,
        leased,
        priority,
        backoff,
        _queued,
        _rank_us,
    ) = row
    return JobRow(
        seq,
        instance,
        definition,
        element,
        type_,
        retries,
        create,
        read_json(headers),
        key,
        available,
        token,
        worker,
        leased == 1,
        priority,
        backoff,
    )


def timer_values(root_id: str, row: TimerRow) -> Values:
    """Columns of a timer."""
    inside = 1 if row.inside else 0
    return root_id, row.seq, row.element_seq, row.element_id, row.due_us, row.cycle, row.remaining, inside, row.part


def read_timer(row: Sequence[Any]) -> TimerRow:
    """Reads a timer; `row` begins with ``seq``."""
    seq, element_seq, element_id, due_us, cycle, remaining, inside, part = row
    return TimerRow(seq, element_seq, element_id, due_us, cycle, remaining, inside == 1, part)


def subscription_values(root_id: str, row: SubscriptionRow) -> Values:
    """Columns of a subscription."""
    return (
        root_id,
        row.seq,
        row.element_seq,
        row.element_id,
        row.kind.value,
        row.app_name,
        row.name,
        row.key,
        row.business_key,
        1 if row.inside else 0,
        row.part,
        1 if row.held else 0,
        row.create_us,
    )


def read_subscription(row: Sequence[Any]) -> SubscriptionRow:
    """Reads a subscription; `row` begins with ``seq``."""
    seq, element_seq, element_id, kind, app_name, name, key, business_key, inside, part, held, create_us = row
    return SubscriptionRow(
        seq,
        element_seq,
        element_id,
        _SUBSCRIPTION_KINDS[kind],
        app_name,
        create_us,
        name,
        key,
        business_key,
        inside == 1,
        part,
        held == 1,
    )


def incident_values(root_id: str, row: IncidentRow) -> Values:
    """Columns of an incident."""
    return (
        root_id,
        row.seq,
        row.element_seq,
        row.instance,
        row.definition_id,
        row.element_id,
        row.reason,
        row.message,
        row.create_us,
        1 if row.open else 0,
        row.resolve_us,
    )


def read_incident(row: Sequence[Any]) -> IncidentRow:
    """Reads an incident; `row` begins with ``seq``."""
    seq, element_seq, instance, definition, element, reason, message, create_us, open_, resolve_us = row
    return IncidentRow(
        seq, element_seq, instance, definition, element, reason, message, create_us, open_ == 1, resolve_us
    )


# -- definitions ------------------------------------------------------------------------------------------------------


def definition_values(row: DefinitionRow) -> Values:
    """Columns of a definition."""
    return (
        row.id,
        row.app_name,
        row.process_name,
        row.display_name,
        row.version,
        row.version_tag,
        row.resource_name,
        row.resource_hash,
        row.state.value,
        1 if row.deleted else 0,
        row.create_us,
    )


def read_definition(row: Sequence[Any]) -> DefinitionRow:
    """Reads a definition; `row` has all of its columns."""
    id_, app, process, display, version, tag, resource, hash_, state, deleted, create_us = row
    return DefinitionRow(
        id_, app, process, display, version, tag, resource, hash_, create_us, _DEFINITION_STATES[state], deleted == 1
    )
