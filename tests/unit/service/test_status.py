import asyncio

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, RetryInfo
from google.rpc.status_pb2 import Status

from bpmgrpc import errors
from bpmgrpc.errors import FieldViolation, PreconditionViolation
from bpmgrpc.service.status import UNLIMITED, WIRE_LIMIT, code_of, to_status, to_trailing_metadata
from bpmgrpc.v1.process_definition_pb2 import DeploymentRefusal, ElementVerdict


def details_of(status: Status) -> dict[str, Message]:
    """Unpacks the details of a status, by the name of their type."""
    kinds = (BadRequest, ErrorInfo, PreconditionFailure, RetryInfo, DeploymentRefusal)
    found: dict[str, Message] = {}
    for packed in status.details:
        for kind in kinds:
            detail = kind()
            if packed.Unpack(detail):
                found[kind.__name__] = detail
    return found


@pytest.mark.parametrize(
    ("error", "code"),
    (
        (errors.InvalidArgument("x"), grpc.StatusCode.INVALID_ARGUMENT),
        (errors.NotFound("x"), grpc.StatusCode.NOT_FOUND),
        (errors.AlreadyExists("x"), grpc.StatusCode.ALREADY_EXISTS),
        (errors.FailedPrecondition("x"), grpc.StatusCode.FAILED_PRECONDITION),
        (errors.PermissionDenied("x"), grpc.StatusCode.PERMISSION_DENIED),
        (errors.Unauthenticated("x"), grpc.StatusCode.UNAUTHENTICATED),
        (errors.Aborted("x"), grpc.StatusCode.ABORTED),
        (errors.ResourceExhausted("x"), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (errors.Unavailable("x"), grpc.StatusCode.UNAVAILABLE),
        (errors.DeadlineExceeded("x"), grpc.StatusCode.DEADLINE_EXCEEDED),
        (errors.Unimplemented("x"), grpc.StatusCode.UNIMPLEMENTED),
        (errors.Internal("x"), grpc.StatusCode.INTERNAL),
        (KeyError("x"), grpc.StatusCode.INTERNAL),
        (asyncio.CancelledError(), grpc.StatusCode.CANCELLED),
    ),
)
def test_each_error_has_one_code(error: BaseException, code: grpc.StatusCode) -> None:
    """Every domain error has its canonical code; a foreign error is our own fault."""
    assert code_of(error) is code


def test_table_covers_every_domain_error() -> None:
    """No public domain error falls through to UNKNOWN."""
    kinds = [getattr(errors, name) for name in errors.__all__]
    domain = [kind for kind in kinds if issubclass(kind, Exception) and kind is not errors.BpmError]

    assert [kind.__name__ for kind in domain if code_of(kind("x")) is grpc.StatusCode.UNKNOWN] == []


def test_error_carries_reason_domain_and_ids() -> None:
    """Every error tells programs its reason and the ids concerned."""
    status = to_status(errors.NotFound("no task 7", reason="USER_TASK_NOT_FOUND", metadata={"user_task_id": "7"}))

    info = details_of(status)["ErrorInfo"]

    assert (status.code, status.message) == (5, "no task 7")
    assert info == ErrorInfo(domain="bpmgrpc", reason="USER_TASK_NOT_FOUND", metadata={"user_task_id": "7"})


def test_invalid_argument_names_the_fields() -> None:
    """INVALID_ARGUMENT carries one violation per wrong field."""
    error = errors.InvalidArgument("user is empty", violations=[FieldViolation("user", "must not be empty")])

    detail = details_of(to_status(error))["BadRequest"]

    assert [(v.field, v.description) for v in detail.field_violations] == [("user", "must not be empty")]


def test_failed_precondition_names_the_subjects() -> None:
    """FAILED_PRECONDITION carries what is in the wrong state."""
    error = errors.FailedPrecondition("claimed", violations=[PreconditionViolation("STATE", "userTasks/7", "claimed")])

    [violation] = details_of(to_status(error))["PreconditionFailure"].violations

    assert (violation.type, violation.subject, violation.description) == ("STATE", "userTasks/7", "claimed")


def test_retriable_error_says_when_to_come_back() -> None:
    """RESOURCE_EXHAUSTED and UNAVAILABLE carry the delay where one is known."""
    known = details_of(to_status(errors.ResourceExhausted("full", retry_after_seconds=1.25)))
    unknown = details_of(to_status(errors.Unavailable("down")))

    assert known["RetryInfo"].retry_delay.ToMilliseconds() == 1250
    assert "RetryInfo" not in unknown


def test_foreign_error_tells_nothing_of_itself() -> None:
    """The text of an exception that is no domain error never leaves the server."""
    status = to_status(ValueError("password=secret"))

    assert status.message == "internal error"
    assert b"secret" not in status.SerializeToString()


def refusal_of(count: int) -> errors.InvalidArgument:
    """Makes the error of a deployment with so many refused elements."""
    verdicts = [
        ElementVerdict(
            resource_name="big.bpmn",
            element_id=f"task_{number}",
            element_type="complexGateway",
            verdict=ElementVerdict.VERDICT_REFUSED,
            reason="complex gateways do not run (BPMN 2.0.2, 10.6.5)",
            line=number,
            column=5,
        )
        for number in range(count)
    ]
    error = errors.InvalidArgument("the deployment is refused")
    error.details = (DeploymentRefusal(verdicts=verdicts),)
    return error


def test_own_detail_travels_with_its_error() -> None:
    """An error that brings a message of its own carries it after the standard ones."""
    detail = details_of(to_status(refusal_of(3)))["DeploymentRefusal"]

    assert [verdict.element_id for verdict in detail.verdicts] == ["task_0", "task_1", "task_2"]


def test_long_list_is_cut_to_what_trailers_hold() -> None:
    """A list of findings too long for HTTP/2 trailers keeps its beginning; a channel without trailers gets it whole."""
    error = refusal_of(500)

    on_the_wire = to_status(error)
    within = to_status(error, limit=UNLIMITED)

    kept = details_of(on_the_wire)["DeploymentRefusal"].verdicts
    assert 20 < len(kept) < 100
    assert [verdict.element_id for verdict in kept] == [f"task_{number}" for number in range(len(kept))]
    assert len(on_the_wire.SerializeToString()) <= WIRE_LIMIT
    assert len(details_of(within)["DeploymentRefusal"].verdicts) == 500


def test_long_text_is_cut_between_characters() -> None:
    """A text beyond the limit ends with an ellipsis and never with half a character."""
    status = to_status(errors.NotFound("ห้อง" * 500, metadata={"name": "ห้อง" * 500}))

    assert len(status.message.encode()) <= 600
    assert status.message.endswith("…")
    assert "�" not in status.message
    assert len(details_of(status)["ErrorInfo"].metadata["name"]) == 256


def test_trailing_metadata_is_one_binary_pair() -> None:
    """Rich errors travel under the key that every gRPC library looks for."""
    [(key, value)] = to_trailing_metadata(errors.NotFound("no task 7"))

    assert key == "grpc-status-details-bin"
    assert Status.FromString(value).message == "no task 7"
