"""A server runs on the fastest event loop that is installed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["run"]


def run(server: Coroutine[Any, Any, bool]) -> bool:
    """Runs a server to its end.

    Args:
        server: The server.

    Returns:
        What the server returns: whether it ended in order.
    """
    try:
        import uvloop
    except ImportError:  # not made for this platform
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(server)
