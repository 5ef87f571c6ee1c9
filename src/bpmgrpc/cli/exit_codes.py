"""What an exit code means; one table, printed below the help."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EPILOG", "ExitCode", "of_status"]


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130


EPILOG: Final = (
    "Exit codes: 0 done; 1 failed, or a check failed; 2 wrong usage or input (a bad flag, file or setting, malformed "
    "variables, a refused deployment); 3 not found; 4 refused by state or permission (claimed by somebody else, ended, "
    "changed meanwhile, not a candidate); 5 unavailable (no server, no database, address taken, out of time); "
    "130 interrupted."
)

# By the name of the gRPC code, so that looking one up does not import gRPC.
_BY_STATUS: Final[Mapping[str, ExitCode]] = {
    "INVALID_ARGUMENT": ExitCode.USAGE,
    "OUT_OF_RANGE": ExitCode.USAGE,
    "NOT_FOUND": ExitCode.NOT_FOUND,
    "FAILED_PRECONDITION": ExitCode.REFUSED,
    "PERMISSION_DENIED": ExitCode.REFUSED,
    "UNAUTHENTICATED": ExitCode.REFUSED,
    "ABORTED": ExitCode.REFUSED,
    "ALREADY_EXISTS": ExitCode.REFUSED,
    "UNAVAILABLE": ExitCode.UNAVAILABLE,
    "DEADLINE_EXCEEDED": ExitCode.UNAVAILABLE,
    "RESOURCE_EXHAUSTED": ExitCode.UNAVAILABLE,
    "CANCELLED": ExitCode.UNAVAILABLE,
}


def of_status(code: str) -> ExitCode:
    """Returns the exit code for a failed call.

    Args:
        code: Name of the gRPC code, such as ``NOT_FOUND``.
    """
    return _BY_STATUS.get(code, ExitCode.FAILURE)
