"""Two ways to make the calls of a work: gRPC, over any channel, and the legacy REST calls."""

from __future__ import annotations

import itertools
import json
import secrets
from typing import Any

from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.benchmarks.http_client import HttpConnection
from tests.benchmarks.models import APP


class RequestIds:
    """Request ids that nobody used before; a common prefix, then a number."""

    def __init__(self) -> None:
        self.prefix = secrets.token_hex(8)
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """Returns a new one."""
        return f"{self.prefix}-{next(self._numbers)}"


class GrpcCaller:
    """Calls the contract through a channel.

    Args:
        channel: A `grpc.aio` channel, or one within the process.
    """

    def __init__(self, channel: Any) -> None:
        self._stub = ProcessRuntimeStub(channel)
        self.ids = RequestIds()

    async def send(self, name: str, request: Any) -> Any:
        """Makes one call.

        Args:
            name: Name of the RPC.
            request: Its request.
        """
        return await getattr(self._stub, name)(request)

    async def deploy(self, name: str, content: str) -> None:
        """Deploys a file."""
        file = pb.ResourceFile(name=f"{name}.bpmn", content=content.encode())
        await self.send("DeployProcessDefinitions", pb.DeployProcessDefinitionsRequest(files=[file], app_name=APP))

    async def start(self, process: str, variables: str) -> str:
        """Starts an instance; returns its id."""
        response = await self.send(
            "StartProcessInstance",
            pb.StartProcessInstanceRequest(
                process_name=process, app_name=APP, variables=variables, request_id=self.ids.next()
            ),
        )
        instance: str = response.process_instance.process_instance_id
        return instance

    async def tasks(self, user: str) -> list[str]:
        """Lists the ids of a user's open tasks."""
        response = await self.send("ListUserTasks", pb.ListUserTasksRequest(user=user))
        return [task.user_task_id for task in response.user_tasks]

    async def claim(self, task: str, user: str) -> None:
        """Claims a task."""
        await self.send(
            "ClaimUserTask", pb.ClaimUserTaskRequest(user_task_id=task, user=user, request_id=self.ids.next())
        )

    async def complete(self, task: str, user: str, variables: str) -> None:
        """Completes a task."""
        await self.send(
            "CompleteUserTask",
            pb.CompleteUserTaskRequest(user_task_id=task, user=user, variables=variables, request_id=self.ids.next()),
        )


class RestCaller:
    """Makes the legacy calls over one kept connection, as a browser or a pooled client does.

    Args:
        connection: The connection; nobody else uses it.
    """

    base = "/BPMREST/service/runtime"

    def __init__(self, connection: HttpConnection) -> None:
        self._connection = connection
        self.ids = RequestIds()

    async def _data(self, verb: str, path: str, body: str = "", *, durable: bool = True) -> Any:
        headers = f"Idempotency-Key: {self.ids.next()}\r\n" if durable else ""
        status, content = await self._connection.request(verb, f"{self.base}/{path}", headers, body.encode())
        answer = json.loads(content)
        if status != 200 or answer["code"] != 0:
            raise RuntimeError(f"{verb} {path} gave {status}: {content.decode()}")
        return answer["data"]

    async def start(self, process: str, variables: str) -> str:
        """Starts an instance; returns its id."""
        body = f'{{"processName":"{process}","appName":"{APP}","object":{variables}}}'
        started: str = await self._data("POST", "process/start", body)
        return started

    async def tasks(self, user: str) -> list[str]:
        """Lists the ids of a user's open tasks."""
        return [task["id"] for task in await self._data("GET", f"tasks?user={user}", durable=False)]

    async def claim(self, task: str, user: str) -> None:
        """Claims a task."""
        await self._data("POST", f"tasks/{task}/claim?user={user}")

    async def complete(self, task: str, user: str, variables: str) -> None:
        """Completes a task."""
        await self._data("POST", f"tasks/{task}/complete?user={user}", variables)
