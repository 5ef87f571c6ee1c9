"""What a handler raises to say something else than "done"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BpmnError", "BpmnEscalation", "JobFailure"]


class BpmnError(Exception):
    """A BPMN error: the error boundary event that catches its code takes over.

    Args:
        code: The error's code.
        message: What went wrong, for people.
        variables: Variables that the catching event brings into its scope.
    """

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = variables


class BpmnEscalation(Exception):
    """A BPMN escalation: the event that catches its code is told. The job is then completed with the same variables,
    unless that event took it away.

    Args:
        code: The escalation's code.
        variables: Variables that the catching event brings into its scope.
    """

    def __init__(self, code: str, variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.variables = variables


class JobFailure(Exception):
    """A failure with a say in what happens next; any other exception takes one attempt.

    Args:
        message: What went wrong, for people.
        retries: Attempts left; one fewer than before where None. 0 opens an incident.
        backoff_seconds: Pause before the next attempt; where None the handler's, else the model's.
    """

    def __init__(self, message: str, *, retries: int | None = None, backoff_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retries = retries
        self.backoff_seconds = backoff_seconds
