"""Messages and signals between instances: exactly one receiver of a message, every receiver of a signal once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable

import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.background.deliveries import LeftDeliveries
from bpmgrpc.background.retention import Retention
from bpmgrpc.clock import ManualClock
from bpmgrpc.errors import Aborted
from bpmgrpc.runtime.deliveries import Deliveries
from bpmgrpc.runtime.outcomes import Decided
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.integration.runtime.servers import Server, failure, opened
from tests.support.harness import boundary, bpmn, catch_event, declared, event, extensions, flows, throw_event

DECLARED = declared("M", "S")
HOUR = Duration(seconds=3600)
RACES = 30
WAITS = bpmn(
    '<startEvent id="s"/>' + catch_event("c", event("message", "M")) + '<userTask id="t"/>' + flows("s -> c", "c -> t"),
    extra=DECLARED,
)
KEYED = bpmn(
    '<startEvent id="s"/>' + catch_event("c", event("message", "M")) + '<userTask id="t"/>' + flows("s -> c", "c -> t"),
    process="keyed",
    extra=declared("M", correlation="=k"),
)
STARTED = bpmn(
    f'<startEvent id="s">{event("message", "M")}</startEvent><userTask id="t"/>' + flows("s -> t"),
    process="started",
    extra=DECLARED,
)
LISTENS = bpmn(
    '<startEvent id="s"/>' + catch_event("c", event("signal", "S")) + '<userTask id="t"/>' + flows("s -> c", "c -> t"),
    process="listens",
    extra=DECLARED,
)
THROWS = bpmn(
    '<startEvent id="s"/>' + throw_event("t", extensions(inputs=["n -> x"]) + event("signal", "S")) + flows("s -> t"),
    process="throws",
    extra=DECLARED,
)
SENDS = bpmn(
    '<startEvent id="s"/>' + throw_event("t", extensions(inputs=["n -> x"]) + event("message", "M")) + flows("s -> t"),
    process="sends",
    extra=DECLARED,
)


async def publish(server: Server, name: str = "M", **fields: object) -> str:
    """Publishes a message and returns who received it."""
    request = pb.PublishMessageRequest(message_name=name, **fields)  # type: ignore[arg-type]
    found: str = (await server.processes.PublishMessage(request)).process_instance_id
    return found


async def broadcast(server: Server, name: str = "S", **fields: object) -> int:
    """Broadcasts a signal and returns how many receivers it has."""
    request = pb.BroadcastSignalRequest(signal_name=name, **fields)  # type: ignore[arg-type]
    found: int = (await server.processes.BroadcastSignal(request)).receiver_count
    return found


async def open_tasks(server: Server, name: str = "") -> int:
    """Counts the open tasks of a process."""
    return len(await server.tasks(process_name=name))


# -- messages ---------------------------------------------------------------------------------------------------------


async def test_message_is_received_by_the_one_that_has_waited_longest(server: Server) -> None:
    """Each message has one receiver; one that nobody waits for, and has no time to live, is gone."""
    await server.deploy(WAITS)
    instances = [await server.start() for _ in range(2)]

    received = [await publish(server) for _ in range(3)]
    late = await server.start()

    assert received == [*instances, ""]
    assert await server.tasks(late) == []


async def test_message_waits_for_its_receiver_until_its_time_is_over(database_url: str) -> None:
    """It is kept for its time to live, and received by the first who begins to wait."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(WAITS)
        first = await publish(server, time_to_live=HOUR, variables='{"x":1.10}')
        early = await server.start()
        later = await server.start()
        await publish(server, name="N", time_to_live=HOUR)
        clock.advance(3600)
        over = await server.start()

        assert first == ""
        assert (await server.instance(early)).variables == '{"x":1.10}'
        assert [len(await server.tasks(one)) for one in (early, later, over)] == [1, 0, 0]


async def test_key_decides_who_receives(server: Server) -> None:
    """An event with a correlation key gets messages of that key only; they do not go to others."""
    await server.deploy(KEYED)
    first, second = [await server.start("keyed", variables=f'{{"k":"{key}"}}') for key in ("a", "b")]

    received = [await publish(server, correlation_key=key) for key in ("b", "", "c", "a")]

    assert received == [second, "", "", first]


async def test_business_key_decides_where_the_model_has_no_correlation_key(server: Server) -> None:
    """Where both sides have one they have to be equal; a message without key goes by its name."""
    await server.deploy(WAITS)
    first = await server.start(business_key="a")
    second = await server.start(business_key="b")

    received = [await publish(server, correlation_key=key) for key in ("b", "c", "")]

    assert received == [second, "", first]


async def test_instance_that_waits_comes_before_a_start_event(server: Server) -> None:
    """A message start event is the receiver where no instance waits; only the latest version's is live."""
    await server.deploy(STARTED, WAITS)
    waiting = await server.start()

    first = await publish(server)
    second = await publish(server, variables='{"x":1}')
    await server.deploy(STARTED.replace(b'messageRef="M_message"', b'messageRef="S_message"'))
    third = await publish(server)

    assert first == waiting
    assert (await server.instance(second)).variables == '{"x":1}'
    assert third == ""
    assert await open_tasks(server, "started") == 1


