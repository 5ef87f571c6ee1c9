"""What goes in and out of the store besides the engine's rows: keys, answers, definitions, the directory, settings.

Rule of this file: plain data; times are microseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from bpmgrpc.engine.state import Membership, Root, Snapshot, UserTaskRow

__all__ = [
    "LARGE_BYTES",
    "MAX_LOADED_VARIABLES",
    "Counter",
    "DefinitionRow",
    "DefinitionState",
    "DeliveryKind",
    "DeliveryRow",
    "DirectoryUser",
    "DueTimer",
    "DuplicateRequest",
    "EventStartRow",
    "Loaded",
    "LoadedDefinitions",
    "LoadedTask",
    "Meant",
    "MessageRow",
    "QueryTooLong",
    "Receiver",
    "Replay",
    "RequestKey",
    "SerializationConflict",
    "Settings",
    "StartTimerRow",
    "StoredAnswer",
    "Target",
    "WorkParty",
    "source_of",
]

LARGE_BYTES: Final = 4096  # a longer value is not loaded with the state; it stands there as LARGE
MAX_LOADED_VARIABLES: Final = 256  # per command; with more, the outermost scopes' names are not known

Target = Literal["user_task", "job", "timer", "subscription", "incident", "element", "root"]
"""What a command is about; ``seq`` is the number of such a row (0 with ``root``)."""


class QueryTooLong(Exception):
    """A brief read would take longer than its caller can wait. Nothing was read."""


class DuplicateRequest(Exception):
    """The request id has an answer already, or got one meanwhile: read it with ``find_answer``. Nothing was written."""


class SerializationConflict(Exception):
    """The database asks to run the transaction again (SQLSTATE 40001, 40P01, a raced version). Nothing was written."""


class Counter:
    """Counts the statements that a store has sent. On PostgreSQL each is one round trip.

    Budgets are asserted with it; it is not exact while several threads send at once.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class RequestKey(NamedTuple):
    """Which request an answer belongs to: request ids are the caller's own, one set for each RPC."""

    caller: str
    rpc: str
    request_id: str
    now_us: int = 0  # an answer that expired before is not found


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first successful answer to a request, to be kept with what it did."""

    key: RequestKey
    content_hash: str  # of the request; another content under the same id is refused by the runtime
    response: bytes
    expire_us: int


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer that was given before."""

    content_hash: str
    response: bytes


@dataclass(slots=True)
class Loaded:
    """What a command starts from.

    Attributes:
        snapshot: The rows. With a `replay`, its root and target may be missing: the first call may have ended them.
        replay: The answer to the same request, where there is one.
        cache_generation: Goes up with every refresh of the definition cache, by whichever server.
    """

    snapshot: Snapshot
    replay: Replay | None
    cache_generation: int


@dataclass(slots=True)
class LoadedTask:
    """What claim, unclaim and assign start from.

    Attributes:
        row: The task; None only where `replay` is there and the task is not. root: Its root instance; None only where
        `row` is. membership: Of the user that was asked about, with the task's work party among ``known_parties``
        where it exists. replay: The answer to the same request, where there is one.
    """

    row: UserTaskRow | None
    root: Root | None
    membership: Membership
    replay: Replay | None


class DefinitionState(StrEnum):
    """Whether a definition may be started."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One deployed version of a process; its file is kept once per content, by hash."""

    id: str
    app_name: str
    process_name: str
    display_name: str
    version: int
    version_tag: str
    resource_name: str
    resource_hash: str  # SHA-256 of the file, hexadecimal
    create_us: int
    state: DefinitionState = DefinitionState.ACTIVE
    deleted: bool = False


@dataclass(slots=True)
class LoadedDefinitions:
    """What a start begins from: the definitions that fit, newest version first within each process."""

    rows: list[DefinitionRow]
    replay: Replay | None
    cache_generation: int


class Meant(NamedTuple):
    """What a name meant when it was looked up: one definition, which was active. A start may be written under the
    condition that it still does, and that nobody refreshed the cached definitions since.
    """

    definition_id: str
    generation: int
    process_name: str
    app_name: str = ""
    version: int = 0
    version_tag: str = ""
    latest: bool = True


@dataclass(frozen=True, slots=True)
class StartTimerRow:
    """A timer start event of the latest version of a process."""

    definition_id: str
    element_id: str
    due_us: int
    cycle: str = ""
    remaining: int = 0  # firings left after this one; -1: endless


@dataclass(frozen=True, slots=True)
class EventStartRow:
    """A message or signal that starts instances of the latest version of a process; or a message for which that says
    how it is correlated by what it carries (``element_id``: the correlation key).
    """

    definition_id: str
    element_id: str
    kind: str  # MESSAGE, SIGNAL or CORRELATED
    name: str
    app_name: str
    part: int = 0  # which of the event's definitions it is
    gateway_id: str = ""  # the parallel event-based gateway that it stands behind


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A published message."""

    id: str
    app_name: str  # empty: every application
    name: str
    key: str
    message_id: str  # the publisher's; empty for none
    variables: str  # JSON object
    create_us: int
    expire_us: int
    taken: bool = False


class DeliveryKind(StrEnum):
    """What a transaction left to be done in others."""

    SIGNAL = "SIGNAL"  # the subscription (receiver: its root) gets a signal
    SIGNAL_START = "SIGNAL_START"  # the start event (receiver: its definition; seq: its part) gets a signal
    MESSAGE = "MESSAGE"  # somebody may wait for the message (receiver: its id)
    AWAITED = "AWAITED"  # a message may be there for the subscription (receiver: its root)


class DeliveryRow(NamedTuple):
    """Something that a transaction left to be done in others."""

    source: str
    number: int
    kind: DeliveryKind
    receiver: str
    seq: int
    element_id: str
    variables: str


def source_of(root_id: str, version: int) -> str:
    """Returns the name, in deliveries, of the transaction that brought a root to a version."""
    return f"{root_id}.{version}"


class Receiver(NamedTuple):
    """Who gets a message: a subscription of a root, or a start event of a definition (``seq`` 0)."""

    id: str
    seq: int
    element_id: str = ""


class DueTimer(NamedTuple):
    """A timer whose time has come; the engine decides whether it is still wanted."""

    root_id: str
    seq: int
    due_us: int


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user of the directory."""

    user: str
    display_name: str = ""
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkParty:
    """A named set of users and roles; the lead is a member."""

    work_party: str
    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a store is opened.

    Attributes:
        synchronous: ``FULL``: an answer survives the loss of power. ``NORMAL``: SQLite may then lose the last
            commits (never consistency); PostgreSQL commits asynchronously. Both survive the end of the process.
        pool_size: Connections at the most (readers, on SQLite).
        statement_timeout_s: PostgreSQL ends a statement after so many seconds; 0: never.
        lock_timeout_s: How long to wait for a lock or a free connection.
    """

    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    pool_size: int = 16
    statement_timeout_s: float = 30.0
    lock_timeout_s: float = 5.0
