"""Starts that wait for several events: exactly one instance for each complete set, on however many servers."""

from __future__ import annotations

import asyncio

import pytest

from bpmgrpc.background.timers import Timers
from bpmgrpc.clock import ManualClock
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.integration.runtime.servers import Server, opened
from tests.integration.runtime.test_messages import HOUR, broadcast, publish
from tests.support.harness import bpmn, catch_event, declared, event, flows, timer

RACES = 20
DECLARED = declared("M", "N", "S", "T")
TWO = event("message", "M") + event("message", "N")


def starts_with(definitions: str) -> bytes:
    """A process that several events start together."""
    return bpmn(
        f'<startEvent id="s" parallelMultiple="true">{definitions}</startEvent><userTask id="t"/>' + flows("s -> t"),
        extra=DECLARED,
    )


def starts_behind_gateway(first: str, second: str) -> bytes:
    """A process that a parallel event-based gateway starts."""
    return bpmn(
        '<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>'
        + catch_event("c", first)
        + catch_event("d", second)
        + '<parallelGateway id="j"/><userTask id="t"/>'
        + flows("g -> c", "g -> d", "c -> j", "d -> j", "j -> t"),
        extra=DECLARED,
    )


async def started(server: Server) -> list[tuple[str, str]]:
    """The business key and variables of each instance, the oldest first."""
    ids = sorted(one.process_instance_id for one in await server.instances())
    return [(found.business_key, found.variables) for found in [await server.instance(one) for one in ids]]


async def test_instance_starts_when_all_events_of_a_key_have_come(server: Server) -> None:
    """The last one is told which instance it started; what all of them brought comes in, and the key."""
    await server.deploy(starts_with(TWO))

    early = [
        await publish(server, correlation_key="a", variables='{"x":1}'),
        await publish(server, name="N", correlation_key="b"),
    ]
    last = await publish(server, name="N", correlation_key="a", variables='{"y":2}')

    assert early == ["", ""]
    assert [one.process_instance_id for one in await server.instances()] == [last]
    assert await started(server) == [("a", '{"x":1,"y":2}')]
    assert await publish(server, correlation_key="b") not in ("", last)


async def test_condition_is_about_what_the_others_brought(server: Server) -> None:
    """The set waits until a later message makes it true; the one that did not is still there for another set."""
    await server.deploy(starts_with(TWO + event("conditional", "amount > 100")))

    early = [
        await publish(server, correlation_key="a", variables='{"amount":5}'),
        await publish(server, name="N", correlation_key="a"),
    ]
    last = await publish(server, correlation_key="a", variables='{"amount":500}')

    assert early == ["", ""]
    assert last != ""
    assert await started(server) == [("a", '{"amount":500}')]
    assert await publish(server, name="N", correlation_key="a", variables='{"amount":200}') not in ("", last)


async def test_each_occurrence_counts_for_one_instance(server: Server) -> None:
    """A message that came twice waits for the second of the others; a signal that is there already does not."""
    await server.deploy(starts_with(event("message", "M") + event("signal", "S") + event("signal", "T")))

    for name in ("S", "S", "T"):
        await broadcast(server, name)
    numbers = []
    for _ in range(2):
        await publish(server)
        numbers.append(len(await server.instances()))
    for name in ("S", "T"):
        await broadcast(server, name)
        numbers.append(len(await server.instances()))

    assert numbers == [1, 1, 1, 2]


async def test_time_is_one_of_the_events(database_url: str) -> None:
    """It is kept until the message comes."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(starts_with(event("message", "M") + timer("timeCycle", "R/PT1M")))
        numbers = []
        for seconds in (60, 60):
            clock.advance(seconds)
            await Timers(server.runtime).step()
            numbers.append(len(await server.instances()))
        await publish(server)
        await publish(server)
        numbers.append(len(await server.instances()))
        clock.advance(60)
        await Timers(server.runtime).step()
        numbers.append(len(await server.instances()))

        assert numbers == [0, 0, 1, 2]


async def test_message_that_waits_for_others_is_received_once(server: Server) -> None:
    """A publisher's id is taken then, and the same request gets the same answer; nothing is kept for somebody else."""
    await server.deploy(starts_with(TWO))
    request = pb.PublishMessageRequest(message_name="M", request_id="r", time_to_live=HOUR)

    answers = [(await server.processes.PublishMessage(request)).process_instance_id for _ in range(2)]
    instances = [await publish(server, name="N") for _ in range(2)]

    assert answers == ["", ""]
    assert [bool(one) for one in instances] == [True, False]


