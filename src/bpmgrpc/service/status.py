"""The one table from domain errors to gRPC statuses; nobody else picks a code.

A class of `bpmgrpc.errors` has one canonical code and at most one builder of standard details. Every error carries
``google.rpc.ErrorInfo`` (domain ``bpmgrpc``, the error's reason and metadata); an error may bring messages of its own
in ``details``, such as ``bpmgrpc.v1.DeploymentRefusal``. What is no domain error becomes INTERNAL with a safe text.

The details travel in HTTP/2 trailers, which peers limit to 8 KiB for all of them together (gRPC refuses more at
random, up to 16 KiB always). So a status is made to fit: the text is cut, a detail that is a list keeps the items
that fit, from its beginning, and one that does not fit at all is left out. Senders put the important items first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NoReturn

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, RetryInfo
from google.rpc.status_pb2 import Status

from bpmgrpc import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "DOMAIN",
    "STATUS_DETAILS_KEY",
    "UNLIMITED",
    "WIRE_LIMIT",
    "abort",
    "code_of",
    "to_status",
    "to_trailing_metadata",
]

DOMAIN: Final = "bpmgrpc"
STATUS_DETAILS_KEY: Final = "grpc-status-details-bin"

WIRE_LIMIT: Final = 4096  # bytes of a serialized Status: 5.4 KiB as base64, beside the text that is sent once more
UNLIMITED: Final = 1 << 20  # bytes; for channels that have no trailers, as the one within the process
_MESSAGE_LIMIT: Final = 600  # bytes of UTF-8: grpc-message escapes each byte beyond ASCII as three
_METADATA_LIMIT: Final = 256  # characters of one ErrorInfo metadata value
_METADATA_ENTRIES: Final = 8
_ANY_OVERHEAD: Final = 8  # bytes: tags and lengths of a detail within Status

_INTERNAL_TEXT: Final = "internal error"

_CODES: Final[dict[type[errors.BpmError], grpc.StatusCode]] = {
    errors.InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
    errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Aborted: grpc.StatusCode.ABORTED,
    errors.ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Unimplemented: grpc.StatusCode.UNIMPLEMENTED,
    errors.Internal: grpc.StatusCode.INTERNAL,
    errors.BpmError: grpc.StatusCode.UNKNOWN,
}


def _bad_request(error: errors.BpmError) -> Message | None:
    assert isinstance(error, errors.InvalidArgument)  # noqa: S101 - the table below pairs them
    violations = [BadRequest.FieldViolation(field=v.field, description=v.description) for v in error.violations]
    return BadRequest(field_violations=violations) if violations else None


def _precondition_failure(error: errors.BpmError) -> Message | None:
    assert isinstance(error, errors.FailedPrecondition)  # noqa: S101 - the table below pairs them
    violations = [
        PreconditionFailure.Violation(type=v.type, subject=v.subject, description=v.description)
        for v in error.violations
    ]
    return PreconditionFailure(violations=violations) if violations else None


def _retry_info(error: errors.BpmError) -> Message | None:
    assert isinstance(error, errors.ResourceExhausted | errors.Unavailable)  # noqa: S101 - the table below pairs them
    if error.retry_after_seconds is None:
        return None
    delay = Duration()
    delay.FromMicroseconds(round(error.retry_after_seconds * 1_000_000))
    info: Message = RetryInfo(retry_delay=delay)
    return info


_DETAILS: Final[dict[type[errors.BpmError], Callable[[errors.BpmError], Message | None]]] = {
    errors.InvalidArgument: _bad_request,
    errors.FailedPrecondition: _precondition_failure,
    errors.ResourceExhausted: _retry_info,
    errors.Unavailable: _retry_info,
}


def code_of(error: BaseException) -> grpc.StatusCode:
    """Returns the canonical code of an error: that of its nearest class in the table, INTERNAL for foreign errors.

    Args:
        error: Whatever a handler raised; a cancelled handler counts as CANCELLED.
    """
    for kind in type(error).__mro__:
        code = _CODES.get(kind)
        if code is not None:
            return code
    return grpc.StatusCode.CANCELLED if isinstance(error, asyncio.CancelledError) else grpc.StatusCode.INTERNAL


def to_status(error: BaseException, *, limit: int = WIRE_LIMIT) -> Status:
    """Writes an error as ``google.rpc.Status``.

    Args:
        error: A domain error; of any other only the fact that it happened is told.
        limit: Most bytes that the serialized status may have.

    Returns:
        The status, its details cut to the limit as the top of this file says.
    """
    code: int = code_of(error).value[0]
    if not isinstance(error, errors.BpmError):
        error = errors.Internal(_INTERNAL_TEXT)
    message_limit = _MESSAGE_LIMIT if limit <= WIRE_LIMIT else limit // 4
    status = Status(code=code, message=_cut_utf8(error.message, message_limit))
    for detail in _details(error):
        _add_within(status, detail, limit)
    return status


def to_trailing_metadata(error: BaseException, *, limit: int = WIRE_LIMIT) -> tuple[tuple[str, bytes], ...]:
    """Writes an error as the trailing metadata with which rich errors travel.

    Args:
        error: As in `to_status`.
        limit: As in `to_status`.

    Returns:
        One pair, key ``grpc-status-details-bin``.
    """
    return ((STATUS_DETAILS_KEY, to_status(error, limit=limit).SerializeToString()),)


async def abort(context: grpc.aio.ServicerContext[Message, Message], error: BaseException) -> NoReturn:
    """Ends a call of a gRPC server with an error.

    Args:
        context: The call's context.
        error: As in `to_status`.

    Raises:
        grpc.aio.AbortError: Always; that is how gRPC ends a call.
    """
    status = to_status(error)
    metadata = ((STATUS_DETAILS_KEY, status.SerializeToString()),)
    await context.abort(code_of(error), status.message, metadata)


def _details(error: errors.BpmError) -> Iterable[Message]:
    """Yields ErrorInfo, then the standard detail of the class, then the error's own."""
    metadata = {key: _cut(value, _METADATA_LIMIT) for key, value in list(error.metadata.items())[:_METADATA_ENTRIES]}
    yield ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    for kind in type(error).__mro__:
        builder = _DETAILS.get(kind)
        if builder is not None:
            detail = builder(error)
            if detail is not None:
                yield detail
            break
    for own in error.details:
        if isinstance(own, Message):
            yield own


