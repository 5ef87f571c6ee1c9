"""The tables: what is kept, and why each index is there.

Rules of this file. Columns are TEXT, BIGINT, INTEGER or bytes only, so that the raw drivers need no conversion: times
are microseconds since the epoch, states are their names, flags are 0 or 1, JSON is text. Every row of an instance is
keyed ``(root_id, seq)``, root first, so that one instance's rows lie together and the table could be distributed by
root. No foreign keys on these: they are only ever written together with the compare-and-set of their root. An index
costs every command that touches its row, so each one stands beside its reason, and most are partial: rows that an
index is not about are not in it. On SQLite, tables of small rows are stored in their key (WITHOUT ROWID).

Text on PostgreSQL has collation "C": order and comparison are those of SQLite, and a comparison of keys is one of
bytes.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    event,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from bpmgrpc.store import triggers

__all__ = [
    "METADATA",
    "AssignmentTurn",
    "Batch",
    "BatchItem",
    "CacheGeneration",
    "ChangeHorizon",
    "Delivery",
    "DirectoryMembership",
    "DirectoryUserRow",
    "ElementInstance",
    "EventStart",
    "EventSubscription",
    "History",
    "HistoryRetention",
    "Incident",
    "InstanceField",
    "Job",
    "Message",
    "ProcessDefinition",
    "ProcessInstance",
    "ProcessResource",
    "RequestAnswer",
    "Timer",
    "TimerStart",
    "UserTask",
    "UserTaskAttachment",
    "UserTaskCandidate",
    "UserTaskChange",
    "UserTaskComment",
    "UserTaskDeadline",
    "UserTaskDelegation",
    "UserTaskDraft",
    "UserTaskExclusion",
    "UserTaskStart",
    "Variable",
    "WorkPartyMember",
    "WorkPartyRow",
]

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NAME_CHARACTERS: Final = 200  # of a task's name in its entries: no entry of an index may be long

_TEXT: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_IN_KEY: Final = {"sqlite_with_rowid": False}


class _Table(SQLModel, registry=registry(metadata=METADATA)):
    metadata: ClassVar[MetaData] = METADATA


def _column(type_: Any, *, key: bool = False, null: bool = False) -> Any:
    return Field(sa_column=Column(type_, primary_key=key, nullable=null, autoincrement=False))


def _key_text() -> Any:
    return _column(_TEXT, key=True)


def _key_number() -> Any:
    return _column(BigInteger, key=True)


def _text() -> Any:
    return _column(_TEXT)


def _number(*, null: bool = False) -> Any:
    return _column(BigInteger, null=null)


def _flag() -> Any:
    return _column(Integer)


def _later(type_: Any) -> Any:
    """A number that a later release added: programs before it write rows without it, and it is 0 then."""
    return Field(sa_column=Column(type_, nullable=False, autoincrement=False, server_default=text("0")))


def _only(name: str, *columns: Any, where: str) -> Index:
    """An index of some rows only, alike on both databases."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# -- definitions ------------------------------------------------------------------------------------------------------


class ProcessResource(_Table, table=True):
    """A BPMN file, kept once per content."""

    __tablename__ = "process_resource"

    hash: str = _key_text()  # SHA-256 of the content, hexadecimal
    content: bytes = _column(LargeBinary)


class ProcessDefinition(_Table, table=True):
    """A deployed version of a process."""

    __tablename__ = "process_definition"

    id: str = _key_text()
    app_name: str = _text()
    process_name: str = _text()
    display_name: str = _text()
    version: int = _number()
    version_tag: str = _text()
    resource_name: str = _text()
    resource_hash: str = Field(sa_column=Column(_TEXT, ForeignKey("process_resource.hash"), nullable=False))
    state: str = _text()
    deleted: int = _flag()
    create_us: int = _number()

    __table_args__ = (
        # Starts by name, with or without an application; no two deployments get the same number.
        Index(
            "uq_process_definition_process_name_app_name_version", "process_name", "app_name", "version", unique=True
        ),
        # Starts by display name, where no process has that name as its id.
        Index("ix_process_definition_display_name", "display_name"),
    )


class TimerStart(_Table, table=True):
    """A timer start event of the latest version of a process. Few rows: one per such event, not per instance."""

    __tablename__ = "timer_start"

    definition_id: str = _key_text()
    element_id: str = _key_text()
    due_us: int = _number()
    cycle: str = _text()
    remaining: int = _number()

    # The background asks for what is due.
    __table_args__ = (Index("ix_timer_start_due_us", "due_us"), _IN_KEY)


