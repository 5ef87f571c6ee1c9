"""Jobs: leased to one worker at a time, handed on when a lease ends, waited for without polling."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.clock import ManualClock
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import job_runtime_pb2 as pb
from bpmgrpc.v1 import process_runtime_pb2 as process_pb
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import JOB, SECONDS, Server, codes, decoded, failure, opened
from tests.support.harness import boundary, bpmn, declared, error, event, extensions, flows

MINUTE = Duration(seconds=60)


@pytest.fixture
def clock() -> ManualClock:
    """The time of all servers of a test."""
    return ManualClock()


@pytest.fixture
async def pair(database_url: str, clock: ManualClock) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that share a database, whose process has one job."""
    async with opened(database_url, 2, clock=clock) as (first, second):
        await first.deploy(JOB)
        yield first, second


@pytest.fixture
def server(pair: tuple[Server, Server]) -> Server:
    """The first of them."""
    return pair[0]


def fail(server: Server, job: Job, retries: int, **fields: Any) -> Any:
    return server.jobs.FailJob(
        pb.FailJobRequest(job_id=job.job_id, lease_token=job.lease_token, retries=retries, **fields)
    )


def extend(server: Server, job: Job, seconds: int) -> Any:
    return server.jobs.ExtendJobLease(
        pb.ExtendJobLeaseRequest(
            job_id=job.job_id, lease_token=job.lease_token, lease_duration=Duration(seconds=seconds)
        )
    )


async def test_waiting_worker_is_woken_by_a_new_job(server: Server) -> None:
    """A worker that waits gets the job of an instance that is started meanwhile on the same server."""
    waiting = asyncio.ensure_future(server.activate(request_timeout=MINUTE))
    await asyncio.sleep(0.05)

    instance = await server.start()

    (job,) = await asyncio.wait_for(waiting, SECONDS)
    assert job.process_instance_id == instance


async def test_waiting_worker_is_found_by_a_job_of_another_server(pair: tuple[Server, Server]) -> None:
    """A job that another server made is found too, by looking from time to time."""
    waiting = asyncio.ensure_future(pair[0].activate(request_timeout=MINUTE))
    await asyncio.sleep(0.05)

    instance = await pair[1].start()

    (job,) = await asyncio.wait_for(waiting, SECONDS)
    assert job.process_instance_id == instance


async def test_worker_that_waits_in_vain_gets_an_empty_answer(server: Server) -> None:
    """When its time is over, or without a time at once, the answer is empty; jobs of another type do not count."""
    await server.start()

    waited = await server.activate(type_="other", request_timeout=Duration(nanos=50_000_000))
    at_once = await server.activate(type_="other")

    assert (waited, at_once) == ([], [])


async def test_deadline_of_the_call_ends_the_wait_with_an_answer(server: Server) -> None:
    """A worker whose call ends before its wait gets the empty answer, not an error."""
    request = pb.ActivateJobsRequest(type="work", worker="w", request_timeout=MINUTE)

    answer = await server.jobs.ActivateJobs(request, timeout=0.3)

    assert list(answer.jobs) == []


async def test_drain_lets_waiting_workers_go(server: Server) -> None:
    """A server that drains answers those who wait, and makes nobody wait any more."""
    waiting = [asyncio.ensure_future(server.activate(type_=type_, request_timeout=MINUTE)) for type_ in ("work", "x")]
    await asyncio.sleep(0.05)

    server.runtime.jobs.close()

    assert await asyncio.wait_for(asyncio.gather(*waiting), SECONDS) == [[], []]
    assert await asyncio.wait_for(server.activate(request_timeout=MINUTE), SECONDS) == []


async def test_worker_that_goes_away_leaves_no_waiter(server: Server) -> None:
    """A cancelled wait is forgotten, and the next job goes to whoever asks."""
    gone = asyncio.ensure_future(server.activate(request_timeout=MINUTE))
    await asyncio.sleep(0.05)

    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await server.start()

    assert len(await server.activate()) == 1


async def test_no_job_is_with_two_workers(pair: tuple[Server, Server]) -> None:
    """Workers of two servers that take jobs at once get each job exactly once."""
    for _ in range(30):
        await pair[0].start()

    taken = await asyncio.gather(*(pair[n % 2].activate(f"w{n}", max_jobs=5) for n in range(10)))

    ids = [job.job_id for jobs in taken for job in jobs]
    rest = [job.job_id for job in await pair[0].activate()]
    assert len(ids) == len(set(ids))
    assert sorted(ids + rest) == sorted({*ids, *rest})
    assert len(ids + rest) == 30


