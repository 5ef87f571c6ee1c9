"""What callers and workers do: orders from their start to their end, with rivals, copies and late repetitions.

Rule of this file: whoever begins an order brings it to its end; a run stops between orders only, so that every call
has an answer that stands and the model knows exactly what has to be in the database.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from google.protobuf.duration_pb2 import Duration

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.faults import models
from tests.faults.client import Client, Send
from tests.faults.history import OK, Call

USERS = ("ann", "bob")
TWIN = 0.2  # how often a copy is sent beside a request
LATE = 0.3  # how often an earlier request comes again after a later one
UNCLAIM = 0.2
STUCK = 0.1
LEASE = Duration(seconds=2)
MESSAGE_LIFE = Duration(seconds=3600)


class Caller:
    """Brings orders from start to end, one after the other.

    Args:
        client: Sends the calls.
        name: Begins its request ids and business keys.
        rng: Its decisions.
    """

    def __init__(self, client: Client, name: str, rng: random.Random) -> None:
        self._client = client
        self._name = name
        self._rng = rng
        self._orders = 0
        self._requests = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Brings orders to their end until told to stop."""
        while not stop.is_set():
            await self.order()

    async def order(self) -> None:
        """One order."""
        self._orders += 1
        key = f"{self._name}-{self._orders}"
        done: list[tuple[Send, Any, Call]] = []
        amount = models.STUCK_AMOUNT if self._rng.random() < STUCK else 1
        request = pb.StartProcessInstanceRequest(
            process_name=models.NAME, business_key=key, variables=f'{{"amount":{amount}}}', request_id=self._id()
        )
        start = await self._call(done, lambda s: s.processes.StartProcessInstance, "Start", request, key)
        if start.code != OK:
            return
        instance = start.answer.process_instance.process_instance_id
        early = self._rng.random() < 0.5
        if early:
            await self._publish(done, key)
        listed = await self._client.call(
            lambda s: s.processes.ListUserTasks,
            "ListUserTasks",
            pb.ListUserTasksRequest(process_instance_id=instance),
            key=key,
        )
        if listed.code != OK or len(listed.answer.user_tasks) != 1:
            self._client.history.complaints.append(f"order {key}: no open task after its start was acknowledged")
            return
        await self._work(done, key, listed.answer.user_tasks[0].user_task_id)
        if not early:
            await self._publish(done, key)

    async def _work(self, done: list[tuple[Send, Any, Call]], key: str, task: str) -> None:
        owner = await self._claim(done, key, task)
        while owner and self._rng.random() < UNCLAIM:
            unclaim = pb.UnclaimUserTaskRequest(user_task_id=task, user=owner, request_id=self._id())
            await self._call(done, lambda s: s.processes.UnclaimUserTask, "Unclaim", unclaim, key, task, owner)
            owner = await self._claim(done, key, task)
        if owner:
            complete = pb.CompleteUserTaskRequest(
                user_task_id=task, user=owner, variables=f'{{"approved":"{key}"}}', request_id=self._id()
            )
            await self._call(done, lambda s: s.processes.CompleteUserTask, "Complete", complete, key, task, owner)

    async def _claim(self, done: list[tuple[Send, Any, Call]], key: str, task: str) -> str:
        """Two users claim the task at the same time; returns who got it."""
        calls = await asyncio.gather(
            *(
                self._call(
                    done,
                    lambda s: s.processes.ClaimUserTask,
                    "Claim",
                    pb.ClaimUserTaskRequest(user_task_id=task, user=user, request_id=self._id()),
                    key,
                    task,
                    user,
                )
                for user in USERS
            )
        )
        owners = [call.user for call in calls if call.done]
        if len(owners) != 1:
            self._client.history.complaints.append(f"order {key}: the task was given to {owners or 'nobody'}")
        return owners[0] if owners else ""

    async def _publish(self, done: list[tuple[Send, Any, Call]], key: str) -> None:
        request = pb.PublishMessageRequest(
            message_name=models.MESSAGE, correlation_key=key, time_to_live=MESSAGE_LIFE, request_id=self._id()
        )
        await self._call(done, lambda s: s.processes.PublishMessage, "Publish", request, key, models.MESSAGE)

    async def _call(
        self,
        done: list[tuple[Send, Any, Call]],
        send: Send,
        method: str,
        request: Any,
        key: str,
        subject: str = "",
        user: str = "",
    ) -> Call:
        twin = self._rng.random() < TWIN
        call = await self._client.call(send, method, request, twin=twin, key=key, subject=subject, user=user)
        if done and self._rng.random() < LATE:
            earlier_send, earlier, earlier_call = self._rng.choice(done)
            earlier_call.others.append(await self._client.copy(earlier_send, earlier))
        if call.code == OK:
            done.append((send, request, call))
        return call

    def _id(self) -> str:
        self._requests += 1
        return f"{self._name}:{self._requests}"


class Worker:
    """Does jobs; its lease may end before it is done, so that another worker has the job too.

    Args:
        client: Sends the calls.
        name: Of the worker.
        rng: Its decisions.
    """

    def __init__(self, client: Client, name: str, rng: random.Random) -> None:
        self._client = client
        self._name = name
        self._rng = rng
        self._requests = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Does jobs until told to stop."""
        while not stop.is_set():
            request = jobs.ActivateJobsRequest(
                type=models.JOB_TYPE,
                worker=self._name,
                max_jobs=4,
                lease_duration=LEASE,
                request_timeout=Duration(seconds=1),
            )
            activated = await self._client.call(lambda s: s.jobs.ActivateJobs, "ActivateJobs", request)
            for job in activated.answer.jobs if activated.code == OK else ():
                await self._complete(job)

    async def _complete(self, job: Any) -> None:
        self._requests += 1
        if self._rng.random() < 0.02:
            await asyncio.sleep(LEASE.seconds + 0.5)  # too long: the job goes to another worker meanwhile
        request = jobs.CompleteJobRequest(
            job_id=job.job_id, lease_token=job.lease_token, request_id=f"{self._name}:{self._requests}"
        )
        await self._client.call(
            lambda s: s.jobs.CompleteJob,
            "CompleteJob",
            request,
            twin=self._rng.random() < TWIN,
            key=job.business_key,
            subject=job.job_id,
            user=self._name,
        )
