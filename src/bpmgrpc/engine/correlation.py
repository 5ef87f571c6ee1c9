"""Correlation of messages by what they carry (BPMN 2.0.2, 8.4.2).

A correlation key has one property or several. Their values, as texts, are the message's key: of one property its value,
of several a JSON array of them in the order of the key, such as ``["4711","ann"]``. A value that is null or empty is
none, and then the message has no such key.

Whoever waits has the key either from the data of its process, where a correlation subscription binds all properties
(the standard's context-based correlation); else from the conversation: the first message that an instance sends or
receives gives it the key, and from then on each message of the conversation has to have the same. Before that nothing
is known, and the business key decides as it does without any correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine.brought import Brought
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.expressions import Budget, ExpressionError
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import SubscriptionKind, copy_row
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.variables import Scope
    from bpmgrpc.values import Value

_INSTEAD = "the business key decides"


@dataclass(frozen=True, slots=True)
class CorrelationPlan:
    """A compiled correlation key, as it stands for one message."""

    message_name: str
    key_id: str
    message_paths: tuple[Expression, ...]  # where the properties stand in the message
    data_paths: tuple[Expression, ...]  # and in the data of the process; none where it binds not all of them

    def sent(self, run: Execution, scope: int, seen: Scope) -> str:
        """Returns the key of a message that an instance sends; empty where it has none.

        Args:
            run: The run.
            scope: The scope that the sender is in.
            seen: The variables that it sees.

        Raises:
            ExpressionError, StepFailure: A property cannot be worked out.
        """
        key = _key(seen.evaluate(path) for path in self.message_paths)
        self._remember(run, scope, key)
        return key or self.known(run, scope)

    def received(self, run: Execution, scope: int, variables: Mapping[str, str]) -> None:
        """Takes the key of the conversation from a message that an instance receives, where it has none yet."""
        self._remember(run, scope, self.of_message(variables, run.now_us))

    def awaited(self, run: Execution, scope: int, seen: Scope) -> str | None:
        """Returns the key that a message has to have that an instance waits for.

        Args:
            run: The run.
            scope: The scope that the event is in.
            seen: The variables that it sees.

        Returns:
            The key; None where the data of the process says it and has no value; empty where any is good.

        Raises:
            ExpressionError, StepFailure: A property cannot be worked out.
        """
        if self.data_paths:
            return _key(seen.evaluate(path) for path in self.data_paths) or None
        return self.known(run, scope)

    def of_message(self, variables: Mapping[str, str], now_us: int) -> str:
        """Returns the key that a message carries; empty where it has none, or it cannot be worked out.

        Args:
            variables: What the message carries, as JSON texts.
            now_us: The time, microseconds since the epoch.
        """
        content = Brought(variables, now_us)
        budget = Budget()
        try:
            return _key(path.evaluate(content, budget) for path in self.message_paths)
        except (ExpressionError, StepFailure):
            return ""  # it is not a message of this conversation

    def known(self, run: Execution, scope: int) -> str:
        """Returns the key of the conversation that an instance is in; empty where it is not known yet."""
        conversation = conversation_of(run.instance_of(scope))
        if run.root.version == 0:  # nothing of the instance is stored yet
            text = run.ledger.variables.get((conversation, self.key_id))
        else:
            text = run.variables.private_text(conversation, self.key_id)
        return str(values.parse(text)) if text is not None else ""

    def _remember(self, run: Execution, scope: int, key: str) -> None:
        if key and not self.data_paths and not self.known(run, scope):
            conversation = conversation_of(run.instance_of(scope))
            run.ledger.put_private(conversation, self.key_id, values.serialize(key))
            self._narrow(run, run.instance_of(scope), key)

    def _narrow(self, run: Execution, instance: int, key: str) -> None:
        """Has the events of an instance that wait for any message of the conversation wait for those of its key."""
        for row in list(run.ledger.subscriptions()):
            if row.kind is not SubscriptionKind.MESSAGE or row.key:
                continue
            scope = row.element_seq if row.inside else run.ledger.element(row.element_seq).scope
            node = run.program_of(scope).nodes[row.element_id]
            node = node.inner or node
            plan = parts_of(node.plan)[row.part].correlation
            if plan is not None and plan.key_id == self.key_id and run.instance_of(scope) == instance:
                run.ledger.put_subscription(copy_row(row, key=key))


def conversation_of(instance: int) -> int:
    """Returns the private scope in which a process instance keeps the keys of its conversations."""
    return -1 - instance


def compile_correlation(compiler: NodeCompiler, message_name: str) -> CorrelationPlan | None:
    """Compiles what correlates a message; None where nothing does, or what does cannot be read: a remark says so."""
    correlation = compiler.graph.correlations.get(message_name)
    if correlation is None:
        return None
    if not correlation.properties:
        compiler.remark(
            f"several properties correlate the message and no correlation key names them together: {_INSTEAD} "
            "(BPMN 2.0.2, 8.4.2)"
        )
        return None
    found = [
        compiler.expression_or_remark(text, "correlation property", _INSTEAD)
        for one in correlation.properties
        for text in (one.message_path, *((one.data_path,) if correlation.is_bound else ()))
    ]
    paths = [path for path in found if path is not None]
    if len(paths) < len(found):
        return None
    if correlation.is_bound:
        return CorrelationPlan(message_name, correlation.key_id, tuple(paths[::2]), tuple(paths[1::2]))
    return CorrelationPlan(message_name, correlation.key_id, tuple(paths), ())


def take_from(run: Execution, node: Node, scope: int, variables: Mapping[str, str], part: int | None = None) -> None:
    """Takes the key of a conversation from a message that an event, or receive task, has received.

    Args:
        run: The run.
        node: The event.
        scope: The scope that it is in.
        variables: What came, as JSON texts.
        part: Which of its definitions occurred; None: whichever did.
    """
    for number, plan in enumerate(parts_of(node.plan)):
        if part in (None, number) and plan.correlation is not None:
            plan.correlation.received(run, scope, variables)


def _key(found: Iterable[Value]) -> str:
    texts = [as_text(value, "correlation property") for value in found]
    if not all(texts):
        return ""
    return texts[0] if len(texts) == 1 else values.serialize(list(texts))
