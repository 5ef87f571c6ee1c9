"""Migrating an instance: it goes on by another version of its process.

Rule of this file: whatever is open stays what it is and goes on where it is: user tasks, jobs with their leases,
timers with their times, subscriptions, incidents, variables, tokens at joins, what can be compensated. Each open
element instance needs a counterpart of its kind (``counterparts``) in the counterpart of its scope; where one has none
nothing is migrated, and all that have none are named.

Events that listen at an element instance, or in a scope, are no reason to refuse: those that have a counterpart there
wait on as they are, those that have none are waited for no more, and those that are new begin to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmgrpc.engine import joins
from bpmgrpc.engine.changes import Moved
from bpmgrpc.engine.event_definitions.base import CatchPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import ExpressionError
from bpmgrpc.engine.operations import places
from bpmgrpc.engine.operations.counterparts import (
    Counterparts,
    Listener,
    inside_of,
    is_complete,
    keeps_items,
    listeners,
    trigger_of,
)
from bpmgrpc.engine.operations.findings import OperationFinding, OperationRefused
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import ROOT_SCOPE, ElementRow, ElementState, SubscriptionRow, TimerRow, copy_row
from bpmgrpc.engine.steps import Listen, StepFailure

if TYPE_CHECKING:
    from bpmgrpc.engine.commands import MigrateInstance
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node


def migrate(run: Execution, command: MigrateInstance) -> None:
    """Migrates a process instance.

    Raises:
        OperationRefused: Something open has no counterpart.
        Need: Rows are not at hand.
    """
    instance = command.instance
    counterparts = Counterparts(run.program_of(instance), run.programs(command.definition_id), command.mapping)
    migration = Migration(run, instance, counterparts)
    migration.check(command.mapping)
    if migration.findings:
        raise OperationRefused(run.root.id, migration.findings)
    source, target = counterparts.source, counterparts.target
    said = {"from": source.definition_id, "to": target.definition_id}
    run.event(EventType.INSTANCE_MIGRATED, "", instance, said | ({"reason": command.reason} if command.reason else {}))
    migration.do()
    if migration.findings:
        raise OperationRefused(run.root.id, migration.findings)


class Migration:
    """The migration of one process instance.

    Args:
        run: The run.
        instance: Seq of the process instance: 0, or that of a call activity.
        counterparts: What is what in the other version.
    """

    def __init__(self, run: Execution, instance: int, counterparts: Counterparts) -> None:
        self.findings: list[OperationFinding] = []
        self._run = run
        self._instance = instance
        self._is = counterparts
        self._rows = places.rows_of(run, instance)
        self._nodes = {row.seq: run.node_of(row) for row in self._rows}
        self._new: dict[int, ElementRow] = {}  # the rows as they will be

    def _find(self, reason: str, message: str, element_id: str, seq: int = 0) -> None:
        self.findings.append(OperationFinding(reason, message, element_id, seq))

    # -- checking -------------------------------------------------------------------------------------------------

    def check(self, mapping: Mapping[str, str]) -> None:
        """Finds out what each row will be, and all that is in the way."""
        source, target = self._is.source, self._is.target
        if source is target:
            self._find("SAME_VERSION", f"the instance is one of {target.definition_id!r} already", "")
        if source.app_name != target.app_name:
            self._find(
                "ANOTHER_APPLICATION",
                f"process {target.process_id!r} belongs to application {target.app_name!r}, not {source.app_name!r}",
                "",
            )
        for one, other in mapping.items():
            known = ((one, source), (other, target))
            for element_id, program in known:
                if element_id not in program.nodes and element_id not in program.graph.flows:
                    self._find(
                        "UNKNOWN_ELEMENT",
                        f"definition {program.definition_id!r} has no element {element_id!r}",
                        element_id,
                    )
        for row in self._rows:
            self._check_row(row)
        self._check_joins()

    def _check_row(self, row: ElementRow) -> None:
        node = self._nodes[row.seq]
        found = self._is.of(node)
        if found is None:
            wanted = self._is.id_of(node.id)
            there = self._is.target.nodes.get(wanted)
            what = "no element" if there is None else f"a {there.type} of another kind"
            self._find(
                "NO_TARGET" if there is None else "ANOTHER_KIND",
                f"{node.type} {node.id!r} is active and has no counterpart: the other version has {what} {wanted!r}",
                node.id,
                row.seq,
            )
            return
        around = found.scope_id
        if row.data.get("op") == "listen":  # it is the start of an event sub-process, and kept in the scope around
            around = self._is.target.nodes[around].scope_id
        if node.body is None and around != self._scope_id(row):
            self._find(
                "ANOTHER_SCOPE",
                f"{node.type} {node.id!r} is active in {_place(node.scope_id)}; in the other version {found.id!r} "
                f"stands in {_place(found.scope_id)}",
                node.id,
                row.seq,
            )
            return
        if row.state is ElementState.DONE and _undone_by(node) != _undone_by(found):
            self._find(
                "ANOTHER_KIND",
                f"{node.type} {node.id!r} has completed and can be compensated; {found.id!r} is compensated otherwise",
                node.id,
                row.seq,
            )
        elif "made" in row.data and "store" not in row.data and keeps_items(found):
            self._find(
                "ANOTHER_KIND",
                f"{node.type} {node.id!r} runs without a collection, and {found.id!r} has one",
                node.id,
                row.seq,
            )
        else:
            data = self._data(row, found)
            flow = self._is.id_of(row.flow) if row.flow is not None else None
            if row.data.get("op") == "arrive" and row.flow in node.incoming and flow not in found.incoming:
                self._find_flow(row, found, str(flow))
            self._new[row.seq] = copy_row(row, element_id=found.id, flow=flow, data=data)

    def _scope_id(self, row: ElementRow) -> str:
        """The id, in the other version, of the sub-process in which a row is; empty: the process."""
        if row.scope == self._instance:
            return ""
        around = self._nodes[row.scope]
        if "compensates" in row.data and self._nodes[row.seq].scope_id != around.id:
            # It undoes one instance of a loop, beside which it stands in the model.
            return self._is.id_of(around.scope_id)
        return self._is.id_of(around.id)

    def _data(self, row: ElementRow, found: Node) -> Mapping[str, Any]:
        """What a row keeps, with the ids that it names."""
        data = row.data
        if row.state is ElementState.JOIN:
            tokens = {self._is.id_of(flow): count for flow, count in data["tokens"].items()}
            for flow in tokens:
                if flow and flow not in found.incoming:
                    self._find_flow(row, found, flow)
            data = {**data, "tokens": tokens}
            if "consumed" in data:
                consumed = [self._is.id_of(flow) for flow in data["consumed"]]
                data = {**data, "consumed": [flow for flow in consumed if flow in found.incoming]}
        elif data.get("queue"):
            queue = [self._is.id_of(name) for name in data["queue"]]
            for name in queue:
                if name not in found.source.children:
                    self._find(
                        "NO_TARGET", f"{found.type} {found.id!r} has no {name!r}, which is to begin", name, row.seq
                    )
            data = {**data, "queue": queue}
        return data

    def _find_flow(self, row: ElementRow, found: Node, flow: str) -> None:
        self._find(
            "NO_SEQUENCE_FLOW",
            f"a token came to {row.element_id!r} by a sequence flow that does not lead to {found.type} {found.id!r} in "
            f"the other version: {flow!r}",
            row.element_id,
            row.seq,
        )

    def _check_joins(self) -> None:
        """Finds joins that would become one, and activities that would wait for another number of tokens."""
        taken: set[tuple[int, str]] = set()
        for row in self._new.values():
            if row.state is not ElementState.JOIN:
                continue
            node, found = self._nodes[row.seq], self._is.target.nodes[row.element_id]
            if (row.scope, row.element_id) in taken:
                self._find("JOINS_MERGED", f"tokens wait at two elements that become {found.id!r}", node.id, row.seq)
            elif found.start_quantity != node.start_quantity:
                self._find(
                    "ANOTHER_KIND",
                    f"{node.type} {node.id!r} waits for {node.start_quantity} tokens, {found.id!r} for "
                    f"{found.start_quantity}",
                    node.id,
                    row.seq,
                )
            taken.add((row.scope, row.element_id))

    # -- doing ----------------------------------------------------------------------------------------------------

    def do(self) -> None:
        """Writes the rows as they will be, and has events wait that are new."""
        run, target = self._run, self._is.target
        for row in self._rows:
            new = self._new[row.seq]
            if new != row:
                run.ledger.put_element(new)
            if new.element_id != row.element_id:
                run.event(EventType.ELEMENT_MIGRATED, row.element_id, row.seq, {"to": new.element_id})
        self._move_work()
        if self._instance == ROOT_SCOPE:
            run.root.definition_id = target.definition_id
        else:
            called = run.ledger.element(self._instance)
            run.ledger.put_element(copy_row(called, data={**called.data, "definition": target.definition_id}))
        run.ledger.move(Moved("process_instance", self._instance, "", target.definition_id))
        run.forget_programs()
        self._move_events()
        for row in self._new.values():
            if row.state is ElementState.JOIN:
                node = target.nodes[row.element_id]
                if is_complete(node, row):
                    joins.consume(run, target, node, row)
        run.variables.changed.add(self._instance)
        self._index()

    def _index(self) -> None:
        """Has variables be found by the fields that the other version declares."""
        run = self._run
        wanted = self._is.target.searchable
        for name in wanted if wanted != self._is.source.searchable else ():
            found = run.variables.text(self._instance, name)
            if found is not None:
                run.ledger.put_variable(self._instance, name, found[1])

    def _move_work(self) -> None:
        """Has tasks, jobs and incidents belong to the other version."""
        ledger = self._run.ledger
        work = ledger.work()
        definition_id = self._is.target.definition_id
        for task in work.user_tasks:
            element = self._new.get(task.parent or task.seq)
            if element is not None:
                ledger.move(Moved("user_task", task.seq, element.element_id, definition_id))
        for job in work.jobs:
            if job.seq in self._new:
                ledger.move(Moved("job", job.seq, self._new[job.seq].element_id, definition_id))
        for incident in work.incidents:
            if incident.element_seq in self._new:
                element_id = self._new[incident.element_seq].element_id
                ledger.move(Moved("incident", incident.seq, element_id, definition_id))

    def _move_events(self) -> None:
        """Has events wait on, wait no more, or begin to wait."""
        source, target = self._is.source, self._is.target
        waiting: dict[int, list[TimerRow | SubscriptionRow]] = {}
        for timer in self._run.ledger.work().timers:
            waiting.setdefault(timer.element_seq, []).append(timer)
        for subscription in self._run.ledger.subscriptions():
            waiting.setdefault(subscription.element_seq, []).append(subscription)
        self._match(
            self._instance,
            [one for one in waiting.get(self._instance, ()) if one.inside],
            inside_of(source, ""),
            inside_of(target, ""),
            begins=True,
        )
        for row in self._rows:
            new = self._new[row.seq]
            found = self._is.of(self._nodes[row.seq])
            assert found is not None  # noqa: S101 - it was checked
            calls = "definition" in row.data
            self._match(
                row.seq,
                [one for one in waiting.get(row.seq, ()) if not (calls and one.inside)],
                listeners(source, self._nodes[row.seq], row),
                listeners(target, found, new),
                begins=row.state is not ElementState.READY and "again" not in row.data,
            )

    def _match(
        self,
        seq: int,
        rows: list[TimerRow | SubscriptionRow],
        before: list[Listener],
        after: list[Listener],
        *,
        begins: bool,
    ) -> None:
        """Matches what listens at one place before and after.

        Args:
            seq: The element instance, or scope.
            rows: Timers and subscriptions there.
            before: What may have listened.
            after: What may listen.
            begins: Whether what is new begins to.
        """
        left = {(one.node.id, one.inside): one for one in after}
        kept: dict[tuple[str, bool], str] = {}
        for one in before:
            other = left.get((self._is.id_of(one.node.id), one.inside))
            if other is not None and trigger_of(one.node) == trigger_of(other.node):
                kept[one.node.id, one.inside] = other.node.id
                del left[other.node.id, other.inside]
        for row in rows:
            self._move_event(row, kept.get((row.element_id, row.inside)))
        if begins:
            for event in left.values():
                self._begin(event, seq)

    def _move_event(self, row: TimerRow | SubscriptionRow, element_id: str | None) -> None:
        ledger = self._run.ledger
        if isinstance(row, TimerRow):
            if element_id is None:
                ledger.delete_timer(row.seq)
            elif element_id != row.element_id:
                ledger.move(Moved("timer", row.seq, element_id, ""))
        elif element_id is None:
            ledger.delete_subscription(row.seq)
        elif element_id != row.element_id:
            ledger.put_subscription(copy_row(row, element_id=element_id))

    def _begin(self, event: Listener, seq: int) -> None:
        """Has an event begin to wait that is new."""
        run, node = self._run, event.node
        if event.inside:
            if not self._is_interrupted(seq):
                run.agenda.append(Listen(self._is.target, node, seq, None))
            return
        assert isinstance(node.plan, CatchPlan)  # noqa: S101 - it listens
        row = run.ledger.element(seq)
        try:
            node.plan.listen(run, node, Place(seq, row.scope))
        except (ExpressionError, StepFailure) as failure:
            self._find("EVENT_FAILED", f"{node.type} {node.id!r} cannot begin to wait: {failure}", node.id, seq)

    def _is_interrupted(self, scope: int) -> bool:
        """Whether all that is left of a scope is an event sub-process, so that no other one listens."""
        return any(row.scope == scope and self._nodes[row.seq].interrupts_scope for row in self._rows)


def _place(scope_id: str) -> str:
    return f"sub-process {scope_id!r}" if scope_id else "the process"


def _undone_by(node: Node) -> tuple[bool, bool]:
    """How an activity is compensated."""
    return node.compensation_handler is not None, node.compensation_start is not None
