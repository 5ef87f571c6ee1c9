"""Runs the processes of the betsy suite through the public contract and compares their traces.

The suite's script tokens are handled here, by a worker of the job type "script", as any worker would do it; the
product knows nothing of them. It takes one job at a time, so that work which an event takes away is never done. Time
is the runtime's clock, moved by hand.

Traces are multisets: order never counts, repetitions do. A deployment that is refused gives the trace
``ERROR_deployment``, but where the refusal only says that an element does not run in this release, nothing has been
shown: that is no pass.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from grpc import StatusCode
from grpc.aio import AioRpcError

from bpmgrpc.background.timers import Timers
from bpmgrpc.clock import ManualClock
from bpmgrpc.runtime import Runtime
from bpmgrpc.server.application import RuntimeApplication
from bpmgrpc.service.dispatch import Dispatcher
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.settings import Settings
from bpmgrpc.store import open_store
from bpmgrpc.v1 import admin_runtime_pb2, admin_runtime_pb2_grpc, job_runtime_pb2, job_runtime_pb2_grpc
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.conformance.readings import READINGS

ROUNDS = 200  # of looking for jobs and timers; a run that needs more does not end
NOT_YET = "does not run in this release"  # how a refusal speaks of an element that the engine does not know


@dataclass
class Run:
    """One run: the labels it logged and what else the suite asks about."""

    log: list[str] = field(default_factory=list)
    marker: bool = False
    data: Any = None
    started: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One expected run of one process."""

    id: str
    process: str
    group: str
    file: Path
    main: str
    starts: list[Mapping[str, Any]]
    wait_ms: int
    traces: list[list[str]]
    suspect: bool

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return self.file.read_bytes()


def cases(folder: Path) -> Iterator[Case]:
    """Reads the suite's cases."""
    found = json.loads((folder / "cases.json").read_text())
    for process in found["processes"]:
        for run in process["runs"]:
            yield Case(
                f"{process['id']}-{run['run']}",
                process["id"],
                process["group"],
                folder / process["file"],
                process["process"],
                run["start"],
                run["wait_ms"],
                run["acceptable_traces"],
                process["suspect"] is not None,
            )


class Bench:
    """A runtime with its contract in front of it and a clock that stands still."""

    def __init__(self, runtime: Runtime, clock: ManualClock) -> None:
        self.runtime = runtime
        self.clock = clock
        self.timers = Timers(runtime)
        channel = InProcessChannel(Dispatcher(RuntimeApplication(runtime, Settings()).services, default_chain()))
        self.processes = ProcessRuntimeStub(channel)
        self.jobs = job_runtime_pb2_grpc.JobRuntimeStub(channel)
        self.admin = admin_runtime_pb2_grpc.AdminRuntimeStub(channel)

    async def deploy(self, case: Case) -> str | None:
        """Deploys a case's file; returns why it is refused, or None."""
        return await self.deploy_file(case.file.name, case.content, case.id)

    async def deploy_file(self, name: str, content: bytes, app_name: str) -> str | None:
        """Deploys a file; returns why it is refused, or None."""
        file = pb.ResourceFile(name=name, content=content)
        try:
            await self.processes.DeployProcessDefinitions(
                pb.DeployProcessDefinitionsRequest(files=[file], app_name=app_name)
            )
        except AioRpcError as error:
            if error.code() is not StatusCode.INVALID_ARGUMENT:
                raise
            return error.details() or ""
        return None

    async def run(self, case: Case) -> list[str]:
        """Starts what a case starts, waits and returns the trace, sorted."""
        run = Run()
        main = ""
        for start in case.starts:
            try:
                answer = await self.processes.StartProcessInstance(
                    pb.StartProcessInstanceRequest(
                        process_name=start["process"], app_name=case.id, variables=json.dumps(start["variables"])
                    )
                )
            except AioRpcError as error:
                if error.code() is not StatusCode.FAILED_PRECONDITION:
                    raise
                run.log.append("ERROR_runtime")
                continue
            if start["process"] == case.main:
                main = answer.process_instance.process_instance_id
        await self._wait(run, case.wait_ms / 1000)
        await self._end(run, main, case)
        return sorted(run.log)

    async def _wait(self, run: Run, seconds: float) -> None:
        """Lets time pass from one timer to the next, as it would in a server, and does the work that it brings."""
        pause = await self._work(run)
        while seconds > 0:
            step = min(seconds, pause)
            self.clock.advance(step)
            seconds -= step
            pause = await self._work(run)

    async def _work(self, run: Run) -> float:
        """Does all work that there is; returns the seconds until the next timer is due."""
        for _ in range(ROUNDS):
            found = await self.jobs.ActivateJobs(
                job_runtime_pb2.ActivateJobsRequest(type="script", worker="suite", max_jobs=1)
            )
            for job in found.jobs:
                await self._serve(run, job)
            pause = await self.timers.step()
            if not found.jobs and pause > 0:
                return pause
        raise AssertionError("the run does not come to rest")

    async def _serve(self, run: Run, job: Any) -> None:
        token = job.custom_headers["script"].strip()
        variables = json.loads(job.variables)
        results: dict[str, Any] = {}
        lease = {"job_id": job.job_id, "lease_token": job.lease_token}
        match token:
            case "CREATE_LOG_FILE":
                pass
            case "CREATE_MARKER_FILE":
                run.marker = True
            case "SET_STRING_DATA":
                # The variable by its own name, and as the data output that the task declares.
                results.update({"data": "String", "Data Output": "String"})
            case "LOG_DATA":
                run.data = variables.get("data")
            case "INCREMENT_INTEGER_VARIABLE":
                results["integerVariable"] = variables["integerVariable"] + 1
            case "INCREMENT_INTEGER_VARIABLE_AND_LOG":
                results["integerVariable"] = variables["integerVariable"] + 1
                run.log.append("INCREMENT_correct")
            case "CREATE_TIMESTAMP_LOG_1" | "CREATE_TIMESTAMP_LOG_2":
                now = self.clock.now_us()
                run.started.append((now, now + 10_000_000))
            case "WAIT_TEN_SECONDS":
                self.clock.advance(10)
                await self.timers.step()
            case "THROW_ERROR":
                await self.jobs.ThrowJobError(job_runtime_pb2.ThrowJobErrorRequest(error_code="ERR_CODE", **lease))
                return
            case _:
                run.log.append(token)
        try:
            await self.jobs.CompleteJob(job_runtime_pb2.CompleteJobRequest(variables=json.dumps(results), **lease))
        except AioRpcError as error:
            if error.code() is not StatusCode.NOT_FOUND:
                raise  # a job that another branch took away in the meantime is no failure

    async def _end(self, run: Run, main: str, case: Case) -> None:
        wanted = {label for trace in case.traces for label in trace}
        if "MARKER_exists" in wanted and run.marker:
            run.log.append("MARKER_exists")
        if "DATA_correct" in wanted and run.data == "String":
            run.log.append("DATA_correct")
        if "EXECUTION_parallel" in wanted and len(run.started) == 2 and run.started[0] == run.started[1]:
            run.log.append("EXECUTION_parallel")
        incidents = await self.admin.ListIncidents(admin_runtime_pb2.ListIncidentsRequest())
        run.log += ["ERROR_runtime"] * len(incidents.incidents)
        if main:
            found = await self.processes.GetProcessInstance(pb.GetProcessInstanceRequest(process_instance_id=main))
            run.log += _ENDS.get(found.process_instance.state, ())


