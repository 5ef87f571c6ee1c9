"""A loop in the background.

Rule of this package: loops submit commands and change nothing themselves; the engine looks again whether what they
found is still wanted. Each loop runs on every server, and whatever it does is done once, because the command says so.
A step that fails is logged and tried again later; a loop never ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)


class Poller:
    """Calls a step again and again.

    Args:
        name: What it is called in the logs.
        step: Does what is due and returns the seconds until it wants to be called again; 0: at once.
        longest_pause: The pause between two steps at the most, seconds.
        wake: Set by whoever has something to do for the loop.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float]],
        *,
        longest_pause: float,
        wake: asyncio.Event | None = None,
    ) -> None:
        self.name = name
        self._step = step
        self._longest_pause = longest_pause
        self._wake = wake or asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the loop on the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"bpmgrpc-{self.name}")

    async def stop(self) -> None:
        """Ends the loop; a step that runs is ended where it waits, its command as a whole done or not."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                pause = min(await self._step(), self._longest_pause)
            except Exception:  # noqa: BLE001 - whatever it was, the loop goes on; the log says what
                _log.exception("background loop %s failed; it goes on", self.name)
                pause = self._longest_pause
            if pause > 0:
                # Not wait_for: on Python 3.11 it swallows a cancellation that comes just when the event is set, and who
                # stops the loop would wait for ever.
                with contextlib.suppress(TimeoutError):  # nobody had anything; the time is up
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
            self._wake.clear()
