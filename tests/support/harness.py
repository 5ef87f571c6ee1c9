"""A harness for engine scenarios: loads BPMN, submits commands, moves its own clock.

Rule of this file: a scenario is written once and runs three times. ``straight`` keeps the rows in memory and hands all
of them to the engine (``MemoryRows``); ``reload`` writes them to a real SQLite store after each command and hands the
engine only what the store loads (``store_rows.StoreRows``), so that what was not written shows; ``asked`` hands it
nothing that it did not ask for (``AskedRows``), so that what the engine forgot to ask for shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from xml.sax.saxutils import quoteattr

from bpmgrpc import values
from bpmgrpc.bpmn.model import Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.clock import ManualClock
from bpmgrpc.engine import commands
from bpmgrpc.engine.advance import advance
from bpmgrpc.engine.changes import Changes, ThrownMessage, ThrownSignal
from bpmgrpc.engine.correlation import conversation_of
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.events import Event
from bpmgrpc.engine.execution import DEFAULT_LIMITS, Limits
from bpmgrpc.engine.expressions import JavaScript
from bpmgrpc.engine.operations.findings import OperationRefused
from bpmgrpc.engine.operations.plan import Plan, plan_of
from bpmgrpc.engine.operations.suspension import HELD_US
from bpmgrpc.engine.program import Program, compile_process
from bpmgrpc.engine.state import (
    OPEN_USER_TASK_STATES,
    ROOT_SCOPE,
    CalledProcess,
    Candidates,
    ElementRow,
    ElementState,
    IncidentRow,
    InstanceRow,
    InstanceState,
    JobRow,
    Membership,
    Need,
    Pool,
    Root,
    Snapshot,
    SubscriptionKind,
    SubscriptionRow,
    TimerRow,
    UserTaskRow,
    UserTaskState,
    Work,
    copy_row,
)
from bpmgrpc.store.targets import TARGETS

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Target

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:bpmgrpc="https://bpmgrpc.dev/schema/1.0" targetNamespace="t">'
)


def flows(*pairs: str) -> str:
    """Sequence flows from texts such as "a -> b", "a -> b: x > 1" (with a condition) or "f1| a -> b" (with an id)."""
    parts = []
    for number, text in enumerate(pairs, 1):
        name, _, rest = text.rpartition("| ")
        ends, _, condition = rest.partition(": ")
        source, target = (end.strip() for end in ends.split("->"))
        inner = f"<conditionExpression><![CDATA[{condition}]]></conditionExpression>" if condition else ""
        flow_id = name or f"flow{number}_{source}_{target}"
        parts.append(f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>')
    return "".join(parts)


def extensions(*, inputs: Iterable[str] = (), outputs: Iterable[str] = ()) -> str:
    """Input and output mappings from texts such as "a + 1 -> b.c" or "a -> b: a > 3" (with a condition)."""
    parts = []
    for kind, mappings in (("input", inputs), ("output", outputs)):
        for text in mappings:
            source, _, rest = text.partition(" -> ")
            target, _, condition = rest.partition(": ")
            only = f" condition={quoteattr(condition)}" if condition else ""
            parts.append(f"<bpmgrpc:{kind} source={quoteattr(source)} target={quoteattr(target)}{only}/>")
    return f"<extensionElements>{''.join(parts)}</extensionElements>"


def timer(kind: str, text: str) -> str:
    """A timer event definition, for example ``timer("timeDuration", "PT5M")``."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def boundary(name: str, host: str, definition: str, *, interrupts: bool = True) -> str:
    """A boundary event."""
    cancels = "true" if interrupts else "false"
    return f'<boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{cancels}">{definition}</boundaryEvent>'


def error(code: str = "") -> str:
    """An error event definition; without a code it catches every error."""
    return f'<errorEventDefinition errorRef="{code}"/>' if code else "<errorEventDefinition/>"


def event(kind: str, name: str = "", *, part: str = "") -> str:
    """An event definition: a signal, message, escalation or link by its name, or a condition by its text.

    Signals, messages and escalations are declared by ``declared``; without a name an escalation is any.
    """
    if kind == "conditional":
        return f"<conditionalEventDefinition><condition><![CDATA[{name}]]></condition></conditionalEventDefinition>"
    if kind == "link":
        return f'<linkEventDefinition name="{name}"/>'
    reference = f' {kind}Ref="{name}_{kind}"' if name else ""
    return f"<{kind}EventDefinition{reference}>{part}</{kind}EventDefinition>"


