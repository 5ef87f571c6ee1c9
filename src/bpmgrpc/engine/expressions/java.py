"""The semantics of JUEL and of bare conditions: what the table in `coercion` says, and what their names mean.

``execution`` (``kcontext`` in jBPM, ``task`` in listeners) is not a value: it has a few methods that read variables. So
have Flowable's ``variables:…`` functions and jBPM's ``KieFunctions``; they are rewritten into operators of the
language. Any other property of ``execution`` is looked up in a variable of that name, which the scope may offer.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions import coercion
from bpmgrpc.engine.expressions.ast import Call, Fallback, Index, Literal, Method, Name, Node
from bpmgrpc.engine.expressions.errors import ExpressionError
from bpmgrpc.engine.expressions.frame import MISSING
from bpmgrpc.engine.expressions.methods import call_method, position
from bpmgrpc.engine.expressions.moments import DateTime, now
from bpmgrpc.engine.expressions.semantics import a_kind, check_json, kind_name
from bpmgrpc.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.compiler import Emitter
    from bpmgrpc.engine.expressions.frame import Code, Frame
    from bpmgrpc.engine.expressions.semantics import Operator, Rule, Sign

__all__ = ["BARE", "JUEL"]

_CONTEXTS: Final = frozenset({"execution", "kcontext", "task", "delegateTask", "caseExecution"})
_HELPERS: Final = frozenset({"KieFunctions", "KogitoFunctions"})


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _different(equal: Operator) -> Operator:
    def apply(left: Any, right: Any, frame: Frame) -> bool:
        return not equal(left, right, frame)

    return apply


class _Java:
    """The semantics of one of the two languages.

    Args:
        lenient: Whether null is forgiven as the Java engines' JUEL does.
    """

    def __init__(self, *, lenient: bool) -> None:
        self._lenient = lenient
        equal = coercion.equal_juel if lenient else coercion.equal_bare
        self.operators: Mapping[str, Operator] = {
            "+": coercion.add_juel if lenient else coercion.add_bare,
            **{sign: coercion.arithmetic(sign, null_is_zero=lenient) for sign in "-*/%"},
            "==": equal,
            "!=": _different(equal),
            "<": coercion.order(operator.lt, lenient=lenient, or_equal=False),
            "<=": coercion.order(operator.le, lenient=lenient, or_equal=True),
            ">": coercion.order(operator.gt, lenient=lenient, or_equal=False),
            ">=": coercion.order(operator.ge, lenient=lenient, or_equal=True),
        }
        self.signs: Mapping[str, Sign] = {
            "-": coercion.negate(lenient),
            "+": self._plus,
            "not": self._negation,
            "empty": _is_empty,
        }
        self.rules: Mapping[type, Rule] = {
            Call: _emit_call,
            Fallback: _emit_fallback,
            Index: _emit_index,
            Method: _emit_method,
        }

    def _plus(self, value: Any) -> Any:
        return coercion.numeric(value, null_is_zero=self._lenient)

    def _negation(self, value: Any) -> bool:
        return not self.test(value)

    def member(self, base: Any, name: str) -> Any:
        if isinstance(base, dict):
            return base.get(name)
        if base is None:
            if self._lenient:
                return None
            raise ExpressionError(f"cannot read {name!r} of null")
        if isinstance(base, str | list):
            if name in ("length", "size"):
                return len(base)
            if name == "empty":
                return not base
        raise ExpressionError(f"{a_kind(base)} has no member {name!r}")

    def item(self, base: Any, key: Any) -> Any:
        """Gives ``base[key]``: null beyond a list's ends and for a missing member."""
        if isinstance(base, list):
            at = position(key)
            return base[at] if 0 <= at < len(base) else None
        if isinstance(base, dict):
            return base.get(coercion.text(key))
        return self.member(base, coercion.text(key))

    def unknown(self, name: str) -> Any:
        raise ExpressionError(f"unknown variable {name!r}")

    def test(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if self._lenient:
            return coercion.boolean(value)
        raise ExpressionError(f"expected true or false, found {kind_name(value)}")

    def finish(self, value: Any, budget: Budget) -> Any:
        if isinstance(value, DateTime):
            return str(value)
        check_json(value, budget, MAX_DEPTH - 1)
        return value


def _emit_index(emitter: Emitter, node: Index) -> Code:
    base, key = emitter.emit(node.base), emitter.emit(node.key)
    item = emitter.semantics.item  # type: ignore[attr-defined]

    def index(frame: Frame) -> Any:
        return item(base(frame), key(frame))

    return emitter.placed(index, node)


def _emit_fallback(emitter: Emitter, node: Fallback) -> Code:
    value = _optional(emitter, node.value) if isinstance(node.value, Name) else emitter.emit(node.value)
    return _or_else(value, emitter.emit(node.otherwise))


def _emit_method(emitter: Emitter, node: Method) -> Code:
    if isinstance(node.base, Name):
        if node.base.name in _CONTEXTS and node.name in _VARIABLE_METHODS:
            return _variable_call(emitter, node, _VARIABLE_METHODS[node.name], node.arguments)
        if node.base.name in _HELPERS:
            return _helper_call(emitter, node, node.name, [emitter.emit(argument) for argument in node.arguments])
    base, name = emitter.emit(node.base), node.name
    arguments = [emitter.emit(argument) for argument in node.arguments]

    def method(frame: Frame) -> Any:
        return call_method(base(frame), name, [argument(frame) for argument in arguments], frame.budget)

    return emitter.placed(method, node)


def _emit_call(emitter: Emitter, node: Call) -> Code:
    prefix, _, name = node.function.rpartition(":")
    if not prefix:
        if name not in _TIMES:
            emitter.fail(node, f"unknown function {name}()")
        if node.arguments:
            emitter.fail(node, f"{name}() takes no arguments")
        return now
    if name in _VARIABLE_FUNCTIONS and node.arguments:
        # Flowable takes the variable's name as it stands: variables:get(amount) and variables:get('amount').
        first, *others = node.arguments
        named = Literal(first.offset, first.name) if isinstance(first, Name) else first
        return _variable_call(emitter, node, _VARIABLE_FUNCTIONS[name], (named, *others))
    if not node.arguments:
        emitter.fail(node, f"{node.function}() needs a variable's name")
    first, *others = node.arguments
    value = _optional(emitter, first) if isinstance(first, Name) else _named(emitter, first)
    return _helper_call(emitter, node, name, [value, *(emitter.emit(argument) for argument in others)])


def _optional(emitter: Emitter, node: Name) -> Code:
    """Reads a variable that may be missing: null then."""
    name = emitter.refer(node.name)

    def optional(frame: Frame) -> Any:
        value = frame.find(name)
        return None if value is MISSING else value

    return optional


def _named(emitter: Emitter, node: Node) -> Code:
    """Reads the variable whose name is the value of a node."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        return _optional(emitter, Name(node.offset, node.value))
    name = emitter.emit(node)

    def named(frame: Frame) -> Any:
        value = frame.find(coercion.text(name(frame)))
        return None if value is MISSING else value

    return named


def _variable_call(emitter: Emitter, node: Node, kind: str, arguments: tuple[Node, ...]) -> Code:
    wanted = 2 if kind == "default" else 1
    if len(arguments) != wanted:
        emitter.fail(node, f"expected {wanted} argument{'s' if wanted > 1 else ''}, found {len(arguments)}")
    first = arguments[0]
    if kind == "exists":
        return _exists(emitter, first)
    value = _named(emitter, first)
    return _or_else(value, emitter.emit(arguments[1])) if kind == "default" else value


def _exists(emitter: Emitter, node: Node) -> Code:
    if isinstance(node, Literal) and isinstance(node.value, str):
        emitter.refer(node.value)
    name = emitter.emit(node)

    def exists(frame: Frame) -> bool:
        return frame.find(coercion.text(name(frame))) is not MISSING

    return exists


def _or_else(value: Code, otherwise: Code) -> Code:
    def fallback(frame: Frame) -> Any:
        found = value(frame)
        return otherwise(frame) if found is None else found

    return fallback


def _helper_call(emitter: Emitter, node: Node, name: str, values: list[Code]) -> Code:
    helper = _HELPER_FUNCTIONS.get(name)
    if helper is None:
        emitter.fail(node, f"unknown function {name}()")
    count, function = helper
    if len(values) != count:
        emitter.fail(node, f"{name}() takes {count} argument{'s' if count > 1 else ''}, not {len(values)}")

    def call(frame: Frame) -> Any:
        return function(frame, *[value(frame) for value in values])

    return emitter.placed(call, node)


# Functions of Camunda 7 that give the time of the command: as java.util.Date and as Joda's DateTime, here the same.
_TIMES: Final = frozenset({"now", "dateTime"})

# Methods of `execution` and functions of Flowable's `variables:` that read a variable by its name.
_VARIABLE_METHODS: Final[Mapping[str, str]] = {
    "getVariable": "value",
    "getVariableLocal": "value",
    "hasVariable": "exists",
    "hasVariableLocal": "exists",
}
_VARIABLE_FUNCTIONS: Final[Mapping[str, str]] = {"get": "value", "getOrDefault": "default", "exists": "exists"}

JUEL: Final = _Java(lenient=True)
BARE: Final = _Java(lenient=False)


def _equals(frame: Frame, left: Any, right: Any) -> bool:
    return coercion.equal_bare(left, right, frame)


def _ordered(sign: str) -> Callable[..., bool]:
    compare = JUEL.operators[sign]

    def apply(frame: Frame, left: Any, right: Any) -> bool:
        return left is not None and bool(compare(left, right, frame))

    return apply


def _between(frame: Frame, value: Any, low: Any, high: Any) -> bool:
    return _at_least(frame, value, low) and _at_most(frame, value, high)


def _method(name: str) -> Callable[..., bool]:
    def apply(frame: Frame, value: Any, argument: Any) -> bool:
        return value is not None and bool(call_method(value, name, [argument], frame.budget))

    return apply


_at_least: Final = _ordered(">=")
_at_most: Final = _ordered("<=")
_above: Final = _ordered(">")
_below: Final = _ordered("<")

# Number of arguments and function; null never fails here, that is what these helpers are for.
_HELPER_FUNCTIONS: Final[Mapping[str, tuple[int, Callable[..., bool]]]] = {
    "isNull": (1, lambda _, value: value is None),
    "isEmpty": (1, lambda _, value: _is_empty(value)),
    "isNotEmpty": (1, lambda _, value: not _is_empty(value)),
    "isTrue": (1, lambda _, value: value is True),
    "isFalse": (1, lambda _, value: value is False),
    **dict.fromkeys(("equals", "eq", "equalsTo"), (2, _equals)),
    **dict.fromkeys(("notEquals", "ne"), (2, lambda frame, left, right: not _equals(frame, left, right))),
    **dict.fromkeys(("greaterThan", "gt"), (2, _above)),
    **dict.fromkeys(("greaterThanOrEquals", "gte", "greaterOrEqualThan"), (2, _at_least)),
    **dict.fromkeys(("lowerThan", "lt", "lessThan"), (2, _below)),
    **dict.fromkeys(("lowerThanOrEquals", "lte", "lessOrEqualThan"), (2, _at_most)),
    "between": (3, _between),
    **{name: (2, _method(name)) for name in ("contains", "startsWith", "endsWith")},
}
