"""Callers that race: the losers are told, or tried again unseen, and nothing happens twice."""

import asyncio
from collections import Counter

from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import USER_TASK, Server, codes, failure
from tests.support.harness import bpmn, flows

BRANCHES = 20
FORK = bpmn(
    '<startEvent id="s"/><parallelGateway id="split"/><parallelGateway id="join"/><userTask id="after"/>'
    + "".join(f'<userTask id="t{number}"/>' for number in range(BRANCHES))
    + flows(
        "s -> split",
        "join -> after",
        *(f"split -> t{number}" for number in range(BRANCHES)),
        *(f"t{number} -> join" for number in range(BRANCHES)),
    )
)


async def test_all_branches_completed_at_once_over_two_servers_succeed(pair: tuple[Server, Server]) -> None:
    """Twenty people complete the branches of one instance: all succeed, the join fires once, nothing is lost."""
    await pair[0].deploy(FORK)
    instance = await pair[0].start()
    tasks = await pair[0].tasks(instance)

    found = await codes(
        pair[number % 2].complete(task, f'{{"r{number:02}":{number}}}') for number, task in enumerate(tasks)
    )

    assert found == ["OK"] * BRANCHES
    after = await pair[1].open_task(instance)
    assert after.name == "after"
    assert await pair[1].variables(after) == (
        '{"r00":0,"r01":1,"r02":2,"r03":3,"r04":4,"r05":5,"r06":6,"r07":7,"r08":8,"r09":9,"r10":10,"r11":11,"r12":12,'
        '"r13":13,"r14":14,"r15":15,"r16":16,"r17":17,"r18":18,"r19":19}'
    )
    assert await pair[0].count_events(instance, "USER_TASK_CREATED", "after") == 1
    assert await pair[0].count_events(instance, "USER_TASK_COMPLETED") == BRANCHES


async def test_of_32_racing_claims_over_two_servers_one_wins(pair: tuple[Server, Server]) -> None:
    """One of 32 users gets the task, the others get FAILED_PRECONDITION, and the history has one claim."""
    await pair[0].deploy(USER_TASK)
    instance = await pair[0].start()
    task = await pair[0].open_task(instance)
    users = [f"user{number:02}" for number in range(32)]

    found = await codes(pair[number % 2].claim(task, user) for number, user in enumerate(users))

    assert Counter(found) == {"OK": 1, "FAILED_PRECONDITION": 31}
    assert (await pair[1].open_task(instance)).assignee == users[found.index("OK")]
    assert await pair[0].count_events(instance, "USER_TASK_CLAIMED") == 1


async def test_of_32_racing_completions_over_two_servers_one_runs(pair: tuple[Server, Server]) -> None:
    """One completion succeeds, the others get FAILED_PRECONDITION, and the history has one completion."""
    await pair[0].deploy(USER_TASK)
    instance = await pair[0].start()
    task = await pair[0].open_task(instance)

    found = await codes(pair[number % 2].complete(task, f'{{"by":{number}}}') for number in range(32))

    assert Counter(found) == {"OK": 1, "FAILED_PRECONDITION": 31}
    ended = await pair[0].instance(instance)
    assert ended.state == ProcessInstance.STATE_COMPLETED
    assert await pair[0].count_events(instance, "USER_TASK_COMPLETED") == 1


async def test_claim_against_completion_leaves_one_of_both(pair: tuple[Server, Server]) -> None:
    """Of a claim by one user and a completion by another the second is refused, and the rows agree with that."""
    await pair[0].deploy(USER_TASK)
    for _ in range(10):
        instance = await pair[0].start()
        task = await pair[0].open_task(instance)

        claim, completion = await codes([pair[0].claim(task, "claimer"), pair[1].complete(task, user="completer")])

        now = (
            await pair[0].processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))
        ).user_task.assignee
        assert (claim, completion, now) in (
            ("OK", "PERMISSION_DENIED", "claimer"),
            ("FAILED_PRECONDITION", "OK", "completer"),
        )


async def test_cancellation_against_completion_leaves_one_end(pair: tuple[Server, Server]) -> None:
    """An instance that is canceled while its last task is completed is one of both, and never both."""
    await pair[0].deploy(USER_TASK)
    for _ in range(10):
        instance = await pair[0].start()
        task = await pair[0].open_task(instance)
        cancel = pb.CancelProcessInstanceRequest(process_instance_id=instance)

        cancellation, completion = await codes(
            [pair[0].processes.CancelProcessInstance(cancel), pair[1].complete(task)]
        )

        state = ProcessInstance.State.Name((await pair[0].instance(instance)).state)
        assert (cancellation, completion, state) in (
            ("OK", "FAILED_PRECONDITION", "STATE_CANCELED"),
            ("FAILED_PRECONDITION", "OK", "STATE_COMPLETED"),
        )


async def test_etag_of_before_a_change_is_refused(server: Server) -> None:
    """A caller that read the task before somebody changed it gets ABORTED, with the etag as it was read."""
    await server.deploy(USER_TASK)
    task = await server.open_task(await server.start())
    await server.claim(task, "u")

    found = await failure(server.complete(task, etag=task.etag))

    assert found[:2] == ("ABORTED", "ETAG_STALE")
    assert (await server.complete(task, etag="2")).etag == "3"


async def test_completion_that_ends_other_tasks_answers_with_its_own(server: Server) -> None:
    """A task whose completion terminates the instance, and with it older open tasks, is itself the answer."""
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="split"/><userTask id="a"/><userTask id="b"/>'
            '<endEvent id="e"><terminateEventDefinition/></endEvent>'
            + flows("s -> split", "split -> a", "split -> b", "b -> e")
        )
    )
    instance = await server.start()
    tasks = {task.name: task for task in await server.tasks(instance)}

    done = await server.complete(tasks["b"])

    assert (done.name, done.user_task_id) == ("b", tasks["b"].user_task_id)
    assert await server.tasks(instance) == []


async def test_concurrent_starts_do_not_disturb_each_other(pair: tuple[Server, Server]) -> None:
    """Instances that are started at once over two servers are all there, each with its own variables."""
    await pair[0].deploy(USER_TASK)

    async def starts(number: int) -> list[str]:
        return [await pair[number % 2].start(variables=f'{{"n":{number}}}') for _ in range(5)]

    started = await asyncio.gather(*map(starts, range(8)))

    assert len(await pair[0].instances()) == 40
    assert [(await pair[0].instance(ids[0])).variables for ids in started] == [
        '{"n":0}',
        '{"n":1}',
        '{"n":2}',
        '{"n":3}',
        '{"n":4}',
        '{"n":5}',
        '{"n":6}',
        '{"n":7}',
    ]
