"""The values of JUEL and bare conditions: which operands go together, and what becomes of them.

Both languages read numbers as int or Decimal and never as float. ``+ - *`` are exact. ``/`` gives an int where the
quotient is one, else a Decimal of 34 digits: ``10/4`` is 2.5 as in JUEL, and ``10/5`` is 2, not 2.0. ``%`` has the sign
of the dividend, as in Java. Numbers end at 1,000 digits.

====================  ======================================  ========================================
                      JUEL (as the Java engines)              bare
====================  ======================================  ========================================
``"5" > 3``           text with a number counts as one        the same
``"a" + 1``           error, ``+`` adds numbers only          ``a1``
``null + 1``          null counts as 0                        error
``null < 1``          false                                   error
``null == x``         true only for null                      the same
``"a" == 1``          error, not a number                     false
``"true" == true``    text is read as a boolean               false
``null.member``       null                                    error
``x.missing``         null                                    null
``now() < text``      the text is read as a date and time     the same
unknown variable      error                                   error
====================  ======================================  ========================================
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded, ExpressionError
from bpmgrpc.engine.expressions.moments import DateTime, order_of
from bpmgrpc.engine.expressions.semantics import is_number, kind_name, same
from bpmgrpc.errors import InvalidArgument
from bpmgrpc.values import MAX_DIGITS, serialize

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.frame import Frame

__all__ = [
    "add_bare",
    "add_juel",
    "arithmetic",
    "boolean",
    "equal_bare",
    "equal_juel",
    "negate",
    "numeric",
    "order",
    "text",
]

# Wide enough for the sum and the product of any two numbers of 1,000 digits, so that nothing is rounded.
_EXACT: Final = Context(prec=2 * MAX_DIGITS + 2, rounding=ROUND_DOWN, Emax=99_999, Emin=-99_999)
_QUOTIENT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=99_999, Emin=-99_999)
_MAX_BITS: Final = 3322  # of a number with 1,000 digits


def numeric(value: Any, *, null_is_zero: bool) -> int | Decimal:
    """Reads a value as a number.

    Args:
        value: A number, or a text that holds one as JSON writes it.
        null_is_zero: Whether null and empty text count as 0.

    Raises:
        ExpressionError: It is none.
    """
    if is_number(value):
        number: int | Decimal = value
        return number
    if null_is_zero and (value is None or value == ""):
        return 0
    if isinstance(value, str):
        found = _number_in(value)
        if found is not None:
            return found
        raise ExpressionError(f"expected a number, found the text {_shown(value)}")
    raise ExpressionError(f"expected a number, found {kind_name(value)}")


def _number_in(value: str) -> int | Decimal | None:
    """Finds the number that a text holds; no digits of other scripts, no NaN, no underscores."""
    body = value.strip().lstrip("+-")
    if len(value) > MAX_DIGITS or (not body[:1].isdigit() and body[:1] != ".") or not value.isascii() or "_" in value:
        return None
    try:
        number = Decimal(value.strip())
    except ArithmeticError:
        return None
    if not _fits(number):
        return None
    return int(number) if body.isdigit() else number


def boolean(value: Any) -> bool:
    """Reads a value as a boolean, as the Java engines do: null and empty text are false, a text is true if it says so.

    Args:
        value: A boolean, null or text.

    Raises:
        ExpressionError: It is a number, list or object.
    """
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    raise ExpressionError(f"expected true or false, found {kind_name(value)}")


def text(value: Any) -> str:
    """Writes a value as text, for composite texts and concatenation: null as nothing, lists and objects as JSON.

    Args:
        value: Any JSON value.

    Raises:
        ExpressionError: It has more than 1,000 digits, or is nested too deeply.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, DateTime):
        return str(value)
    try:
        return serialize(value)
    except InvalidArgument as error:
        raise ExpressionBudgetExceeded(f"the text of a value cannot be made: {error}") from error


def negate(null_is_zero: bool) -> Callable[[Any], Any]:
    """Makes the sign ``-``.

    Args:
        null_is_zero: Whether null counts as 0.
    """

    def minus(value: Any) -> Any:
        number = numeric(value, null_is_zero=null_is_zero)
        return -number if isinstance(number, int) else number.copy_negate()

    return minus


