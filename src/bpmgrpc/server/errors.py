"""What keeps a server from starting, in words that tell the operator what to change."""

from __future__ import annotations

__all__ = ["StartError"]


class StartError(Exception):
    """The server cannot start: an address is taken or not allowed, the database is out of reach, a file is refused.

    Args:
        message: One sentence that names the setting and what to do; further lines are details.
        usage: Whether a setting or a file is to blame, rather than the state of the machine: starting again as it is
            would fail again.
    """

    def __init__(self, message: str, *, usage: bool = False) -> None:
        super().__init__(message)
        self.usage = usage
