"""What a batch can do: a table of the calls that it makes for its items.

Rule of this file: an operation is the request of a call without what tells its item from the others; what that call
would refuse whatever its item is, is refused when the batch is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.errors import FieldViolation, InvalidArgument
from bpmgrpc.service import checks, operation_mapping
from bpmgrpc.service.operations import LONGEST_REASON, VARIABLE_SOURCES

if TYPE_CHECKING:
    from bpmgrpc.v1.batch_pb2 import BatchOperation

__all__ = ["OPERATIONS", "Operation", "operation_of", "prefixed"]

_ADMIN: Final = "/bpmgrpc.v1.AdminRuntime/"
_PROCESS: Final = "/bpmgrpc.v1.ProcessRuntime/"
_OF_ONE: Final = ("process_instance_id", "incident_id", "element_instance_id", "validate_only", "request_id")
_OF_ONE_INSTRUCTION: Final = ("ancestor_element_instance_id", "element_instance_id")


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of operation.

    Attributes:
        method: Full name of the call that it makes for each item.
        check: Refuses what the call would refuse for every item.
        of_roots: Whether it is about root instances only.
        of_incidents: Whether it is about incidents.
    """

    method: str
    check: Callable[[Any], object]
    of_roots: bool = False
    of_incidents: bool = False

    @property
    def subject(self) -> str:
        """The field of the call's request that names the item."""
        return "incident_id" if self.of_incidents else "process_instance_id"


def _reason(request: Any) -> None:
    checks.name(request.reason, "reason", longest=LONGEST_REASON)


def _variables(request: Any) -> None:
    checks.variables(request.variables)


def _modify(request: Any) -> None:
    _reason(request)
    for index, instruction in enumerate(request.instructions):
        kind = instruction.WhichOneof("instruction")
        one = getattr(instruction, kind) if kind else None
        for name in _OF_ONE_INSTRUCTION:
            if getattr(one, name, ""):
                checks.invalid(f"instructions[{index}].{kind}.{name}", "has to be empty: it is of one instance only")
    operation_mapping.instructions(list(request.instructions), "", 0)


def _migrate(request: Any) -> None:
    _reason(request)
    checks.opaque_id(request.target_process_definition_id, "target_process_definition_id")
    operation_mapping.element_mapping(request.element_mappings)


def _restart(request: Any) -> None:
    _variables(request)
    if request.variable_source not in VARIABLE_SOURCES:
        checks.invalid("variable_source", "is no source of variables")


def _resolve(request: Any) -> None:
    _variables(request)
    if request.retries < 0:
        checks.invalid("retries", "cannot be negative")


OPERATIONS: Final[Mapping[str, Operation]] = {
    "cancel": Operation(f"{_PROCESS}CancelProcessInstance", _reason, of_roots=True),
    "suspend": Operation(f"{_ADMIN}SuspendProcessInstance", _reason, of_roots=True),
    "resume": Operation(f"{_ADMIN}ResumeProcessInstance", lambda _: None, of_roots=True),
    "set_variables": Operation(f"{_ADMIN}SetProcessInstanceVariables", _variables),
    "modify": Operation(f"{_ADMIN}ModifyProcessInstance", _modify),
    "migrate": Operation(f"{_ADMIN}MigrateProcessInstance", _migrate),
    "restart": Operation(f"{_ADMIN}RestartProcessInstance", _restart, of_roots=True),
    "resolve_incident": Operation(f"{_ADMIN}ResolveIncident", _resolve, of_incidents=True),
}


def operation_of(message: BatchOperation) -> Operation:
    """Returns which operation a message means, after looking at it.

    Raises:
        InvalidArgument: It means none, or one that could be done to no item.
        NotFound: It names an element instance.
    """
    kind = message.WhichOneof("operation")
    if kind is None:
        checks.invalid("operation", "has to say what to do")
    operation, request = OPERATIONS[kind], getattr(message, kind)
    for name in _OF_ONE:
        if getattr(request, name, None):
            checks.invalid(f"operation.{kind}.{name}", "has to be empty: each item of the batch has its own")
    prefixed(f"operation.{kind}.", lambda: operation.check(request))
    return operation


def prefixed(prefix: str, check: Callable[[], Any]) -> Any:
    """Makes a check, and names the fields that it complains of from the outermost message on.

    Raises:
        InvalidArgument: What the check raised.
    """
    try:
        return check()
    except InvalidArgument as error:
        raise InvalidArgument(
            f"{prefix}{error.message}",
            reason=error.reason,
            violations=[FieldViolation(f"{prefix}{one.field}", one.description) for one in error.violations],
            metadata=error.metadata,
        ) from error
