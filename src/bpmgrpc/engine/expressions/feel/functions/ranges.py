"""Range functions (DMN 1.5, 10.3.4.10, table 78): how points and ranges lie to one another.

A point is read as the range of nothing but itself where the function allows points. Ranges that are open for ever at an
end have no place in these functions: null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel.functions.registry import as_range, builtin
from bpmgrpc.engine.expressions.feel.values import FeelRange, compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.frame import Frame


class _Unordered(ArithmeticError):
    """Two ends have no order; the function's answer is null."""


def _order(left: Any, right: Any) -> int:
    order = None if left is None or right is None else compare(left, right)
    if order is None:
        raise _Unordered
    return order


def _before(a: FeelRange, b: FeelRange) -> bool:
    order = _order(a.high, b.low)
    return order < 0 or (order == 0 and not (a.high_included and b.low_included))


def _meets(a: FeelRange, b: FeelRange) -> bool:
    return a.high_included and b.low_included and _order(a.high, b.low) == 0


def _overlaps(a: FeelRange, b: FeelRange) -> bool:
    return not _before(a, b) and not _before(b, a)


def _low_order(a: FeelRange, b: FeelRange) -> int:
    """Orders two ranges by where they begin; at the same point the one that includes it begins earlier."""
    return _order(a.low, b.low) or int(b.low_included) - int(a.low_included)


def _high_order(a: FeelRange, b: FeelRange) -> int:
    """Orders two ranges by where they end; at the same point the one that includes it ends later."""
    return _order(a.high, b.high) or int(a.high_included) - int(b.high_included)


def _overlaps_before(a: FeelRange, b: FeelRange) -> bool:
    return _low_order(a, b) < 0 and _high_order(a, b) < 0 and not _before(a, b)


def _finishes(a: FeelRange, b: FeelRange) -> bool:
    return _high_order(a, b) == 0 and _low_order(a, b) >= 0


def _starts(a: FeelRange, b: FeelRange) -> bool:
    return _low_order(a, b) == 0 and _high_order(a, b) <= 0


def _includes(a: FeelRange, b: FeelRange) -> bool:
    return _low_order(a, b) <= 0 and _high_order(a, b) >= 0


def _coincides(a: FeelRange, b: FeelRange) -> bool:
    return _low_order(a, b) == 0 and _high_order(a, b) == 0


# Name, relation, whether it is read from the second argument to the first, and which arguments may be points.
_TABLE: Final = (
    ("before", _before, False, ("point", "point")),
    ("after", _before, True, ("point", "point")),
    ("meets", _meets, False, ("range", "range")),
    ("met by", _meets, True, ("range", "range")),
    ("overlaps", _overlaps, False, ("range", "range")),
    ("overlaps before", _overlaps_before, False, ("range", "range")),
    ("overlaps after", _overlaps_before, True, ("range", "range")),
    ("finishes", _finishes, False, ("point", "range")),
    ("finished by", _finishes, True, ("range", "point")),
    ("includes", _includes, False, ("range", "point")),
    ("during", _includes, True, ("point", "range")),
    ("starts", _starts, False, ("point", "range")),
    ("started by", _starts, True, ("range", "point")),
    ("coincides", _coincides, False, ("point", "point")),
)


def _declare(name: str, relation: Callable[..., bool], turned: bool, kinds: tuple[str, str]) -> None:
    def apply(_: Frame, first: Any, second: Any) -> bool | None:
        for value, kind in ((first, kinds[0]), (second, kinds[1])):
            if kind == "range" and not isinstance(value, FeelRange):
                return None
        a, b = as_range(first), as_range(second)
        return relation(b, a) if turned else relation(a, b)

    # The standard names the arguments by what they are; any of these names will do.
    builtin(name, "point1, point2", "point, range", "range, point", "range1, range2")(apply)


for _row in _TABLE:
    _declare(*_row)