class EventStart(_Table, table=True):
    """A message or signal that starts instances of the latest version of a process, or a message that it correlates by
    what that carries. Few rows, as of timer starts.
    """

    __tablename__ = "event_start"

    definition_id: str = _key_text()
    element_id: str = _key_text()
    kind: str = _key_text()  # MESSAGE, SIGNAL or CORRELATED
    name: str = _key_text()  # an event may wait for several
    app_name: str = _text()
    part: int = _number()  # which of the event's definitions it is
    gateway_id: str = _text()  # the parallel event-based gateway that it stands behind; "" for none

    # Whom a message or signal starts.
    __table_args__ = (Index("ix_event_start_name", "kind", "name", "app_name"), _IN_KEY)


class EventGathering(_Table, table=True):
    """Whose turn it is at a start that waits for several events: whoever changes the row has the others wait."""

    __tablename__ = "event_gathering"

    process_name: str = _key_text()
    app_name: str = _key_text()
    element_id: str = _key_text()  # the start event, or the gateway that instantiates
    turn: int = _number()

    __table_args__ = _IN_KEY


class GatheredEvent(_Table, table=True):
    """An event that has occurred for a start event of a process that waits for others too. Few rows."""

    __tablename__ = "gathered_event"

    process_name: str = _key_text()
    app_name: str = _key_text()
    element_id: str = _key_text()
    number: int = _key_number()  # in the order in which they occurred
    kind: str = _text()  # MESSAGE, SIGNAL or TIMER
    name: str = _text()
    correlation_key: str = _text()
    variables: str = _text()  # JSON object, or empty

    __table_args__ = _IN_KEY


class HistoryRetention(_Table, table=True):
    """How long ended instances of a process are kept. Few rows: one per process of which somebody said it."""

    __tablename__ = "history_retention"

    process_name: str = _key_text()
    app_name: str = _key_text()
    model_us: int | None = _number(null=True)  # what the latest version's model says; -1: for ever
    call_us: int | None = _number(null=True)  # what a call said

    __table_args__ = _IN_KEY


class CacheGeneration(_Table, table=True):
    """When definitions were dropped from the caches last: "" counts all refreshes, "*" and process names say which."""

    __tablename__ = "cache_generation"

    scope: str = _key_text()
    generation: int = _number()

    __table_args__ = _IN_KEY


# -- instances --------------------------------------------------------------------------------------------------------


class ProcessInstance(_Table, table=True):
    """A root process instance (seq 0), or one that a call activity of that seq started."""

    __tablename__ = "process_instance"

    root_id: str = _key_text()
    seq: int = _key_number()
    parent_scope: int | None = _number(null=True)  # seq of the instance around it; null: a root
    definition_id: str = _text()
    state: str = _text()
    version: int = _number()  # from here on: of roots
    next_seq: int = _number()
    active: int = _number()
    steps: int = _number()
    ready_us: int | None = _number(null=True)  # since when elements are READY; null: none is
    open_incidents: int = _number()
    business_key: str = _text()
    create_by: str = _text()
    create_us: int = _number()
    end_us: int | None = _number(null=True)
    end_reason: str = _text()

    __table_args__ = (
        # Instances are listed newest first.
        Index("ix_process_instance_create_us", "create_us"),
        # Looked up by the caller's key; instances without one cost nothing.
        _only("ix_process_instance_business_key", "business_key", where="business_key <> ''"),
        # The background goes on with roots that have more to do; nearly always empty.
        _only("ix_process_instance_ready_us", "ready_us", where="ready_us IS NOT NULL"),
        _IN_KEY,
    )


class ElementInstance(_Table, table=True):
    """An active element instance, or the tokens that wait at a join."""

    __tablename__ = "element_instance"

    root_id: str = _key_text()
    seq: int = _key_number()
    scope: int = _number()
    element_id: str = _text()
    state: str = _text()
    flow: str | None = _column(_TEXT, null=True)
    active: int = _number()
    create_us: int = _number()
    border: int = _flag()  # 1: a call activity whose process runs; variables are not visible across it
    data: str = _text()  # JSON object; "" for {}

    __table_args__ = (
        # The content of a sub-process. The outermost scope's is all of the root's rows, which the key finds.
        _only("ix_element_instance_scope", "root_id", "scope", where="scope <> 0"),
        # Every command loads the joins of its scopes, whatever else is active in them.
        _only("ix_element_instance_join", "root_id", "scope", where="state = 'JOIN'"),
        # A long run goes on with these.
        _only("ix_element_instance_ready", "root_id", where="state = 'READY'"),
        _IN_KEY,
    )


