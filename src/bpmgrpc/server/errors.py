"""What keeps a server from starting, in words that tell the operator what to change."""

from __future__ import annotations

__all__ = ["StartError"]


class StartError(Exception):
    """The server cannot start: an address is taken or not allowed, the database is out of reach, a file is refused.

    Args:
        message: One sentence that names the setting and what to do.
    """
