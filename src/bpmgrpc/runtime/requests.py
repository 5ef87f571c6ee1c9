"""Idempotent requests: the same request id gives the same answer, and acts once (AIP-155).

Rule of this file: the answer is stored in the transaction that does the work, so there is no moment at which one is
there without the other. The scope of an id is the caller and the RPC; other content under the same id is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import FieldViolation, InvalidArgument
from bpmgrpc.store.interface import RequestKey, StoredAnswer

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.store.interface import Replay

MICROSECONDS_PER_HOUR: Final = 3_600_000_000
MAX_LENGTH: Final = 128


@dataclass(frozen=True, slots=True)
class Idempotency:
    """One request that carries a request id."""

    key: RequestKey
    content_hash: str
    expire_us: int

    def replay(self, replay: Replay) -> bytes:
        """Returns the stored answer.

        Raises:
            InvalidArgument: The id was used with another content.
        """
        if replay.content_hash != self.content_hash:
            raise InvalidArgument(
                f"request_id {self.key.request_id!r} was used before with another content",
                reason="REQUEST_ID_REUSED",
                violations=[FieldViolation("request_id", "it belongs to a request with another content")],
                metadata={"request_id": self.key.request_id},
            )
        return replay.response

    def answer(self, response: Message) -> StoredAnswer:
        """Returns the answer to be stored."""
        return StoredAnswer(self.key, self.content_hash, response.SerializeToString(), self.expire_us)


def idempotency(
    request: Message, request_id: str, *, caller: str, rpc: str, now_us: int, retention_hours: float
) -> Idempotency | None:
    """Reads a request's id.

    Args:
        request: The request, which has a field ``request_id``.
        request_id: The value of that field.
        caller: The authenticated caller; empty where there is none.
        rpc: Name of the method.
        now_us: The time, microseconds since the epoch.
        retention_hours: How long an answer is kept.

    Returns:
        None where the request has no id.

    Raises:
        InvalidArgument: The id is longer than 128 characters, or not of printable ASCII.
    """
    if not request_id:
        return None
    if len(request_id) > MAX_LENGTH or not (request_id.isascii() and request_id.isprintable()):
        raise InvalidArgument(
            "request_id has to be of 1 to 128 printable ASCII characters",
            violations=[FieldViolation("request_id", "1 to 128 printable ASCII characters")],
        )
    # With the id itself, which is the same wherever two of these are compared: leaving it out would cost a copy.
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
    expire_us = now_us + round(retention_hours * MICROSECONDS_PER_HOUR)
    return Idempotency(RequestKey(caller, rpc, request_id, now_us), digest, expire_us)
