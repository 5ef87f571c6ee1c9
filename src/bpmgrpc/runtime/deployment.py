"""Deployment: BPMN files become versions of processes.

Rule of this file: all files or none, and all findings at once. What the latest version of a process has already,
same file and same tag, is not deployed again. Only the latest version's timer start events are live.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bpmgrpc.bpmn.model import Finding, Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.validation import validate_graph
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.gathering import wanted
from bpmgrpc.engine.process_start import event_starts
from bpmgrpc.engine.program import compile_process
from bpmgrpc.engine.schedule import ScheduleError
from bpmgrpc.engine.start_timers import start_timers
from bpmgrpc.errors import BpmError, FieldViolation, InvalidArgument
from bpmgrpc.ids import new_id
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retention import keep_as_modeled, read_time_to_live
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.interface import DefinitionRow, EventStartRow, StartTimerRow
from bpmgrpc.values import MAX_NAME_LENGTH

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.bpmn.model import ProcessGraph
    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.expressions import JavaScript
    from bpmgrpc.engine.program import Program
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.runtime.wakeups import Wakeups
    from bpmgrpc.store.interface import Session

DEFAULT_APP_NAME: Final = "default"


@dataclass(frozen=True, slots=True)
class ResourceFile:
    """A file to deploy."""

    name: str
    content: bytes


@dataclass(slots=True)
class CheckedFile:
    """A file with the verdict on each of its elements, and its processes that run."""

    file: ResourceFile
    programs: list[Program] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def refusals(self) -> list[Finding]:
        """The findings for which the deployment is refused."""
        return [finding for finding in self.findings if finding.verdict is Verdict.REFUSED]


class DeploymentRefused(InvalidArgument):
    """Files that cannot run, with the verdict on every element of all of them."""

    def __init__(self, message: str, files: Sequence[CheckedFile], violations: Sequence[FieldViolation]) -> None:
        super().__init__(message, reason="DEPLOYMENT_REFUSED", violations=violations)
        self.files = files


def check_files(files: Sequence[ResourceFile], javascript: JavaScript | None = None) -> list[CheckedFile]:
    """Reads and judges files, without deploying anything.

    Args:
        files: The files.
        javascript: What runs scripts in JavaScript; None where they are left to workers.

    Raises:
        DeploymentRefused: A file is not well-formed or not safe XML, so that there is nothing to judge.
    """
    checked: list[CheckedFile] = []
    broken: list[FieldViolation] = []
    for index, file in enumerate(files):
        entry = CheckedFile(file)
        checked.append(entry)
        try:
            parsed = parse_file(file.name, file.content)
        except BpmError as error:
            broken.append(FieldViolation(f"files[{index}].content", error.message))
            continue
        entry.findings.extend(parsed.findings)
        for graph in parsed.processes:
            _check_process(graph, entry, javascript)
        if not any(graph.is_executable for graph in parsed.processes):
            entry.findings.append(
                Finding(Verdict.REFUSED, "definitions", "", "", f"file {file.name!r} holds no executable process")
            )
    if broken:
        raise DeploymentRefused(broken[0].description, checked, broken)
    _refuse_doubled(checked)
    return checked


def _check_process(graph: ProcessGraph, entry: CheckedFile, javascript: JavaScript | None) -> None:
    if not graph.is_executable:
        entry.findings.append(
            Finding(
                Verdict.IGNORED,
                "process",
                graph.process_id,
                graph.process_id,
                "isExecutable is false: it is not deployed",
                graph.position,
            )
        )
        return
    structure = [*validate_graph(graph), *_named_too_long(graph), *_kept_how_long(graph)]
    entry.findings.extend(structure)
    refused = {finding.element_id for finding in structure if finding.verdict is Verdict.REFUSED}
    # Compiled also where the structure is refused already, so that its author sees every finding at once.
    compilation = compile_process(graph, ELEMENTS, javascript=javascript)
    entry.findings.extend(
        finding
        for finding in compilation.findings
        if finding.verdict is Verdict.REFUSED or finding.element_id not in refused
    )
    if compilation.program is not None and not refused:
        entry.programs.append(compilation.program)


def _named_too_long(graph: ProcessGraph) -> list[Finding]:
    length = len(graph.process_id)
    if length <= MAX_NAME_LENGTH:
        return []
    reason = f"the process id has {length} characters, at most {MAX_NAME_LENGTH} are allowed"
    return [Finding(Verdict.REFUSED, "process", graph.process_id[:MAX_NAME_LENGTH], "", reason, graph.position)]


def _kept_how_long(graph: ProcessGraph) -> list[Finding]:
    text = graph.history_time_to_live
    try:
        read_time_to_live(text)
    except ScheduleError as error:
        reason = f"historyTimeToLive: {error}"
        position = graph.position if text is None else text.position
        return [Finding(Verdict.REFUSED, "process", graph.process_id, graph.process_id, reason, position)]
    return []


def _refuse_doubled(checked: Sequence[CheckedFile]) -> None:
    seen: dict[str, str] = {}
    for entry in checked:
        for program in entry.programs:
            name = program.process_id
            if name in seen:
                reason = f"process {name!r} is in file {seen[name]!r} too: one deployment holds one of each"
                entry.findings.append(Finding(Verdict.REFUSED, "process", name, name, reason, program.graph.position))
            seen[name] = entry.file.name


def require_deployable(checked: Sequence[CheckedFile]) -> None:
    """Raises DeploymentRefused where an element of a file cannot run."""
    violations = [
        FieldViolation(f"files[{index}].content", describe(entry.file.name, finding))
        for index, entry in enumerate(checked)
        for finding in entry.refusals
    ]
    if violations:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        raise DeploymentRefused(f"{violations[0].description}{more}", checked, violations)


def describe(file_name: str, finding: Finding) -> str:
    """Returns a finding as one sentence with its place: "file.bpmn:12:5: userTask 'a': …"."""
    place = f":{finding.position.line}:{finding.position.column}" if finding.position.line else ""
    element = f"{finding.element_type} {finding.element_id!r}" if finding.element_id else finding.element_type
    return f"{file_name}{place}: {element}: {finding.reason}"


class Deployments:
    """Deploys files.

    Args:
        executor: Where commands meet the database.
        clock: The time.
        wakeups: Tells of new timers.
    """

    def __init__(self, executor: Executor, clock: Clock, wakeups: Wakeups) -> None:
        self._executor = executor
        self._clock = clock
        self._wakeups = wakeups

    async def deploy(
        self,
        checked: Sequence[CheckedFile],
        *,
        app_name: str,
        version_tag: str,
        deadline: float,
        request: Idempotency | None = None,
        reply: Callable[[list[DefinitionRow]], Message] | None = None,
    ) -> Outcome[list[DefinitionRow]]:
        """Deploys files that were checked.

        Args:
            checked: The files with their verdicts.
            app_name: Application that they belong to.
            version_tag: Tag of the new versions; where empty, the tag in the file.
            deadline: When the caller stops waiting (``time.monotonic``).
            request: The request id, where there is one.
            reply: Makes the answer that is stored with it.

        Returns:
            The versions that the files stand for now, in their order.

        Raises:
            DeploymentRefused: An element cannot run.
        """
        require_deployable(checked)

        def work(session: Session) -> Outcome[list[DefinitionRow]]:
            if request is not None:
                replay = session.find_answer(request.key)
                if replay is not None:
                    return Outcome(replay=request.replay(replay))
            with session.transaction():
                found = [(program, entry.file) for entry in checked for program in entry.programs]
                # In the order of names: deployments of the same processes wait for each other, and never in a circle.
                by_name = {
                    program.process_id: self._deploy(session, file, program, app_name, version_tag)
                    for program, file in sorted(found, key=lambda one: one[0].process_id)
                }
                rows = [by_name[program.process_id] for program, _ in found]
                if request is not None and reply is not None:
                    session.insert_answer(request.answer(reply(rows)), self._clock.now_us())
            return Outcome(rows)

        outcome = await retried(self._executor, work, deadline)
        self._wakeups.timers.set()
        return outcome

    def _deploy(
        self, session: Session, file: ResourceFile, program: Program, app_name: str, version_tag: str
    ) -> DefinitionRow:
        tag = version_tag or program.graph.version_tag
        digest = hashlib.sha256(file.content).hexdigest()
        latest = session.latest_definition(app_name, program.process_id)
        if latest is not None and not latest.deleted and latest.resource_hash == digest and latest.version_tag == tag:
            return latest
        now_us = self._clock.now_us()
        row = DefinitionRow(
            id=new_id(now_us),
            app_name=app_name,
            process_name=program.process_id,
            display_name=program.graph.name,
            version=latest.version + 1 if latest is not None else 1,
            version_tag=tag,
            resource_name=file.name,
            resource_hash=session.insert_resource(file.content),
            create_us=now_us,
        )
        session.insert_definition(row)
        keep_as_modeled(session, program, app_name)
        try:
            due = start_timers(program, now_us)
        except ScheduleError as error:
            place = f"{file.name}: process {program.process_id!r}: {error}"
            raise InvalidArgument(place, violations=[FieldViolation("files", place)]) from error
        timers = [
            StartTimerRow(row.id, element_id, first.due_us, first.cycle, first.remaining) for element_id, first in due
        ]
        session.replace_start_timers(app_name, program.process_id, timers)
        starts = [
            EventStartRow(
                row.id, start.element_id, start.kind.value, start.name, app_name, start.part, start.gateway_id
            )
            for start in event_starts(program)
        ]
        starts += [
            EventStartRow(row.id, plan.key_id, "CORRELATED", name, app_name)
            for name, plan in program.correlations.items()
        ]
        session.replace_event_starts(app_name, program.process_id, starts)
        gathered = {(node.id, kind.value, name) for node in program.process_starts for kind, name in wanted(node)}
        session.keep_gathered_events(app_name, program.process_id, gathered)
        return row
