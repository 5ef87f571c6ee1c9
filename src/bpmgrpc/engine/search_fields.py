"""Searchable fields: values of business objects by which a process's tasks are found.

Rules of this file. A process declares paths, such as ``order.customer``: a variable, then members. Only variables of
the process instance itself count, not those of scopes inside of it. A value becomes a *key*: a text that is ordered,
letter by letter, as the values are, so that one index serves equality and ranges, and numbers of any size stay exact.
Values that have no key (objects, lists, null, long texts) are not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.values import parse

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.values import Value

__all__ = ["Searchable", "field_values", "read_paths", "search_key"]

MOST_FIELDS: Final = 20  # of a process
MOST_CHARACTERS: Final = 200  # of a text, of a path, and digits of a number
_SHIFT: Final = 50_000  # makes exponents positive; numbers beyond it have no key
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")

Searchable: TypeAlias = Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
"""By variable: path, and the members that lead from the variable to the value."""


def read_paths(text: str) -> Searchable:
    """Reads a declaration: paths, separated by commas.

    Raises:
        ValueError: An empty name, a path that is too long, or too many of them.
    """
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    paths = list(dict.fromkeys(path.strip() for path in text.split(",")))
    if len(paths) > MOST_FIELDS:
        raise ValueError(f"{len(paths)} fields are declared, at most {MOST_FIELDS} are allowed")
    for path in paths:
        variable, *members = path.split(".")
        if not all((variable, *members)) or len(path) > MOST_CHARACTERS:
            raise ValueError(f"{path[:MOST_CHARACTERS]!r} is no path such as order.customer")
        found.setdefault(variable, []).append((path, tuple(members)))
    return found


def search_key(value: Value) -> str:
    """Returns the key of a value; empty where it has none."""
    if isinstance(value, bool):
        return f"b{value:d}"
    if isinstance(value, str):
        return "" if len(value) > MOST_CHARACTERS or "\0" in value else f"s{value}"
    if isinstance(value, int | Decimal):
        return _number_key(Decimal(value))
    return ""


def _number_key(number: Decimal) -> str:
    """Sign, then the place of the point, then the digits; all of it turned around where the number is negative."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "n1"
    place = len(text) + int(exponent) + _SHIFT
    text = text.rstrip("0")
    if len(text) > MOST_CHARACTERS or not 0 <= place < 2 * _SHIFT:
        return ""
    key = f"{place:06}{text}"
    return f"n0{key.translate(_COMPLEMENT)}~" if sign else f"n2{key}"


def field_values(run: Execution, variables: Sequence[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Returns the searchable fields that changed variables set: process instance, path, key (empty: none any more).

    Args:
        run: The run that changed them.
        variables: Scope, name and JSON text of each.
    """
    found = []
    for scope, name, text in variables:
        if scope != ROOT_SCOPE and not _is_instance(run, scope):
            continue
        declared = run.program_of(scope).searchable.get(name)
        if declared:
            value = parse(text)
            found += [(scope, path, search_key(_member(value, members))) for path, members in declared]
    return found


def _is_instance(run: Execution, scope: int) -> bool:
    """Whether a scope is a called process instance's own. What a loop keeps for itself is in a scope without a row."""
    return run.ledger.has_element(scope) and "definition" in run.ledger.element(scope).data


def _member(value: Value, members: Sequence[str]) -> Value:
    for member in members:
        value = value.get(member) if isinstance(value, Mapping) else None
    return value
