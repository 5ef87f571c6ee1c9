"""The state of one root process instance, as rows.

Rule of this file: everything the engine knows about a run is one of the rows below, and every row is numbered by
``seq`` within its root. The engine holds only the rows it was given (a ``Snapshot``); what it was not given it asks
for by raising ``Need``, so that a step costs the same however large the instance is.

Scopes form a tree: scope 0 is the root instance itself; a sub-process or call activity is the scope of what runs
inside of it, under its own ``seq``. A call activity is also the border of a process: variables are not visible
across it, and ``ElementRow.data["definition"]`` names the definition that runs inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

ROOT_SCOPE: Final = 0


class InstanceState(StrEnum):
    """States of a process instance."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"
    FAILED = "FAILED"


class ElementState(StrEnum):
    """States of an element instance that has a row; ended ones have none."""

    ACTIVE = "ACTIVE"  # waits, or runs inside
    READY = "READY"  # its next step is due in the next transaction
    INCIDENT = "INCIDENT"  # its next step failed; data["op"] says which
    DONE = "DONE"  # completed, and kept because it may have to be compensated
    JOIN = "JOIN"  # not an element instance yet: tokens that wait at a join, counted by flow in data["tokens"]


class UserTaskState(StrEnum):
    """States of a user task."""

    WAITING = "WAITING"
    ASSIGNED = "ASSIGNED"
    CLAIMED = "CLAIMED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


# Of a user task, beside its state; added up in ``UserTaskRow.flags``. 1 is stored for ``UserTaskRow.lane_party``.
DELEGATED: Final = 2  # its claimer works for somebody who gets it back
RESOLVED: Final = 4  # and has given it back
RESTRICTED: Final = 8  # some users may not do it, whoever offers it to them
STARTS: Final = 16  # it has a time at which work on it should begin

OPEN_USER_TASK_STATES: Final = (UserTaskState.WAITING, UserTaskState.ASSIGNED, UserTaskState.CLAIMED)


@dataclass(slots=True)
class Root:
    """A root process instance: the unit of consistency, with the counters of its outermost scope."""

    id: str
    definition_id: str
    state: InstanceState = InstanceState.ACTIVE
    version: int = 0  # compared and set with every change of the instance
    next_seq: int = 1
    active: int = 0  # tokens in scope 0
    steps: int = 0  # steps since the instance last waited
    ready: bool = False  # elements are READY: go on in the next transaction
    open_incidents: int = 0
    business_key: str = ""
    create_by: str = ""
    create_us: int = 0
    end_us: int | None = None
    end_reason: str = ""


@dataclass(slots=True)
class ElementRow:
    """An active element instance, or the tokens that wait at a join."""

    seq: int
    scope: int  # seq of the scope that it runs in
    element_id: str
    state: ElementState = ElementState.ACTIVE
    flow: str | None = None  # the sequence flow that it was entered by
    active: int = 0  # tokens inside, of a scope
    create_us: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)  # never changed in place

    @property
    def sees(self) -> int:
        """The scope whose variables the element instance sees: its own where it has variables, else the one around."""
        return self.seq if "local" in self.data or "definition" in self.data else self.scope


@dataclass(slots=True)
class InstanceRow:
    """A process instance that a call activity started; ``seq`` is the call activity's."""

    seq: int
    definition_id: str
    parent_scope: int  # seq of the instance around it: 0, or the next call activity outwards
    business_key: str
    create_us: int
    state: InstanceState = InstanceState.ACTIVE
    end_us: int | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom a user task is offered to."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    work_party: str = ""

    def __bool__(self) -> bool:
        return bool(self.users or self.groups or self.roles or self.work_party)


class PoolAsk(NamedTuple):
    """A pool whose members are wanted.

    Attributes:
        candidates: Whom it is made of, in the order of names.
        counted: Whether the open tasks of each member are wanted too.
        held: Whether one is to be chosen, so that nobody else may choose from it until the command is committed.
        instance: The process instance within the root whose completers are wanted.
        completers_of: Elements whose completers there are wanted, because they may not be chosen.
    """

    candidates: Candidates
    counted: bool = False
    held: bool = True
    instance: int = ROOT_SCOPE
    completers_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pool:
    """The users that candidates stand for, in the order of names."""

    members: tuple[str, ...] = ()
    last: str = ""  # who was chosen last
    open_tasks: Mapping[str, int] = field(default_factory=dict)  # tasks that members have claimed; 0 where missing
    completers: frozenset[str] = frozenset()  # who completed a task of the elements that the ask names


