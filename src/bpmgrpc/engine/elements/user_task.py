"""User task (BPMN 2.0.2, 10.3.4): work that a person does.

The task is made with the candidates that the model names, else with the work party that has its lane's name. What
people then do with it (claim, assign, complete) is in ``bpmgrpc.engine.user_task``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.bpmn.model import Text
from bpmgrpc.bpmn.reading import variable
from bpmgrpc.bpmn.routing import PEOPLE
from bpmgrpc.engine.asked_assignment import ask, compile_question, read_answer, require_allowed
from bpmgrpc.engine.assignment import POOL_WORDS, Assignment, Strategy, compile_assignment
from bpmgrpc.engine.changes import Restriction
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import ExpressionError
from bpmgrpc.engine.plan_values import as_integer, as_names, as_text, as_time
from bpmgrpc.engine.routing import CompiledRoute, choose_route, compile_routes
from bpmgrpc.engine.state import RESTRICTED, STARTS, Candidates, UserTaskRow, UserTaskState, copy_row
from bpmgrpc.engine.steps import StepFailure, TakeAnswer
from bpmgrpc.engine.subtasks import open_subtasks
from bpmgrpc.engine.task_deadlines import DEADLINE_PROPERTIES, deadlines_of
from bpmgrpc.engine.user_task import offered_state

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.elements.job_element import JobPlan
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow
    from bpmgrpc.engine.variables import Scope

DEFAULT_PRIORITY: Final = 50
DEFAULT_OUTCOME_VARIABLE: Final = "outcome"
DEADLINES: Final = frozenset(DEADLINE_PROPERTIES)
_ASKED: Final = "asked"  # in the element instance's data: a worker is to say whom the task goes to
_ANSWER: Final = "answer"  # and has said so
_PROPERTIES: Final = (
    *DEADLINE_PROPERTIES,
    "assignee",
    "candidateUsers",
    "candidateGroups",
    "candidateRoles",
    "workParty",
    "owner",
    "excludedOwners",
    "priority",
    "startDate",
    "dueDate",
    "followUpDate",
    "formKey",
    "loadLinkEntityId",
    "loadLinkParam",
)


@dataclass(frozen=True, slots=True)
class UserTaskPlan:
    """A compiled user task: its properties by name, its lane, how it can be decided and which variable says so,
    and the tasks whose completers may not do it.
    """

    properties: Mapping[str, Expression]
    lane: str
    outcomes: tuple[str, ...] = ()
    outcome_variable: str = DEFAULT_OUTCOME_VARIABLE
    separate_from: tuple[str, ...] = ()
    assignment: Assignment | None = None
    routes: tuple[CompiledRoute, ...] = ()
    question: JobPlan | None = None


class UserTask(Element):
    """Makes a user task and waits until somebody completes it."""

    type: ClassVar[str] = "userTask"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the properties."""
        properties = {}
        for name in _PROPERTIES:
            expression = compiler.template(node.properties.get(name), name)
            if expression is not None:
                properties[name] = expression
        # As in the Java engines, people may be told of what: "Check ${order.number}". Any other name is but a text.
        for name, text in (("name", node.name), ("documentation", node.documentation)):
            if "${" in text or "#{" in text:
                expression = compiler.expression_or_remark(Text(text, node.position), name, "it stands as it is")
                if expression is not None:
                    properties[name] = expression
        priority = properties.get("priority")
        if priority is not None and priority.is_literal:
            try:
                as_integer(priority.evaluate(NOTHING), "priority")
            except StepFailure as failure:
                compiler.refuse(str(failure), node.properties["priority"].position)
        outcome_variable = compiler.constant("outcomeVariable") or DEFAULT_OUTCOME_VARIABLE
        outcomes = as_names(compiler.constant("outcomes"), "outcomes")
        separate_from = as_names(compiler.constant("excludedCompletersOf"), "excludedCompletersOf")
        for other in separate_from:
            known = compiler.graph.nodes.get(other)
            if known is None or known.type != self.type:
                position = node.properties["excludedCompletersOf"].position
                compiler.refuse(f"excludedCompletersOf names {other!r}, which is no user task of the process", position)
        self._give_to_members(node, properties, compiler)
        return UserTaskPlan(
            properties,
            node.lane or "",
            outcomes,
            outcome_variable,
            separate_from,
            compile_assignment(compiler),
            compile_routes(compiler),
            compile_question(node, compiler) if compiler.constant("assignment") == Strategy.CUSTOM else None,
        )

    def _give_to_members(self, node: FlowNode, properties: dict[str, Expression], compiler: NodeCompiler) -> None:
        """Lets each instance of a loop over a work party be its member's task, unless the model says whose it is."""
        loop = node.loop
        if loop is None or "workParty" not in loop.texts:
            return
        if not (node.routes or "assignment" in node.properties or any(name in properties for name in PEOPLE)):
            item = variable(loop.attributes["elementVariable"], loop.position)
            member = compiler.expression(item, "assignee")
            if member is not None:
                properties["assignee"] = member

    def separate_from(self, node: Node) -> tuple[str, ...]:
        """The user tasks whose completers may not do this one."""
        plan: UserTaskPlan = node.plan
        return plan.separate_from

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Makes the user task, or asks a worker first whom it goes to."""
        plan: UserTaskPlan = node.plan
        scope = run.variables.seen_from(row.sees)
        said: dict[str, Any] = {}
        found = _evaluate(plan, scope, said)
        if plan.question is None or as_text(found.get("assignee"), "assignee"):
            self._make(run, program, node, row, found, said)
        else:
            ask(run, program, node, row, plan.question, _candidates(plan, found)[0])
            run.ledger.put_element(copy_row(row, data={**row.data, _ASKED: True}))
        return False

    def job_done(
        self, run: Execution, program: Program, node: Node, row: ElementRow, variables: Mapping[str, str]
    ) -> None:
        """Takes the answer of a worker that was asked, who may answer again where it does not fit."""
        answer = read_answer(variables)
        assignee = answer.get("assignee")
        plan: UserTaskPlan = node.plan
        if assignee and _is_restricted(plan):
            require_allowed(run, row.seq, assignee, _restriction(run, plan, row, _excluded(run, plan, row)))
        data = {name: value for name, value in row.data.items() if name != _ASKED}
        run.ledger.put_element(copy_row(row, data={**data, _ANSWER: answer}))
        run.agenda.append(TakeAnswer(program, node, row.seq))

    def answered(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Makes the user task for those whom a worker named."""
        plan: UserTaskPlan = node.plan
        answer = row.data[_ANSWER]
        said: dict[str, Any] = {"assignment": Strategy.CUSTOM.value, "assignee": answer.get("assignee", "")}
        found = _evaluate(plan, run.variables.seen_from(row.sees), said)
        if any(answer.get(word) for word in POOL_WORDS):
            found = {name: value for name, value in found.items() if name not in PEOPLE}
        row = copy_row(row, data={name: value for name, value in row.data.items() if name != _ANSWER})
        run.ledger.put_element(row)
        self._make(run, program, node, row, {**found, **answer}, said)

    def _make(
        self, run: Execution, program: Program, node: Node, row: ElementRow, found: dict[str, Any], said: dict[str, Any]
    ) -> None:
        plan: UserTaskPlan = node.plan
        scope = run.variables.seen_from(row.sees)
        candidates, by_lane = _candidates(plan, found)
        assignee = as_text(found.get("assignee"), "assignee")
        if assignee and assignee not in candidates.users:
            candidates = replace(candidates, users=(*candidates.users, assignee))
        excluded = as_names(found.get("excludedOwners"), "excludedOwners")
        restriction = _restriction(run, plan, row, excluded)
        is_restricted = bool(excluded or plan.separate_from)
        if plan.assignment is not None and not assignee:
            assignee = plan.assignment.choose(run, scope, candidates, restriction)
            said |= {"assignment": plan.assignment.strategy.value, "assignee": assignee}
        priority = as_integer(found.get("priority"), "priority")
        start_us = as_time(found.get("startDate"), "startDate", run.now_us)
        task = UserTaskRow(
            seq=row.seq,
            instance=restriction.instance,
            definition_id=program.definition_id,
            element_id=node.id,
            name=as_text(found["name"], "name") if "name" in found else node.name,
            description=(
                as_text(found["documentation"], "documentation")
                if "documentation" in found
                else node.source.documentation
            ),
            state=UserTaskState.CLAIMED if assignee else offered_state(candidates),
            assignee=assignee,
            claim_us=run.now_us if assignee else None,
            owner=as_text(found.get("owner"), "owner"),
            candidates=candidates,
            lane_party=by_lane,
            flags=(RESTRICTED if is_restricted else 0) | (0 if start_us is None else STARTS),
            priority=DEFAULT_PRIORITY if priority is None else min(max(priority, 1), 99),
            due_us=as_time(found.get("dueDate"), "dueDate", run.now_us),
            follow_up_us=as_time(found.get("followUpDate"), "followUpDate", run.now_us),
            create_us=run.now_us,
            create_by=run.root.create_by,
            form_key=as_text(found.get("formKey"), "formKey"),
            load_link_entity_id=as_text(found.get("loadLinkEntityId"), "loadLinkEntityId"),
            load_link_param=as_text(found.get("loadLinkParam"), "loadLinkParam") or "=",
            business_key=run.business_key(row.scope),
        )
        run.ledger.new_user_task(task)
        if not DEADLINES.isdisjoint(found):
            for deadline in deadlines_of(found, row.seq, task.due_us, run.now_us):
                run.ledger.set_deadline(deadline)
        if start_us is not None:
            run.ledger.start_task_at(row.seq, start_us)
        if is_restricted:
            run.ledger.restrict(restriction)
        run.event(EventType.USER_TASK_CREATED, node.id, row.seq, said or None)

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Cancels the user task, or the job of the worker that was asked about it."""
        if _ASKED in row.data:
            run.ledger.delete_job(row.seq)
            return
        if _ANSWER in row.data:
            return  # the task could not be made
        run.ledger.cancel_user_task(row.seq)
        for seq in open_subtasks(row):
            run.ledger.cancel_user_task(seq)
            run.event(EventType.USER_TASK_CANCELED, node.id, seq)
        plan: UserTaskPlan = node.plan
        if _is_restricted(plan):
            run.ledger.lift_restrictions(row.seq)


def _evaluate(plan: UserTaskPlan, scope: Scope, said: dict[str, Any]) -> dict[str, Any]:
    """Evaluates what the model says of the task; people are those of the first route that fits."""
    found = {name: scope.evaluate(expression) for name, expression in plan.properties.items()}
    if plan.routes:
        said["route"], people = choose_route(plan.routes, scope)
        if said["route"]:
            return {**{name: value for name, value in found.items() if name not in PEOPLE}, **people}
    return found


def _candidates(plan: UserTaskPlan, found: Mapping[str, Any]) -> tuple[Candidates, bool]:
    """Returns whom the task is offered to, and whether that is the work party of its lane for want of others."""
    named = Candidates(
        as_names(found.get("candidateUsers"), "candidateUsers"),
        as_names(found.get("candidateGroups"), "candidateGroups"),
        as_names(found.get("candidateRoles"), "candidateRoles"),
        as_text(found.get("workParty"), "workParty"),
    )
    by_lane = bool(plan.lane) and not named and not as_text(found.get("assignee"), "assignee")
    return (Candidates(work_party=plan.lane), True) if by_lane else (named, False)


def _is_restricted(plan: UserTaskPlan) -> bool:
    return bool(plan.separate_from) or "excludedOwners" in plan.properties


def _excluded(run: Execution, plan: UserTaskPlan, row: ElementRow) -> tuple[str, ...]:
    expression = plan.properties.get("excludedOwners")
    if expression is None:
        return ()
    try:
        return as_names(run.variables.seen_from(row.sees).evaluate(expression), "excludedOwners")
    except (ExpressionError, StepFailure):
        return ()  # the step that makes the task fails for the same reason, and becomes an incident


def _restriction(run: Execution, plan: UserTaskPlan, row: ElementRow, excluded: tuple[str, ...]) -> Restriction:
    return Restriction(row.seq, run.instance_of(row.scope), excluded, plan.separate_from)
