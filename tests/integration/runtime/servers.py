"""Servers within this process: a store, a runtime and the services, called through the contract.

Rule of this file: what a test runs is wired as the server wires it, with nothing left out but the sockets. Several
servers may share a database, as they do in production; each has its own store, cache, queues and threads.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from bpmgrpc.background import Background
from bpmgrpc.clock import Clock
from bpmgrpc.errors import BpmError
from bpmgrpc.runtime import Options, Runtime
from bpmgrpc.service.admin_runtime import AdminRuntime
from bpmgrpc.service.batch_runtime import BatchRuntime
from bpmgrpc.service.batch_work import BatchWork
from bpmgrpc.service.command_runtime import CommandRuntime
from bpmgrpc.service.dispatch import CallContext, Dispatcher, Interceptor, Method, UnaryHandler
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.service.job_runtime import JobRuntime
from bpmgrpc.service.process_runtime import ProcessRuntime
from bpmgrpc.service.user_task_runtime import UserTaskRuntime
from bpmgrpc.store import open_store
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import job_runtime_pb2 as job_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.batch_runtime_pb2_grpc import BatchRuntimeStub
from bpmgrpc.v1.command_runtime_pb2_grpc import CommandRuntimeStub
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_definition_pb2 import ProcessDefinition
from bpmgrpc.v1.process_instance_pb2 import HistoryEvent, ProcessInstance
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc.v1.user_task_runtime_pb2_grpc import UserTaskRuntimeStub
from tests.support.harness import bpmn, flows

SECONDS = 60  # how long to wait for what comes at once on any machine; reached only when something is broken

USER_TASK = bpmn('<startEvent id="s"/><userTask id="t"/><endEvent id="e"/>' + flows("s -> t", "t -> e"))
JOB = bpmn(
    '<startEvent id="s"/><serviceTask id="t" bpmgrpc:jobType="work"/><endEvent id="e"/>' + flows("s -> t", "t -> e")
)


class Server:
    """A server on a database.

    Args:
        url: The database, migrated.
        options: How its runtime works.
        clock: Its time.
        store: How its store is opened; see ``open_store``.
    """

    def __init__(self, url: str, options: Options | None = None, clock: Clock | None = None, **store: Any) -> None:
        self.runtime = Runtime(open_store(url, **store), options, clock)
        services = {
            "bpmgrpc.v1.ProcessRuntime": ProcessRuntime(self.runtime),
            "bpmgrpc.v1.JobRuntime": JobRuntime(self.runtime),
            "bpmgrpc.v1.AdminRuntime": AdminRuntime(self.runtime),
            "bpmgrpc.v1.UserTaskRuntime": UserTaskRuntime(self.runtime),
            "bpmgrpc.v1.CommandRuntime": CommandRuntime(self.runtime.draining),
            "bpmgrpc.v1.BatchRuntime": BatchRuntime(self.runtime),
        }
        self.dispatcher = Dispatcher(services, (*default_chain(), Caller()))
        self.batch_work = BatchWork(self.runtime, services)
        self.call_through(InProcessChannel(self.dispatcher))
        self._background: Background | None = None

    def call_through(self, channel: aio.Channel) -> None:
        """Makes all calls go through a channel."""
        self.processes: Any = ProcessRuntimeStub(channel)
        self.jobs: Any = JobRuntimeStub(channel)
        self.admin: Any = AdminRuntimeStub(channel)
        self.people: Any = UserTaskRuntimeStub(channel)
        self.commands: Any = CommandRuntimeStub(channel)
        self.batches: Any = BatchRuntimeStub(channel)

    def start_background(self, **options: Any) -> None:
        """Starts the background loops."""
        self._background = Background(
            self.runtime, **({"poll_seconds": 0.01, "batches": self.batch_work.step} | options)
        )
        self._background.start()

    async def stop_background(self) -> None:
        """Ends them."""
        if self._background is not None:
            await self._background.stop()
            self._background = None

    async def close(self) -> None:
        """Closes it as the server does."""
        self.runtime.drain()
        await self.stop_background()
        await asyncio.to_thread(self.runtime.close)

    async def deploy(self, *contents: bytes, app: str = "", tag: str = "", **fields: Any) -> list[ProcessDefinition]:
        """Deploys files and returns the versions they stand for."""
        files = [pb.ResourceFile(name=f"{number}.bpmn", content=content) for number, content in enumerate(contents)]
        request = pb.DeployProcessDefinitionsRequest(files=files, app_name=app, version_tag=tag, **fields)
        return list((await self.processes.DeployProcessDefinitions(request)).process_definitions)

    async def start(self, name: str = "p", variables: str = "", **fields: Any) -> str:
        """Starts an instance and returns its id."""
        request = pb.StartProcessInstanceRequest(process_name=name, variables=variables, **fields)
        found: str = (await self.processes.StartProcessInstance(request)).process_instance.process_instance_id
        return found

    async def instance(self, instance_id: str) -> ProcessInstance:
        """Returns an instance with its variables."""
        request = pb.GetProcessInstanceRequest(process_instance_id=instance_id)
        found: ProcessInstance = (await self.processes.GetProcessInstance(request)).process_instance
        return found

    async def instances(self, **filters: Any) -> list[ProcessInstance]:
        """Lists instances, the newest first."""
        request = pb.ListProcessInstancesRequest(page_size=1000, **filters)
        return list((await self.processes.ListProcessInstances(request)).process_instances)

    async def tasks(self, instance_id: str = "", **filters: Any) -> list[UserTask]:
        """Lists open user tasks."""
        request = pb.ListUserTasksRequest(process_instance_id=instance_id, page_size=1000, **filters)
        return list((await self.processes.ListUserTasks(request)).user_tasks)

    async def open_task(self, instance_id: str) -> UserTask:
        """Returns the one open task of an instance."""
        (task,) = await self.tasks(instance_id)
        return task

    async def complete(self, task: UserTask, variables: str = "", user: str = "u", **fields: Any) -> UserTask:
        """Completes a user task."""
        request = pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user=user, variables=variables, **fields)
        done: UserTask = (await self.processes.CompleteUserTask(request)).user_task
        return done

    async def claim(self, task: UserTask, user: str, **fields: Any) -> UserTask:
        """Claims a user task."""
        request = pb.ClaimUserTaskRequest(user_task_id=task.user_task_id, user=user, **fields)
        claimed: UserTask = (await self.processes.ClaimUserTask(request)).user_task
        return claimed

    async def variables(self, task: UserTask, *names: str) -> str:
        """Returns the text of the variables that a task sees."""
        request = pb.GetUserTaskVariablesRequest(user_task_id=task.user_task_id, names=names)
        text: str = (await self.processes.GetUserTaskVariables(request)).variables
        return text

    async def activate(self, worker: str = "w", type_: str = "work", **fields: Any) -> list[Job]:
        """Leases jobs."""
        request = job_pb.ActivateJobsRequest(type=type_, worker=worker, **({"max_jobs": 100} | fields))
        return list((await self.jobs.ActivateJobs(request)).jobs)

    async def complete_job(self, job: Job, variables: str = "", **fields: Any) -> None:
        """Completes a job."""
        await self.jobs.CompleteJob(
            job_pb.CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token, variables=variables, **fields)
        )

    async def history(self, instance_id: str) -> list[HistoryEvent]:
        """Lists what happened in an instance."""
        request = admin_pb.ListHistoryEventsRequest(process_instance_id=instance_id, page_size=1000)
        return list((await self.admin.ListHistoryEvents(request)).history_events)

    async def count_events(self, instance_id: str, event_type: str, element_id: str = "") -> int:
        """Counts events of a type, at one element where that is given."""
        return sum(
            event.event_type == event_type and element_id in ("", event.element_id)
            for event in await self.history(instance_id)
        )


class Caller(Interceptor):
    """Takes the metadata ``authorization`` as the authenticated caller, as an interceptor for authentication will."""

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method."""

        async def known(request: Any, call: CallContext) -> Any:
            call.caller = str(call.metadata.get("authorization", ""))
            return await proceed(request, call)

        return known


