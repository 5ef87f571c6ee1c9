"""How long ended instances of a process are kept.

Rule of this file: a call counts more than the model, the model of the latest version more than the server's setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.schedule import ScheduleError
from bpmgrpc.engine.schedule.iso import parse_duration
from bpmgrpc.errors import NotFound
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.retention import RetentionRow

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import Text
    from bpmgrpc.engine.program import Program
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.store.interface import Session

__all__ = ["DAY_US", "MOST_US", "HistoryRetention", "keep_as_modeled", "read_time_to_live"]

DAY_US: Final = 86_400_000_000
MOST_US: Final = 36_500 * DAY_US  # a hundred years


def read_time_to_live(text: Text | None) -> int | None:
    """Reads a model's ``historyTimeToLive``.

    Args:
        text: Days as a whole number (``30``), or an ISO 8601 duration (``P30D``); None or empty where nothing is said.

    Returns:
        Microseconds; None where nothing is said.

    Raises:
        ScheduleError: It is neither, negative, more than a hundred years, or counts in months, whose length varies.
    """
    found = "" if text is None else text.value.strip()
    if not found:
        return None
    if found.isascii() and found.isdigit() and len(found) <= len(str(MOST_US)):
        keep_us = int(found) * DAY_US
    else:
        duration = parse_duration(found)
        if duration.months:
            raise ScheduleError(f"{found!r} counts in months or years, whose length varies: say it in days")
        keep_us = duration.microseconds
    if not 0 <= keep_us <= MOST_US:
        raise ScheduleError(f"{found!r} is not within 0 and 36,500 days")
    return keep_us


def keep_as_modeled(session: Session, program: Program, app_name: str) -> None:
    """Notes what the model of a new version says."""
    model_us = read_time_to_live(program.graph.history_time_to_live)
    name = program.process_id
    row = session.find_retention(name, app_name) or RetentionRow(name, app_name, None, None)
    if row.model_us != model_us:
        session.put_retention(row._replace(model_us=model_us))


class HistoryRetention:
    """Says how long ended instances are kept.

    Args:
        executor: Where commands meet the database.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def set(self, process_name: str, app_name: str, keep_us: int | None, deadline: float) -> RetentionRow | None:
        """Says how long ended instances of a process are kept, or leaves it to the model and the setting.

        Args:
            process_name: The process.
            app_name: Its application.
            keep_us: Microseconds; ``FOREVER``; None: the model and the setting say it.
            deadline: When the caller stops waiting (``time.monotonic``).

        Returns:
            What is said now; None where nothing is.

        Raises:
            NotFound: There is no such process.
        """

        def work(session: Session) -> RetentionRow | None:
            with session.transaction():
                if session.latest_definition(app_name, process_name) is None:
                    raise NotFound(
                        f"application {app_name!r} has no process {process_name!r}",
                        metadata={"app_name": app_name, "process_name": process_name},
                    )
                row = session.find_retention(process_name, app_name)
                row = (row or RetentionRow(process_name, app_name, None, None))._replace(call_us=keep_us)
                session.put_retention(row)
            return None if row.call_us is None and row.model_us is None else row

        return await retried(self._executor, work, deadline)

    async def delete_instances(self, root_ids: list[str], deadline: float) -> None:
        """Removes instances that have ended, whole."""
        await retried(self._executor, lambda session: session.delete_instances(root_ids), deadline)
