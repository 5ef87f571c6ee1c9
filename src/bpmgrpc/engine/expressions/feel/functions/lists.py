"""List functions (DMN 1.5, 10.3.4.4). Positions count from 1, or from the end; nothing is changed in place."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.expressions.feel.functions.registry import builtin
from bpmgrpc.engine.expressions.feel.numbers import DECIMAL128, add, multiply, whole
from bpmgrpc.engine.expressions.feel.values import FeelFunction, compare, equal
from bpmgrpc.engine.expressions.semantics import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.frame import Frame


def _items(arguments: tuple[Any, ...]) -> list[Any]:
    """Reads the arguments of a function that takes a list or single values."""
    if len(arguments) == 1:
        return arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    return list(arguments)


@builtin("list contains", "list: list, element")
def _list_contains(frame: Frame, items: list[Any], element: Any) -> bool:
    return any(equal(item, element, frame) is True for item in items)


@builtin("count", "list: list")
def _count(_: Frame, items: list[Any]) -> int:
    return len(items)


def _extreme(sign: int) -> Callable[..., Any]:
    def apply(_: Frame, *arguments: Any) -> Any:
        items = _items(arguments)
        if not items:
            return None
        best = items[0]
        if compare(best, best) is None:
            return None
        for item in items[1:]:
            order = compare(item, best)
            if order is None:
                return None
            if order * sign > 0:
                best = item
        return best

    return apply


builtin("min", "list*")(_extreme(-1))
builtin("max", "list*")(_extreme(1))


@builtin("sum", "list*")
def _sum(frame: Frame, *arguments: Any) -> Any:
    items = _items(arguments)
    if not items or any(item is None for item in items):
        return None
    total = items[0]
    for item in items[1:]:
        total = None if isinstance(item, str) else add(total, item, frame)
    return None if isinstance(total, str | bool | list | dict) else total


@builtin("mean", "list*")
def _mean(frame: Frame, *arguments: Any) -> Any:
    numbers = _numbers(arguments)
    return DECIMAL128.divide(_sum(frame, numbers), len(numbers)) if numbers else None


def _numbers(arguments: tuple[Any, ...]) -> list[Any] | None:
    """Reads arguments that must all be numbers; None where one is not."""
    items = _items(arguments)
    return items if all(is_number(item) for item in items) else None


@builtin("product", "list*")
def _product(frame: Frame, *arguments: Any) -> Any:
    numbers = _numbers(arguments)
    if not numbers:
        return None
    total: Any = Decimal(1)
    for number in numbers:
        total = multiply(total, number, frame)
    return total


@builtin("median", "list*")
def _median(_: Frame, *arguments: Any) -> Any:
    numbers = _numbers(arguments)
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return DECIMAL128.divide(DECIMAL128.add(ordered[middle - 1], ordered[middle]), 2)


@builtin("stddev", "list*")
def _stddev(frame: Frame, *arguments: Any) -> Any:
    numbers = _numbers(arguments)
    if not numbers or len(numbers) < 2:
        return None
    mean = DECIMAL128.divide(_sum(frame, numbers), len(numbers))
    squares = [DECIMAL128.power(DECIMAL128.subtract(number, mean), 2) for number in numbers]
    return DECIMAL128.sqrt(DECIMAL128.divide(_sum(frame, squares), len(numbers) - 1))


@builtin("mode", "list*")
def _mode(_: Frame, *arguments: Any) -> Any:
    numbers = _numbers(arguments)
    if numbers is None:
        return None
    counts: dict[Any, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


def _decided(decisive: bool) -> Callable[..., bool | None]:
    def apply(_: Frame, *arguments: Any) -> bool | None:
        items = _items(arguments)
        if any(item is decisive for item in items):
            return decisive
        return (not decisive) if all(item is (not decisive) for item in items) else None

    return apply


for _name, _decisive in (("all", False), ("any", True)):
    builtin(_name, "list*")(_decided(_decisive))


@builtin("sublist", "list: list, start position: number, length?: number")
def _sublist(_: Frame, items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    begin = _index(items, start)
    count = None if length is None else whole(length)
    if begin is None or (length is not None and (count is None or count < 1 or begin + count > len(items))):
        return None
    return items[begin:] if count is None else items[begin : begin + count]


def _index(items: list[Any], position: Any) -> int | None:
    """Turns a position, from 1 or from the end, into an index; None where the list has none."""
    at = whole(position)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    return at - 1 if at > 0 else len(items) + at


@builtin("append", "list: list, item*")
def _append(_: Frame, items: list[Any], *added: Any) -> list[Any]:
    return [*items, *added]


@builtin("concatenate", "list*: list")
def _concatenate(frame: Frame, *lists: list[Any]) -> list[Any]:
    frame.budget.items(sum(map(len, lists)))
    return [item for part in lists for item in part]


@builtin("insert before", "list: list, position: number, newItem")
def _insert_before(_: Frame, items: list[Any], position: Any, item: Any) -> list[Any] | None:
    at = _index(items, position)
    return None if at is None else [*items[:at], item, *items[at:]]


@builtin("remove", "list: list, position: number")
def _remove(_: Frame, items: list[Any], position: Any) -> list[Any] | None:
    at = _index(items, position)
    return None if at is None else [*items[:at], *items[at + 1 :]]


@builtin("list replace", "list: list, position: number, newItem", "list: list, match: function, newItem")
def _list_replace(frame: Frame, items: list[Any], where: Any, item: Any) -> list[Any] | None:
    if not isinstance(where, FeelFunction):
        at = _index(items, where)
        return None if at is None else [*items[:at], item, *items[at + 1 :]]
    if len(where.parameters) != 2:
        return None
    hits = [where.call(frame, [old, item]) for old in items]
    if not all(isinstance(hit, bool) for hit in hits):
        return None
    return [item if hit else old for old, hit in zip(items, hits, strict=True)]


@builtin("reverse", "list: list")
def _reverse(_: Frame, items: list[Any]) -> list[Any]:
    return items[::-1]


@builtin("index of", "list: list, match")
def _index_of(frame: Frame, items: list[Any], match: Any) -> list[int]:
    return [index for index, item in enumerate(items, 1) if equal(item, match, frame) is True]


def _distinct(frame: Frame, items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        frame.budget.charge(len(found))
        if not any(equal(item, known, frame) is True for known in found):
            found.append(item)
    return found


@builtin("distinct values", "list: list")
def _distinct_values(frame: Frame, items: list[Any]) -> list[Any]:
    return _distinct(frame, items)


@builtin("duplicate values", "list: list")
def _duplicate_values(frame: Frame, items: list[Any]) -> list[Any]:
    frame.budget.charge(len(items) ** 2)
    return _distinct(frame, [item for item in items if sum(equal(item, other, frame) is True for other in items) > 1])


@builtin("union", "list*: list")
def _union(frame: Frame, *lists: list[Any]) -> list[Any]:
    return _distinct(frame, _concatenate(frame, *lists))


@builtin("flatten", "list: list")
def _flatten(frame: Frame, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    pending = [iter(items)]
    while pending:
        frame.budget.charge(1)
        for item in pending[-1]:
            if isinstance(item, list):
                pending.append(iter(item))
                break
            frame.budget.charge(1)
            flat.append(item)
        else:
            pending.pop()
    return flat


@builtin("sort", "list: list, precedes?: function")
def _sort(frame: Frame, items: list[Any], precedes: FeelFunction | None = None) -> list[Any] | None:
    if precedes is None:
        if any(compare(item, items[0]) is None for item in items):
            return None
        return sorted(items, key=cmp_to_key(lambda left, right: compare(left, right) or 0))
    if len(precedes.parameters) != 2:
        return None

    def order(left: Any, right: Any) -> int:
        if precedes.call(frame, [left, right]) is True:
            return -1
        return 1 if precedes.call(frame, [right, left]) is True else 0

    return sorted(items, key=cmp_to_key(order))


@builtin("is empty", "list: list")
def _is_empty(_: Frame, items: list[Any]) -> bool:
    return not items


@builtin("partition", "list: list, size: number")
def _partition(_: Frame, items: list[Any], size: Any) -> list[list[Any]] | None:
    count = whole(size)
    if count is None or count < 1:
        return None
    return [items[at : at + count] for at in range(0, len(items), count)]
