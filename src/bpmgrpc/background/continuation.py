"""Goes on with instances whose run filled its transaction and whose caller is gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.errors import NotFound
from bpmgrpc.runtime.instances import retried

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.interface import Session

OLDER_THAN_US: Final = 2_000_000  # younger ones are being continued by whoever began them
BATCH: Final = 20
DEADLINE_SECONDS: Final = 30.0


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
            except NotFound:
                continue  # it ended and was removed in between
        return 0 if roots else float("inf")
