"""What is wrong with an operation.

Rule of this file: an operation that cannot be done as a whole is not done at all, and says everything that is in its
way at once. Reasons are stable words for programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.ids import child_id

NO_INSTRUCTION: Final = -1


class OperationFinding(NamedTuple):
    """One thing that is in the way of an operation.

    Attributes:
        reason: Stable word for programs.
        message: One sentence for people.
        element_id: The element of the model concerned; empty where none is.
        seq: The element instance concerned; 0 where none is.
        instruction: Index of the instruction concerned.
    """

    reason: str
    message: str
    element_id: str = ""
    seq: int = 0
    instruction: int = NO_INSTRUCTION


class OperationRefused(FailedPrecondition):
    """An operation that cannot be done; nothing was.

    Args:
        root_id: The root instance.
        findings: What is in its way; not empty.
    """

    default_reason = "OPERATION_REFUSED"

    def __init__(self, root_id: str, findings: Sequence[OperationFinding]) -> None:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(
            f"process instance {root_id!r}: {findings[0].message}{more}",
            violations=[
                PreconditionViolation(
                    found.reason,
                    f"elementInstances/{child_id(root_id, found.seq)}" if found.seq else f"elements/{found.element_id}",
                    found.message,
                )
                for found in findings
            ],
            metadata={"process_instance_id": root_id},
        )
        self.findings = tuple(findings)
