"""What the callers saw: every call with all of its attempts, in the order in which the calls began.

Rule of this file: a call is written down before its first attempt goes out, so that none is forgotten with the caller.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

OK = "OK"
UNANSWERED = ""


@dataclass(slots=True)
class Call:
    """One call of a client: one request, sent until there is an answer that stands.

    Attributes:
        number: Its place in the order of beginnings.
        method: Name of the method.
        key: Business key of the order that it belongs to; of a job's call, empty.
        request_id: What makes it safe to repeat; empty for a read.
        subject: Id of the task or job, or the name of the message.
        user: Who claims or completes.
        begin: Seconds on the client's clock.
        end: The same, of the answer that stands.
        attempts: Code of each attempt, in order.
        code: Code of the answer that stands; empty while there is none.
        reason: Its ErrorInfo's reason.
        answer: The response where the code is OK.
        others: Answers to copies of the request that were sent beside it, or again later: code and response.
    """

    number: int
    method: str
    key: str = ""
    request_id: str = ""
    subject: str = ""
    user: str = ""
    begin: float = field(default_factory=time.monotonic)
    end: float = 0.0
    attempts: list[str] = field(default_factory=list)
    code: str = UNANSWERED
    reason: str = ""
    answer: Any = None
    others: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether the request was answered with success, be it to a copy of it."""
        return self.code == OK or any(code == OK for code, _ in self.others)


class History:
    """All calls of a run."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.complaints: list[str] = []  # what a caller saw that no answer may be
        self._numbers = itertools.count(1)

    def begin(self, method: str, **fields: str) -> Call:
        """Writes down that a call begins."""
        call = Call(next(self._numbers), method, **fields)
        self.calls.append(call)
        return call

    @property
    def acknowledged(self) -> list[Call]:
        """The mutations that were answered with success."""
        return [call for call in self.calls if call.request_id and call.done]

    def attempts(self) -> Counter[str]:
        """Counts the attempts by code."""
        return Counter(code for call in self.calls for code in call.attempts)
