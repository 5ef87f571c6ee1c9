"""Input and output mappings of an activity or event (BPMN 2.0.2, 10.4.2).

Rule of this file: all sources are read before the first target is written, so that the order of the mappings does
not matter. A source that is nothing but a variable's name hands the value over in its source text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine.conditions import holds
from bpmgrpc.engine.steps import StepFailure
from bpmgrpc.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.program import VariableMapping
    from bpmgrpc.engine.variables import Variables
    from bpmgrpc.values import Value


def apply_mappings(
    variables: Variables, mappings: Sequence[VariableMapping], *, read: int, write: int, local: bool
) -> None:
    """Applies mappings.

    Args:
        variables: The variables of the run.
        mappings: The mappings; those whose condition is not true are left out.
        read: Scope that the sources see.
        write: Scope that the targets are set from.
        local: True sets the targets in ``write`` itself, False as ``Variables.home`` says.

    Raises:
        ExpressionError: A source or condition cannot be evaluated.
        StepFailure: A target's path leads through something that is no object.
    """
    scope = variables.seen_from(read)
    found = [
        (mapping, text_of(variables, mapping.source, read))
        for mapping in mappings
        if mapping.condition is None or holds(mapping.condition, scope)
    ]
    for mapping, text in found:
        set_target(variables, write, mapping.path, text, local=local)


def set_target(variables: Variables, scope: int, path: Sequence[str], text: str, *, local: bool = False) -> None:
    """Sets the variable, or the member of a variable, at a path to a JSON text.

    Args:
        variables: The variables of the run.
        scope: Scope that the variable is set from.
        path: Name of the variable, then of the members within.
        text: The JSON text.
        local: True sets it in ``scope`` itself, False as ``Variables.home`` says.

    Raises:
        StepFailure: The path leads through something that is no object.
    """
    name, *members = path
    where = scope if local else variables.home(scope, name)
    if members:
        text = _with_member(variables, where, name, members, text)
    variables.put(where, name, text)


def text_of(variables: Variables, source: Expression, scope: int) -> str:
    """Returns the JSON text of an expression's value; of a mere variable, its source text."""
    if source.reference is not None:
        found = variables.text(scope, source.reference)
        if found is not None:
            return found[1]
    return _json(variables.seen_from(scope).evaluate(source))


def _with_member(variables: Variables, scope: int, name: str, members: list[str], text: str) -> str:
    found = variables.text(scope, name)
    value: Value = values.parse(found[1]) if found is not None else None
    return _json(_replaced(value, members, values.parse(text), name))


def _json(value: Value) -> str:
    """Writes a value that an expression or a path made, which may be more than a variable can hold."""
    try:
        return values.serialize(value)
    except InvalidArgument as error:
        raise StepFailure("EXPRESSION_ERROR", f"the result is no value of a variable: {error}") from error


def _replaced(value: Value, members: list[str], new: Value, path: str) -> Value:
    if not members:
        return new
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise StepFailure(
            "MAPPING_ERROR", f"the mapping's target {path}.{members[0]} leads through a value that is no object"
        )
    first, *rest = members
    return {**value, first: _replaced(value.get(first), rest, new, f"{path}.{first}")}