@asynccontextmanager
async def opened(url: str, count: int = 1, **options: Any) -> AsyncIterator[Sequence[Server]]:
    """Opens servers that share a database, which is migrated first.

    Args:
        url: The database.
        count: How many servers.
        options: See `Server`.
    """
    store = open_store(url)
    store.migrate()
    store.close()
    servers = [Server(url, **({"lock_timeout_s": 20.0} | options)) for _ in range(count)]
    try:
        yield servers
    finally:
        for server in servers:
            await server.close()


async def failure(call: Awaitable[Any]) -> tuple[str, str, str]:
    """Awaits a call that has to fail; returns the code, the reason and the text of its error."""
    try:
        answer = await call
    except aio.AioRpcError as error:
        metadata: Any = error.trailing_metadata()
        status = status_pb2.Status.FromString(dict(metadata)["grpc-status-details-bin"])
        info = error_details_pb2.ErrorInfo()
        assert status.details[0].Unpack(info)
        return error.code().name, info.reason, error.details() or ""
    except BpmError as error:
        return type(error).__name__, error.reason, error.message
    raise AssertionError(f"the call succeeded: {answer}")


async def codes(calls: Iterable[Awaitable[Any]]) -> list[str]:
    """Runs calls at once and returns the code of each."""

    async def code(call: Awaitable[Any]) -> str:
        try:
            await call
        except aio.AioRpcError as error:
            return error.code().name
        return grpc.StatusCode.OK.name

    return list(await asyncio.gather(*map(code, calls)))


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """Waits until something is true, however long a busy machine takes, and returns it."""
    end = time.monotonic() + SECONDS
    while True:
        found = await true()
        if found or time.monotonic() > end:
            assert found, "it did not come true"
            return found
        await asyncio.sleep(0.01)


def decoded(text: str) -> Any:
    """Reads JSON text."""
    return json.loads(text)


def same_bytes(messages: Iterable[Message]) -> bool:
    """Whether all messages are the same, byte for byte."""
    return len({message.SerializeToString(deterministic=True) for message in messages}) == 1
