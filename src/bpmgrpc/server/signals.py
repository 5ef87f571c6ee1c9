"""The first SIGTERM or Ctrl-C asks the server to end in order, the second to end at once, the third is the system's."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["StopSignals"]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """Counts the signals while its block runs; needs the main thread's loop.

    Attributes:
        drain: Set by the first signal.
        hurry: Set by the second.
    """

    def __init__(self) -> None:
        self.drain = asyncio.Event()
        self.hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        """Begins to count."""
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the signals back to the system."""
        for number in _SIGNALS:
            self._loop.remove_signal_handler(number)

    def _receive(self) -> None:
        if not self.drain.is_set():
            self.drain.set()
            return
        self.hurry.set()
        # Should even the hurried end hang, the next signal ends the process as if it had never been caught.
        self.__exit__(None, None, None)
