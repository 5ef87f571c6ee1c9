"""Multi-instance (BPMN 2.0.2, 10.3.7 and 13.3.7): as many instances of an activity as a number or a collection says.

The number is worked out once, when the activity is entered: ``loopCardinality``, else the length of the collection. A
negative one, or a value that is neither, is an incident; with none the activity is done at once. The collection is read
then too: what becomes of it later changes nothing for instances that have not begun.

The collection may be a work party of the directory: its members as they are then, by name (``bpmgrpc:workParty``).

Each instance has its item as a variable of its own; its result is what ``outputElement`` (or ``outputDataItem``) says
when it ends. The results become the output collection when the activity is complete, in the order of the items
whatever order the instances ended in, null for one that was canceled. They are kept one by one until then, so that an
instance that ends costs the same however many there are.

``completionCondition`` is asked whenever an instance has ended; once it is true the others are canceled. ``behavior``
(table 10.30) says which events an instance that ends throws to the boundary events of the activity; see
``bpmgrpc.engine.loop_events``. Where the standard lets an event carry the counts of the instances, they are visible as
variables here (``bpmgrpc.engine.loop_counters``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc import values
from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine import loop_events
from bpmgrpc.engine.assignment import members_of
from bpmgrpc.engine.conditions import holds
from bpmgrpc.engine.elements.loop_body import COUNTER, LoopBody
from bpmgrpc.engine.loop_events import BehaviorEvent
from bpmgrpc.engine.mappings import text_of
from bpmgrpc.engine.plan_values import as_integer, as_text
from bpmgrpc.engine.state import copy_row
from bpmgrpc.engine.steps import StepFailure
from bpmgrpc.errors import InvalidArgument

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import EventDefinition, FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow

# Names in the private scope of an activity: of an item that waits for its instance, and of a result.
_ITEM: Final = "item."
_RESULT: Final = "result."


@dataclass(frozen=True, slots=True)
class MultiInstancePlan:
    """A compiled multi-instance."""

    cardinality: Expression | None
    collection: Expression | None
    party: Expression | None  # a work party, whose members are the collection
    item: str  # variable of each instance that has its item; empty: none
    index: str  # variable of each instance that has its number from 0, as Flowable has it; empty: none
    output: Expression | None
    outputs: str  # variable that takes the results; empty: they are dropped
    condition: Expression | None
    sequential: bool
    counts_from: int
    events: tuple[BehaviorEvent, ...]

    @property
    def result(self) -> str:
        """Variable of each instance that its result is read from; empty where that is no mere variable."""
        return (self.output.reference or "") if self.output is not None else ""

    @property
    def own_names(self) -> tuple[str, ...]:
        """Variables of each instance."""
        return (COUNTER, self.item, self.index, self.result)


class MultiInstance(LoopBody):
    """Runs instances of an activity side by side, or one after the other."""

    type: ClassVar[str] = "multiInstanceLoopCharacteristics"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles number, collection, result and conditions."""
        loop = node.loop
        assert loop is not None  # noqa: S101 - it is what brought us here
        attributes, texts = loop.attributes, loop.texts
        if "workParty" in texts and "collection" in texts:
            compiler.refuse("a multi-instance has a collection or a work party, not both", texts["workParty"].position)
        outputs = attributes.get("outputCollection", "")
        return MultiInstancePlan(
            compiler.expression(texts.get("loopCardinality"), "loop cardinality"),
            compiler.expression(texts.get("collection"), "collection"),
            compiler.template(texts.get("workParty"), "work party"),
            attributes.get("elementVariable", ""),
            attributes.get("elementIndexVariable", ""),
            compiler.expression(texts.get("outputElement"), "output element") if outputs else None,
            outputs,
            compiler.expression(texts.get("completionCondition"), "completion condition"),
            is_true(attributes.get("isSequential")),
            int(attributes.get("countsFrom", "1")),
            loop_events.compile_events(loop, compiler),
        )

    def settle(self, node: Node) -> None:
        """Lets the collections be those that the activity's data associations lead to.

        BPMN's loopDataInputRef names a data input, which an association fills; that happens once, for the activity as
        a whole, and not for each instance. The same holds for loopDataOutputRef.
        """
        plan: MultiInstancePlan = node.plan
        inner = node.inner
        assert inner is not None  # noqa: S101 - a loop has an activity inside
        if plan.collection is not None and plan.collection.reference is not None:
            filled = [mapping for mapping in inner.inputs if mapping.path == (plan.collection.reference,)]
            if filled:
                plan = replace(plan, collection=filled[0].source)
                inner.inputs = tuple(mapping for mapping in inner.inputs if mapping not in filled)
        if plan.outputs:
            node.outputs = tuple(mapping for mapping in inner.outputs if mapping.source.reference == plan.outputs)
            inner.outputs = tuple(mapping for mapping in inner.outputs if mapping not in node.outputs)
        node.plan = plan

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Works out the number of instances and begins them."""
        plan: MultiInstancePlan = node.plan
        scope = run.variables.seen_from(row.scope)
        items = [] if plan.collection is None else scope.evaluate(plan.collection)
        if plan.party is not None:
            items = list(members_of(run, as_text(scope.evaluate(plan.party), "work party")))
        if not isinstance(items, list):
            raise StepFailure("LOOP_CARDINALITY", f"multi-instance {node.id!r}: its collection has to be a list")
        count: int | None = len(items)
        if plan.cardinality is not None:
            count = as_integer(scope.evaluate(plan.cardinality), "loop cardinality")
        if count is None or count < 0:
            raise StepFailure(
                "LOOP_CARDINALITY",
                f"multi-instance {node.id!r}: its loop cardinality has to be a number of 0 or more, not {count}",
            )
        if count == 0:
            if plan.outputs:
                self._give_results(run, node, row, "[]")
            return True
        counts = {"of": count}
        if (plan.item and items) or plan.outputs:
            counts["store"] = store = run.ledger.new_private_scope()
            for index, item in enumerate(items[:count] if plan.item else ()):
                run.ledger.put_private(store, f"{_ITEM}{index}", values.serialize(item))
        self.begin_body(run, program, node, row, **counts)
        return False

    def wanted(self, node: Node, row: ElementRow) -> int:
        """All that have not begun, or one where they follow each other."""
        plan: MultiInstancePlan = node.plan
        left: int = row.data["of"] - row.data["made"]
        return min(left, 1) if plan.sequential else left

    def equip(self, run: Execution, node: Node, body: ElementRow, inner: ElementRow) -> None:
        """Sets the item, its number, and the variable that the result is read from."""
        plan: MultiInstancePlan = node.plan
        index: int = inner.data["loop"]
        put = run.variables.put
        if plan.result:
            put(inner.seq, plan.result, "null")  # so that the instance's result stays with it
        if plan.index:
            put(inner.seq, plan.index, str(index))
        if plan.item:
            store = body.data.get("store")
            text = None if store is None else run.variables.private_text(store, f"{_ITEM}{index}")
            put(inner.seq, plan.item, "null" if text is None else text)

    def collect(self, run: Execution, node: Node, body: ElementRow, inner: ElementRow) -> None:
        """Keeps the instance's result."""
        plan: MultiInstancePlan = node.plan
        if plan.output is not None:
            text = text_of(run.variables, plan.output, inner.sees)
            run.ledger.put_private(body.data["store"], f"{_RESULT}{inner.data['loop']}", text)

    def is_over(self, run: Execution, node: Node, body: ElementRow, view: int) -> bool:
        """Whether all have ended, or the completion condition is true."""
        plan: MultiInstancePlan = node.plan
        return body.data["done"] == body.data["of"] or (
            plan.condition is not None and holds(plan.condition, run.variables.seen_from(view))
        )

    def thrown(self, run: Execution, node: Node, body: ElementRow, view: int) -> Sequence[EventDefinition]:
        """What ``behavior`` says."""
        plan: MultiInstancePlan = node.plan
        return loop_events.choose(plan.events, body, run.variables.seen_from(view))

    def exit(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Hands the results over."""
        store = row.data.get("store")
        if store is None:
            return
        if node.plan.outputs:
            found = {name: run.variables.own_text(store, name) for name in run.variables.own_names(store)}
            texts = (found.get(f"{_RESULT}{index}", "null") for index in range(row.data["of"]))
            self._give_results(run, node, row, f"[{','.join(texts)}]")
        run.ledger.end_private_scope(store)

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Drops items and results."""
        store = row.data.get("store")
        if store is not None:
            run.ledger.end_private_scope(store)

    def _give_results(self, run: Execution, node: Node, row: ElementRow, text: str) -> None:
        plan: MultiInstancePlan = node.plan
        try:
            values.serialize(values.parse(text))  # a value may be nested less deep than a text
        except InvalidArgument as error:
            raise StepFailure(
                "EXPRESSION_ERROR", f"the output collection is no value of a variable: {error}"
            ) from error
        if not node.outputs:
            run.variables.merge(row.scope, [(plan.outputs, text)])
            return
        # Data associations take it from here: they see it as a variable of the activity.
        run.ledger.new_scope(copy_row(row, data={**row.data, "local": True}))
        run.variables.put(row.seq, plan.outputs, text)