async def test_new_version_goes_on_with_what_has_come(server: Server) -> None:
    """What it waits for still; what it does not is gone for good."""
    await server.deploy(starts_with(TWO + event("message", "T")))
    for name in ("M", "T"):
        await publish(server, name=name)
    await server.deploy(starts_with(TWO))
    first = await publish(server, name="N")
    await server.deploy(starts_with(TWO + event("message", "T")))
    for name in ("M", "N"):
        await publish(server, name=name)

    assert [one.process_instance_id for one in await server.instances()] == [first]
    assert (await server.instance(first)).version == 2


async def test_events_that_race_start_one_instance(pair: tuple[Server, Server]) -> None:
    """Published at once on two servers: whichever comes later starts it, and only that one."""
    await pair[0].deploy(starts_with(TWO))

    for number in range(RACES):
        answers = await asyncio.gather(
            publish(pair[number % 2], correlation_key=str(number)),
            publish(pair[1 - number % 2], name="N", correlation_key=str(number)),
        )
        assert sum(bool(one) for one in answers) == 1

    assert sorted(int(one.business_key) for one in await pair[0].instances()) == list(range(RACES))


async def test_many_events_that_race_are_counted_once_each(pair: tuple[Server, Server]) -> None:
    """As many instances as there are pairs, whatever the order."""
    await pair[0].deploy(starts_with(TWO))

    answers = await asyncio.gather(
        *(publish(pair[number % 2], name="MN"[number // 2 % 2]) for number in range(16)),
    )

    assert len({one for one in answers if one}) == len(await pair[0].instances()) == 8


@pytest.mark.parametrize("keyed", (False, True))
async def test_events_behind_a_parallel_gateway_that_race_start_one_instance(
    pair: tuple[Server, Server], keyed: bool
) -> None:
    """The one that comes later goes to the instance that the other has just started."""
    await pair[0].deploy(starts_behind_gateway(event("message", "M"), event("message", "N")))

    for number in range(RACES):
        key = str(number) if keyed else ""
        answers = await asyncio.gather(
            publish(pair[number % 2], correlation_key=key),
            publish(pair[1 - number % 2], name="N", correlation_key=key),
        )
        assert len(set(answers)) == 1

    assert len(await pair[0].tasks()) == len(await pair[0].instances()) == RACES


async def test_key_decides_which_instance_behind_a_parallel_gateway(server: Server) -> None:
    """The first message's key is the instance's business key: a message of another key starts another one."""
    await server.deploy(starts_behind_gateway(event("message", "M"), event("message", "N")))

    first, second = [await publish(server, correlation_key=key) for key in ("a", "b")]
    received = [await publish(server, name="N", correlation_key=key) for key in ("b", "c", "a")]

    assert received[0] == second
    assert received[1] not in (first, second)
    assert received[2] == first


async def test_signal_behind_a_parallel_gateway_goes_to_who_waits_for_it(server: Server) -> None:
    """It starts an instance only where none waits there."""
    await server.deploy(starts_behind_gateway(event("message", "M"), event("signal", "S")))

    first = await publish(server)
    count = await broadcast(server)
    again = await broadcast(server)
    second = await publish(server)

    assert (count, again) == (1, 1)
    assert second not in ("", first)
    assert len(await server.tasks()) == len(await server.instances()) == 2


async def test_signal_and_message_that_race_behind_a_parallel_gateway_start_one_instance(
    pair: tuple[Server, Server],
) -> None:
    """Whichever comes first."""
    await pair[0].deploy(starts_behind_gateway(event("message", "M"), event("signal", "S")))

    for number in range(RACES):
        await asyncio.gather(publish(pair[number % 2]), broadcast(pair[1 - number % 2]))

    assert len(await pair[0].tasks()) == len(await pair[0].instances()) == RACES
