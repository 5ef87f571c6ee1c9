"""What FEEL's operators, members and names mean. Nothing in FEEL fails on a value: the answer is null."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded, ExpressionError
from bpmgrpc.engine.expressions.feel import numbers, temporal
from bpmgrpc.engine.expressions.feel.emit import RULES
from bpmgrpc.engine.expressions.feel.functions import BUILTINS
from bpmgrpc.engine.expressions.feel.values import FeelFunction, FeelRange, compare, equal, text
from bpmgrpc.values import MAX_DEPTH, MAX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.frame import Frame
    from bpmgrpc.engine.expressions.semantics import Operator, Rule, Sign

__all__ = ["FEEL"]


def _different(left: Any, right: Any, frame: Frame) -> bool | None:
    same = equal(left, right, frame)
    return None if same is None else not same


def _ordered(decide: Callable[[int], bool]) -> Operator:
    def apply(left: Any, right: Any, _: Frame) -> bool | None:
        order = compare(left, right)
        return None if order is None else decide(order)

    return apply


class _Feel:
    """The semantics of FEEL."""

    operators: Mapping[str, Operator] = {
        "+": numbers.add,
        "-": numbers.subtract,
        "*": numbers.multiply,
        "/": numbers.divide,
        "**": numbers.power,
        "==": equal,
        "!=": _different,
        "<": _ordered(lambda order: order < 0),
        "<=": _ordered(lambda order: order <= 0),
        ">": _ordered(lambda order: order > 0),
        ">=": _ordered(lambda order: order >= 0),
    }
    signs: Mapping[str, Sign] = {"-": numbers.negate}
    rules: Mapping[type, Rule] = RULES

    def member(self, base: Any, name: str) -> Any:
        if isinstance(base, dict):
            return base.get(name)
        if isinstance(base, list):
            return [self.member(item, name) for item in base]
        if isinstance(base, FeelRange):
            return _range_member(base, name)
        if isinstance(base, _TIMES):
            return temporal.member(base, name)
        return None

    def unknown(self, name: str) -> Any:
        found = BUILTINS.get(name)
        return None if found is None else found.as_value()

    def test(self, value: Any) -> bool | None:
        return value if isinstance(value, bool) else None

    def finish(self, value: Any, budget: Budget) -> Any:
        return _to_json(value, budget, MAX_DEPTH - 1)


_TIMES: Final = (
    temporal.Date,
    temporal.Time,
    temporal.DateTime,
    temporal.DaysDuration,
    temporal.YearsDuration,
)


def _range_member(base: FeelRange, name: str) -> Any:
    members = {
        "start": base.low,
        "end": base.high,
        "start included": base.low_included,
        "end included": base.high_included,
    }
    return members.get(name)


def _to_json(value: Any, budget: Budget, levels: int) -> Any:
    """Turns a result into JSON: dates, times, durations and ranges as their texts; a function has none."""
    if isinstance(value, str):
        budget.text(len(value))
        return value
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or abs(value.adjusted()) > MAX_DIGITS - 40:
            raise ExpressionBudgetExceeded(f"the expression makes a number of more than {MAX_DIGITS:,} digits")
        return value
    if isinstance(value, list | dict):
        if not levels:
            raise ExpressionBudgetExceeded("the expression makes a value that is nested too deeply")
        budget.charge(2 * len(value) + 1)
        if isinstance(value, list):
            return [_to_json(item, budget, levels - 1) for item in value]
        budget.text(sum(map(len, value)))
        return {name: _to_json(item, budget, levels - 1) for name, item in value.items()}
    if isinstance(value, FeelFunction):
        if value.flexible:
            return None  # the name of a built-in function, read where a variable of that name is not set
        raise ExpressionError("the expression gives a function, which no variable can hold")
    if isinstance(value, _TIMES):
        return str(value)
    if isinstance(value, FeelRange):
        return text(value, budget)
    return value


FEEL: Final = _Feel()