def _add_within(status: Status, detail: Message, limit: int) -> None:
    """Adds a detail, or the longest beginning of its list that fits, or nothing."""
    packed = Any()
    packed.Pack(detail)
    room = limit - status.ByteSize() - _ANY_OVERHEAD
    if packed.ByteSize() <= room:
        status.details.append(packed)
        return
    shortened = _shorten(detail, room - len(packed.type_url) - _ANY_OVERHEAD)
    if shortened is not None:
        status.details.add().Pack(shortened)


def _shorten(detail: Message, room: int) -> Message | None:
    """Copies a message that holds nothing but one list, with as many items as fit; None where none does."""
    fields = detail.DESCRIPTOR.fields
    if len(fields) != 1 or not fields[0].is_repeated or fields[0].message_type is None:
        return None
    name = fields[0].name
    kept = type(detail)()
    items = getattr(kept, name)
    used = 0
    for item in getattr(detail, name):
        size = item.ByteSize()
        used += size + 1 + _varint_size(size)
        if used > room:
            break
        items.append(item)
    return kept if items else None


def _varint_size(number: int) -> int:
    return max(1, (number.bit_length() + 6) // 7)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _cut_utf8(text: str, limit: int) -> str:
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return raw.decode()
    return raw[: limit - len("…".encode())].decode("utf-8", "ignore") + "…"
