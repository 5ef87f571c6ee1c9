"""The queue of a root's commands within a process."""

import asyncio

from bpmgrpc.runtime.root_locks import RootLocks


async def hold(locks: RootLocks, root_id: str, name: str, log: list[str], turns: int = 1) -> None:
    """Takes the turn and keeps it for some turns of the loop."""
    await locks.take(root_id)
    try:
        log.append(name)
        for _ in range(turns):
            await asyncio.sleep(0)
        log.append(f"-{name}")
    finally:
        locks.leave(root_id)


async def test_commands_of_a_root_take_turns_in_the_order_they_came() -> None:
    """Those of another root do not wait for them, and nothing is kept when all have left."""
    locks, log = RootLocks(), list[str]()

    await asyncio.gather(*(hold(locks, "r", name, log) for name in "abc"), hold(locks, "s", "x", log))

    assert [name for name in log if "x" not in name] == ["a", "-a", "b", "-b", "c", "-c"]
    assert log.index("x") < log.index("-a")
    assert not locks._queues


async def test_who_gives_up_is_passed_over() -> None:
    """One that waits no more does not keep the next from its turn."""
    locks, log = RootLocks(), list[str]()
    first, second, third = (asyncio.ensure_future(hold(locks, "r", name, log)) for name in "abc")
    await asyncio.sleep(0)

    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)

    assert log == ["a", "-a", "c", "-c"]
    assert not locks._queues


async def test_turn_that_comes_with_a_cancellation_goes_on_to_the_next() -> None:
    """The turn was given, and its owner canceled before it could run: it is not lost."""
    locks, log = RootLocks(), list[str]()
    await locks.take("r")
    second, third = (asyncio.ensure_future(hold(locks, "r", name, log)) for name in "bc")
    await asyncio.sleep(0)

    locks.leave("r")
    second.cancel()
    await asyncio.gather(second, third, return_exceptions=True)

    assert log == ["c", "-c"]
    assert second.cancelled()
    assert not locks._queues
