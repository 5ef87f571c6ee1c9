from __future__ import annotations

import pytest

from bpmgrpc import errors
from bpmgrpc.errors import (
    BpmError,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    NotFound,
    PreconditionViolation,
    ResourceExhausted,
    Unavailable,
)

CLASSES = [
    getattr(errors, name)
    for name in errors.__all__
    if name not in ("BpmError", "FieldViolation", "PreconditionViolation")
]


@pytest.mark.parametrize("kind", CLASSES)
def test_error_says_reason_message_and_metadata(kind):
    """Every error has a stable reason of its class, a sentence, and metadata for programs."""
    error = kind("The task 7 is not there.", metadata={"user_task_id": "7"})

    assert isinstance(error, BpmError)
    assert str(error) == error.message == "The task 7 is not there."
    assert error.reason.isupper()
    assert error.metadata == {"user_task_id": "7"}


def test_reason_may_be_told():
    """A more exact reason replaces the class's own."""
    assert NotFound("x", reason="USER_TASK_NOT_FOUND").reason == "USER_TASK_NOT_FOUND"
    assert NotFound("x").reason == "NOT_FOUND"
    assert NotFound("x").metadata == {}


def test_violations_are_kept():
    """Wrong fields and unmet conditions travel with the error."""
    field = FieldViolation("user", "expected a name")
    state = PreconditionViolation("STATE", "userTasks/7", "expected CLAIMED, found COMPLETED")

    assert InvalidArgument("x", violations=[field]).violations == [field]
    assert FailedPrecondition("x", violations=[state]).violations == [state]
    assert InvalidArgument("x").violations == []


@pytest.mark.parametrize("kind", (ResourceExhausted, Unavailable))
def test_passing_errors_may_say_when_to_come_back(kind):
    """An error that passes tells how long to wait, where it is known."""
    assert kind("x", retry_after_seconds=2.5).retry_after_seconds == 2.5
    assert kind("x").retry_after_seconds is None
