"""Tells other servers of new jobs, and hears of theirs, so that a worker who waits at one server has them at once.

Rule of this file: everybody who waits also looks by himself; nothing is wrong without a hint, only later. Servers say
hello from time to time, and one that has heard of no other says nothing else, so that a single server pays nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.errors import BpmError
from bpmgrpc.store.hints import HINT_BYTES

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.hints import HintChannel

_log = logging.getLogger(__name__)

HELLO_SECONDS: Final = 10.0
FORGOTTEN_SECONDS: Final = 35.0  # after three hellos that did not come
TOGETHER_SECONDS: Final = 0.005  # what is made within this time is told in one hint
AGAIN_SECONDS: Final = 5.0  # before listening again where it failed


class Hints:
    """Says and hears hints.

    Args:
        runtime: The runtime; on SQLite, where there is one server, nothing happens.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._wakeups = runtime.wakeups
        self._channel: HintChannel | None = runtime.store.hints
        self._name = secrets.token_hex(8)
        self._peers: dict[str, float] = {}  # when they were heard last
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Starts on the running event loop."""
        if self._channel is not None:
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(self._listen(self._channel), name="bpmgrpc-hints-heard"),
                loop.create_task(self._say(self._channel), name="bpmgrpc-hints-said"),
            ]

    async def stop(self) -> None:
        """Ends it; others forget this server after a while."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # -- hearing --------------------------------------------------------------------------------------------------

    async def _listen(self, channel: HintChannel) -> None:
        told = ""
        while True:
            try:
                async with contextlib.aclosing(channel.listen()) as hints:
                    async for hint in hints:
                        told = ""
                        await self._heard(channel, hint)
            except BpmError as error:
                if error.message != told:  # a database that has no LISTEN is told of once
                    told = error.message
                    _log.info("no hints from other servers", extra={"fields": {"reason": told}})
            await asyncio.sleep(AGAIN_SECONDS)

    async def _heard(self, channel: HintChannel, hint: str | None) -> None:
        if hint is None:  # it listens now
            await self._send(channel, {"hello": True})
            return
        said = _read(hint)
        name = said.get("from")
        if not isinstance(name, str) or name == self._name:
            return
        is_new = name not in self._peers
        self._peers[name] = time.monotonic()
        self._count_peers()
        if is_new:
            _log.info("another server is heard", extra={"fields": {"server": name, "peers": len(self._peers)}})
            await self._send(channel, {"hello": True})  # so that it knows of this one at once
        for type_, count in said.get("jobs", {}).items():
            self._wakeups.jobs(type_, count)

    # -- saying ---------------------------------------------------------------------------------------------------

    async def _say(self, channel: HintChannel) -> None:
        hello = time.monotonic() + HELLO_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):  # nothing happened; it may be time for a hello
                async with asyncio.timeout(max(0.0, hello - time.monotonic())):
                    await self._wakeups.untold.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            for jobs in chunks(self._wakeups.take_untold()):
                await self._send(channel, {"jobs": jobs})
            if time.monotonic() >= hello:
                hello = time.monotonic() + HELLO_SECONDS
                await self._send(channel, {"hello": True})
                self._count_peers()

    async def _send(self, channel: HintChannel, said: dict[str, Any]) -> None:
        hint = json.dumps({"from": self._name, **said}, ensure_ascii=False, separators=(",", ":"))
        try:
            await asyncio.to_thread(channel.say, hint)
        except BpmError as error:
            _log.info("a hint was not said", extra={"fields": {"reason": error.message}})

    def _count_peers(self) -> None:
        since = time.monotonic() - FORGOTTEN_SECONDS
        self._peers = {name: heard for name, heard in self._peers.items() if heard > since}
        self._wakeups.tells_others = bool(self._peers)


def _read(hint: str) -> dict[str, Any]:
    """Reads a hint; of one that another program, or a newer release, says differently: what is understood."""
    try:
        said = json.loads(hint)
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    jobs = said.get("jobs")
    known = jobs.items() if isinstance(jobs, dict) else ()
    counts = {type_: count for type_, count in known if isinstance(count, int) and count > 0}
    return {"from": said.get("from"), "jobs": counts}


def chunks(jobs: dict[str, int]) -> list[dict[str, int]]:
    """Splits what is to be told into hints that are not too long.

    Args:
        jobs: Types and how many jobs.

    Returns:
        The same in parts; without types whose names alone are too long: whoever waits for such looks by himself.
    """
    found: list[dict[str, int]] = []
    room = 0
    for type_, count in jobs.items():
        size = len(json.dumps(type_, ensure_ascii=False).encode()) + 24
        if size > HINT_BYTES - 100:
            continue
        if size > room:
            found.append({})
            room = HINT_BYTES - 100
        found[-1][type_] = count
        room -= size
    return found
