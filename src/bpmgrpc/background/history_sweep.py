"""Takes out ended instances that have been kept long enough.

Rule of this file: a sweep walks over all instances old enough to be overdue, oldest first, and takes out every one that
is; so after one sweep none is left that was overdue when it began. Several servers may sweep at once: an instance is
taken out once, and again means nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bpmgrpc.runtime.retention import DAY_US
from bpmgrpc.store.retention import FOREVER

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime

LOOKED_AT: Final = 1_000  # instances at a time
TAKEN_OUT: Final = 20  # in one transaction: on SQLite everybody else waits for it
PAUSE_SECONDS: Final = 0.2  # between two looks that found nothing: many old instances may be open
DEADLINE_SECONDS: Final = 30.0
_BEGINNING: Final = (-1, "")


class HistorySweep:
    """Sweeps again and again, some instances at a time.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._place = _BEGINNING

    async def step(self) -> float:
        """Looks at some instances and takes out those that are overdue.

        Returns:
            Seconds until it is worth looking again; infinity at the end of a sweep: the loop's longest pause.
        """
        runtime = self._runtime
        said = await runtime.read(lambda queries: queries.retentions())
        keep_us = {(row.process_name, row.app_name): row.keep_us for row in said}
        default = round(runtime.options.history_retention_days * DAY_US) or FOREVER
        limits = [limit for limit in (default, *keep_us.values()) if limit != FOREVER]
        if not limits:
            self._place = _BEGINNING
            return float("inf")
        now_us = runtime.clock.now_us()
        place, before_us = self._place, now_us - min(limits)
        looked_at = await runtime.read(lambda queries: queries.aged_instances(place, before_us, LOOKED_AT))
        overdue = []
        for instance in looked_at:
            limit = keep_us.get((instance.process_name, instance.app_name), default)
            if instance.end_us is not None and limit != FOREVER and instance.end_us <= now_us - limit:
                overdue.append(instance.root_id)
        for first in range(0, len(overdue), TAKEN_OUT):
            deadline = time.monotonic() + DEADLINE_SECONDS
            await runtime.retention.delete_instances(overdue[first : first + TAKEN_OUT], deadline)
        if len(looked_at) < LOOKED_AT:
            self._place = _BEGINNING
            return float("inf")
        last = looked_at[-1]
        self._place = (last.create_us, last.root_id)
        return 0 if overdue else PAUSE_SECONDS
