"""A handler: the function that does the jobs of a type, and what it asks for.

Rule of this file: what a function asks for stands in its signature and is read once, when it is registered. A parameter
that is a `Job` gets the job; one that is a dataclass or TypedDict gets the variables; there are no others.
"""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from bpmgrpc.worker import inputs
from bpmgrpc.worker.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

__all__ = ["Handler", "handler_of"]

_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of a type are done. Made by `handler_of`."""

    type: str
    function: Callable[..., Any]
    parameters: tuple[tuple[str, Any], ...]  # name, and the type of the input; None for the job
    concurrency: int
    lease_seconds: float
    backoff_seconds: float | None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that are asked for; empty: all."""
        found = [type_ for _, type_ in self.parameters if type_ is not None]
        asks_for_job = len(found) < len(self.parameters)
        return () if asks_for_job or not found else inputs.names_of(found[0])

    async def __call__(self, job: Job, threads: Executor) -> Any:
        """Does a job, on a thread where the function is no coroutine function.

        Raises:
            InputError: The variables are not what the function asks for.
            Exception: Whatever the function raised.
        """
        arguments = {
            name: job if type_ is None else inputs.read(type_, job.variables) for name, type_ in self.parameters
        }
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, lambda: self.function(**arguments))


def handler_of(
    type_: str, function: Callable[..., Any], concurrency: int, lease_seconds: float, backoff_seconds: float | None
) -> Handler:
    """Makes a handler.

    Raises:
        TypeError: The function asks for something that a job does not have.
        ValueError: No type, no concurrency or no lease.
    """
    if not type_ or not 1 <= concurrency <= 1_000 or lease_seconds <= 0:
        raise ValueError("a handler has a type, a concurrency of 1 to 1,000, and a lease that lasts")
    hints = get_type_hints(function)
    parameters: list[tuple[str, Any]] = []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name)
        if hint is not Job and not inputs.is_input(hint):
            wanted = f"parameter {name!r} of {function.__qualname__} has to be a Job, a dataclass or a TypedDict"
            raise TypeError(f"{wanted}, not {hint!r}")
        if parameter.kind not in _BY_NAME:
            raise TypeError(f"parameter {name!r} of {function.__qualname__} has to be one that can be given by name")
        parameters.append((name, None if hint is Job else hint))
    if len({hint for _, hint in parameters}) < len(parameters):
        raise TypeError(f"{function.__qualname__} asks twice for the same")
    return Handler(type_, function, tuple(parameters), concurrency, lease_seconds, backoff_seconds)
