"""Where commands meet the database: what both ways of it promise.

Rule of this file: a command is a synchronous function of a ``Session``; whatever it raises is the caller's and leaves
nothing behind; its result reaches the caller only after the commit. An overloaded server says so at once.

- **SQLite** has one writer, so commands share transactions: ``group_commit``.
- **PostgreSQL** has a pool, so each command has a connection of its own, for which the event loop waits: ``pooled``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from bpmgrpc.errors import DeadlineExceeded, ResourceExhausted, Unavailable

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Session

__all__ = [
    "MAX_QUEUED",
    "RETRY_AFTER_SECONDS",
    "Executor",
    "Work",
    "commit_failed",
    "overloaded",
    "shutting_down",
    "too_late",
]

T = TypeVar("T")
Work = Callable[["Session"], T]

MAX_QUEUED: Final = 10_000  # commands that wait; beyond that a caller is told to come back
RETRY_AFTER_SECONDS: Final = 0.5


class Executor(Protocol):
    """Runs commands."""

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """Runs a command and returns its result once that is durable.

        Args:
            work: The command.
            deadline: When the caller stops waiting (``time.monotonic``); a command not begun by then is dropped.
            long: It may take a while, so it never runs on the caller's thread.

        Raises:
            ResourceExhausted: Too many commands wait already.
            DeadlineExceeded: The command had no turn in time; nothing was done.
            Unavailable: The database failed; nothing was done.
            Exception: Whatever the command raised.
        """
        ...

    def waited(self) -> float:
        """Returns how many seconds the command that is next has waited for its turn; 0 where none waits."""
        ...

    def close(self) -> None:
        """Waits for the commands that run and takes no more."""
        ...


def shutting_down() -> Unavailable:
    """The error for a command that comes after the end."""
    return Unavailable("the server is shutting down", reason="SHUTTING_DOWN")


def overloaded() -> ResourceExhausted:
    """The error for a command that finds too many waiting."""
    return ResourceExhausted(
        "the server has more commands waiting than it can take",
        reason="OVERLOADED",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )


def too_late() -> DeadlineExceeded:
    """The error for a command that had no turn in time."""
    return DeadlineExceeded("the call's deadline passed before it had a turn; nothing was done")


def commit_failed(failure: BaseException) -> Unavailable:
    """The error for all commands of a transaction that failed as such."""
    error = Unavailable(
        "the transaction could not be committed; nothing was done", reason="COMMIT_FAILED", retry_after_seconds=1.0
    )
    error.__cause__ = failure
    return error
