"""The product within this process: wired as `bpmgrpc serve` wires it, called through its in-process channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bpmgrpc.server.application import open_application
from bpmgrpc.server.memory import spare_the_collector
from bpmgrpc.service.dispatch import Dispatcher
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.settings import load_settings
from bpmgrpc.store import Store
from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.models import files


@dataclass(frozen=True, slots=True)
class Product:
    """A running product.

    Attributes:
        channel: The channel to it.
        store: Its store, whose statements are counted.
    """

    channel: InProcessChannel
    store: Store


@asynccontextmanager
async def open_product(database_url: str, settings: Mapping[str, str] | None = None) -> AsyncIterator[Product]:
    """Opens the product on a database, migrates that and deploys the works.

    Args:
        database_url: The database.
        settings: Further settings, by name.
    """
    chosen = load_settings(flags={"database_url": database_url, **(settings or {})}, environment={}).settings
    application = await open_application(chosen)
    try:
        channel = InProcessChannel(
            Dispatcher(application.services, default_chain(), default_deadline_seconds=chosen.default_deadline_seconds)
        )
        await deploy_works(channel)
        await application.start()
        spare_the_collector()
        yield Product(channel, application._runtime.store)
    finally:
        application.drain()
        await application.close()


async def deploy_works(channel: Any) -> None:
    """Deploys the works through a channel; what is deployed already is not deployed again."""
    caller = GrpcCaller(channel)
    for name, content in files().items():
        await caller.deploy(name, content)
