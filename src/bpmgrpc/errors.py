"""Domain errors: what went wrong, in words a caller can act on. They know nothing of gRPC or HTTP.

One base and few classes: a class exists because somebody acts differently on it. ``service/status.py`` maps each
class to one canonical status; ``reason``, ``message`` and ``metadata`` travel as ``google.rpc.ErrorInfo``.

::

    BpmError                    reason, message, metadata
    ├── InvalidArgument         the request is wrong whatever the state is      + violations (fields)
    ├── NotFound                no resource of this id or name
    ├── AlreadyExists           the resource to be made is there already
    ├── FailedPrecondition      the request is right, the state is not          + violations (subjects)
    ├── PermissionDenied        known caller, not allowed
    ├── Unauthenticated         no or bad credentials
    ├── Aborted                 lost a race or a stale etag: read again, then retry
    ├── ResourceExhausted       quota or overload                               + retry_after_seconds
    ├── Unavailable             not now; the same request may succeed later     + retry_after_seconds
    ├── DeadlineExceeded        the caller's time is over
    ├── Unimplemented           declared in the contract, not served
    └── Internal                our own fault; the text is safe to show, the cause is logged
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Aborted",
    "AlreadyExists",
    "BpmError",
    "DeadlineExceeded",
    "FailedPrecondition",
    "FieldViolation",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "PreconditionViolation",
    "ResourceExhausted",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
]


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One wrong field of a request (``google.rpc.BadRequest.FieldViolation``).

    Attributes:
        field: Path of the field as the proto names it, such as ``variables`` or ``files[0].name``.
        description: One sentence: what was expected and what was found.
    """

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class PreconditionViolation:
    """One unmet condition of the state (``google.rpc.PreconditionFailure.Violation``).

    Attributes:
        type: Stable UPPER_SNAKE kind, such as ``STATE``.
        subject: What is in the wrong state, such as ``userTasks/01h…-4``.
        description: One sentence: the state that is needed and the one that is found.
    """

    type: str
    subject: str
    description: str


class BpmError(Exception):
    """Base of all errors that a caller of this product may see.

    Args:
        message: One clear sentence naming the field or the id concerned.
        reason: Stable UPPER_SNAKE word for programs; each class has its default.
        metadata: Ids and values for programs, such as ``{"user_task_id": "…"}``.
    """

    default_reason = "UNKNOWN"

    #: Messages of the contract that say more, such as a deployment's verdicts. The service layer sets them.
    details: tuple[object, ...] = ()

    def __init__(self, message: str, *, reason: str | None = None, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = self.default_reason if reason is None else reason
        self.metadata: dict[str, str] = dict(metadata or {})


class _Retriable(BpmError):
    """An error that may tell the caller when to come back.

    Args:
        message: One clear sentence.
        retry_after_seconds: How long to wait before the same request makes sense again; None leaves it open.
        reason: Stable UPPER_SNAKE word.
        metadata: Ids and values for programs.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.retry_after_seconds = retry_after_seconds


class InvalidArgument(BpmError):
    """The request is wrong whatever the state of the system is.

    Args:
        message: One clear sentence naming the field.
        reason: Stable UPPER_SNAKE word.
        violations: The wrong fields, all that were found.
        metadata: Ids and values for programs.
    """

    default_reason = "INVALID_ARGUMENT"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        violations: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.violations = list(violations)


class NotFound(BpmError):
    """No resource of this id or name exists (or the caller may not know that it does)."""

    default_reason = "NOT_FOUND"


class AlreadyExists(BpmError):
    """The resource that was to be made is there already."""

    default_reason = "ALREADY_EXISTS"


class FailedPrecondition(BpmError):
    """The request is right, but the state does not allow it; repeating it unchanged does not help.

    Args:
        message: One clear sentence naming the id, the state needed and the state found.
        reason: Stable UPPER_SNAKE word.
        violations: The unmet conditions.
        metadata: Ids and values for programs.
    """

    default_reason = "FAILED_PRECONDITION"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        violations: Sequence[PreconditionViolation] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.violations = list(violations)


class PermissionDenied(BpmError):
    """The caller is known and not allowed to do this."""

    default_reason = "PERMISSION_DENIED"


class Unauthenticated(BpmError):
    """Credentials are missing or not valid."""

    default_reason = "UNAUTHENTICATED"


class Aborted(BpmError):
    """A race was lost or an etag is stale: read again, then decide anew."""

    default_reason = "ABORTED"


class ResourceExhausted(_Retriable):
    """A quota or the machine is used up for the moment."""

    default_reason = "RESOURCE_EXHAUSTED"


class Unavailable(_Retriable):
    """Not possible now; the same request may succeed later."""

    default_reason = "UNAVAILABLE"


class DeadlineExceeded(BpmError):
    """The caller's time is over; a change may or may not have been made: repeat with the same request id."""

    default_reason = "DEADLINE_EXCEEDED"


class Unimplemented(BpmError):
    """Declared in the contract, not served by this release."""

    default_reason = "UNIMPLEMENTED"


class Internal(BpmError):
    """Our own fault. The message is safe to show; the cause is chained with ``from`` and logged, never sent."""

    default_reason = "INTERNAL"