@dataclass(slots=True)
class UserTaskRow:
    """A user task; ``seq`` is its element instance's."""

    seq: int
    instance: int  # seq of the process instance that it belongs to: 0 or a call activity's
    definition_id: str
    element_id: str
    name: str
    state: UserTaskState
    create_us: int
    description: str = ""
    assignee: str = ""
    owner: str = ""
    candidates: Candidates = Candidates()
    priority: int = 50
    due_us: int | None = None
    follow_up_us: int | None = None
    claim_us: int | None = None
    end_us: int | None = None
    create_by: str = ""
    form_key: str = ""
    load_link_entity_id: str = ""
    load_link_param: str = "="
    business_key: str = ""
    version: int = 1
    # Set when the task is offered to its lane's work party by default: then it restricts nobody while the
    # directory has no work party of that name.
    lane_party: bool = False
    flags: int = 0
    parent: int = 0  # seq of the user task that it is a part of: it has no element instance of its own then


@dataclass(slots=True)
class JobRow:
    """A job for an external worker; ``seq`` is its element instance's."""

    seq: int
    instance: int
    definition_id: str
    element_id: str
    type: str
    retries: int
    create_us: int
    headers: Mapping[str, str] = field(default_factory=dict)
    business_key: str = ""
    available_us: int = 0  # when a worker may lease it: at once, after a backoff, or when the lease ends
    lease_token: str = ""
    worker: str = ""
    leased: bool = False
    priority: int = 0
    backoff: str = ""  # the model's pauses between attempts: ISO 8601 durations, separated by commas


@dataclass(slots=True)
class TimerRow:
    """A timer that waits: of an intermediate catch event (``element_seq`` is its own), of a boundary event (the
    activity's), of an event-based gateway (the gateway's), or of an event sub-process (its scope's, ``inside``).
    """

    seq: int
    element_seq: int
    element_id: str  # the timer event
    due_us: int
    cycle: str = ""  # text of a repeating schedule, whose next due time counts from this one
    remaining: int = 0  # firings left after this one; -1: endless
    inside: bool = False  # the event is the start of an event sub-process in the scope ``element_seq``
    part: int = 0  # which of the event's definitions, where it has several


class SubscriptionKind(StrEnum):
    """What a subscription waits for."""

    MESSAGE = "MESSAGE"
    HELD_MESSAGE = "HELD_MESSAGE"  # a message, once the instance is resumed; nobody looks for receivers of this kind
    SIGNAL = "SIGNAL"
    CONDITION = "CONDITION"
    TIMER = "TIMER"  # the timer of an event that waits for all of several definitions; it has a ``TimerRow`` too


@dataclass(slots=True)
class SubscriptionRow:
    """An event that waits for a message, a signal or a condition; ``element_seq`` and ``inside`` as with a timer."""

    seq: int
    element_seq: int
    element_id: str  # the event, or the receive task
    kind: SubscriptionKind
    app_name: str
    create_us: int
    name: str = ""  # of the message or signal
    key: str = ""  # correlation key that the model gives a message; empty: it gives none
    business_key: str = ""  # of the instance that waits for a message
    inside: bool = False
    part: int = 0
    held: bool = False  # a condition that was true when it was last evaluated; it has to become false first


@dataclass(slots=True)
class IncidentRow:
    """A failed step."""

    seq: int
    element_seq: int
    instance: int
    definition_id: str
    element_id: str
    reason: str
    message: str
    create_us: int
    open: bool = True
    resolve_us: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """All that waits in a root instance, for the operations that change, or tell of, all of it."""

    timers: tuple[TimerRow, ...] = ()
    jobs: tuple[JobRow, ...] = ()
    user_tasks: tuple[UserTaskRow, ...] = ()  # open ones
    incidents: tuple[IncidentRow, ...] = ()  # open ones


@dataclass(frozen=True, slots=True)
class Membership:
    """What the directory says of a user: groups, roles, and the work parties that the user belongs to."""

    user: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    work_parties: frozenset[str] = frozenset()
    known_parties: frozenset[str] = frozenset()  # of the parties that were asked about: those that exist