class Variable(_Table, table=True):
    """A variable of one scope."""

    __tablename__ = "variable"

    root_id: str = _key_text()
    scope: int = _key_number()
    name: str = _key_text()
    size: int = _number()  # bytes of the value, so that a large one need not be read to be left out
    value: str = _text()  # JSON as it came

    __table_args__ = _IN_KEY


class InstanceField(_Table, table=True):
    """The value of a searchable field of a process instance."""

    __tablename__ = "instance_field"

    root_id: str = _key_text()
    instance: int = _key_number()  # 0 or a call activity's number
    field: str = _key_text()  # path, such as order.customer
    value: str = _text()  # see bpmgrpc.engine.search_fields; "": it has none any more

    __table_args__ = (
        # Whose field has this value, or lies in this range?
        _only("ix_instance_field_value", "field", "value", where="value <> ''"),
        _IN_KEY,
    )


class UserTask(_Table, table=True):
    """A user task, open or ended; ``end_us`` is null exactly while it is open."""

    __tablename__ = "user_task"

    root_id: str = _key_text()
    seq: int = _key_number()
    instance: int = _number()
    definition_id: str = _text()
    element_id: str = _text()
    name: str = _text()
    description: str = _text()
    state: str = _text()
    assignee: str = _text()
    owner: str = _text()
    candidates: str = _text()  # JSON array of UserTaskCandidate.candidate, in order; "" for none
    priority: int = _number()
    due_us: int | None = _number(null=True)
    follow_up_us: int | None = _number(null=True)
    create_us: int = _number()
    claim_us: int | None = _number(null=True)
    end_us: int | None = _number(null=True)
    create_by: str = _text()
    form_key: str = _text()
    load_link_entity_id: str = _text()
    load_link_param: str = _text()
    business_key: str = _text()
    version: int = _number()
    flags: int = _flag()  # 1: offered to its lane's work party by default; others see bpmgrpc.engine.state
    parent_seq: int = _later(BigInteger)  # the user task that it is a part of; 0: none

    __table_args__ = (
        # Lists are of open tasks unless somebody asks for others, in this order unless somebody asks for another.
        _only("ix_user_task_open", literal_column("priority").desc(), "create_us", where="end_us IS NULL"),
        # What a user has claimed.
        _only("ix_user_task_assignee", "assignee", where="end_us IS NULL AND assignee <> ''"),
        # The parts of a task.
        _only("ix_user_task_subtask", "root_id", "parent_seq", where="parent_seq <> 0"),
        _IN_KEY,
    )


class UserTaskCandidate(_Table, table=True):
    """Whom an unclaimed user task is offered to: the entries of people's pools.

    The task's own row has the list of its candidates, claimed or not; here people are found. A row is there exactly
    while its task waits to be claimed, so that an entry of the index is a task in the pool: counting entries counts
    tasks. What pools are ordered and narrowed by is repeated here, so that the task is read only to be shown.
    """

    __tablename__ = "user_task_candidate"

    root_id: str = _key_text()
    seq: int = _key_number()
    candidate: str = _key_text()  # U, G, R or P (user, group, role, work party), then the name
    priority: int = _number()
    create_us: int = _number()
    due_us: int | None = _number(null=True)
    definition_id: str = _text()
    sole: int = _later(Integer)  # 1: it is the only entry of its task; 0: there may be others
    name: str | None = _column(_TEXT, null=True)  # the task's, at most ``NAME_CHARACTERS`` of it; null: ask the task

    __table_args__ = (
        # A pool in the order of lists; the key is for the task that is claimed or ends and takes its candidates along.
        Index(
            "ix_user_task_candidate_pool",
            "candidate",
            literal_column("priority").desc(),
            "create_us",
            "root_id",
            "seq",
            "due_us",
            "definition_id",
            "name",
        ),
        # A pool by due date; an entry without one is not in it.
        _only("ix_user_task_candidate_due", "candidate", "due_us", "root_id", "seq", where="due_us IS NOT NULL"),
        # Entries of a pool whose tasks may lie in another one too, so that totals count each task once.
        _only("ix_user_task_candidate_shared", "candidate", "root_id", "seq", where="sole = 0"),
        _IN_KEY,
    )


