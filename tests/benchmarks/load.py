"""Program: a load generator. Callers in a closed loop, each doing work after work, over gRPC, REST or in-process.

Asked ``{"work": "W1", "seconds": 2}`` it works that long, lets begun works end, and answers with figures; asked
``{"work": "open", "count": 10000}`` it does so many works in all.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from grpc import aio

from bpmgrpc.server.logs import configure_logging
from tests.benchmarks import program
from tests.benchmarks.callers import GrpcCaller, RestCaller
from tests.benchmarks.command_stream import CommandStream, StreamCaller
from tests.benchmarks.figures import from_run
from tests.benchmarks.http_client import HttpConnection
from tests.benchmarks.product import deploy_works, open_product
from tests.benchmarks.works import WORKS, Caller, Timed, Work


@asynccontextmanager
async def open_callers(specification: dict[str, Any]) -> AsyncIterator[list[Caller]]:
    """Opens callers.

    Args:
        specification: ``by`` (``grpc``, ``stream``, ``rest`` or ``inprocess``), ``callers`` (how many), and where:
            ``address``, or ``database_url`` with ``settings``; over how many ``channels``, where more than one.
    """
    number = specification["callers"]
    async with AsyncExitStack() as stack:
        match specification["by"]:
            case "inprocess":
                configure_logging("info", "json")  # one line a call, as the server writes them
                product = await stack.enter_async_context(
                    open_product(specification["database_url"], specification["settings"])
                )
                yield [GrpcCaller(product.channel) for _ in range(number)]
            case "grpc":
                address, channels = specification["address"], []
                for _ in range(specification.get("channels", 1)):
                    channel = aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
                    channels.append(await stack.enter_async_context(channel))
                if specification.get("deploy"):
                    await deploy_works(channels[0])
                yield [GrpcCaller(channels[index % len(channels)]) for index in range(number)]
            case "stream":
                channel = await stack.enter_async_context(aio.insecure_channel(specification["address"]))
                stream = await stack.enter_async_context(CommandStream(channel))
                yield [StreamCaller(stream) for _ in range(number)]
            case "rest":
                connections = [await HttpConnection.open(specification["address"]) for _ in range(number)]
                for connection in connections:
                    stack.callback(connection.close)
                yield [RestCaller(connection) for connection in connections]
            case other:
                raise ValueError(f"no way to call is named {other!r}")


async def measure(callers: list[Caller], users: str, work: str, seconds: float = 0.0, count: int = 0) -> dict[str, Any]:
    """Lets callers work and measures them.

    Args:
        callers: The callers; each is a user of its own.
        users: Beginning of the users' names.
        work: Name of the work.
        seconds: How long to begin works.
        count: How many works to do instead.
    """
    timed = [Timed(caller) for caller in callers]
    numbers = itertools.count()
    started = time.perf_counter()
    until = started + seconds

    def more() -> bool:
        return next(numbers) < count if count else time.perf_counter() < until

    done = await asyncio.gather(
        *(_work(WORKS[work], caller, f"{users}-{number}", more) for number, caller in enumerate(timed))
    )
    elapsed = time.perf_counter() - started
    milliseconds: dict[str, list[float]] = {}
    for caller in timed:
        for name, values in caller.milliseconds.items():
            milliseconds.setdefault(name, []).extend(values)
    return from_run(sum(done), elapsed, milliseconds).as_json()


async def _work(work: Work, caller: Caller, user: str, more: Any) -> int:
    done = 0
    while more():
        await work(caller, user)
        done += 1
    return done


async def main() -> None:
    """Runs the program."""
    specification = program.specification()
    async with open_callers(specification) as callers:

        async def answer(**question: Any) -> dict[str, Any]:
            return await measure(callers, specification["users"], **question)

        await program.serve(answer)


if __name__ == "__main__":
    program.run(main)