def declared(*names: str, correlation: str = "") -> str:
    """Declares a signal, a message and an escalation of each name, for ``bpmn(extra=...)``.

    Args:
        names: Their names.
        correlation: Expression of the messages' correlation key.
    """
    key = f'<extensionElements><zeebe:subscription correlationKey="{correlation}"/></extensionElements>'
    return "".join(
        f'<signal id="{name}_signal" name="{name}"/>'
        f'<message id="{name}_message" name="{name}">{key if correlation else ""}</message>'
        f'<escalation id="{name}_escalation" escalationCode="{name}"/>'
        for name in names
    )


def catch_event(name: str, definition: str, attributes: str = "") -> str:
    """An intermediate catch event."""
    return f'<intermediateCatchEvent id="{name}"{attributes}>{definition}</intermediateCatchEvent>'


def throw_event(name: str, definition: str) -> str:
    """An intermediate throw event."""
    return f'<intermediateThrowEvent id="{name}">{definition}</intermediateThrowEvent>'


def event_sub_process(name: str, definition: str, body: str = "", *, interrupts: bool = True) -> str:
    """An event sub-process; its start event is "<name>_start", which leads to the user task "<name>_task"."""
    says = "true" if interrupts else "false"
    return (
        f'<subProcess id="{name}" triggeredByEvent="true">'
        f'<startEvent id="{name}_start" isInterrupting="{says}">{definition}</startEvent>'
        f'<userTask id="{name}_task"/>{body}{flows(f"{name}_start -> {name}_task")}</subProcess>'
    )


def bpmn(body: str, *, process: str = "p", extra: str = "") -> bytes:
    """A BPMN file with one process."""
    return f'{HEAD}{extra}<process id="{process}" isExecutable="true">{body}</process></definitions>'.encode()


class Rows(Protocol):
    """Where a harness keeps the rows between two commands."""

    def load(self, root_id: str, seq: int, kind: Target) -> Snapshot | None:
        """Gives what a command on one row is given first; None where the row is not there."""

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        """Gives what the engine asked for."""

    def write(self, changes: Changes) -> None:
        """Keeps what a command changed."""

    def root(self, root_id: str) -> Root:
        """The root row."""

    def user_tasks(self, root_id: str) -> list[UserTaskRow]:
        """All user tasks, in order."""

    def jobs(self, root_id: str) -> list[JobRow]:
        """All jobs, in order."""

    def timers(self, root_id: str) -> list[TimerRow]:
        """All timers, in order."""

    def subscriptions(self, root_id: str) -> list[SubscriptionRow]:
        """All subscriptions, in order."""

    def incidents(self, root_id: str) -> list[IncidentRow]:
        """All incidents, in order."""

    def elements(self, root_id: str) -> list[ElementRow]:
        """All element rows, in order."""

    def instances(self, root_id: str) -> list[InstanceRow]:
        """All called instances, in order."""

    def variables(self, root_id: str) -> dict[tuple[int, str], str]:
        """All variables, by scope and name."""

    def excluded(self, root_id: str, seq: int) -> frozenset[str]:
        """Who may not do a user task."""

    def lease(self, root_id: str, seq: int, token: str, until_us: int) -> None:
        """Leases a job, as ActivateJobs does."""