def arithmetic(operator: str, *, null_is_zero: bool) -> Callable[[Any, Any, Frame], Any]:
    """Makes one of ``+ - * / %``.

    Args:
        operator: Which.
        null_is_zero: Whether null counts as 0.
    """
    compute = _COMPUTE[operator]

    def apply(left: Any, right: Any, _: Frame) -> Any:
        return compute(numeric(left, null_is_zero=null_is_zero), numeric(right, null_is_zero=null_is_zero))

    return apply


def _add(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if isinstance(left, int) and isinstance(right, int):
        return _check(left + right)
    return _check(_EXACT.add(left, right))


def _subtract(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if isinstance(left, int) and isinstance(right, int):
        return _check(left - right)
    return _check(_EXACT.subtract(left, right))


def _multiply(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if isinstance(left, int) and isinstance(right, int):
        return _check(left * right)
    return _check(_EXACT.multiply(left, right))


def _divide(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if not right:
        raise ExpressionError("division by zero")
    if isinstance(left, int) and isinstance(right, int) and not left % right:
        return left // right
    return _check(_QUOTIENT.divide(left, right))


def _modulo(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if not right:
        raise ExpressionError("division by zero")
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return _check(_EXACT.remainder(left, right))


def _fits(number: int | Decimal) -> bool:
    if isinstance(number, int):
        return number.bit_length() <= _MAX_BITS
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and max(number.adjusted() + 1, 1) + max(-exponent, 0) <= MAX_DIGITS


def _check(number: int | Decimal) -> int | Decimal:
    if not _fits(number):
        raise ExpressionBudgetExceeded(f"the expression makes a number of more than {MAX_DIGITS:,} digits")
    return number


_COMPUTE: Final = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "%": _modulo}


def add_juel(left: Any, right: Any, frame: Frame) -> Any:
    """``+`` of JUEL: numbers only; text is joined by writing ``${a}${b}``."""
    del frame
    return _add(numeric(left, null_is_zero=True), numeric(right, null_is_zero=True))


def add_bare(left: Any, right: Any, frame: Frame) -> Any:
    """``+`` of bare conditions: joins where one side is text, else adds."""
    if isinstance(left, str) or isinstance(right, str):
        if isinstance(left, list | dict) or isinstance(right, list | dict):
            raise ExpressionError(f"cannot add {kind_name(left)} and {kind_name(right)}")
        joined = [text(left) if left is not None else "null", text(right) if right is not None else "null"]
        frame.budget.text(len(joined[0]) + len(joined[1]))
        return "".join(joined)
    return _add(numeric(left, null_is_zero=False), numeric(right, null_is_zero=False))


def equal_juel(left: Any, right: Any, frame: Frame) -> bool:
    """``==`` of JUEL: the kind of one side decides how the other is read (number, then boolean, then text)."""
    if left is None or right is None:
        return left is right
    if is_number(left) or is_number(right):
        return numeric(left, null_is_zero=True) == numeric(right, null_is_zero=True)
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) is boolean(right)
    return same(left, right, frame.budget)


def equal_bare(left: Any, right: Any, frame: Frame) -> bool:
    """``==`` of bare conditions: a text with a number equals that number, nothing else crosses kinds; never fails."""
    if is_number(left) and isinstance(right, str):
        return bool(left == _number_in(right))
    if is_number(right) and isinstance(left, str):
        return bool(right == _number_in(left))
    return same(left, right, frame.budget)


def order(decide: Callable[[Any, Any], Any], *, lenient: bool, or_equal: bool) -> Callable[[Any, Any, Frame], bool]:
    """Makes one of ``< <= > >=``.

    Args:
        decide: Compares two numbers or two texts.
        lenient: Whether null may be compared: to nothing, and equal to itself.
        or_equal: Whether equal values count.
    """

    def apply(left: Any, right: Any, _: Frame) -> bool:
        if left is None or right is None:
            if lenient:
                return or_equal and left is right
            raise ExpressionError(f"cannot compare {kind_name(left)} with {kind_name(right)}")
        if is_number(left) or is_number(right):
            return bool(decide(numeric(left, null_is_zero=lenient), numeric(right, null_is_zero=lenient)))
        if isinstance(left, DateTime) or isinstance(right, DateTime):
            return bool(decide(order_of(left, right), 0))
        if isinstance(left, str) and isinstance(right, str):
            return bool(decide(left, right))
        raise ExpressionError(f"cannot compare {kind_name(left)} with {kind_name(right)}")

    return apply


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")
