"""Pages of a list by keyset: a token says after which row to go on, so that a page costs the same wherever it lies.

Rule of this file: a token belongs to one list with one set of filters and one order, and is of no use elsewhere. Every order
ends with the key of the row, so that no row is left out or comes twice while nothing changes. NULL counts as the
largest number.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import BigInteger, and_, bindparam, func, literal_column, or_

from bpmgrpc.errors import FieldViolation, InvalidArgument

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

__all__ = ["Order", "Page", "PageOf", "parse_order", "read_token", "write_token"]

T = TypeVar("T")

DEFAULT_SIZE: Final = 50
LARGEST_SIZE: Final = 1_000
LATEST: Final = literal_column(str(2**63 - 1))  # stands for NULL in an order


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: so many rows, after a token, in an order; ``skip`` rows are left out before."""

    size: int = DEFAULT_SIZE
    token: str = ""
    skip: int = 0
    order_by: str = ""


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """A part of a list: rows, token of the next part (empty at the end), and how many rows the whole list has."""

    rows: list[T]
    next_token: str
    total: int


@dataclass(frozen=True, slots=True)
class Order:
    """One column of an order."""

    name: str
    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    @property
    def expression(self) -> ColumnElement[Any]:
        """What is compared: the column, with NULL as the largest number."""
        return func.coalesce(self.column, LATEST) if self.nullable else self.column


def parse_order(text: str, allowed: Mapping[str, Order], default: str) -> tuple[Order, ...]:
    """Reads an ``order_by``.

    Args:
        text: Names, separated by commas, each optionally followed by " desc" or " asc" (AIP-132).
        allowed: The columns by name.
        default: What holds where the text is empty.

    Raises:
        InvalidArgument: A name is not allowed, or comes twice.
    """
    found: dict[str, Order] = {}
    for part in (text.strip() or default).split(","):
        name, _, direction = part.strip().partition(" ")
        direction = direction.strip().lower()
        if name not in allowed or direction not in ("", "asc", "desc") or name in found:
            raise _invalid(
                "order_by", f"{part.strip()[:64]!r} is none of {', '.join(allowed)}, each once, optionally with ' desc'"
            )
        order = allowed[name]
        found[name] = Order(name, order.column, direction == "desc", order.nullable)
    return tuple(found.values())


def order_clauses(orders: Sequence[Order]) -> list[ColumnElement[Any]]:
    """Returns the ORDER BY of an order."""
    return [order.expression.desc() if order.descending else order.expression.asc() for order in orders]


def after(orders: Sequence[Order]) -> ColumnElement[bool]:
    """Returns the condition for the rows after the one whose values are the parameters ``after_0``, ``after_1``, …"""
    alternatives = []
    for place, order in enumerate(orders):
        value = _parameter(place, order)
        here = order.expression < value if order.descending else order.expression > value
        alternatives.append(
            and_(*(earlier.expression == _parameter(index, earlier) for index, earlier in enumerate(orders[:place])), here)
        )
    return or_(*alternatives)


def _parameter(place: int, order: Order) -> ColumnElement[Any]:
    return bindparam(f"after_{place}", type_=BigInteger() if order.nullable else order.column.type, required=True)


def write_token(filters: Sequence[object], values: Sequence[object]) -> str:
    """Makes the token that goes on after a row.

    Args:
        filters: Everything that the list depends on.
        values: The row's values in the list's order.
    """
    text = json.dumps([_digest(filters), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(token: str, filters: Sequence[object], types: Sequence[type]) -> list[Any]:
    """Reads a token.

    Args:
        token: The token.
        filters: Everything that the list depends on.
        types: Types of the values.

    Raises:
        InvalidArgument: It is no token, or one of another list.
    """
    try:
        digest, *values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise _invalid("page_token", "is no page token") from error
    if digest != _digest(filters):
        raise _invalid("page_token", "belongs to a request with other filters or another order")
    fits = len(values) == len(types) and all(
        type(value) is kind for value, kind in zip(values, types, strict=False)
    )
    if not fits or any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        raise _invalid("page_token", "is no page token")
    return values


def _digest(filters: Sequence[object]) -> str:
    text = json.dumps(filters, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _invalid(field: str, description: str) -> InvalidArgument:
    return InvalidArgument(f"{field}: {description}", violations=[FieldViolation(field, description)])
