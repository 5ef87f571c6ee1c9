"""Numeric functions (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel.functions.registry import builtin
from bpmgrpc.engine.expressions.feel.numbers import DECIMAL128, negate
from bpmgrpc.engine.expressions.feel.temporal import DaysDuration, YearsDuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.frame import Frame

# Rounding must not round twice: the number may have 1,000 digits where it comes from a variable.
_WIDE: Final = Context(prec=8000, Emin=-9_999, Emax=9_999)


def _rounded(number: int | Decimal, scale: int | Decimal | None, rounding: str) -> Decimal | None:
    # A scale with a fraction is cut, as the reference cases have it; null as a scale gives null.
    if scale is None or not -6111 <= scale <= 6176:
        return None
    places = int(scale)
    step = Decimal((0, (1,), -places))
    return DECIMAL128.plus(Decimal(number).quantize(step, rounding=rounding, context=_WIDE))


def _rounding(rounding: str) -> Callable[..., Decimal | None]:
    def apply(_: Frame, number: int | Decimal, scale: int | Decimal | None = 0) -> Decimal | None:
        return _rounded(number, scale, rounding)

    return apply


builtin("decimal", "n: number, scale: number")(_rounding(ROUND_HALF_EVEN))
builtin("floor", "n: number, scale?: number")(_rounding(ROUND_FLOOR))
builtin("ceiling", "n: number, scale?: number")(_rounding(ROUND_CEILING))
builtin("round up", "n: number, scale: number")(_rounding(ROUND_UP))
builtin("round down", "n: number, scale: number")(_rounding(ROUND_DOWN))
builtin("round half up", "n: number, scale: number")(_rounding(ROUND_HALF_UP))
builtin("round half down", "n: number, scale: number")(_rounding(ROUND_HALF_DOWN))
builtin("round half even", "n: number, scale: number")(_rounding(ROUND_HALF_EVEN))


@builtin("abs", "n: number | days and time duration | years and months duration")
def _abs(_: Frame, value: Any) -> Any:
    if isinstance(value, DaysDuration):
        return DaysDuration(abs(value.nanoseconds))
    if isinstance(value, YearsDuration):
        return YearsDuration(abs(value.months))
    return value if value >= 0 else negate(value)


@builtin("modulo", "dividend: number, divisor: number")
def _modulo(_: Frame, dividend: int | Decimal, divisor: int | Decimal) -> Decimal | None:
    if not divisor:
        return None
    # dividend - divisor * floor(dividend / divisor), which has the divisor's sign, without its rounding.
    rest = _WIDE.remainder(Decimal(dividend), Decimal(divisor))
    return DECIMAL128.plus(rest + divisor if rest and (rest < 0) is not (divisor < 0) else rest)


@builtin("sqrt", "number: number")
def _sqrt(_: Frame, number: int | Decimal) -> Decimal | None:
    return DECIMAL128.sqrt(number) if number >= 0 else None


@builtin("log", "number: number")
def _log(_: Frame, number: int | Decimal) -> Decimal | None:
    return DECIMAL128.ln(number) if number > 0 else None


@builtin("exp", "number: number")
def _exp(_: Frame, number: int | Decimal) -> Decimal:
    return DECIMAL128.exp(number)


@builtin("odd", "number: number")
def _odd(_: Frame, number: int | Decimal) -> bool | None:
    value = _integer(number)
    return None if value is None else value % 2 == 1


@builtin("even", "number: number")
def _even(_: Frame, number: int | Decimal) -> bool | None:
    value = _integer(number)
    return None if value is None else value % 2 == 0


def _integer(number: int | Decimal) -> int | None:
    if isinstance(number, Decimal) and (number != number.to_integral_value() or number.adjusted() > 6144):
        return None
    return int(number)
