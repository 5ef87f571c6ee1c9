"""Goes on with instances whose run filled its transaction and whose caller is gone."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.errors import BpmError
from bpmgrpc.runtime.retrying import retried

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.interface import Session

OLDER_THAN_US: Final = 2_000_000  # younger ones are being continued by whoever began them
BATCH: Final = 20
DEADLINE_SECONDS: Final = 30.0

_log = logging.getLogger(__name__)


class Continuation:
    """Continues instances that are READY.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> float:
        """Continues what nobody else does.

        Returns:
            Seconds until it is worth looking again.
        """
        runtime = self._runtime

        def look(session: Session) -> list[str]:
            return session.ready_roots(BATCH, runtime.clock.now_us() - OLDER_THAN_US)

        deadline = time.monotonic() + DEADLINE_SECONDS
        roots = await retried(runtime.executor, look, deadline)
        continued = False
        for root_id in roots:
            try:
                await runtime.instances.submit(
                    root_id,
                    ROOT_SCOPE,
                    "root",
                    commands.Continue(),
                    deadline=time.monotonic() + DEADLINE_SECONDS,
                    subject=f"process instance {root_id!r}",
                )
            except BpmError as error:
                # One that cannot go on now must not keep the others from it.
                _log.warning("instance %s could not be continued and will be tried again: %s", root_id, error.message)
            except Exception:  # noqa: BLE001 - the same for a fault of ours; the log says what
                _log.exception("instance %s could not be continued and will be tried again", root_id)
            else:
                continued = True
        return 0 if continued else float("inf")
