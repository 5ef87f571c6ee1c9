"""Does what a transaction left to be done in others and nobody has done: signals, and matches of messages."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import BpmError
from bpmgrpc.runtime.retrying import retried

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.interface import DeliveryRow, Session

OLDER_THAN_US: Final = 1_000_000  # younger ones are being done by whoever left them
BATCH: Final = 100
DEADLINE_SECONDS: Final = 30.0

_log = logging.getLogger(__name__)


class LeftDeliveries:
    """Does deliveries that were left.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> float:
        """Does what nobody else does.

        Returns:
            Seconds until it is worth looking again.
        """
        runtime = self._runtime

        def look(session: Session) -> list[DeliveryRow]:
            return session.old_deliveries(runtime.clock.now_us() - OLDER_THAN_US, BATCH)

        rows = await retried(runtime.executor, look, time.monotonic() + DEADLINE_SECONDS)
        delivered = False
        for row in rows:
            deadline = time.monotonic() + DEADLINE_SECONDS
            try:
                decided = await runtime.deliveries.deliver(row, deadline)
                if decided is not None:
                    await runtime.deliveries.follow(await runtime.instances.go_on(decided, deadline), deadline)
            except BpmError as error:
                # One that cannot be done now must not keep the others from it.
                _log.warning("a delivery to %s failed and will be tried again: %s", row.receiver, error.message)
            except Exception:  # noqa: BLE001 - the same for a fault of ours; the log says what
                _log.exception("a delivery to %s failed and will be tried again", row.receiver)
            else:
                delivered = True
        return 0 if delivered else float("inf")