class UserTaskChange(_Table, table=True):
    """That a user task changed, and what of it lists are narrowed by was before: the log that watchers of inboxes read.

    Written by triggers (``bpmgrpc.store.triggers``), read by its key, removed from its old end. A row without a root
    says that the directory changed.
    """

    __tablename__ = "user_task_change"

    position: int = _key_number()  # PostgreSQL: the transaction's number; SQLite: one that grows
    root_id: str = _key_text()
    seq: int = _key_number()
    create_us: int = _number()  # by the database's clock: only for the removal of what is old
    state: str = _text()  # before; "": the task was not there
    assignee: str = _text()
    owner: str = _text()
    candidates: str = _text()
    priority: int = _number()
    due_us: int | None = _number(null=True)
    follow_up_us: int | None = _number(null=True)

    __table_args__ = _IN_KEY


class ChangeHorizon(_Table, table=True):
    """Up to where the log of changes has been removed: one row, or none while all of it is there."""

    __tablename__ = "change_horizon"

    id: int = _key_number()  # always 1
    position: int = _number()

    __table_args__ = _IN_KEY


class UserTaskExclusion(_Table, table=True):
    """A user who may not do an open user task, whoever offers it; keyed for "which may this user not do?"."""

    __tablename__ = "user_task_exclusion"

    user_name: str = _key_text()
    root_id: str = _key_text()
    seq: int = _key_number()

    __table_args__ = (
        # The task that somebody wants to do, or that ends, asks for its own.
        Index("ix_user_task_exclusion_task", "root_id", "seq"),
        _IN_KEY,
    )


class UserTaskDelegation(_Table, table=True):
    """Who gets a user task back that is, or was, delegated."""

    __tablename__ = "user_task_delegation"

    root_id: str = _key_text()
    seq: int = _key_number()
    delegator: str = _text()

    __table_args__ = _IN_KEY


class UserTaskStart(_Table, table=True):
    """When work on a user task should begin, where somebody said so."""

    __tablename__ = "user_task_start"

    root_id: str = _key_text()
    seq: int = _key_number()
    start_us: int = _number()

    __table_args__ = _IN_KEY


class UserTaskComment(_Table, table=True):
    """What somebody said about a user task."""

    __tablename__ = "user_task_comment"

    root_id: str = _key_text()
    seq: int = _key_number()
    number: int = _key_number()  # version of the task that it made
    user_name: str = _text()
    content: str = _text()
    create_us: int = _number()

    __table_args__ = _IN_KEY


class UserTaskAttachment(_Table, table=True):
    """A file beside a user task. Its rows are wide, so on SQLite only the key is sorted."""

    __tablename__ = "user_task_attachment"

    root_id: str = _key_text()
    seq: int = _key_number()
    number: int = _key_number()  # version of the task that it made
    name: str = _text()
    content_type: str = _text()
    size: int = _number()  # bytes
    user_name: str = _text()
    create_us: int = _number()
    content: bytes = _column(LargeBinary)


class UserTaskDraft(_Table, table=True):
    """What the claimer of a user task has filled in so far."""

    __tablename__ = "user_task_draft"

    root_id: str = _key_text()
    seq: int = _key_number()
    user_name: str = _text()
    variables: str = _text()  # JSON object
    save_us: int = _number()


class UserTaskDeadline(_Table, table=True):
    """A time at which something is done about a user task, if it is open then; it goes when that has been done."""

    __tablename__ = "user_task_deadline"

    root_id: str = _key_text()
    seq: int = _key_number()
    number: int = _key_number()
    at_us: int = _number()
    escalates: int = _flag()
    by_due: int = _flag()
    candidates: str = _text()  # as user_task.candidates
    priority: int = _number()

    __table_args__ = (
        # The background asks for what is due.
        Index("ix_user_task_deadline_at_us", "at_us"),
        _IN_KEY,
    )


class Job(_Table, table=True):
    """A job that is not done."""

    __tablename__ = "job"

    root_id: str = _key_text()
    seq: int = _key_number()
    instance: int = _number()
    definition_id: str = _text()
    element_id: str = _text()
    type: str = _text()
    retries: int = _number()
    create_us: int = _number()
    headers: str = _text()  # JSON object; "" for {}
    business_key: str = _text()
    available_us: int = _number()  # when a worker may have it
    lease_token: str = _text()
    worker: str = _text()
    leased: int = _flag()
    priority: int = _number()
    backoff: str = _text()
    queued: int = _flag()  # 1: a worker may have it; 0: it is leased, waits for its time, or has no retries
    rank_us: int = _number()  # its place in the queue: since when it can be had, less a minute per point of priority

    __table_args__ = (
        # Workers take the first of the queue.
        _only("ix_job_queue", "type", "rank_us", where="queued = 1"),
        # Those whose lease or pause has ended come back into it. Jobs without retries wait for a person.
        _only("ix_job_waiting", "type", "available_us", where="queued = 0 AND retries > 0"),
        _IN_KEY,
    )


