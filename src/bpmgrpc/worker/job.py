"""The job as a handler sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.v1 import job_pb2

__all__ = ["Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is leased to this worker.

    Attributes:
        id: Names the job; a good key for what must not happen twice in another system.
        variables: What the job sees, by name; whole numbers are int, others Decimal.
        headers: What the model tells the worker.
        message: Everything that the contract says about the job.
    """

    id: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    message: job_pb2.Job = field(repr=False)

    @property
    def retries(self) -> int:
        """Attempts left, this one included."""
        return self.message.retries

    @property
    def process_instance_id(self) -> str:
        """The instance that the job belongs to."""
        return self.message.process_instance_id

    @property
    def business_key(self) -> str:
        """The instance's business key."""
        return self.message.business_key
