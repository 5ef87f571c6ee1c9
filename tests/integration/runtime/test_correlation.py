"""Messages that find their receiver by what they carry (BPMN 2.0.2, 8.4.2)."""

from __future__ import annotations

import asyncio

from tests.integration.runtime.servers import Server
from tests.integration.runtime.test_messages import HOUR, publish
from tests.support.harness import bpmn, catch_event, event, extensions, flows, throw_event
from tests.unit.engine.test_correlation import BOUND, DECLARED

WAITS = bpmn(
    BOUND
    + '<startEvent id="s"/>'
    + catch_event("c", event("message", "M"))
    + '<userTask id="t"/>'
    + flows("s -> c", "c -> t"),
    extra=DECLARED,
)
# The first message gives the conversation its key; the second has to have it.
TALKS = bpmn(
    f'<startEvent id="s">{event("message", "M")}</startEvent>'
    + catch_event("c", event("message", "N"))
    + '<userTask id="t"/>'
    + flows("s -> c", "c -> t"),
    process="talks",
    extra=DECLARED,
)
SENDS = bpmn(
    '<startEvent id="s"/>'
    + throw_event("x", extensions(inputs=["order -> order"]) + event("message", "M"))
    + flows("s -> x"),
    process="sends",
    extra=DECLARED,
)
# Says nothing of what correlates its message.
BLIND = SENDS.replace(DECLARED.encode(), b'<message id="M_message" name="M"/>').replace(b'id="sends"', b'id="blind"')


def order(number: int, customer: str) -> str:
    """What a message M carries."""
    return f'{{"order":{{"id":{number},"customer":"{customer}"}}}}'


async def waiting(server: Server) -> list[str]:
    """Starts instances that wait for one order each."""
    buyers = ((1, "ann"), (1, "bob"), (2, "ann"))
    return [await server.start(variables=f'{{"number":{number},"buyer":"{buyer}"}}') for number, buyer in buyers]


async def test_content_of_a_message_decides_who_receives_it(server: Server) -> None:
    """All properties have to be equal; a key that the publisher gives counts more."""
    await server.deploy(WAITS)
    instances = await waiting(server)

    received = [await publish(server, variables=order(*one)) for one in ((2, "bob"), (2, "ann"), (1, "bob"))]
    by_key = await publish(server, variables=order(7, "x"), correlation_key='["1","ann"]')

    assert received == ["", instances[2], instances[1]]
    assert by_key == instances[0]
    assert await publish(server) == ""


async def test_message_that_is_kept_waits_for_who_fits(server: Server) -> None:
    """Whoever comes later with the same data receives it, whether it was published or thrown."""
    await server.deploy(WAITS, SENDS, BLIND)
    await publish(server, variables=order(1, "bob"), time_to_live=HOUR)
    await server.start("sends", variables=order(2, "ann"))
    await server.start("blind", variables=order(1, "ann"))

    instances = await waiting(server)

    assert {task.process_instance_id for task in await server.tasks()} == set(instances)


async def test_conversation_goes_on_with_its_key(server: Server) -> None:
    """Also where nothing binds it to data: each instance gets the second message of its own conversation."""
    await server.deploy(TALKS)
    first, second = [await publish(server, variables=order(*one)) for one in ((1, "ann"), (1, "bob"))]

    received = [await publish(server, name="N", variables=f'{{"no":1,"who":"{who}"}}') for who in ("eve", "bob", "ann")]

    assert received == ["", second, first]
    assert [one.business_key for one in await server.instances()] == ["", ""]
    assert (await server.instance(first)).variables == '{"no":1,"order":{"id":1,"customer":"ann"},"who":"ann"}'


async def test_suspended_process_correlates_still_and_a_new_version_says_how(server: Server) -> None:
    """What the latest version says counts, for instances of all versions."""
    await server.deploy(WAITS)
    instances = await waiting(server)
    await server.deploy(WAITS.replace(b"${order.customer}", b"${order.buyer}"))

    old = await publish(server, variables=order(1, "ann"))
    new = await publish(server, variables='{"order":{"id":1,"buyer":"ann"}}')

    assert (old, new) == ("", instances[0])


async def test_messages_of_one_application_are_correlated_as_that_says(server: Server) -> None:
    """Without an application, as any says."""
    await server.deploy(WAITS, app="one")
    instance = await server.start(variables='{"number":1,"buyer":"ann"}', app_name="one")

    other = await publish(server, variables=order(1, "ann"), app_name="two")
    any_ = await publish(server, variables=order(1, "ann"))

    assert (other, any_) == ("", instance)


async def test_messages_that_race_within_conversations_are_received_once_each(pair: tuple[Server, Server]) -> None:
    """The second message comes while the first one starts the instance: it is kept, or received."""
    await pair[0].deploy(TALKS)

    for number in range(10):
        second = f'{{"no":{number},"who":"ann"}}'
        await asyncio.gather(
            publish(pair[number % 2], variables=order(number, "ann")),
            publish(pair[1 - number % 2], name="N", variables=second, time_to_live=HOUR),
        )

    assert len(await pair[0].tasks()) == len(await pair[0].instances()) == 10
