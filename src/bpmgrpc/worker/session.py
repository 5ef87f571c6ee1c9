"""One stream of jobs: takes jobs, has them done, answers, and makes leases longer meanwhile.

Rules of this file. Every job that was taken is answered once, or left to the server, which gives it to another worker
when the stream ends. What a handler raises is an answer; it never ends the stream. One task alone writes: a write that
is cancelled would end the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc import aio

from bpmgrpc.v1 import job_runtime_pb2 as pb
from bpmgrpc.worker import json_text
from bpmgrpc.worker.errors import BpmnError, BpmnEscalation, JobFailure
from bpmgrpc.worker.inputs import InputError
from bpmgrpc.worker.job import Job

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from bpmgrpc.v1.job_pb2 import Job as JobMessage
    from bpmgrpc.worker.handler import Handler

__all__ = ["Session"]

_log: Final = logging.getLogger("bpmgrpc.worker")
_LONGEST_MESSAGE: Final = 10_000  # characters
_MOST_TOGETHER: Final = 1_000  # messages that follow another one in it
_CREDIT_PAUSE: Final = 0.005  # seconds that a free credit waits for others
_FIRST_PAUSE: Final = 0.1  # seconds before an answer is sent again; then twice as long each time
_LONGEST_PAUSE: Final = 5.0


def _numbers(*codes: grpc.StatusCode) -> frozenset[int]:
    return frozenset(code.value[0] for code in codes)


# The same call may succeed later. A result that is no error has code 0.
_PASSING: Final = _numbers(
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
)
# The job is no longer the worker's.
_LOST: Final = _numbers(grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND)


class Session:
    """One stream.

    Args:
        call: The open call of StreamJobs.
        handler: Does the jobs.
        name: Name of the worker.
        threads: Where handlers run that are no coroutine functions.
    """

    def __init__(self, call: Any, handler: Handler, name: str, threads: Executor) -> None:
        self._call = call
        self._handler = handler
        self._name = name
        self._threads = threads
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[pb.StreamJobsResponse]] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._to_say: list[pb.StreamJobsRequest] = []
        self._has_something_to_say = asyncio.Event()
        self._has_said_all = False
        self._freed = 0  # credits that are to be given back
        self._giving: asyncio.TimerHandle | None = None
        self._is_open = False
        self._stopping = False

    async def run(self) -> None:
        """Does jobs until the stream ends.

        Raises:
            grpc.aio.AioRpcError: It ended with an error.
        """
        subscription = pb.JobSubscription(
            types=[self._handler.type],
            worker=self._name,
            credits=self._handler.concurrency,
            fetch_variables=self._handler.variables,
            bundled=True,
        )
        subscription.lease_duration.FromMilliseconds(round(self._handler.lease_seconds * 1000))
        self._say(pb.StreamJobsRequest(subscribe=subscription))
        writing = asyncio.create_task(self._write())
        try:
            async for response in self._call:
                self._hear(response)
                for one in response.more:
                    self._hear(one)
        finally:
            # The server has given the jobs to others: what is still being done is done in vain.
            ending = [writing, *self._working]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def _hear(self, response: pb.StreamJobsResponse) -> None:
        if response.WhichOneof("response") == "job":
            task = asyncio.create_task(self._work(response.job))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        else:
            asked = self._asked.pop(response.command_id, None)
            if asked is not None and not asked.done():
                asked.set_result(response)

    async def stop(self, grace_seconds: float) -> None:
        """Takes no more jobs, finishes those that it has as far as there is time, and ends the stream."""
        self._stopping = True
        self._say(pb.StreamJobsRequest(set_credits=0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                while self._working:  # jobs that were on their way may still come
                    await asyncio.wait(self._working)
        if self._is_open:
            self._has_said_all = True
            self._has_something_to_say.set()
        else:  # there is no server: nothing to end in order
            self._call.cancel()

    def _say(self, request: pb.StreamJobsRequest) -> None:
        self._to_say.append(request)
        self._has_something_to_say.set()

    async def _write(self) -> None:
        """Writes what there is to say, and what is ready at the same time in one message. Where the stream is broken
        the reading side has the error, so it only ends.
        """
        with contextlib.suppress(aio.AioRpcError, asyncio.InvalidStateError):
            while not self._has_said_all:
                await self._has_something_to_say.wait()
                self._has_something_to_say.clear()
                while self._to_say:
                    request, *more = self._to_say[: 1 + _MOST_TOGETHER]
                    del self._to_say[: 1 + _MOST_TOGETHER]
                    request.more.extend(more)
                    await self._call.write(request)
                    self._is_open = True
            await self._call.done_writing()

    async def _work(self, message: JobMessage) -> None:
        """Has a job done and answers; the lease is kept until the server has the answer."""
        lasting = asyncio.create_task(self._keep_lease(message, asyncio.current_task()))
        try:
            await self._give(message, await self._answer(message))
        finally:
            lasting.cancel()
            self._free_credit()

    def _free_credit(self) -> None:
        """Gives a credit back, with others if they come soon: the server takes jobs by the handful then."""
        self._freed += 1
        if 4 * self._freed >= self._handler.concurrency:
            self._give_credits()
        elif self._giving is None:
            self._giving = asyncio.get_running_loop().call_later(_CREDIT_PAUSE, self._give_credits)

    def _give_credits(self) -> None:
        if self._giving is not None:
            self._giving.cancel()
            self._giving = None
        if self._freed and not self._stopping:
            self._say(pb.StreamJobsRequest(add_credits=self._freed))
        self._freed = 0

    async def _give(self, message: JobMessage, answer: dict[str, Any]) -> None:
        response = await self._insist(**answer)
        thrown = answer.get("throw_job_escalation")
        if thrown is not None and response.WhichOneof("response") == "throw_job_escalation":
            if response.throw_job_escalation.interrupted:
                return
            response = await self._insist(
                complete_job=pb.CompleteJobRequest(**_lease(message), variables=thrown.variables)
            )
        if response.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]:
            # What the handler returned, or raised, is nothing that a job can have: its failure.
            _log.warning("job %s of type %r failed: %s", message.job_id, message.type, response.error.message)
            failure = self._failure(message, JobFailure(response.error.message))
            response = await self._insist(fail_job=failure)
        if response.WhichOneof("response") == "error":
            _log.warning("the answer to job %s was refused: %s", message.job_id, response.error.message)

    async def _insist(self, **call: Any) -> pb.StreamJobsResponse:
        """Calls until there is a result that another attempt would not change."""
        pause = _FIRST_PAUSE
        while True:
            response = await self._ask(**call)
            if response.error.code not in _PASSING:
                return response
            _log.warning("an answer has to be sent again: %s", response.error.message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _answer(self, message: JobMessage) -> dict[str, Any]:
        """Has a job done and returns what there is to say about it."""
        try:
            return await self._outcome(message)
        except InputError as error:  # the same variables would fail again: a person has to look
            return {"fail_job": self._failure(message, JobFailure(str(error), retries=0))}
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is an answer
            _log.warning("job %s of type %r failed", message.job_id, message.type, exc_info=error)
            return {"fail_job": self._failure(message, error)}

    async def _outcome(self, message: JobMessage) -> dict[str, Any]:
        job = Job(message.job_id, json_text.read(message.variables), dict(message.custom_headers), message)
        lease = _lease(message)
        try:
            result = await self._handler(job, self._threads)
        except BpmnError as error:
            request = pb.ThrowJobErrorRequest(**lease, error_code=error.code, error_message=_shown(error.message))
            request.variables = json_text.write_object(error.variables)
            return {"throw_job_error": request}
        except BpmnEscalation as escalation:
            thrown = pb.ThrowJobEscalationRequest(**lease, escalation_code=escalation.code)
            thrown.variables = json_text.write_object(escalation.variables)
            # Sent again without an id it would be thrown again.
            thrown.request_id = f"escalate-{secrets.token_urlsafe(16)}"
            return {"throw_job_escalation": thrown}
        return {"complete_job": pb.CompleteJobRequest(**lease, variables=json_text.write_object(result))}

    def _failure(self, message: JobMessage, error: Exception) -> pb.FailJobRequest:
        retries, backoff, text = message.retries - 1, self._handler.backoff_seconds, f"{type(error).__name__}: {error}"
        if isinstance(error, JobFailure):
            text = str(error)
            retries = retries if error.retries is None else error.retries
            backoff = backoff if error.backoff_seconds is None else error.backoff_seconds
        request = pb.FailJobRequest(**_lease(message), retries=max(0, retries), error_message=_shown(text))
        if backoff is not None:
            request.retry_backoff.FromMilliseconds(round(backoff * 1000))
        return request

    async def _keep_lease(self, message: JobMessage, work: asyncio.Task[None] | None) -> None:
        """Makes the lease longer while the job is done; a job that is no longer ours is given up."""
        seconds = self._handler.lease_seconds
        while True:
            await asyncio.sleep(seconds / 3)
            request = pb.ExtendJobLeaseRequest(**_lease(message))
            request.lease_duration.FromMilliseconds(round(seconds * 1000))
            response = await self._ask(extend_job_lease=request)
            if response.error.code in _LOST and work is not None:
                _log.warning("job %s is lost: %s", message.job_id, response.error.message)
                work.cancel()
                return

    async def _ask(self, **call: Any) -> pb.StreamJobsResponse:
        number = next(self._numbers)
        asked: asyncio.Future[pb.StreamJobsResponse] = asyncio.get_running_loop().create_future()
        self._asked[number] = asked
        self._say(pb.StreamJobsRequest(command_id=number, **call))
        return await asked


def _lease(message: JobMessage) -> dict[str, Any]:
    return {"job_id": message.job_id, "lease_token": message.lease_token}


def _shown(text: str) -> str:
    """A text that the contract takes: no lone surrogates, no NUL, not too long."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text[:_LONGEST_MESSAGE]
