"""Where in a running instance an element of its model is: the scopes around it, found or made.

Rule of this file: an element runs in a scope of its own process instance. Sub-processes around it that run once are
used; those that do not run are made, without their start events: their input mappings are applied, their boundary
events and event sub-processes listen. Where several run the caller has to say which one; from an ancestor that is
named everything further inside is made anew.

An event sub-process that is made interrupts what its event would have interrupted. One instance of a loop or multi-
instance cannot be made, since it would be none of those that its loop counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine import listening
from bpmgrpc.engine.elements.sub_process import declare_data
from bpmgrpc.engine.event_definitions.compensate import CompensateCatchPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.mappings import apply_mappings
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import ElementRow, ElementState, copy_row

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


class NoPlace(Exception):
    """There is no scope in which the element could run.

    Args:
        reason: Stable word for programs.
        message: One sentence for people.
        element_id: The element concerned.
        seq: The element instance concerned; 0 where none is.
    """

    def __init__(self, reason: str, message: str, element_id: str, seq: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.element_id = element_id
        self.seq = seq


def containers(program: Program, node: Node) -> list[Node]:
    """Returns the sub-processes around a node, the outermost first."""
    found: list[Node] = []
    around = program.nodes.get(node.scope_id)
    while around is not None:
        found.append(around)
        around = program.nodes.get(around.scope_id)
    found.reverse()
    return found


def rows_of(run: Execution, instance: int) -> list[ElementRow]:
    """Returns the rows of one process instance, those of the instances that it called left out, in order of their seq.

    Raises:
        Need: The rows of the root instance are not at hand.
    """
    inside = {instance}
    found = []
    for row in run.ledger.all_elements():  # what is inside has a higher number than its scope
        if row.scope in inside:
            found.append(row)
            if "definition" not in row.data:
                inside.add(row.seq)
    return found


def is_open_scope(row: ElementRow) -> bool:
    """Whether tokens may be put into a scope: it was entered, is not left yet, and is not being undone."""
    return row.state is ElementState.ACTIVE and "op" not in row.data and "compensates" not in row.data


def find_or_make(run: Execution, program: Program, node: Node, instance: int, around: int, *, anew: bool) -> int:
    """Returns the scope in which a node is to run.

    Args:
        run: The run.
        program: The program of the process instance.
        node: The node.
        instance: Seq of the process instance.
        around: Seq of a scope around the node, the instance itself or one further inside.
        anew: Whether everything between the two is made; else the one that runs is used where there is one.

    Raises:
        NoPlace: There is none.
        StepFailure, ExpressionError: A scope cannot be entered.
        Need: Rows are not at hand.
    """
    path = containers(program, node)
    scope = around
    if around != instance:
        path = path[_depth_of(run, node, path, instance, around) :]
    for container in path:
        found = [] if anew else _running(run, container, scope)
        if len(found) > 1:
            raise NoPlace(
                "SCOPE_AMBIGUOUS",
                f"{len(found)} instances of {container.type} {container.id!r} are active: "
                f"say in which of them {node.id!r} is to run",
                node.id,
                found[0].seq,
            )
        scope = found[0].seq if found else _make(run, program, container, scope)
    return scope


def _depth_of(run: Execution, node: Node, path: list[Node], instance: int, ancestor: int) -> int:
    """How many of the sub-processes around a node are around a scope, its own included."""
    row = next((row for row in rows_of(run, instance) if row.seq == ancestor), None)
    ids = [container.id for container in path]
    if row is None or row.element_id not in ids or not _holds_tokens(run, row) or not is_open_scope(row):
        raise NoPlace(
            "NOT_AN_ANCESTOR",
            f"element instance {ancestor} is no active scope around {node.type} {node.id!r}",
            node.id,
            ancestor,
        )
    return ids.index(row.element_id) + 1


def _holds_tokens(run: Execution, row: ElementRow) -> bool:
    """Whether the row is a scope of the model's flow nodes: not a loop, whose instances are."""
    return run.node_of(row).inner is None


def _running(run: Execution, container: Node, scope: int) -> list[ElementRow]:
    """The instances of a sub-process that run in a scope; those of its loop, where it has one."""
    found = [row for row in run.ledger.children(scope) if row.element_id == container.id and is_open_scope(row)]
    if container.inner is None:
        return found
    return [row for body in found for row in run.ledger.children(body.seq) if is_open_scope(row)]


def _make(run: Execution, program: Program, container: Node, scope: int) -> int:
    """Enters a sub-process without its start events."""
    if container.inner is not None:
        raise NoPlace(
            "MULTI_INSTANCE",
            f"{container.type} {container.id!r} repeats: start before it as a whole, or in an instance of it that runs",
            container.id,
        )
    if is_true(container.source.attributes.get("isForCompensation")):
        raise _only_compensates(container)
    if is_event_sub_process(container.source):
        _interrupt_for(run, container, scope)
    run.add_tokens(scope, 1)
    row = ElementRow(run.ledger.next_seq(), scope, container.id, create_us=run.now_us)
    if container.inputs:
        row = copy_row(row, data={"local": True})
        run.ledger.new_scope(row)
        apply_mappings(run.variables, container.inputs, read=scope, write=row.seq, local=True)
    run.ledger.new_scope(row)
    declare_data(run, container, row.seq)
    run.start_scope(program, (), row.seq)
    run.event(EventType.ELEMENT_ACTIVATED, container.id, row.seq)
    for boundary in container.boundaries:
        if boundary.listens:
            boundary.plan.listen(run, boundary, Place(row.seq, scope))
    return row.seq


def _interrupt_for(run: Execution, sub_process: Node, scope: int) -> None:
    """Interrupts a scope as the event of an event sub-process would.

    Raises:
        NoPlace: It runs to compensate only.
    """
    for start in sub_process.starts:
        if isinstance(start.plan, CompensateCatchPlan):
            raise _only_compensates(sub_process)
        if start.interrupts:
            listening.interrupt(run, scope)


def _only_compensates(node: Node) -> NoPlace:
    return NoPlace("COMPENSATION", f"{node.type} {node.id!r} runs to compensate only", node.id)


def nearest(run: Execution, program: Program, node: Node, scope: int, instance: int) -> int:
    """Returns the innermost scope around a scope, itself included, that is a scope around a node too."""
    ids = {container.id for container in containers(program, node)}
    while scope != instance:
        row = run.ledger.element(scope)
        if row.element_id in ids and _holds_tokens(run, row):
            return scope
        scope = row.scope
    return instance
