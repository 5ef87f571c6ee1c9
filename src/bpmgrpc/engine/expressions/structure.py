"""A list or map whose members are expressions, as Camunda 7 writes them into input and output parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine.expressions.budget import Budget
from bpmgrpc.engine.expressions.dialect import Dialect
from bpmgrpc.engine.expressions.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.expressions.frame import Scope
    from bpmgrpc.values import Value


class StructureExpression(Expression):
    """A list of expressions, or a map of them.

    Args:
        parts: The members, in order.
        keys: Of a map the name of each; None of a list.
    """

    __slots__ = ("_keys", "_parts")

    def __init__(self, parts: Sequence[Expression], keys: Sequence[str] | None) -> None:
        # Nothing of the syntax tree of other languages: each member has its own.
        self.text = "a list" if keys is None else "a map"
        self.dialect = Dialect.JUEL
        self.reference = None
        self.is_literal = False
        self.references = frozenset(name for part in parts for name in part.references)
        self._parts = tuple(parts)
        self._keys = None if keys is None else tuple(keys)

    def evaluate(self, scope: Scope, budget: Budget | None = None) -> Value:
        """Computes the members within one budget. See ``Expression.evaluate``."""
        budget = budget or Budget()
        members = [part.evaluate(scope, budget) for part in self._parts]
        return members if self._keys is None else dict(zip(self._keys, members, strict=True))