# What the suite calls the end of an instance of the main process. An escalation that nothing catches has no effect
# (BPMN 2.0.2, 10.5.7), so the suite's ERROR_thrownErrorEvent has a counterpart and ERROR_thrownEscalationEvent none.
_ENDS: Mapping[int, tuple[str, ...]] = {
    ProcessInstance.STATE_FAILED: ("ERROR_thrownErrorEvent",),
    ProcessInstance.STATE_CANCELED: ("ERROR_processAborted",),
}


class Outcome(Enum):
    """What became of a run."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused"  # an element of the model does not run in this release
    AS_WE_READ = "as read"  # of a suspect run: the trace that the standard asks for by our reading


@dataclass(frozen=True)
class Result:
    """One run, what became of it, and its trace or the refusal."""

    case: Case
    outcome: Outcome
    found: str


def judge(case: Case, refusal: str | None, trace: list[str] | None) -> Result:
    """Compares a run with what the suite expects, and a suspect one with our reading of the standard.

    Args:
        case: The run.
        refusal: Why the deployment was refused; None where it was not.
        trace: What was logged; None where nothing ran.
    """
    if refusal is not None and NOT_YET in refusal:
        return Result(case, Outcome.REFUSED, refusal)
    found = ["ERROR_deployment"] if trace is None else trace
    said = " ".join(found) or "nothing logged"
    said = said if refusal is None else f"{said}: {refusal}"
    if any(sorted(expected) == sorted(found) for expected in case.traces):
        return Result(case, Outcome.PASSED, said)
    if case.suspect and any(sorted(expected) == sorted(found) for expected in READINGS[case.process].traces):
        return Result(case, Outcome.AS_WE_READ, said)
    return Result(case, Outcome.FAILED, said)


async def run_case(case: Case, url: str) -> Result:
    """Runs a case on a fresh database."""
    async with bench(url) as runtime:
        refusal = await runtime.deploy(case)
        return judge(case, refusal, None if refusal is not None else await runtime.run(case))


@asynccontextmanager
async def bench(url: str, clock: ManualClock | None = None) -> AsyncIterator[Bench]:
    """Opens a runtime on a database, fresh or left by another one, with its own clock unless one is given."""
    store = open_store(url, synchronous="NORMAL")  # nothing here is about the loss of power
    store.migrate()
    clock = clock or ManualClock()
    runtime = Runtime(store, clock=clock)
    try:
        yield Bench(runtime, clock)
    finally:
        runtime.close()