class Timer(_Table, table=True):
    """A timer that waits."""

    __tablename__ = "timer"

    root_id: str = _key_text()
    seq: int = _key_number()
    element_seq: int = _number()
    element_id: str = _text()
    due_us: int = _number()
    cycle: str = _text()
    remaining: int = _number()
    inside: int = _flag()  # 1: of an event sub-process in the scope element_seq
    part: int = _number()

    __table_args__ = (
        # The background asks for what is due.
        Index("ix_timer_due_us", "due_us"),
        # An activity that ends takes its timers along.
        Index("ix_timer_element_seq", "root_id", "element_seq"),
        _IN_KEY,
    )


class EventSubscription(_Table, table=True):
    """An event that waits for a message, a signal or a condition."""

    __tablename__ = "event_subscription"

    root_id: str = _key_text()
    seq: int = _key_number()
    element_seq: int = _number()
    element_id: str = _text()
    kind: str = _text()
    app_name: str = _text()
    name: str = _text()
    correlation_key: str = _text()
    business_key: str = _text()
    inside: int = _flag()  # 1: of an event sub-process in the scope element_seq
    part: int = _number()
    held: int = _flag()
    create_us: int = _number()

    __table_args__ = (
        # Whom a message or signal reaches; conditions have no name.
        _only(
            "ix_event_subscription_name",
            "kind",
            "name",
            "app_name",
            "correlation_key",
            where="name <> ''",
        ),
        # What ends takes its subscriptions along.
        Index("ix_event_subscription_element_seq", "root_id", "element_seq"),
        _IN_KEY,
    )


class Incident(_Table, table=True):
    """A failed step."""

    __tablename__ = "incident"

    root_id: str = _key_text()
    seq: int = _key_number()
    element_seq: int = _number()
    instance: int = _number()
    definition_id: str = _text()
    element_id: str = _text()
    reason: str = _text()
    message: str = _text()
    create_us: int = _number()
    open: int = _flag()
    resolve_us: int | None = _number(null=True)

    __table_args__ = (
        # People look at the open ones, newest first.
        _only("ix_incident_open", "create_us", where="open = 1"),
        # A step that is tried again, or goes away, resolves its own.
        _only("ix_incident_element_seq", "root_id", "element_seq", where="open = 1"),
        _IN_KEY,
    )


class History(_Table, table=True):
    """What one command did: one row for all of its events.

    Rows are wide, so on SQLite they lie in the order in which they came, and only the key is sorted.
    """

    __tablename__ = "history"

    root_id: str = _key_text()
    version: int = _key_number()  # of the root: after a command on the instance, during one on a user task
    create_us: int = _key_number()
    seq: int = _key_number()  # the user task that alone was changed; 0: the instance
    task_version: int = _key_number()  # of that user task; 0: the instance
    actor: str = _text()
    events: str = _text()  # see bpmgrpc.store.history


class RequestAnswer(_Table, table=True):
    """The answer to a request id."""

    __tablename__ = "request_answer"

    caller: str = _key_text()
    rpc: str = _key_text()
    request_id: str = _key_text()
    content_hash: str = _text()
    response: bytes = _column(LargeBinary)
    expire_us: int = _number()

    # The background removes what has expired.
    __table_args__ = (Index("ix_request_answer_expire_us", "expire_us"), _IN_KEY)


# -- messages and signals on their way ---------------------------------------------------------------------------------


class Message(_Table, table=True):
    """A published message that is kept: for its receiver, or, once it is taken, for its publisher's id."""

    __tablename__ = "message"

    id: str = _key_text()
    app_name: str = _text()  # "": every application
    name: str = _text()
    correlation_key: str = _text()
    message_id: str = _text()  # the publisher's; "" for none
    variables: str = _text()  # JSON object
    create_us: int = _number()
    expire_us: int = _number()
    taken: int = _flag()

    __table_args__ = (
        # Whoever begins to wait looks for what is there already.
        _only("ix_message_name", "name", "correlation_key", "create_us", where="taken = 0"),
        # One message of an id is taken while the first is kept.
        Index(
            "uq_message_message_id",
            "name",
            "app_name",
            "message_id",
            unique=True,
            sqlite_where=text("message_id <> ''"),
            postgresql_where=text("message_id <> ''"),
        ),
        # The background removes what has expired.
        Index("ix_message_expire_us", "expire_us"),
        _IN_KEY,
    )