class MemoryRows:
    """Keeps the rows of one root instance in memory and hands out all of them."""

    def __init__(self) -> None:
        self._root: Root | None = None
        self._elements: dict[int, ElementRow] = {}
        self._variables: dict[tuple[int, str], str] = {}
        self._tasks: dict[int, UserTaskRow] = {}
        self._jobs: dict[int, JobRow] = {}
        self._timers: dict[int, TimerRow] = {}
        self._subscriptions: dict[int, SubscriptionRow] = {}
        self._incidents: dict[int, IncidentRow] = {}
        self._instances: dict[int, InstanceRow] = {}
        self._excluded: set[tuple[int, str]] = set()  # user tasks, and who may not do them

    def load(self, root_id: str, seq: int, kind: Target) -> Snapshot | None:
        targets: dict[str, Mapping[int, object]] = {
            "user_task": self._tasks,
            "job": self._jobs,
            "timer": self._timers,
            "incident": self._incidents,
            "subscription": self._subscriptions,
        }
        if kind in targets and seq not in targets[kind]:
            return None
        scopes = {ROOT_SCOPE, *self._elements}
        scopes |= {row.data["store"] for row in self._elements.values() if "store" in row.data}
        scopes |= {conversation_of(instance) for instance in (ROOT_SCOPE, *self._elements)}
        incident = self._incidents.get(seq) if kind == "incident" else None
        return Snapshot(
            root=self.root(root_id),
            elements=dict(self._elements),
            variables=dict(self._variables),
            names_known=scopes,
            values_known=set(scopes),
            children_known=set(scopes),
            ready_known=True,
            user_task=self._tasks.get(seq) if kind == "user_task" else None,
            job=self._jobs.get(incident.element_seq if incident else seq),
            timer=self._timers.get(seq) if kind == "timer" else None,
            incident=incident,
            subscription=self._subscriptions.get(seq) if kind == "subscription" else None,
            subscriptions=dict(self._subscriptions),
            subscriptions_known=True,
            work=self._work(),
        )

    def _work(self) -> Work:
        """All that waits."""
        return Work(
            tuple(self.timers("")),
            tuple(self.jobs("")),
            tuple(task for task in self.user_tasks("") if task.end_us is None),
            tuple(incident for incident in self.incidents("") if incident.open),
        )

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        news = need.elements.difference(self._elements, snapshot.absent)
        if need.excluded:
            snapshot.excluded = self.excluded(root_id, need.excluded)
            return
        assert news or need.work, f"everything was given, and still the engine needs {need}"
        snapshot.absent |= news

    def write(self, changes: Changes) -> None:
        before = self._root.version if self._root else 0
        assert changes.root.version == before + 1
        assert changes.created == (self._root is None)
        self._root = copy_row(changes.root)
        for element in changes.put_elements:
            self._elements[element.seq] = element
        for seq in changes.delete_elements:
            del self._elements[seq]
        for scope in changes.delete_variable_scopes:
            self._variables = {key: text for key, text in self._variables.items() if key[0] != scope}
        for scope, name, text in changes.put_variables:
            self._variables[scope, name] = text
        for task in changes.new_user_tasks:
            assert task.seq not in self._tasks
            self._tasks[task.seq] = task
        for task, version in changes.put_user_tasks:
            assert version is None or self._tasks[task.seq].version == version
            self._tasks[task.seq] = task
        for seq in changes.cancel_user_tasks:
            task = self._tasks[seq]
            if task.end_us is None:
                self._tasks[seq] = copy_row(
                    task, state=UserTaskState.CANCELED, end_us=changes.now_us, version=task.version + 1
                )
        self._exclude(changes)
        if changes.expected_lease is not None:
            seq, token = changes.expected_lease
            assert self._jobs[seq].lease_token == token
        for job in (*changes.new_jobs, *changes.put_jobs):
            self._jobs[job.seq] = job
        for seq in changes.delete_jobs:
            self._jobs.pop(seq, None)
        for seq in changes.delete_timers:
            self._timers.pop(seq, None)
        gone = set(changes.delete_timers_of)
        inside = set(changes.delete_timers_inside)
        self._timers = {
            seq: timer
            for seq, timer in self._timers.items()
            if timer.element_seq not in gone and not (timer.inside and timer.element_seq in inside)
        }
        gone = set(changes.delete_subscriptions_of)
        inside = set(changes.delete_subscriptions_inside)
        self._subscriptions = {
            seq: one
            for seq, one in self._subscriptions.items()
            if seq not in changes.delete_subscriptions
            and one.element_seq not in gone
            and not (one.inside and one.element_seq in inside)
        }
        for one in changes.put_subscriptions:
            self._subscriptions[one.seq] = one
        for timer in changes.new_timers:
            self._timers[timer.seq] = timer
        for seq, incident in self._incidents.items():
            if incident.open and incident.element_seq in changes.resolve_incidents_of:
                self._incidents[seq] = copy_row(incident, open=False, resolve_us=changes.now_us)
        for incident in changes.new_incidents:
            self._incidents[incident.seq] = incident
        for instance in changes.new_instances:
            self._instances[instance.seq] = instance
        self._write_operation(changes)
        for instance in changes.end_instances:
            old = self._instances[instance.seq]
            self._instances[instance.seq] = InstanceRow(
                old.seq,
                old.definition_id,
                old.parent_scope,
                old.business_key,
                old.create_us,
                instance.state,
                instance.end_us,
                instance.end_reason,
            )

    def _write_operation(self, changes: Changes) -> None:
        for task in self.user_tasks("") if changes.hold else ():
            if task.end_us is None:
                self._tasks[task.seq] = copy_row(task, version=task.version + 1)
        if changes.hold is not None:
            sign = 1 if changes.hold else -1
            for job in self.jobs(""):
                if job.retries * sign > 0:
                    self._jobs[job.seq] = copy_row(job, retries=-job.retries)
            for timer in self.timers(""):
                if (timer.due_us < HELD_US) == changes.hold:
                    self._timers[timer.seq] = copy_row(timer, due_us=timer.due_us + sign * HELD_US)
        for moved in changes.moved:
            if moved.kind == "process_instance":
                if moved.seq == ROOT_SCOPE:
                    continue  # written already
                self._instances[moved.seq] = replace(self._instances[moved.seq], definition_id=moved.definition_id)
                continue
            table: Any = {
                "timer": self._timers,
                "job": self._jobs,
                "user_task": self._tasks,
                "incident": self._incidents,
            }[moved.kind]
            changed: dict[str, Any] = {"element_id": moved.element_id}
            if moved.kind != "timer":
                changed["definition_id"] = moved.definition_id
            if moved.kind == "user_task":
                changed["version"] = self._tasks[moved.seq].version + 1
            table[moved.seq] = copy_row(table[moved.seq], **changed)

    def _exclude(self, changes: Changes) -> None:
        for restriction in changes.restrictions:
            self._excluded |= {(restriction.seq, user) for user in restriction.users}
            self._excluded |= {
                (restriction.seq, task.assignee)
                for task in self._tasks.values()
                if task.element_id in restriction.completers_of
                and task.instance == restriction.instance
                and task.state is UserTaskState.COMPLETED
            }
        for completer in changes.completers:
            self._excluded |= {
                (task.seq, completer.user)
                for task in self._tasks.values()
                if task.element_id in completer.elements and task.instance == completer.instance and not task.end_us
            }
        self._excluded = {one for one in self._excluded if one[0] not in changes.lift_restrictions}

    def excluded(self, root_id: str, seq: int) -> frozenset[str]:
        """Who may not do a user task."""
        return frozenset(user for task, user in self._excluded if task == seq)

    def root(self, root_id: str) -> Root:
        assert self._root is not None
        return self._root

    def user_tasks(self, root_id: str) -> list[UserTaskRow]:
        return [self._tasks[seq] for seq in sorted(self._tasks)]

    def jobs(self, root_id: str) -> list[JobRow]:
        return [self._jobs[seq] for seq in sorted(self._jobs)]

    def timers(self, root_id: str) -> list[TimerRow]:
        return [self._timers[seq] for seq in sorted(self._timers)]

    def subscriptions(self, root_id: str) -> list[SubscriptionRow]:
        return [self._subscriptions[seq] for seq in sorted(self._subscriptions)]

    def incidents(self, root_id: str) -> list[IncidentRow]:
        return [self._incidents[seq] for seq in sorted(self._incidents)]

    def elements(self, root_id: str) -> list[ElementRow]:
        return [self._elements[seq] for seq in sorted(self._elements)]

    def instances(self, root_id: str) -> list[InstanceRow]:
        return [self._instances[seq] for seq in sorted(self._instances)]

    def variables(self, root_id: str) -> dict[tuple[int, str], str]:
        return dict(self._variables)

    def lease(self, root_id: str, seq: int, token: str, until_us: int) -> None:
        self._jobs[seq] = copy_row(self._jobs[seq], lease_token=token, leased=True, available_us=until_us, worker="w")


