"""The product as an application of the server: database, runtime, servicers and background loops."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Literal, cast

from bpmgrpc.background import Background
from bpmgrpc.engine.execution import Limits
from bpmgrpc.errors import BpmError
from bpmgrpc.runtime import Options, Runtime
from bpmgrpc.runtime.javascript import is_installed
from bpmgrpc.server.errors import StartError
from bpmgrpc.service.admin_runtime import AdminRuntime
from bpmgrpc.service.batch_runtime import BatchRuntime
from bpmgrpc.service.batch_work import BatchWork
from bpmgrpc.service.command_runtime import CommandRuntime
from bpmgrpc.service.job_runtime import JobRuntime
from bpmgrpc.service.process_runtime import ProcessRuntime
from bpmgrpc.service.user_task_runtime import UserTaskRuntime
from bpmgrpc.settings import hide_password
from bpmgrpc.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.settings import Settings
    from bpmgrpc.store import Store

__all__ = ["RuntimeApplication", "open_application"]

_log: Final = logging.getLogger("bpmgrpc.server")


class RuntimeApplication:
    """The services of the contract on one runtime.

    Args:
        runtime: The runtime; it is closed with the application.
        settings: The settings.
    """

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self.services: Mapping[str, object] = {
            "bpmgrpc.v1.ProcessRuntime": ProcessRuntime(runtime),
            "bpmgrpc.v1.JobRuntime": JobRuntime(runtime),
            "bpmgrpc.v1.AdminRuntime": AdminRuntime(runtime),
            "bpmgrpc.v1.UserTaskRuntime": UserTaskRuntime(runtime),
            "bpmgrpc.v1.CommandRuntime": CommandRuntime(runtime.draining),
            "bpmgrpc.v1.BatchRuntime": BatchRuntime(runtime),
        }
        self._background = Background(
            runtime, poll_seconds=settings.timers_poll_seconds, batches=BatchWork(runtime, self.services).step
        )

    async def start(self) -> None:
        """Begins the background loops."""
        self._background.start()

    async def ping(self) -> None:
        """Asks the database for a sign of life.

        Raises:
            Unavailable: It gives none.
        """
        await self._runtime.ping()

    def waited(self) -> float:
        """Returns how many seconds a command waits now for its turn at the database."""
        return self._runtime.executor.waited()

    def drain(self) -> None:
        """Ends the waits of workers for jobs, with the empty answer, and all streams: they come again elsewhere."""
        self._runtime.drain()

    async def close(self) -> None:
        """Ends the background loops, waits for the commands that run, closes the database."""
        await self._background.stop()
        await asyncio.to_thread(self._runtime.close)


async def open_application(settings: Settings) -> RuntimeApplication:
    """Migrates the database and opens the runtime on it.

    Args:
        settings: The settings.

    Returns:
        The application, not started.

    Raises:
        StartError: The database cannot be reached, or its schema is not one that this release can bring up to date;
            JavaScript is asked for and its package is missing.
    """
    if settings.javascript and not is_installed():
        raise StartError(
            "javascript needs a package that is not installed: pip install 'bpmgrpc[javascript]'", usage=True
        )
    try:
        store = await asyncio.to_thread(_open_store, settings)
    except BpmError as error:
        shown = hide_password(settings.database_url)
        raise StartError(f"database_url {shown} cannot be used: {error.message}") from error
    options = Options(
        limits=Limits(steps=settings.step_limit),
        cache_size=settings.definition_cache_size,
        threads=settings.postgresql_pool_size,
        idempotency_retention_hours=settings.idempotency_retention_hours,
        history_retention_days=settings.history_retention_days,
        javascript=settings.javascript,
    )
    return RuntimeApplication(Runtime(store, options), settings)


def _open_store(settings: Settings) -> Store:
    store = open_store(
        settings.database_url,
        synchronous=cast("Literal['FULL', 'NORMAL']", settings.sqlite_synchronous),
        pool_size=settings.postgresql_pool_size,
    )
    try:
        store.migrate(lambda step: _log.info("migration", extra={"fields": {"step": step}}))
    except BaseException:
        store.close()
        raise
    return store