class Delivery(_Table, table=True):
    """Something that a transaction left to be done in others: a signal for a receiver, or a match to look for."""

    __tablename__ = "delivery"

    source: str = _key_text()  # the transaction that left it
    number: int = _key_number()  # which of its signals or messages
    kind: str = _key_text()  # see bpmgrpc.store.records.DeliveryKind
    receiver: str = _key_text()  # id of the root, the definition or the message
    seq: int = _key_number()  # of the subscription; 0 where there is none
    element_id: str = _key_text()  # of the start event; "" where there is none
    variables: str = _text()  # JSON object
    create_us: int = _number()

    # The background does what whoever left it has not done.
    __table_args__ = (Index("ix_delivery_create_us", "create_us"), _IN_KEY)


# -- batches ----------------------------------------------------------------------------------------------------------


class Batch(_Table, table=True):
    """One operation on many items. Its rows are wide, so on SQLite only the key is sorted."""

    __tablename__ = "batch"

    id: str = _key_text()
    state: str = _text()
    request: bytes = _column(LargeBinary)  # CreateBatchRequest, without request id and without the ids of items
    place: str | None = _column(_TEXT, null=True)  # token of the next page of its selection; null: all is selected
    total: int = _number()
    succeeded: int = _number()
    failed: int = _number()
    create_by: str = _text()
    create_us: int = _number()
    end_us: int | None = _number(null=True)

    __table_args__ = (
        # Batches are listed by time; the background asks which of them go on.
        Index("ix_batch_create_us", "create_us"),
        _only("ix_batch_state", "create_us", where="state IN ('SELECTING', 'RUNNING')"),
    )


class BatchItem(_Table, table=True):
    """One of the things that a batch is about."""

    __tablename__ = "batch_item"

    batch_id: str = _key_text()
    subject_id: str = _key_text()  # id of an instance or an incident
    state: str = _text()
    attempts: int = _number()
    available_us: int = _number()  # when it may be begun: while it is being done, when that is given up
    error: bytes = _column(LargeBinary)  # google.rpc.Status; empty for none
    plan: bytes = _column(LargeBinary)  # OperationPlan of a dry run; empty for none
    result_id: str = _text()  # what it made; "" for nothing
    end_us: int | None = _number(null=True)

    __table_args__ = (
        # What is to be done next.
        _only("ix_batch_item_available_us", "batch_id", "available_us", where="state = 'PENDING'"),
    )


# -- directory --------------------------------------------------------------------------------------------------------


class DirectoryUserRow(_Table, table=True):
    """A user."""

    __tablename__ = "directory_user"

    name: str = _key_text()
    display_name: str = _text()

    __table_args__ = _IN_KEY


class DirectoryMembership(_Table, table=True):
    """A group that a user belongs to (kind G), or a role that the user has (R)."""

    __tablename__ = "directory_membership"

    user_name: str = _key_text()
    kind: str = _key_text()
    name: str = _key_text()

    __table_args__ = (
        # Who is in a group, or has a role: whom an assignment strategy chooses from.
        Index("ix_directory_membership_members", "kind", "name", "user_name"),
        _IN_KEY,
    )


class WorkPartyRow(_Table, table=True):
    """A work party. The lead is also one of its members."""

    __tablename__ = "work_party"

    name: str = _key_text()
    lead: str = _text()

    __table_args__ = _IN_KEY


class WorkPartyMember(_Table, table=True):
    """A user (kind U) or the holders of a role (R) in a work party, keyed for the question "in which is this user?"."""

    __tablename__ = "work_party_member"

    member: str = _key_text()  # U or R, then the name
    work_party: str = _key_text()
    listed: int = _flag()  # 0: a user who is a member only as the lead

    __table_args__ = (
        # A work party's members are shown and replaced.
        Index("ix_work_party_member_work_party", "work_party"),
        _IN_KEY,
    )


class AssignmentTurn(_Table, table=True):
    """Whom an assignment strategy chose last from a pool. Who chooses holds the row until its command is committed."""

    __tablename__ = "assignment_turn"

    pool: str = _key_text()  # JSON array of UserTaskCandidate.candidate, in order; its SHA-256 where that is long
    last_user: str = _text()

    __table_args__ = _IN_KEY


for _trigger in triggers.ddl():
    event.listen(METADATA, "after_create", _trigger)