async def test_oldest_jobs_are_handed_out_first(server: Server, clock: ManualClock) -> None:
    """A worker gets the jobs that wait longest, as many as it asked for, the oldest first."""
    started = []
    for _ in range(5):
        started.append(await server.start())
        clock.advance(1)

    first = await server.activate(max_jobs=2)
    second = await server.activate(max_jobs=2)

    assert [job.process_instance_id for job in first] == started[:2]
    assert [job.process_instance_id for job in second] == started[2:4]


async def test_lease_that_ends_hands_the_job_to_another_worker(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Until the lease ends nobody else gets the job; then anybody, and the first worker is refused."""
    await pair[0].start()
    (lost,) = await pair[0].activate("first", lease_duration=MINUTE)

    clock.advance(59.9)
    assert await pair[1].activate("second") == []
    clock.advance(0.1)
    (taken,) = await pair[1].activate("second", lease_duration=MINUTE)

    assert (taken.job_id, taken.worker) == (lost.job_id, "second")
    assert taken.lease_token != lost.lease_token
    for refused in (pair[0].complete_job(lost), fail(pair[0], lost, 1), extend(pair[0], lost, 60)):
        assert (await failure(refused))[:2] == ("FAILED_PRECONDITION", "LEASE_LOST")
    await pair[1].complete_job(taken)


async def test_result_after_the_end_of_the_lease_is_refused(server: Server, clock: ManualClock) -> None:
    """A worker that is too late is refused even where nobody else has taken the job yet; the job stays."""
    await server.start()
    (job,) = await server.activate(lease_duration=MINUTE)

    clock.advance(60)

    assert (await failure(server.complete_job(job)))[:2] == ("FAILED_PRECONDITION", "LEASE_LOST")
    assert len(await server.activate()) == 1


async def test_extended_lease_ends_later(server: Server, clock: ManualClock) -> None:
    """The lease ends so long after the call as it says; its token stays."""
    await server.start()
    (job,) = await server.activate(lease_duration=MINUTE)
    clock.advance(30)

    answer = await extend(server, job, 60)
    clock.advance(59)

    assert answer.lease_expire_time.seconds - job.lease_expire_time.seconds == 30
    assert await server.activate() == []
    await server.complete_job(job)


async def test_racing_completions_of_a_job_complete_it_once(pair: tuple[Server, Server]) -> None:
    """A worker that sends its result eight times at once is told once that it is done; the token goes on once."""
    instance = await pair[0].start()
    (job,) = await pair[0].activate()

    found = await codes(pair[number % 2].complete_job(job) for number in range(8))

    assert sorted(found) == ["NOT_FOUND"] * 7 + ["OK"]
    assert await pair[0].count_events(instance, "JOB_COMPLETED") == 1
    assert (await pair[0].instance(instance)).state == ProcessInstance.STATE_COMPLETED


async def test_failed_job_comes_back_after_its_backoff(server: Server, clock: ManualClock) -> None:
    """With retries left the job waits for the backoff, then goes to a worker with the retries and variables given."""
    await server.start()
    (job,) = await server.activate()

    failed = await fail(server, job, 2, retry_backoff=MINUTE, error_message="no", variables='{"hint":1.10}')
    clock.advance(59.9)
    early = await server.activate()
    clock.advance(0.1)
    (again,) = await server.activate()

    assert (failed.incident_id, early, again.retries, again.variables) == ("", [], 2, '{"hint":1.10}')


async def test_job_without_retries_opens_an_incident_and_comes_back_when_it_is_resolved(server: Server) -> None:
    """With no retries left nobody gets the job until its incident is resolved, with as many retries as given there."""
    instance = await server.start()
    (job,) = await server.activate()

    failed = await fail(server, job, 0, error_message="printer on fire")
    none = await server.activate()
    (incident,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    request = admin_pb.ResolveIncidentRequest(incident_id=failed.incident_id, retries=3, variables='{"printer":"new"}')
    await server.admin.ResolveIncident(request)
    (again,) = await server.activate()
    await server.complete_job(again)

    assert none == []
    assert (incident.incident_id, incident.reason) == (failed.incident_id, "JOB_NO_RETRIES")
    assert incident.message.endswith("printer on fire")
    assert (again.retries, again.variables) == (3, '{"printer":"new"}')
    assert (await server.instance(instance)).state == ProcessInstance.STATE_COMPLETED


async def test_resolved_incident_wakes_a_waiting_worker(server: Server) -> None:
    """A job that can be had again is as good as a new one to who waits for it."""
    await server.start()
    (job,) = await server.activate()
    failed = await fail(server, job, 0)
    waiting = asyncio.ensure_future(server.activate(request_timeout=MINUTE))
    await asyncio.sleep(0.05)

    await server.admin.ResolveIncident(admin_pb.ResolveIncidentRequest(incident_id=failed.incident_id))

    (again,) = await asyncio.wait_for(waiting, SECONDS)
    assert again.job_id == job.job_id


async def test_job_sees_its_own_variables_and_those_around_it(server: Server) -> None:
    """Inner variables hide outer ones of their name; numbers come as they were written; names choose."""
    inner = (
        '<startEvent id="is"/><serviceTask id="j" bpmgrpc:jobType="scoped">'
        + extensions(inputs=["a -> mine"])
        + "</serviceTask>"
        + flows("is -> j")
    )
    await server.deploy(
        bpmn(
            f'<startEvent id="s"/><subProcess id="sub">{extensions(inputs=["b -> a"])}{inner}</subProcess>'
            + flows("s -> sub"),
            process="scoped",
        )
    )
    await server.start("scoped", '{"a":1,"b":12345678901234567890.10,"c":"ก"}')

    (job,) = await server.activate(type_="scoped", lease_duration=Duration(nanos=1_000_000))
    await server.jobs.FailJob(pb.FailJobRequest(job_id=job.job_id, lease_token=job.lease_token, retries=1))
    (chosen,) = await server.activate(type_="scoped", fetch_variables=["mine", "c", "unknown"])

    assert (
        job.variables
        == '{"a":12345678901234567890.10,"b":12345678901234567890.10,"c":"ก","mine":12345678901234567890.10}'
    )
    assert decoded(chosen.variables).keys() == {"c", "mine"}


async def test_error_of_a_worker_is_caught_at_the_job(server: Server) -> None:
    """A BPMN error that a worker throws goes to the boundary event that catches its code; else it is an incident."""
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><serviceTask id="j" bpmgrpc:jobType="thrower"/><userTask id="caught"/>'
            + boundary("b", "j", error("E1"))
            + flows("s -> j", "b -> caught"),
            process="thrower",
        )
    )
    await server.start("thrower")
    await server.start("thrower")
    caught, lost = await server.activate(type_="thrower")

    answers = [
        await server.jobs.ThrowJobError(
            pb.ThrowJobErrorRequest(job_id=job.job_id, lease_token=job.lease_token, error_code=code)
        )
        for job, code in ((caught, "E1"), (lost, "E2"))
    ]

    assert (await server.open_task(caught.process_instance_id)).name == "caught"
    assert answers[0].incident_id == ""
    assert answers[1].incident_id.startswith(f"{lost.process_instance_id}-")


async def test_job_of_a_canceled_instance_is_gone(server: Server) -> None:
    """A worker whose instance was canceled meanwhile gets NOT_FOUND, whatever it says."""
    instance = await server.start()
    (job,) = await server.activate()

    await server.processes.CancelProcessInstance(process_pb.CancelProcessInstanceRequest(process_instance_id=instance))

    for call in (server.complete_job(job), fail(server, job, 1), extend(server, job, 5)):
        assert (await failure(call))[0] == "NOT_FOUND"
    assert await server.activate() == []


async def test_escalation_of_a_worker_tells_who_caught_it(server: Server) -> None:
    """A worker whose job an event took away has nothing left to answer; any other goes on with its lease."""
    for process, cancels in (("beside", "false"), ("instead", "true")):
        caught = (
            f'<boundaryEvent id="b" attachedToRef="j" cancelActivity="{cancels}">{event("escalation", "late")}'
            "</boundaryEvent>"
        )
        body = f'<startEvent id="s"/><serviceTask id="j" bpmgrpc:jobType="{process}"/><userTask id="caught"/>{caught}'
        await server.deploy(
            bpmn(body + flows("s -> j", "b -> caught"), process=process, extra=declared("late")),
        )
        await server.start(process)
    (beside,) = await server.activate(type_="beside")
    (instead,) = await server.activate(type_="instead")

    answers = [
        await server.jobs.ThrowJobEscalation(
            pb.ThrowJobEscalationRequest(
                job_id=job.job_id, lease_token=job.lease_token, escalation_code="late", variables='{"why":1.10}'
            )
        )
        for job in (beside, instead)
    ]

    assert [(answer.catching_element_id, answer.interrupted) for answer in answers] == [("b", False), ("b", True)]
    await server.complete_job(beside)
    assert (await failure(server.complete_job(instead)))[0] == "NOT_FOUND"
    assert (await server.instance(instead.process_instance_id)).variables == '{"why":1.10}'


RANKED = bpmn(
    '<startEvent id="s"/><serviceTask id="t" bpmgrpc:jobType="ranked" bpmgrpc:jobPriority="=p"/>' + flows("s -> t"),
    process="ranked",
)


async def test_urgent_job_is_handed_out_first(server: Server, clock: ManualClock) -> None:
    """Of jobs that wait, the one of the highest priority comes first, of equal ones the oldest."""
    await server.deploy(RANKED)
    for priority in (1, 0, 5, 5):
        await server.start("ranked", f'{{"p":{priority}}}')
        clock.advance(1)

    jobs = await server.activate(type_="ranked")

    assert [job.priority for job in jobs] == [5, 5, 1, 0]
    assert jobs[0].create_time.ToMicroseconds() < jobs[1].create_time.ToMicroseconds()


async def test_job_of_low_priority_is_not_passed_for_ever(server: Server, clock: ManualClock) -> None:
    """While urgent jobs come as fast as they are done, one of lower priority is taken within the difference in minutes.

    Before it there are at most the jobs made until then: it waits ten minutes behind a stream of priority 10.
    """
    await server.deploy(RANKED)
    low = await server.start("ranked", '{"p":0}')
    taken: list[str] = []
    seconds = 0
    while low not in taken:
        assert seconds <= 11 * 60, "it starves"
        await server.start("ranked", '{"p":10}')
        clock.advance(15)
        seconds += 15
        (job,) = await server.activate(type_="ranked", max_jobs=1)
        await server.complete_job(job)
        taken.append(job.process_instance_id)

    assert len(taken) == 41  # ten minutes of four jobs, and itself


async def test_waiting_workers_take_turns(server: Server) -> None:
    """Jobs that come one by one go to those who wait longest, and nobody else looks for them."""

    def wait(worker: str) -> asyncio.Future[list[Job]]:
        return asyncio.ensure_future(server.activate(worker, max_jobs=1, request_timeout=MINUTE))

    got: list[str] = []
    waiting = {wait(worker) for worker in ("a", "b", "c")}
    for _ in range(9):
        await asyncio.sleep(0.03)
        await server.start()
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        ((job,),) = [one.result() for one in done]
        got.append(job.worker)
        waiting.add(wait(job.worker))
    for one in waiting:
        one.cancel()

    assert sorted(got) == ["a", "a", "a", "b", "b", "b", "c", "c", "c"]


async def test_answer_that_was_lost_is_given_again_for_its_request_id(pair: tuple[Server, Server]) -> None:
    """A poll that is repeated gets the same jobs with the same lease tokens, also of another server; none is lost."""
    for _ in range(3):
        await pair[0].start()

    lost = await pair[0].activate(max_jobs=2, request_id="poll-1")
    again = await pair[1].activate(max_jobs=2, request_id="poll-1")
    other = await pair[1].activate(max_jobs=2, request_id="poll-2")

    assert again == lost
    assert len({job.job_id for job in (*lost, *other)}) == 3


async def test_repeated_poll_returns_what_is_still_leased(server: Server, clock: ManualClock) -> None:
    """What was done since, or whose lease has ended, does not come again; when all leases ended the id is free."""
    for _ in range(2):
        await server.start()
    first, second = await server.activate(request_id="poll", lease_duration=MINUTE)
    await server.complete_job(first)

    assert await server.activate(request_id="poll", lease_duration=MINUTE) == [second]
    clock.advance(60)
    (taken,) = await server.activate(request_id="poll", lease_duration=MINUTE)

    assert (taken.job_id, taken.lease_token != second.lease_token) == (second.job_id, True)


async def test_twin_polls_lease_once(pair: tuple[Server, Server]) -> None:
    """Eight polls of one request id at once get one lease of the same jobs."""
    for _ in range(20):
        await pair[0].start()

    answers = await asyncio.gather(*(pair[n % 2].activate(max_jobs=3, request_id="twin") for n in range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert len(await pair[0].activate()) == 17


async def test_request_id_of_another_poll_is_refused(server: Server) -> None:
    """One id stands for one request."""
    await server.start()
    await server.activate(request_id="poll")

    assert (await failure(server.activate("other", request_id="poll")))[:2] == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED")


async def test_failed_job_waits_as_long_as_the_model_says(server: Server, clock: ManualClock) -> None:
    """Where the worker names no pause, that of the model counts, for each attempt its own."""
    cycle = "<extensionElements><camunda:failedJobRetryTimeCycle>PT1M,PT5M</camunda:failedJobRetryTimeCycle>"
    task = f'<serviceTask id="t" bpmgrpc:jobType="paused">{cycle}</extensionElements></serviceTask>'
    await server.deploy(bpmn(f'<startEvent id="s"/>{task}' + flows("s -> t"), process="paused"))
    await server.start("paused")

    for pause in (60, 300):
        (job,) = await server.activate(type_="paused")
        await fail(server, job, job.retries - 1)
        clock.advance(pause - 1)
        assert await server.activate(type_="paused") == []
        clock.advance(1)

    assert [job.retries for job in await server.activate(type_="paused")] == [1]