async def test_message_of_one_application_does_not_reach_another(server: Server) -> None:
    """Without an application every one is meant."""
    await server.deploy(WAITS, app="one")
    instance = await server.start(app_name="one")

    assert await publish(server, app_name="two") == ""
    assert await publish(server) == instance


async def test_message_id_is_taken_once_while_it_is_kept(database_url: str) -> None:
    """Kept as long as its time to live, also after it was received; another name is another message."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(WAITS)
        instance = await server.start()
        received = await publish(server, message_id="1", time_to_live=HOUR)
        request = pb.PublishMessageRequest(message_name="M", message_id="1", time_to_live=HOUR)
        again = await failure(server.processes.PublishMessage(request))
        other = await publish(server, name="N", message_id="1")
        clock.advance(3600)
        after = await publish(server, message_id="1", time_to_live=HOUR)

        assert received == instance
        assert again[:2] == ("ALREADY_EXISTS", "MESSAGE_ID_TAKEN")
        assert (other, after) == ("", "")


async def test_repeated_request_publishes_once(server: Server) -> None:
    """The same request id gets the same answer, and another receiver gets nothing."""
    await server.deploy(WAITS)
    instances = [await server.start() for _ in range(2)]
    request = pb.PublishMessageRequest(message_name="M", request_id="r1")

    answers = [(await server.processes.PublishMessage(request)).process_instance_id for _ in range(3)]

    assert answers == [instances[0]] * 3
    assert await server.tasks(instances[1]) == []


async def test_boundary_event_receives_all_that_was_kept_for_it(server: Server) -> None:
    """One that does not interrupt takes one message after the other."""
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><userTask id="h"/><userTask id="z"/>'
            + boundary("b", "h", event("message", "M"), interrupts=False)
            + flows("s -> h", "b -> z"),
            extra=DECLARED,
        )
    )
    for _ in range(3):
        await publish(server, time_to_live=HOUR)

    instance = await server.start()

    assert sorted(task.name for task in await server.tasks(instance)) == ["h", "z", "z", "z"]


async def test_publication_and_subscription_that_race_find_each_other(pair: tuple[Server, Server]) -> None:
    """Whichever commits later sees the other, on whichever server it is: no message is lost, none is received twice."""
    await pair[0].deploy(WAITS)
    for number in range(RACES):
        publisher, starter = pair if number % 2 else pair[::-1]
        _, instance = await asyncio.gather(publish(publisher, time_to_live=HOUR), starter.start())
        assert len(await pair[0].tasks(instance)) == 1
    assert await open_tasks(pair[0]) == RACES


async def test_messages_that_race_for_receivers_are_received_once_each(pair: tuple[Server, Server]) -> None:
    """As many messages as instances, published at once on two servers: each instance gets one."""
    await pair[0].deploy(WAITS)
    instances = [await pair[0].start() for _ in range(8)]

    received = await asyncio.gather(*(publish(random.choice(pair), time_to_live=HOUR) for _ in range(8)))

    late = {task.process_instance_id for task in await pair[0].tasks()}
    assert late == set(instances)
    assert len(await pair[0].tasks()) == 8
    assert {one for one in received if one} <= late


async def test_thrown_message_reaches_another_instance(server: Server) -> None:
    """A waiting one at once; one that begins to wait later too."""
    await server.deploy(WAITS, SENDS)
    waiting = await server.start()
    await server.start("sends", variables='{"n":1}')
    await server.start("sends", variables='{"n":2}')
    late = await server.start()

    assert [(await server.instance(one)).variables for one in (waiting, late)] == ['{"x":1}', '{"x":2}']


async def test_answer_to_a_publication_is_the_one_that_is_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who begins to wait right after the publication's transaction receives it; a repetition is answered the same."""
    await server.deploy(WAITS)
    follow = Deliveries.follow

    async def is_slower(_self: Deliveries, _sources: Iterable[str], _deadline: float) -> list[Decided]:
        return []

    async def somebody_comes_first(self: Deliveries, sources: Iterable[str], deadline: float) -> list[Decided]:
        monkeypatch.setattr(Deliveries, "follow", is_slower)
        late.append(await server.start())
        monkeypatch.setattr(Deliveries, "follow", follow)
        return await follow(self, sources, deadline)

    late: list[str] = []
    monkeypatch.setattr(Deliveries, "follow", somebody_comes_first)
    answers = [await publish(server, time_to_live=HOUR, request_id="r") for _ in range(2)]
    first = list(late)
    monkeypatch.setattr(Deliveries, "follow", somebody_comes_first)
    without = await publish(server, time_to_live=HOUR)

    assert answers[0] == answers[1]
    assert [await open_tasks(server, "p"), len(first), without in late] == [2, 1, True]


# -- signals ----------------------------------------------------------------------------------------------------------


