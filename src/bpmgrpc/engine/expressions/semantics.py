"""What a language must say about its values so that the compiler can serve it.

The compiler knows the shapes (a condition, a call, a member); it asks the language's `Semantics` what a sign does, what
a member of a value is, what an unknown name means and what counts as true.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.compiler import Emitter
    from bpmgrpc.engine.expressions.frame import Code, Frame

    Operator: TypeAlias = "Callable[[Any, Any, Frame], Any]"
    Sign: TypeAlias = "Callable[[Any], Any]"
    Rule: TypeAlias = "Callable[[Emitter, Any], Code]"

__all__ = ["Semantics", "a_kind", "check_json", "is_number", "kind_name", "same"]


class Semantics(Protocol):
    """The meaning of one language."""

    operators: Mapping[str, Operator]
    """`Binary` by its operator."""
    signs: Mapping[str, Sign]
    """`Unary` by its operator."""
    rules: Mapping[type, Rule]
    """How to emit the kinds of node that only this language has."""

    def member(self, base: Any, name: str) -> Any:
        """Gives ``base.name``."""
        ...

    def unknown(self, name: str) -> Any:
        """Says what a name is that nobody knows: a value, or an error that names it."""
        ...

    def test(self, value: Any) -> bool | None:
        """Reads a value as a condition; None where the language has a third answer."""
        ...

    def finish(self, value: Any, budget: Budget) -> Any:
        """Turns a result into JSON, and refuses what JSON cannot hold."""
        ...


def is_number(value: object) -> bool:
    """Tells whether a value is a number; a boolean is none, though Python counts it as one.

    Args:
        value: Any value.
    """
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def kind_name(value: object) -> str:
    """Names the type of a value for a message.

    Args:
        value: Any value of JSON, or of a language.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    kinds: dict[type, str] = {str: "string", list: "list", dict: "object"}
    return kinds.get(type(value), type(value).__name__.lower())


def a_kind(value: object) -> str:
    """Names the type of a value with its article, for a message.

    Args:
        value: Any value.
    """
    name = kind_name(value)
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def same(left: Any, right: Any, budget: Budget) -> bool:
    """Compares two JSON values deeply: numbers by value, objects whatever their order, ``true`` never equal to 1.

    Args:
        left: One value.
        right: The other.
        budget: Pays a step for each part that is compared.

    Raises:
        ExpressionBudgetExceeded: The values are too large.
    """
    pairs = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, bool) or isinstance(b, bool):
            if a is not b:
                return False
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            budget.charge(len(a))
            pairs.extend(zip(a, b, strict=True))
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            budget.charge(len(a))
            pairs.extend((a[name], b[name]) for name in a)
        elif a != b:
            return False
    return True


def check_json(value: Any, budget: Budget, levels: int) -> None:
    """Refuses a result that is too large to be stored, shared parts counted as often as they would be written.

    Args:
        value: A JSON value.
        budget: Pays for every part.
        levels: Levels of nesting that are still allowed.

    Raises:
        ExpressionBudgetExceeded: It is too deep or too large.
    """
    if isinstance(value, str):
        budget.text(len(value))
    elif isinstance(value, list | dict):
        if not levels:
            raise ExpressionBudgetExceeded("the expression makes a value that is nested too deeply")
        budget.charge(len(value))
        if isinstance(value, list):
            for item in value:
                check_json(item, budget, levels - 1)
        else:
            for name, item in value.items():
                budget.text(len(name))
                check_json(item, budget, levels - 1)