def check(rows: Rows, root_id: str) -> None:
    """Checks what has to be true of an instance's rows after every command, whatever the model.

    Tokens are counted rightly in every scope; nothing hangs on an element instance that is gone; and nothing but the
    root's own variables and ended user tasks outlives the instance.
    """
    root = rows.root(root_id)
    elements = {row.seq: row for row in rows.elements(root_id)}
    tokens: dict[int, int] = dict.fromkeys((ROOT_SCOPE, *elements), 0)
    kept = {row.data["store"] for row in elements.values() if "store" in row.data}  # what loops keep
    for row in elements.values():
        if row.state is not ElementState.DONE:
            tokens[row.scope] += sum(row.data["tokens"].values()) if "tokens" in row.data else 1
    assert root.active == tokens[ROOT_SCOPE], f"{root.active} tokens are counted, {tokens[ROOT_SCOPE]} are there"
    for row in elements.values():
        assert row.active == tokens[row.seq], (
            f"{row.element_id!r} counts {row.active} tokens, {tokens[row.seq]} are there"
        )
    found = [row.seq for row in elements.values() if row.state is ElementState.INCIDENT]
    opened = [incident for incident in rows.incidents(root_id) if incident.open]
    assert sorted(incident.element_seq for incident in opened) == found
    assert sorted(incident.seq for incident in opened) == sorted(elements[seq].data["incident"] for seq in found)
    assert root.open_incidents == len(found)
    ready = any(row.state is ElementState.READY for row in elements.values())
    # Something that occurs between two slices may cancel them all; the next Continue finds none then.
    assert root.ready or not ready, "elements are READY, and the root does not say so"
    assert root.ready or root.steps == 0
    listening: tuple[TimerRow | SubscriptionRow, ...] = (*rows.timers(root_id), *rows.subscriptions(root_id))
    assert {one.element_seq for one in listening if not one.inside} <= elements.keys()
    scopes = {*elements, ROOT_SCOPE} if elements else set()
    assert {one.element_seq for one in listening if one.inside} <= scopes
    assert {job.seq for job in rows.jobs(root_id)} <= elements.keys()
    assert {task.seq for task in rows.user_tasks(root_id) if task.state in OPEN_USER_TASK_STATES} <= elements.keys()
    assert all((task.end_us is None) == (task.state in OPEN_USER_TASK_STATES) for task in rows.user_tasks(root_id))
    called = {seq for seq, row in elements.items() if "definition" in row.data}
    conversations = {conversation_of(instance) for instance in (ROOT_SCOPE, *called)}
    owners = {seq for seq, row in elements.items() if "local" in row.data or "definition" in row.data}
    assert {scope for scope, _ in rows.variables(root_id)} <= {ROOT_SCOPE, *owners, *kept, *conversations}
    assert {row.seq for row in rows.instances(root_id) if row.state is InstanceState.ACTIVE} == called
    lives = root.state in (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    assert bool(elements) == lives
    assert (root.end_us is None) == lives
    held = root.state is InstanceState.SUSPENDED
    assert all((timer.due_us >= HELD_US) == held for timer in rows.timers(root_id))
    assert not any(job.retries < 0 for job in rows.jobs(root_id)) or held
    assert not any(job.retries > 0 for job in rows.jobs(root_id)) or not held
    kinds = {one.kind for one in rows.subscriptions(root_id)}
    assert (SubscriptionKind.MESSAGE if held else SubscriptionKind.HELD_MESSAGE) not in kinds


class AskedRows(MemoryRows):
    """Gives the engine the root, the row that a command is about and the tokens at joins of the scopes around that; the
    rest only when it asks.

    That is less than any store gives; a step that would go wrong on rows that are missing shows here.
    """

    def load(self, root_id: str, seq: int, kind: Target) -> Snapshot | None:
        everything = super().load(root_id, seq, kind)
        if everything is None:
            return None
        target = TARGETS[kind]
        about = getattr(everything, kind) if target.model is not None and kind != "element" else None
        at: int = seq if kind == "element" else getattr(about, target.element_column, ROOT_SCOPE)
        scopes = {ROOT_SCOPE, at} if target.may_be_scope else {ROOT_SCOPE}
        while at in self._elements:
            at = self._elements[at].scope
            scopes.add(at)
        return Snapshot(
            root=everything.root,
            elements={
                row.seq: row
                for row in everything.elements.values()
                if row.state is ElementState.JOIN and row.scope in scopes
            },
            user_task=everything.user_task,
            job=everything.job if kind == "job" else None,
            timer=everything.timer,
            incident=everything.incident,
            subscription=everything.subscription,
        )

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        if need.excluded:
            snapshot.excluded = self.excluded(root_id, need.excluded)
        snapshot.elements.update((seq, self._elements[seq]) for seq in need.elements & self._elements.keys())
        snapshot.absent |= need.elements - self._elements.keys()
        inside = set(need.children)
        for row in self.elements(root_id):  # what is inside has a higher number than its scope
            if row.scope in inside:
                snapshot.elements[row.seq] = row
                inside.add(row.seq)
        snapshot.children_known |= inside
        for key in need.variables:
            snapshot.variables[key] = self._variables.get(key)
        for scope in need.all_variables:
            snapshot.variables.update({key: text for key, text in self._variables.items() if key[0] == scope})
            snapshot.names_known.add(scope)
            snapshot.values_known.add(scope)
        if need.job:
            snapshot.job = self._jobs[need.job]
        if need.subscriptions:
            snapshot.subscriptions = dict(self._subscriptions)
            snapshot.subscriptions_known = True
        if need.work:
            snapshot.work = self._work()
        if need.ready:
            snapshot.elements.update((s, row) for s, row in self._elements.items() if row.state is ElementState.READY)
            snapshot.ready_known = True


class Harness:
    """One root instance of a process and a clock.

    Args:
        files: BPMN files; the first process is the one that ``start`` starts.
        rows: Where the rows are kept.
        memberships: What the directory says, by user.
        limits: How far one run may go.
        javascript: What runs scripts in JavaScript; without it they are jobs.
    """

    root_id = "0" * 19 + "1"

    def __init__(
        self,
        files: Iterable[bytes],
        rows: Rows,
        *,
        memberships: Mapping[str, Membership] | None = None,
        limits: Limits = DEFAULT_LIMITS,
        javascript: JavaScript | None = None,
    ) -> None:
        self.rows = rows
        self.clock = ManualClock()
        self.limits = limits
        self.events: list[Event] = []
        self.signals: list[ThrownSignal] = []
        self.messages: list[ThrownMessage] = []
        self.fields: list[tuple[int, str, str]] = []
        self.memberships = dict(memberships or {})
        self.pools: dict[Candidates, Pool] = {}
        self.programs: dict[str, Program] = {}
        for number, content in enumerate(files):
            parsed = parse_file(f"file{number}.bpmn", content)
            broken = [finding for finding in parsed.findings if finding.verdict is Verdict.REFUSED]
            assert not broken, broken
            for graph in parsed.processes:
                compilation = compile_process(
                    graph, ELEMENTS, definition_id=f"d-{graph.process_id}", app_name="app", javascript=javascript
                )
                refused = [finding for finding in compilation.findings if finding.verdict is Verdict.REFUSED]
                assert compilation.program is not None, refused
                self.programs[compilation.program.definition_id] = compilation.program
        self.first = next(iter(self.programs))

    # -- commands ----------------------------------------------------------------------------------------------

    def submit(self, command: commands.Command, seq: int = 0, kind: Target = "root") -> Changes | None:
        """Submits a command, loading what the engine asks for, and keeps what it changed."""
        _, changes = self._decide(command, seq, kind)
        if changes is not None:
            self._keep(changes)
        return changes

    def _keep(self, changes: Changes) -> None:
        self.rows.write(changes)
        self.events += changes.events
        self.signals += changes.signals
        self.messages += changes.messages
        for candidates, user in changes.turns:
            self.pools[candidates] = replace(self.pools[candidates], last=user)
        self.fields += changes.put_fields
        check(self.rows, self.root_id)

    def _decide(
        self, command: commands.Command, seq: int, kind: Target, *, explain: bool = False
    ) -> tuple[Snapshot, Changes | None]:
        starts = isinstance(command, commands.StartInstance)
        snapshot = Snapshot() if starts else self.rows.load(self.root_id, seq, kind)
        if snapshot is None:
            raise LookupError(f"there is no {kind} {seq}")
        if explain:
            self._answer(snapshot, Need(children=frozenset((ROOT_SCOPE,)), work=True, subscriptions=True))
        for _ in range(1_000):
            try:
                changes = advance(
                    self.programs.__getitem__, snapshot, command, self.clock.now_us(), limits=self.limits, actor="t"
                )
                break
            except Need as need:
                self._answer(snapshot, need)
        else:
            raise AssertionError("the engine does not stop to ask")
        return snapshot, changes

    def plan(self, command: commands.Command) -> Plan:
        """What an operation would do: its dry run."""
        try:
            snapshot, changes = self._decide(command, 0, "root", explain=True)
        except OperationRefused as refused:
            return Plan(self.root.state, findings=refused.findings)
        assert changes is not None
        return plan_of(snapshot, changes)

    def operate(self, command: commands.Command) -> Plan:
        """Does an operation and returns the plan of what it did."""
        try:
            snapshot, changes = self._decide(command, 0, "root", explain=True)
        except OperationRefused as refused:
            return Plan(self.root.state, findings=refused.findings)
        assert changes is not None
        self._keep(changes)
        return plan_of(snapshot, changes)

    def _answer(self, snapshot: Snapshot, need: Need) -> None:
        if need.called is not None:
            snapshot.called[need.called] = self._deployed(need.called)
        elif need.membership is not None:
            user, party = need.membership
            snapshot.membership = self.memberships.get(user, Membership(user))
            if party and any(party in one.work_parties for one in self.memberships.values()):
                known = snapshot.membership
                snapshot.membership = Membership(
                    user, known.groups, known.roles, known.work_parties, frozenset((party,))
                )
        elif need.pool is not None:
            completers = frozenset(
                task.assignee
                for task in self.rows.user_tasks(self.root_id)
                if task.element_id in need.pool.completers_of and task.state is UserTaskState.COMPLETED
            )
            snapshot.pools[need.pool] = replace(self.pools.get(need.pool.candidates, Pool()), completers=completers)
        else:
            self.rows.load_more(self.root_id, snapshot, need)

    def _deployed(self, called: CalledProcess) -> str | None:
        definition_id = f"d-{called.process_name}"
        known = definition_id in self.programs and not called.version_tag and called.version in (0, 1)
        return definition_id if known else None

    def start(self, process: str = "", **variables: Any) -> Changes | None:
        """Starts the instance and goes on until it waits."""
        definition_id = f"d-{process}" if process else self.first
        texts = {name: values.serialize(value) for name, value in variables.items()}
        changes = self.submit(commands.StartInstance(self.root_id, definition_id, texts, create_by="starter"))
        self.go_on()
        return changes

    def go_on(self) -> None:
        """Continues while elements are READY."""
        while self.root.ready and self.root.state is InstanceState.ACTIVE:
            self.submit(commands.Continue())

    def complete(self, name: str, user: str = "ann", **variables: Any) -> Changes | None:
        """Completes the oldest open user task of an element."""
        return self.complete_task(self.task(name), user, **variables)

    def complete_task(self, task: UserTaskRow, user: str = "ann", **variables: Any) -> Changes | None:
        """Completes a user task."""
        texts = {key: values.serialize(value) for key, value in variables.items()}
        changes = self.submit(commands.CompleteUserTask(task.seq, user, texts), task.seq, "user_task")
        self.go_on()
        return changes

    def lease(self, name: str, token: str = "token") -> JobRow:
        """Leases the oldest job of an element for a minute."""
        job = self.job(name)
        self.rows.lease(self.root_id, job.seq, token, self.clock.now_us() + 60_000_000)
        return job

    def complete_job(self, name: str, **variables: Any) -> Changes | None:
        """Leases and completes the oldest job of an element."""
        job = self.lease(name)
        texts = {key: values.serialize(value) for key, value in variables.items()}
        return self.submit(commands.CompleteJob(job.seq, "token", texts), job.seq, "job")

    def fail_job(self, name: str, retries: int, message: str = "broken", **variables: Any) -> Changes | None:
        """Leases the oldest job of an element and gives it back as failed."""
        job = self.lease(name)
        texts = {key: values.serialize(value) for key, value in variables.items()}
        return self.submit(commands.FailJob(job.seq, "token", retries, 0, message, texts), job.seq, "job")

    def throw_error(self, name: str, code: str, message: str = "", **variables: Any) -> Changes | None:
        """Leases the oldest job of an element and throws a BPMN error."""
        job = self.lease(name)
        texts = {key: values.serialize(value) for key, value in variables.items()}
        return self.submit(commands.ThrowJobError(job.seq, "token", code, message, texts), job.seq, "job")

    def advance_clock(self, seconds: float) -> None:
        """Moves the clock and fires what is due, as often as it comes due, in order."""
        self.clock.advance(seconds)
        while due := [timer for timer in self.rows.timers(self.root_id) if timer.due_us <= self.clock.now_us()]:
            first = min(due, key=lambda timer: (timer.due_us, timer.seq))
            self.submit(commands.FireTimer(first.seq), first.seq, "timer")

    def deliver(self, name: str, **variables: Any) -> Changes | None:
        """Gives an event, or receive task, the message or signal that it has waited for longest."""
        waiting = next(one for one in self.rows.subscriptions(self.root_id) if name in (one.element_id, one.name))
        texts = {key: values.serialize(value) for key, value in variables.items()}
        changes = self.submit(commands.DeliverEvent(waiting.seq, texts), waiting.seq, "subscription")
        self.go_on()
        return changes

    def start_at(self, name: str, **variables: Any) -> Changes | None:
        """Starts the instance by an event that has occurred."""
        texts = {key: values.serialize(value) for key, value in variables.items()}
        changes = self.submit(
            commands.StartInstance(self.root_id, self.first, start_element_id=name, event_variables=texts)
        )
        self.go_on()
        return changes

    def resolve(self, retries: int = 1, **variables: Any) -> Changes | None:
        """Resolves the oldest open incident."""
        incident = self.incidents()[0]
        texts = {key: values.serialize(value) for key, value in variables.items()}
        changes = self.submit(commands.ResolveIncident(incident.seq, texts, retries), incident.seq, "incident")
        self.go_on()
        return changes

    def suspend(self, reason: str = "") -> Plan:
        """Holds the instance."""
        return self.operate(commands.SuspendInstance(reason))

    def resume_instance(self) -> Plan:
        """Lets the instance go on that is held."""
        plan = self.operate(commands.ResumeInstance())
        self.go_on()
        return plan

    def modify(self, *instructions: commands.Instruction, instance: int = ROOT_SCOPE, reason: str = "") -> Plan:
        """Modifies the instance, or one that a call activity started."""
        plan = self.operate(commands.ModifyInstance(instance, instructions, reason))
        self.go_on()
        return plan

    def migrate(
        self, process: str, mapping: Mapping[str, str] | None = None, *, instance: int = ROOT_SCOPE, reason: str = ""
    ) -> Plan:
        """Migrates the instance, or one that a call activity started, to another of the files' processes."""
        plan = self.operate(commands.MigrateInstance(instance, f"d-{process}", mapping or {}, reason))
        self.go_on()
        return plan

    def cancel(self, reason: str = "") -> Changes | None:
        """Cancels the instance."""
        return self.submit(commands.CancelInstance(reason))

    # -- what there is -----------------------------------------------------------------------------------------

    @property
    def root(self) -> Root:
        """The root row."""
        return self.rows.root(self.root_id)

    @property
    def state(self) -> str:
        """The state of the instance."""
        return self.root.state.value

    def open_tasks(self) -> list[str]:
        """The element ids of the open user tasks, in order of their making."""
        return [task.element_id for task in self.rows.user_tasks(self.root_id) if task.end_us is None]

    def task(self, name: str) -> UserTaskRow:
        """The oldest open user task of an element."""
        return next(
            task for task in self.rows.user_tasks(self.root_id) if task.element_id == name and task.end_us is None
        )

    def job(self, name: str) -> JobRow:
        """The oldest job of an element."""
        return next(job for job in self.rows.jobs(self.root_id) if job.element_id == name)

    def incidents(self) -> list[IncidentRow]:
        """The open incidents."""
        return [incident for incident in self.rows.incidents(self.root_id) if incident.open]

    def active(self) -> list[str]:
        """The element ids of what is active, sorted; a waiting join in parentheses."""
        return sorted(
            f"({row.element_id})" if row.state is ElementState.JOIN else row.element_id
            for row in self.rows.elements(self.root_id)
            if row.state is not ElementState.DONE
        )

    def kept(self) -> list[str]:
        """The element ids of what has completed and may be compensated, sorted."""
        return sorted(row.element_id for row in self.rows.elements(self.root_id) if row.state is ElementState.DONE)

    def variables(self, scope: int = ROOT_SCOPE) -> dict[str, Any]:
        """The variables of a scope."""
        return {name: values.parse(text) for name, text in self.texts(scope).items()}

    def texts(self, scope: int = ROOT_SCOPE) -> dict[str, str]:
        """The variables of a scope by their JSON texts."""
        found = self.rows.variables(self.root_id)
        return {name: text for (where, name), text in found.items() if where == scope}

    def row(self, name: str) -> ElementRow:
        """The oldest element instance of an element."""
        return next(row for row in self.rows.elements(self.root_id) if row.element_id == name)

    def rows_by_seq(self) -> dict[int, ElementRow]:
        """All element rows by their number."""
        return {row.seq: row for row in self.rows.elements(self.root_id)}

    def timers(self) -> list[tuple[str, float]]:
        """The timers that wait: event, and seconds until it is due."""
        now_us = self.clock.now_us()
        return [(timer.element_id, (timer.due_us - now_us) / 1e6) for timer in self.rows.timers(self.root_id)]

    def waiting(self) -> list[tuple[str, str, str]]:
        """The subscriptions: event, kind, and name."""
        return [(one.element_id, one.kind.value, one.name) for one in self.rows.subscriptions(self.root_id)]

    def completed(self) -> list[str]:
        """The element ids of what has completed, in order."""
        return [event.element_id for event in self.events if event.type == "ELEMENT_COMPLETED"]
