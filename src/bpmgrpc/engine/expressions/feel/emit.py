"""How the forms that only FEEL has become closures: filters, loops, functions, contexts, ranges and tests.

A loop charges the size of its body for every turn, before it runs it; that is what bounds all loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.ast import (
    Between,
    Call,
    Context,
    Filter,
    For,
    Function,
    In,
    InstanceOf,
    Invoke,
    Name,
    Node,
    Quantified,
    Range,
    Sequence,
    TypeName,
    measure,
)
from bpmgrpc.engine.expressions.budget import MAX_ITEMS
from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded
from bpmgrpc.engine.expressions.feel.functions import BUILTINS
from bpmgrpc.engine.expressions.feel.numbers import whole
from bpmgrpc.engine.expressions.feel.temporal import Date, date_from_days
from bpmgrpc.engine.expressions.feel.types import TYPES, conforms
from bpmgrpc.engine.expressions.feel.values import FeelFunction, FeelRange, compare, equal, kind, within
from bpmgrpc.engine.expressions.frame import MISSING
from bpmgrpc.engine.expressions.semantics import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Sequence as Items

    from bpmgrpc.engine.expressions.compiler import Emitter
    from bpmgrpc.engine.expressions.frame import Code, Frame
    from bpmgrpc.engine.expressions.semantics import Rule

__all__ = ["RULES"]

_TURN: Final = 2  # steps that a turn of a loop costs besides its body


def _sequence(emitter: Emitter, node: Sequence) -> Code:
    items = emitter.emit_all(node.items)

    def sequence(frame: Frame) -> list[Any]:
        return [item(frame) for item in items]

    return sequence


def _context(emitter: Emitter, node: Context) -> Code:
    entries: list[tuple[str, Code]] = []
    names: list[str] = []
    for name, value in node.entries:
        # A function may call itself by its entry's name; any other value sees only the entries before it.
        visible = [*names, name] if isinstance(value, Function) else list(names)
        entries.append((name, emitter.emit_within(value, visible)))
        names.append(name)

    def context(frame: Frame) -> dict[str, Any]:
        made: dict[str, Any] = {}
        inner = frame.inner(made)
        for name, value in entries:
            made[name] = value(inner)
        return made

    return context


def _range(emitter: Emitter, node: Range) -> Code:
    low = emitter.emit(node.low) if node.low is not None else None
    high = emitter.emit(node.high) if node.high is not None else None
    low_included, high_included = node.low_included, node.high_included

    def make(frame: Frame) -> FeelRange | None:
        begin = low(frame) if low is not None else None
        end = high(frame) if high is not None else None
        if (begin is None and low is not None) or (end is None and high is not None):
            return None
        if begin is not None and end is not None:
            order = compare(begin, end)
            if order is None or order > 0:
                return None
        return FeelRange(begin, end, low_included, high_included)

    return make


def _filter(emitter: Emitter, node: Filter) -> Code:
    base = emitter.emit(node.base)
    condition = emitter.emit_within(node.condition, ("item",))
    cost = measure(node.condition)[0]

    def apply(frame: Frame) -> Any:
        value = base(frame)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if not items:
            return None if value is None or is_number(condition(frame.inner({}))) else []
        kept: list[Any] = []
        for index, item in enumerate(items):
            frame.budget.charge(cost + _TURN)
            inner = frame.inner({"item": item})
            hit = condition(inner.inner(item) if isinstance(item, dict) else inner)
            if hit is True:
                kept.append(item)
            elif index == 0 and is_number(hit):
                return _at(items, hit)
        return kept

    return apply


def _at(items: list[Any], position: Any) -> Any:
    at = whole(position)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    return items[at - 1 if at > 0 else at]


def _domains(
    emitter: Emitter, iterators: tuple[tuple[str, Node], ...]
) -> tuple[list[tuple[str, Code]], tuple[str, ...]]:
    """Emits the iterators of a loop; each sees the ones before it."""
    domains: list[tuple[str, Code]] = []
    names: tuple[str, ...] = ()
    for name, node in iterators:
        if isinstance(node, Range) and node.counted and node.low is not None and node.high is not None:
            low = emitter.emit_within(node.low, names)
            high = emitter.emit_within(node.high, names)
            domains.append((name, _counted(low, high)))
        else:
            domains.append((name, emitter.emit_within(node, names)))
        names = (*names, name)
    return domains, names


def _counted(low: Code, high: Code) -> Code:
    """Makes the domain ``low..high``, which may run downwards."""

    def counted(frame: Frame) -> Any:
        return _walk(low(frame), high(frame), low_included=True, high_included=True)

    return counted


def _walk(low: Any, high: Any, *, low_included: bool, high_included: bool) -> Any:
    """Lists what lies between two whole numbers or dates; null for other ends."""
    if isinstance(low, Date) and isinstance(high, Date):
        days = _walk(low.days, high.days, low_included=low_included, high_included=high_included)
        return None if days is None else _Days(days)
    first, last = whole(low), whole(high)
    if first is None or last is None:
        return None
    step = 1 if first <= last else -1
    return range(first if low_included else first + step, last + step if high_included else last, step)


class _Days:
    """Dates by their days; made one at a time, because a loop may end early."""

    def __init__(self, days: Items[int]) -> None:
        self._days = days

    def __iter__(self) -> Iterator[Date | None]:
        return map(date_from_days, self._days)


def _items(value: Any) -> Any:
    """Gives what a loop runs over; None where it is null or a range that cannot be counted."""
    if isinstance(value, FeelRange):
        return _walk(value.low, value.high, low_included=value.low_included, high_included=value.high_included)
    if value is None or isinstance(value, list | range | _Days):
        return value
    return [value]


class _NoDomain(Exception):
    """A loop over null; its value is null."""


def _turns(domains: list[tuple[str, Code]], frame: Frame, bindings: dict[str, Any], cost: int) -> Iterator[None]:
    """Runs through all combinations, the last iterator fastest, and binds the names for each."""
    name, domain = domains[0]
    items = _items(domain(frame))
    if items is None:
        raise _NoDomain
    for item in items:
        frame.budget.charge(cost + _TURN)
        bindings[name] = item
        if len(domains) == 1:
            yield
        else:
            yield from _turns(domains[1:], frame, bindings, cost)


def _for(emitter: Emitter, node: For) -> Code:
    domains, names = _domains(emitter, node.iterators)
    body = emitter.emit_within(node.body, (*names, "partial"))
    cost = measure(node.body)[0]

    def loop(frame: Frame) -> list[Any] | None:
        results: list[Any] = []
        bindings: dict[str, Any] = {}
        inner = frame.inner({"partial": results}).inner(bindings)
        try:
            for _ in _turns(domains, inner, bindings, cost):
                # A function made in a turn must keep the values of that turn.
                results.append(body(frame.inner({"partial": results, **bindings})))
                if len(results) > MAX_ITEMS:
                    raise ExpressionBudgetExceeded(f"the expression makes a list of more than {MAX_ITEMS:,} items")
        except _NoDomain:
            return None
        return results

    return loop


def _quantified(emitter: Emitter, node: Quantified) -> Code:
    domains, names = _domains(emitter, node.iterators)
    condition = emitter.emit_within(node.condition, names)
    cost = measure(node.condition)[0]
    decisive = node.quantifier == "some"
    opposite = not decisive

    def quantified(frame: Frame) -> bool | None:
        bindings: dict[str, Any] = {}
        inner = frame.inner(bindings)
        result: bool | None = opposite
        try:
            for _ in _turns(domains, inner, bindings, cost):
                hit = condition(inner)
                if hit is decisive:
                    return not opposite
                if hit is not opposite:
                    result = None
        except _NoDomain:
            return None
        return result

    return quantified


def _between(emitter: Emitter, node: Between) -> Code:
    value, low, high = emitter.emit(node.value), emitter.emit(node.low), emitter.emit(node.high)

    def between(frame: Frame) -> bool | None:
        found = value(frame)
        above, below = compare(found, low(frame)), compare(found, high(frame))
        if above is None or below is None:
            return None
        return above >= 0 and below <= 0

    return between


def _in(emitter: Emitter, node: In) -> Code:
    value = emitter.emit(node.value)
    tests = [(test.operator, emitter.emit(test.operand), isinstance(test.operand, Range)) for test in node.tests]

    def is_in(frame: Frame) -> bool | None:
        found = value(frame)
        result: bool | None = False
        for operator, operand, is_range in tests:
            wanted = operand(frame)
            # A range without a value, such as [1..null], is not the value null that something could be equal to.
            answer = None if wanted is None and is_range else _answer(found, operator, wanted, frame)
            if answer is True:
                return True
            if answer is None:
                result = None
        return result

    return is_in


def _answer(value: Any, operator: str, operand: Any, frame: Frame) -> bool | None:
    decide = _DECIDE.get(operator)
    if decide is not None:
        order = compare(value, operand)
        return None if order is None else bool(decide(order))
    if operator:
        same = equal(value, operand, frame)
        return same if operator == "==" or same is None else not same
    if isinstance(operand, FeelRange) and not isinstance(value, FeelRange):
        return within(value, operand)
    if isinstance(operand, list):
        if isinstance(value, list) and equal(value, operand, frame) is True:
            return True
        frame.budget.items(len(operand))
        return any(_is_item(value, item, frame) for item in operand)
    return equal(value, operand, frame)


def _is_item(value: Any, item: Any, frame: Frame) -> bool:
    if isinstance(item, FeelRange) and not isinstance(value, FeelRange):
        return within(value, item) is True
    return equal(value, item, frame) is True


def _instance_of(emitter: Emitter, node: InstanceOf) -> Code:
    value, wanted = emitter.emit(node.value), node.type
    _check_type(emitter, node, wanted)

    def instance_of(frame: Frame) -> bool:
        return conforms(value(frame), wanted, frame)

    return instance_of


def _check_type(emitter: Emitter, node: Node, wanted: TypeName) -> None:
    if wanted.name not in TYPES:
        emitter.fail(node, f"unknown type {wanted.name!r}")
    for argument in wanted.arguments:
        _check_type(emitter, node, argument)


def _function(emitter: Emitter, node: Function) -> Code:
    names = tuple(name for name, _ in node.parameters)
    types = tuple(wanted for _, wanted in node.parameters)
    for wanted in types:
        if wanted is not None:
            _check_type(emitter, node, wanted)
    body = emitter.emit_within(node.body, names)
    cost, levels = measure(node.body)

    def make(frame: Frame) -> FeelFunction:
        def call(caller: Frame, arguments: list[Any]) -> Any:
            caller.budget.charge(cost)
            caller.budget.enter(levels)
            value = body(frame.inner(dict(zip(names, arguments, strict=True))))
            caller.budget.leave(levels)
            return value

        return FeelFunction(names, types, call)

    return make


def _call(emitter: Emitter, node: Call) -> Code:
    found = BUILTINS.get(node.function)
    if found is None or emitter.binds(node.function):
        if node.function == "is defined" and len(node.arguments) == 1:
            return _is_defined(emitter, node.arguments[0])
        return _invoke(emitter, Invoke(node.offset, Name(node.offset, node.function), node.arguments, node.names))
    builtin, names = found, node.names
    arguments = emitter.emit_all(node.arguments)

    def call(frame: Frame) -> Any:
        return builtin.call(frame, [argument(frame) for argument in arguments], names)

    return emitter.placed(call, node)


def _is_defined(emitter: Emitter, node: Node) -> Code:
    if isinstance(node, Name):
        name = emitter.refer(node.name)
        return lambda frame: frame.find(name) is not MISSING
    value = emitter.emit(node)
    return lambda frame: value(frame) is not None


def _invoke(emitter: Emitter, node: Invoke) -> Code:
    function, arguments, names = emitter.emit(node.function), emitter.emit_all(node.arguments), node.names

    def invoke(frame: Frame) -> Any:
        target = function(frame)
        if not isinstance(target, FeelFunction):
            return None
        values = [argument(frame) for argument in arguments]
        if names:
            if set(names) != set(target.parameters):
                return None
            given = dict(zip(names, values, strict=True))
            values = [given[name] for name in target.parameters]
        return _apply(target, values, frame)

    return emitter.placed(invoke, node)


def _apply(target: FeelFunction, values: list[Any], frame: Frame) -> Any:
    if len(target.parameters) != len(values) and not target.flexible:
        return None
    for index, wanted in enumerate(target.types[: len(values)]):
        if wanted is not None and values[index] is not None and not conforms(values[index], wanted, frame):
            values[index] = _converted(values[index], wanted, frame)
            if values[index] is None:
                return None
    return target.call(frame, values)


def _converted(value: Any, wanted: TypeName, frame: Frame) -> Any:
    """Converts between a value and a list of one, as FEEL does for arguments; null where neither fits."""
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], wanted, frame):
        return value[0]
    if kind(value) != "list" and wanted.name == "list" and conforms([value], wanted, frame):
        return [value]
    return None


_DECIDE: Final[Mapping[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}

RULES: Final[Mapping[type, Rule]] = {
    Between: _between,
    Call: _call,
    Context: _context,
    Filter: _filter,
    For: _for,
    Function: _function,
    In: _in,
    InstanceOf: _instance_of,
    Invoke: _invoke,
    Quantified: _quantified,
    Range: _range,
    Sequence: _sequence,
}
