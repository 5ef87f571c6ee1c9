"""The commands: what can be asked of a running instance.

Rule of this file: a command is data, complete with everything that only the caller knows. ``advance`` has one
handler for each class here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmgrpc.engine.state import Candidates


@dataclass(frozen=True, slots=True)
class StartInstance:
    """Starts a root instance of ``definition_id`` at its none start event; or at ``start_element_id``, an event that
    has occurred and brought ``event_variables``.
    """

    root_id: str
    definition_id: str
    variables: Mapping[str, str] = field(default_factory=dict)  # name to JSON text
    business_key: str = ""
    create_by: str = ""
    start_element_id: str | None = None
    event_variables: Mapping[str, str] = field(default_factory=dict)  # name to JSON text
    restarts: str = ""  # the ended instance that it takes the place of


@dataclass(frozen=True, slots=True)
class CompleteUserTask:
    """Completes the user task in the snapshot on behalf of ``user``."""

    seq: int
    user: str
    variables: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None  # the caller's etag
    outcome: str = ""  # one of those that the model declares


@dataclass(frozen=True, slots=True)
class CreateSubtask:
    """Makes a part of the user task in the snapshot that is to be done before that can be completed."""

    seq: int
    user: str
    name: str
    description: str = ""
    assignee: str = ""
    candidates: Candidates = field(default_factory=Candidates)
    priority: int = 0  # 0: the task's
    due_us: int | None = None
    follow_up_us: int | None = None
    version: int | None = None  # the caller's etag of the task


@dataclass(frozen=True, slots=True)
class CancelSubtask:
    """Takes the subtask in the snapshot away."""

    seq: int
    user: str
    reason: str = ""
    version: int | None = None  # the caller's etag


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Sets variables as the element instance ``seq`` sees them."""

    seq: int
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompleteJob:
    """Completes the job in the snapshot."""

    seq: int
    lease_token: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailJob:
    """Takes the job in the snapshot back as failed."""

    seq: int
    lease_token: str
    retries: int
    backoff_us: int | None = None  # None: the model's pause, none where it has none
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowJobError:
    """Throws a BPMN error at the element of the job in the snapshot."""

    seq: int
    lease_token: str
    error_code: str
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowJobEscalation:
    """Throws an escalation at the element of the job in the snapshot."""

    seq: int
    lease_token: str
    escalation_code: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FireTimer:
    """Fires the timer in the snapshot, where it is still wanted and due."""

    seq: int


@dataclass(frozen=True, slots=True)
class DeliverEvent:
    """Gives the subscription in the snapshot what it waits for, where it still waits."""

    seq: int
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """Cancels the root instance with everything in it."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class SuspendInstance:
    """Holds the root instance with everything in it."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeInstance:
    """Lets a held root instance go on."""


@dataclass(frozen=True, slots=True)
class SetInstanceVariables:
    """Sets variables as scope ``seq`` sees them, or with ``local`` in that very scope."""

    seq: int
    variables: Mapping[str, str]
    local: bool = False


@dataclass(frozen=True, slots=True)
class StartBefore:
    """Lets a new token arrive at an element, in the scope ``ancestor`` (None: where there is but one)."""

    element_id: str
    ancestor: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


@dataclass(frozen=True, slots=True)
class StartAfter:
    """Lets a new token leave an element by its only sequence flow, or go by the sequence flow of this id."""

    element_id: str
    ancestor: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


@dataclass(frozen=True, slots=True)
class CancelActive:
    """Cancels an element instance, or all of an element; of a join, the tokens that wait there."""

    element_id: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """Cancels as ``CancelActive`` does and starts before ``target_id`` for each that was canceled, near it."""

    target_id: str
    element_id: str = ""
    seq: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


Instruction = StartBefore | StartAfter | CancelActive | Move


@dataclass(frozen=True, slots=True)
class ModifyInstance:
    """Changes where the tokens of process instance ``instance`` are (0: the root, else a call activity's seq)."""

    instance: int
    instructions: tuple[Instruction, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MigrateInstance:
    """Has process instance ``instance`` go on by definition ``definition_id``."""

    instance: int
    definition_id: str
    mapping: Mapping[str, str] = field(default_factory=dict)  # ids there by ids here, where they differ
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """Tries the failed step of the incident in the snapshot again."""

    seq: int
    variables: Mapping[str, str] = field(default_factory=dict)
    retries: int = 1


@dataclass(frozen=True, slots=True)
class Continue:
    """Goes on with the elements that are READY."""


Command = (
    StartInstance
    | CompleteUserTask
    | CreateSubtask
    | CancelSubtask
    | SetVariables
    | CompleteJob
    | FailJob
    | ThrowJobError
    | ThrowJobEscalation
    | FireTimer
    | DeliverEvent
    | CancelInstance
    | SuspendInstance
    | ResumeInstance
    | SetInstanceVariables
    | ModifyInstance
    | MigrateInstance
    | ResolveIncident
    | Continue
)