async def test_signal_reaches_everybody_who_waits_in_its_application(server: Server) -> None:
    """Instances and start events; not those of another application, nor those who come later."""
    starts = STARTED.replace(
        b'messageEventDefinition messageRef="M_message"', b'signalEventDefinition signalRef="S_signal"'
    )
    starts = starts.replace(b"</messageEventDefinition>", b"</signalEventDefinition>")
    await server.deploy(LISTENS, starts, THROWS, app="one")
    await server.deploy(LISTENS, app="two")
    instances = [await server.start("listens", app_name="one") for _ in range(3)]
    other = await server.start("listens", app_name="two")

    await server.start("throws", app_name="one", variables='{"n":1}')
    late = await server.start("listens", app_name="one")

    assert [(await server.instance(one)).variables for one in instances] == ['{"x":1}'] * 3
    assert [len(await server.tasks(one)) for one in (*instances, other, late)] == [1, 1, 1, 0, 0]
    assert await open_tasks(server, "started") == 1


async def test_broadcast_signal_is_delivered_once(server: Server) -> None:
    """The answer counts the receivers; the same request id broadcasts once."""
    await server.deploy(LISTENS, app="one")
    instances = [await server.start("listens") for _ in range(3)]

    counts = [await broadcast(server, request_id="r", variables='{"x":2}') for _ in range(2)]
    again = await broadcast(server, app_name="one")

    assert (counts, again) == ([3, 3], 0)
    assert [(await server.instance(one)).variables for one in instances] == ['{"x":2}'] * 3


async def test_signal_of_several_applications_needs_one(server: Server) -> None:
    """Which one is meant is not guessed."""
    for app in ("one", "two"):
        await server.deploy(LISTENS, app=app)
        await server.start("listens", app_name=app)

    found = await failure(server.processes.BroadcastSignal(pb.BroadcastSignalRequest(signal_name="S")))

    assert found[:2] == ("FAILED_PRECONDITION", "APPLICATION_AMBIGUOUS")
    assert await broadcast(server, app_name="two") == 1


async def test_receiver_that_is_gone_by_then_is_left_out(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal, or a match, for an instance that ended meanwhile is removed."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(LISTENS, WAITS)
        with monkeypatch.context() as patched:
            patched.setattr(Deliveries, "follow", nothing)
            instances = [await server.start("listens"), await server.start()]
            assert await broadcast(server) == 1
            await publish(server, name="N", time_to_live=HOUR)
        for instance in instances:
            request = pb.CancelProcessInstanceRequest(process_instance_id=instance)
            await server.processes.CancelProcessInstance(request)
        clock.advance(7200)

        assert [await LeftDeliveries(server.runtime).step() for _ in range(2)] == [0, float("inf")]


# -- what is left after a failure -------------------------------------------------------------------------------------


async def nothing(*_: object) -> list[object]:
    """Stands for a server that ended between its commit and the deliveries."""
    return []


async def test_deliveries_of_a_server_that_ended_are_done_by_another(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal, a thrown message and a kept one: committed with what caused them, and done once."""
    clock = ManualClock()
    async with opened(database_url, 2, clock=clock) as pair:
        await pair[0].deploy(LISTENS, WAITS, THROWS, SENDS)
        listening = await pair[0].start("listens")
        waiting = await pair[0].start()
        with monkeypatch.context() as patched:
            patched.setattr(Deliveries, "follow", nothing)
            await pair[0].start("throws", variables='{"n":1}')
            await pair[0].start("sends", variables='{"n":2}')
            await pair[0].start("sends", variables='{"n":3}')
            late = await pair[0].start()
        before = await open_tasks(pair[0])

        young = await LeftDeliveries(pair[1].runtime).step()
        clock.advance(10)
        done = await asyncio.gather(*(LeftDeliveries(one.runtime).step() for one in pair))

        assert (before, young) == (0, float("inf"))
        assert 0 in done
        found = [(await pair[0].instance(one)).variables for one in (listening, waiting, late)]
        assert found[0] == '{"x":1}'
        assert sorted(found[1:]) == ['{"x":2}', '{"x":3}']
        assert [await LeftDeliveries(one.runtime).step() for one in pair] == [float("inf")] * 2


@pytest.mark.parametrize("error", (Aborted("busy"), RuntimeError("a fault")))
async def test_delivery_that_fails_is_tried_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever it was: the delivery is there until it is done."""

    async def fails(*_: object) -> None:
        raise error

    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(LISTENS)
        await server.start("listens")
        with monkeypatch.context() as patched:
            patched.setattr(Deliveries, "follow", nothing)
            await broadcast(server)
        clock.advance(10)
        with monkeypatch.context() as patched:
            patched.setattr(Deliveries, "deliver", fails)
            assert await LeftDeliveries(server.runtime).step() == float("inf")

        assert await LeftDeliveries(server.runtime).step() == 0
        assert await open_tasks(server) == 1


async def test_expired_messages_are_removed(database_url: str) -> None:
    """The background keeps no message longer than its time to live."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await publish(server, time_to_live=HOUR)
        clock.advance(3600)
        await Retention(server.runtime).step()
        left = await server.runtime.executor.run(
            lambda session: session.delete_expired_messages(clock.now_us(), 10), float("inf")
        )

        assert left == 0