class Large:
    """Stands for the value of a variable that exists but was not loaded, because it is large."""

    __slots__ = ()


LARGE: Final = Large()


@dataclass(frozen=True, slots=True)
class CalledProcess:
    """Which process a call activity wants: by name, and by one of version, tag or application where given."""

    app_name: str
    process_name: str
    version: int = 0
    version_tag: str = ""


class Need(Exception):
    """The engine lacks data. The caller loads it into the snapshot and calls again; nothing has happened yet."""

    def __init__(
        self,
        *,
        elements: frozenset[int] = frozenset(),
        children: frozenset[int] = frozenset(),
        variables: frozenset[tuple[int, str]] = frozenset(),
        all_variables: frozenset[int] = frozenset(),
        definition_id: str = "",
        called: CalledProcess | None = None,
        membership: tuple[str, str] | None = None,
        pool: PoolAsk | None = None,
        ready: bool = False,
        job: int = 0,
        subscriptions: bool = False,
        excluded: int = 0,
        work: bool = False,
    ) -> None:
        """
        Args:
            elements: element rows by seq; one that has no row is then known to be absent.
            children: scopes whose element rows are wanted, with everything inside of them.
            variables: (scope, name) pairs; a pair that has no row is then known to have none.
            all_variables: scopes whose variables are wanted with their values, large ones too.
            definition_id: a definition that is not compiled in the snapshot.
            called: a process that a call activity names.
            membership: (user, work party) whose membership decides.
            pool: a pool that somebody is chosen from.
            ready: all elements that are READY.
            job: the job of this element instance.
            subscriptions: all subscriptions of the root instance.
            excluded: who may not do this user task.
            work: all its timers, jobs, open user tasks and open incidents.
        """
        super().__init__()
        self.elements = elements
        self.children = children
        self.variables = variables
        self.all_variables = all_variables
        self.definition_id = definition_id
        self.called = called
        self.membership = membership
        self.pool = pool
        self.ready = ready
        self.job = job
        self.subscriptions = subscriptions
        self.excluded = excluded
        self.work = work

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value)


@dataclass(slots=True)
class Snapshot:
    """The rows that the engine was given. The engine never changes them.

    ``names_known`` holds the scopes whose variable names are all in ``variables`` (values may be ``LARGE``),
    ``children_known`` those whose element rows are all in ``elements``.
    """

    root: Root | None = None
    elements: dict[int, ElementRow] = field(default_factory=dict)
    variables: dict[tuple[int, str], str | Large | None] = field(default_factory=dict)
    names_known: set[int] = field(default_factory=set)
    values_known: set[int] = field(default_factory=set)
    children_known: set[int] = field(default_factory=set)
    absent: set[int] = field(default_factory=set)  # elements that were asked for and are not there
    ready_known: bool = False
    user_task: UserTaskRow | None = None
    job: JobRow | None = None
    timer: TimerRow | None = None
    incident: IncidentRow | None = None
    subscription: SubscriptionRow | None = None
    subscriptions: dict[int, SubscriptionRow] = field(default_factory=dict)
    subscriptions_known: bool = False  # all of the root's are in ``subscriptions``
    work: Work | None = None
    membership: Membership | None = None
    excluded: frozenset[str] | None = None  # who may not do the user task
    pools: dict[PoolAsk, Pool] = field(default_factory=dict)
    called: dict[CalledProcess, str | None] = field(default_factory=dict)  # definition id; None: not deployed


RowT = TypeVar("RowT", Root, ElementRow, UserTaskRow, JobRow, TimerRow, IncidentRow, SubscriptionRow)

_COLUMNS: Final[Mapping[type[Any], Callable[[Any], tuple[Any, ...]]]] = {
    row: attrgetter(*(column.name for column in fields(row)))
    for row in (Root, ElementRow, UserTaskRow, JobRow, TimerRow, IncidentRow, SubscriptionRow)
}


def copy_row(row: RowT, **changes: Any) -> RowT:
    """Returns a copy of a row with some columns changed: what ``dataclasses.replace`` does, in a third of its time."""
    kind = row.__class__
    copied = kind(*_COLUMNS[kind](row))
    for column, value in changes.items():
        setattr(copied, column, value)
    return copied
