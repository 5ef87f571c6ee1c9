"""The methods that JUEL and bare conditions may call: a white list by the kind of the value, and nothing else.

A method is a row: name, fewest and most arguments, function. The functions see JSON values only and return JSON values,
so there is no way from here to the host. An object's getters read its members: ``order.getTotal()`` is ``order.total``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bpmgrpc.engine.expressions.coercion import numeric, text
from bpmgrpc.engine.expressions.errors import ExpressionError
from bpmgrpc.engine.expressions.moments import GETTERS, SHIFTS, DateTime, order_of
from bpmgrpc.engine.expressions.regex import compile_pattern
from bpmgrpc.engine.expressions.semantics import a_kind, kind_name, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.engine.expressions.budget import Budget

__all__ = ["call_method", "position"]


class _Method(NamedTuple):
    least: int
    most: int
    function: Callable[..., Any]


def call_method(base: Any, name: str, arguments: list[Any], budget: Budget) -> Any:
    """Calls a method of a value.

    Args:
        base: The value.
        name: The method.
        arguments: Its arguments.
        budget: Pays for what the method walks over.

    Returns:
        Its result.

    Raises:
        ExpressionError: The value is null, or has no such method, or not with so many or such arguments.
        ExpressionBudgetExceeded: It costs too much.
    """
    kind = kind_name(base)
    if base is None:
        raise ExpressionError(f"cannot call {name}() of null")
    method = _METHODS[kind].get(name)
    if method is None:
        if kind == "object" and not arguments and (member := _getter(name)):
            return base.get(member)
        raise ExpressionError(f"{a_kind(base)} has no method {name}()")
    if not method.least <= len(arguments) <= method.most:
        raise ExpressionError(f"{name}() of {a_kind(base)} takes {_count(method)}, not {len(arguments)}")
    return method.function(budget, base, *arguments)


def _count(method: _Method) -> str:
    if method.least == method.most:
        return "1 argument" if method.least == 1 else f"{method.least} arguments"
    return f"{method.least} to {method.most} arguments"


def _getter(name: str) -> str | None:
    for prefix in ("get", "is"):
        member = name.removeprefix(prefix)
        if member != name and member[:1].isupper():
            return member[0].lower() + member[1:]
    return None


def position(value: Any) -> int:
    """Reads a position in a text or list.

    Args:
        value: A number without fraction, or a text that holds one.

    Raises:
        ExpressionError: It is none.
    """
    number = numeric(value, null_is_zero=False)
    if number != (whole := int(number)):
        raise ExpressionError(f"expected a position, found {number}")
    return whole


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ExpressionError(f"expected a string, found {kind_name(value)}")


def _search(budget: Budget, base: str) -> None:
    # Searching is linear in practice; copying and scanning are charged like making a text.
    budget.text(len(base))


def _contains(budget: Budget, base: str, part: Any) -> bool:
    _search(budget, base)
    return _string(part) in base


def _equals_ignoring_case(_: Budget, base: str, other: Any) -> bool:
    return isinstance(other, str) and base.casefold() == other.casefold()


def _starts_with(_: Budget, base: str, prefix: Any) -> bool:
    return base.startswith(_string(prefix))


def _ends_with(_: Budget, base: str, suffix: Any) -> bool:
    return base.endswith(_string(suffix))


def _upper(budget: Budget, base: str) -> str:
    budget.text(len(base))
    return base.upper()


def _lower(budget: Budget, base: str) -> str:
    budget.text(len(base))
    return base.lower()


def _trim(_: Budget, base: str) -> str:
    return base.strip()


def _substring(_: Budget, base: str, begin: Any, end: Any = None) -> str:
    first = position(begin)
    last = len(base) if end is None else position(end)
    if not 0 <= first <= last <= len(base):
        raise ExpressionError(f"substring({first}, {last}) is outside a text of {len(base)} characters")
    return base[first:last]


def _character(_: Budget, base: str, index: Any) -> str:
    at = position(index)
    if not 0 <= at < len(base):
        raise ExpressionError(f"charAt({at}) is outside a text of {len(base)} characters")
    return base[at]


def _find(budget: Budget, base: str, part: Any) -> int:
    _search(budget, base)
    return base.find(_string(part))


def _find_last(budget: Budget, base: str, part: Any) -> int:
    _search(budget, base)
    return base.rfind(_string(part))


def _replace(budget: Budget, base: str, old: Any, new: Any) -> str:
    old, new = _string(old), _string(new)
    budget.text(len(base) + base.count(old) * len(new))
    return base.replace(old, new)


def _concat(budget: Budget, base: str, other: Any) -> str:
    tail = _string(other)
    budget.text(len(base) + len(tail))
    return base + tail


def _replace_all(budget: Budget, base: str, pattern: Any, replacement: Any) -> str:
    return compile_pattern(_string(pattern), "", budget).replace(base, _string(replacement), budget)


def _split(budget: Budget, base: str, pattern: Any) -> list[str]:
    parts = compile_pattern(_string(pattern), "", budget).split(base, budget)
    while parts and not parts[-1]:  # as Java does
        parts.pop()
    return parts


def _matches(budget: Budget, base: str, pattern: Any) -> bool:
    return compile_pattern(_string(pattern), "", budget).matches_all(base, budget)


def _compare(_: Budget, base: Any, other: Any) -> int:
    if kind_name(base) != kind_name(other):
        raise ExpressionError(f"cannot compare {kind_name(base)} with {kind_name(other)}")
    return int(base > other) - int(base < other)


def _equals(budget: Budget, base: Any, other: Any) -> bool:
    return same(base, other, budget)


def _text(_: Budget, base: Any) -> str:
    return text(base)


def _length(_: Budget, base: Any) -> int:
    return len(base)


def _is_empty(_: Budget, base: Any) -> bool:
    return not base


def _is_blank(_: Budget, base: str) -> bool:
    return not base.strip()


def _item(_: Budget, base: list[Any], index: Any) -> Any:
    at = position(index)
    if not 0 <= at < len(base):
        raise ExpressionError(f"get({at}) is outside a list of {len(base)} items")
    return base[at]


def _index_of(budget: Budget, base: list[Any], value: Any) -> int:
    budget.items(len(base))
    return next((index for index, item in enumerate(base) if same(item, value, budget)), -1)


def _has_item(budget: Budget, base: list[Any], value: Any) -> bool:
    return _index_of(budget, base, value) >= 0


def _has_items(budget: Budget, base: list[Any], others: Any) -> bool:
    if not isinstance(others, list):
        raise ExpressionError(f"expected a list, found {kind_name(others)}")
    return all(_has_item(budget, base, other) for other in others)


def _sub_list(budget: Budget, base: list[Any], begin: Any, end: Any) -> list[Any]:
    first, last = position(begin), position(end)
    if not 0 <= first <= last <= len(base):
        raise ExpressionError(f"subList({first}, {last}) is outside a list of {len(base)} items")
    budget.items(last - first)
    return base[first:last]


def _member(_: Budget, base: dict[str, Any], name: Any, default: Any = None) -> Any:
    return base.get(_string(name), default)


def _has_member(_: Budget, base: dict[str, Any], name: Any) -> bool:
    return _string(name) in base


def _has_value(budget: Budget, base: dict[str, Any], value: Any) -> bool:
    return _has_item(budget, list(base.values()), value)


def _keys(budget: Budget, base: dict[str, Any]) -> list[str]:
    budget.items(len(base))
    return list(base)


def _values(budget: Budget, base: dict[str, Any]) -> list[Any]:
    budget.items(len(base))
    return list(base.values())


def _itself(_: Budget, base: Any) -> Any:
    return base


def _is_before(_: Budget, base: DateTime, other: Any) -> bool:
    return order_of(base, other) < 0


def _is_after(_: Budget, base: DateTime, other: Any) -> bool:
    return order_of(base, other) > 0


def _same_moment(_: Budget, base: DateTime, other: Any) -> bool:
    return isinstance(other, DateTime) and order_of(base, other) == 0


def _whole(_: Budget, base: int | Decimal) -> int:
    return int(base)


_ANY: Final[Mapping[str, _Method]] = {"equals": _Method(1, 1, _equals), "toString": _Method(0, 0, _text)}
_SIZED: Final[Mapping[str, _Method]] = {
    **_ANY,
    "size": _Method(0, 0, _length),
    "length": _Method(0, 0, _length),
    "isEmpty": _Method(0, 0, _is_empty),
}
_METHODS: Final[Mapping[str, Mapping[str, _Method]]] = {
    "string": {
        **_SIZED,
        "isBlank": _Method(0, 0, _is_blank),
        "contains": _Method(1, 1, _contains),
        "includes": _Method(1, 1, _contains),
        "equalsIgnoreCase": _Method(1, 1, _equals_ignoring_case),
        "compareTo": _Method(1, 1, _compare),
        "startsWith": _Method(1, 1, _starts_with),
        "endsWith": _Method(1, 1, _ends_with),
        "toUpperCase": _Method(0, 0, _upper),
        "toLowerCase": _Method(0, 0, _lower),
        "trim": _Method(0, 0, _trim),
        "substring": _Method(1, 2, _substring),
        "charAt": _Method(1, 1, _character),
        "indexOf": _Method(1, 1, _find),
        "lastIndexOf": _Method(1, 1, _find_last),
        "replace": _Method(2, 2, _replace),
        "replaceAll": _Method(2, 2, _replace_all),
        "concat": _Method(1, 1, _concat),
        "split": _Method(1, 1, _split),
        "matches": _Method(1, 1, _matches),
    },
    "list": {
        **_SIZED,
        "get": _Method(1, 1, _item),
        "contains": _Method(1, 1, _has_item),
        "containsAll": _Method(1, 1, _has_items),
        "includes": _Method(1, 1, _has_item),
        "indexOf": _Method(1, 1, _index_of),
        "subList": _Method(2, 2, _sub_list),
    },
    "object": {
        **_SIZED,
        "get": _Method(1, 1, _member),
        "getOrDefault": _Method(2, 2, _member),
        "containsKey": _Method(1, 1, _has_member),
        "containsValue": _Method(1, 1, _has_value),
        "keySet": _Method(0, 0, _keys),
        "values": _Method(0, 0, _values),
    },
    "number": {
        **_ANY,
        "compareTo": _Method(1, 1, _compare),
        "intValue": _Method(0, 0, _whole),
        "longValue": _Method(0, 0, _whole),
        "doubleValue": _Method(0, 0, _itself),
    },
    "boolean": {**_ANY, "booleanValue": _Method(0, 0, _itself)},
    "datetime": {
        **{name: _Method(0, 0, function) for name, function in GETTERS.items()},
        **{name: _Method(1, 1, function) for name, function in SHIFTS.items()},
        "toString": _Method(0, 0, _text),
        "equals": _Method(1, 1, _same_moment),
        "isBefore": _Method(1, 1, _is_before),
        "isAfter": _Method(1, 1, _is_after),
    },
}
