"""``instance of`` and the types of parameters (DMN 1.5, 10.3.2.7 and table 44)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel.values import FeelFunction, FeelRange, kind

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.ast import TypeName
    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["TYPES", "conforms"]

TYPES: Final = frozenset(
    {
        "Any",
        "null",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "list",
        "context",
        "function",
        "range",
    }
)
"""The names of types."""


def conforms(value: Any, wanted: TypeName, frame: Frame) -> bool:
    """Tells whether a value is of a type; null is of the types ``Any`` and ``null`` only.

    Args:
        value: The value.
        wanted: The type.
        frame: Pays for the items that are looked at.
    """
    if wanted.name == "Any":
        return value is not None
    if wanted.name in ("null", "Null"):
        return value is None
    if kind(value) != wanted.name:
        return False
    if not wanted.arguments:
        return True
    if isinstance(value, list):
        frame.budget.items(len(value))
        return all(_fits(item, wanted.arguments[0], frame) for item in value)
    if isinstance(value, dict):
        return all(
            name in value and _fits(value[name], argument, frame)
            for name, argument in zip(wanted.members, wanted.arguments, strict=True)
        )
    if isinstance(value, FeelRange):
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(conforms(end, wanted.arguments[0], frame) for end in ends)
    return isinstance(value, FeelFunction) and len(value.parameters) == len(wanted.arguments) - 1


def _fits(value: Any, wanted: TypeName, frame: Frame) -> bool:
    """Tells whether a part is of a type: there null is of every type."""
    return value is None or conforms(value, wanted, frame)
