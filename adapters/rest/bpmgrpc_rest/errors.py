"""What can go wrong, and the two tables that turn a gRPC code into an HTTP status.

Whatever fails becomes one `Problem`, raised by the adapter itself or made of the upstream's `AioRpcError`; each surface
writes it in its own form. A legacy caller and a /v1 caller get the same code and sentence, and may get another HTTP
status.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from grpc.aio import AioRpcError

from bpmgrpc_rest.json_text import to_json

__all__ = ["LEGACY_STATUS", "V1_STATUS", "Problem", "Violation", "invalid", "shown", "status_json"]

_DETAILS_KEY: Final = "grpc-status-details-bin"
_TYPES: Final = "type.googleapis.com/google.rpc."

# The table of google/rpc/code.proto.
V1_STATUS: Final[Mapping[StatusCode, int]] = {
    StatusCode.OK: 200,
    StatusCode.CANCELLED: 499,
    StatusCode.UNKNOWN: 500,
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.DEADLINE_EXCEEDED: 504,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    # Deliberately not 412, which is about If-Match and the like.
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.ABORTED: 409,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.INTERNAL: 500,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DATA_LOSS: 500,
    StatusCode.UNAUTHENTICATED: 401,
}

# A task that somebody else has, or that is done, is a conflict to the callers of the older product.
LEGACY_STATUS: Final[Mapping[StatusCode, int]] = {**V1_STATUS, StatusCode.FAILED_PRECONDITION: 409}

# What the adapter says by itself, by HTTP status; of other statuses the code's own name is the reason, as upstream.
_REASONS: Final[Mapping[int | None, str]] = {
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    413: "BODY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
_DOMAIN: Final = "bpmgrpc"

_WORST: Final = 100  # characters of a caller's own text that an error message repeats


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with one field: the field's name as the caller knows it, and a sentence."""

    field: str
    description: str


@dataclass(slots=True)
class Problem(Exception):
    """A failure on its way to the caller.

    Attributes:
        code: The gRPC code.
        message: One sentence that names the offending field or id.
        violations: What is wrong, field by field, where that is known.
        status: HTTP status where the tables' one would tell less, such as 405; else None.
        headers: Headers that belong to the failure, such as Allow.
        rpc_status: The upstream's google.rpc.Status, where the failure came from there and it sent one.
    """

    code: StatusCode
    message: str
    violations: Sequence[Violation] = ()
    status: int | None = None
    headers: Sequence[tuple[str, str]] = ()
    rpc_status: status_pb2.Status | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.code.name}: {self.message}"

    @property
    def number(self) -> int:
        """The gRPC code as the number that goes over the wire."""
        number: int = self.code.value[0]
        return number

    @classmethod
    def from_rpc(cls, error: AioRpcError) -> Problem:
        """Makes a problem of a failed call, with the violations and the retry delay out of its details."""
        status = _status_of(error)
        violations: list[Violation] = []
        headers: list[tuple[str, str]] = []
        for detail in status.details if status else ():
            if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest.FromString(detail.value)
                violations += [Violation(each.field, each.description) for each in bad.field_violations]
            elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                delay = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay
                # RFC 9110 knows whole seconds only; 0 would ask for an immediate repetition.
                seconds = max(1, math.ceil(delay.seconds + delay.nanos / 1e9))
                headers.append(("retry-after", str(seconds)))
        code = error.code()
        if code is StatusCode.UNAUTHENTICATED:
            headers.append(("www-authenticate", "Bearer"))  # RFC 9110: a 401 must name a scheme
        message = error.details() or f"The call failed with {code.name}."
        return cls(code, message, violations, headers=headers, rpc_status=status)


def invalid(field: str, description: str) -> Problem:
    """Makes the problem of one bad field; the sentence names the field itself."""
    return Problem(StatusCode.INVALID_ARGUMENT, description, (Violation(field, description),))


def shown(text: str) -> str:
    """Returns a caller's text for a message: quoted, without control characters, cut where it is long."""
    cut = text if len(text) <= _WORST else text[:_WORST] + "…"
    return '"' + "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut) + '"'


def status_json(problem: Problem) -> str:
    """Returns the google.rpc.Status of a problem as JSON, with every detail that the upstream gave.

    A problem of the adapter's own carries an ErrorInfo too (AIP-193), so that programs need not read sentences.
    """
    details = [_detail_json(each) for each in problem.rpc_status.details] if problem.rpc_status else []
    return to_json({"code": problem.number, "message": problem.message, "details": details or _own_details(problem)})


def _own_details(problem: Problem) -> list[object]:
    reason = _REASONS.get(problem.status, problem.code.name)
    details: list[object] = [{"@type": f"{_TYPES}ErrorInfo", "reason": reason, "domain": _DOMAIN}]
    if problem.violations:
        violations = [{"field": each.field, "description": each.description} for each in problem.violations]
        details.append({"@type": f"{_TYPES}BadRequest", "fieldViolations": violations})
    return details


def _detail_json(detail: Any) -> object:
    """A detail of a type that this process does not know keeps its name, and its bytes as base64."""
    try:
        return json_format.MessageToDict(detail)
    except (TypeError, json_format.Error):
        return {"@type": detail.type_url, "value": base64.b64encode(detail.value).decode()}


def _status_of(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            try:
                return status_pb2.Status.FromString(value if isinstance(value, bytes) else value.encode("latin-1"))
            except DecodeError:
                return None  # The code and the message are still good.
    return None
