"""The turns of commands on one root instance within this process.

Rule of this file: who comes first has the turn first, and a turn that nobody takes any more goes to the next; between
processes the compare-and-set of the root's version decides.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["RootLocks"]


class RootLocks:
    """One queue per root instance within this process, so that its commands do not lose against each other."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}  # of each root whose turn somebody has

    async def take(self, root_id: str) -> None:
        """Waits for the turn; who has it calls ``leave`` in the end."""
        queue = self._queues.get(root_id)
        if queue is None:
            self._queues[root_id] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(root_id)  # it came too late for this one
            raise

    def leave(self, root_id: str) -> None:
        """Gives the turn to the next."""
        queue = self._queues[root_id]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._queues[root_id]
