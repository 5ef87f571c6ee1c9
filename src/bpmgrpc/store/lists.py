"""A list: one query with filters, an order and pages.

Rule of this file: a list's statements are built once for each combination of filters that occurs, with only the conditions
that are asked for, so that the database can plan for just these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import func, select

from bpmgrpc.store.paging import Order, Page, PageOf, after, order_clauses, parse_order, read_token, write_token
from bpmgrpc.store.statements import Dialect, Statement, number

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.store.connection import Connection

T = TypeVar("T")

Condition = Callable[[Dialect], "ColumnElement[bool]"]


@dataclass(slots=True)
class Listing(Generic[T]):
    """What can be listed.

    Attributes:
        name: Name of the list, for its tokens.
        columns: The columns of a row, those that ``read`` takes.
        source: The tables.
        orders: The orders that are allowed, by name.
        default_order: The order where none is asked for.
        keys: What makes a row's place unique, at the end of every order.
        conditions: The filters by name; each reads parameters of its own.
        read: Makes the row.
    """

    name: str
    columns: Sequence[ColumnElement[Any]]
    source: Any
    orders: Mapping[str, Order]
    default_order: str
    keys: Sequence[Order]
    conditions: Mapping[str, Condition]
    read: Callable[[Sequence[Any]], T]
    _statements: dict[tuple[object, ...], Statement] = field(default_factory=dict)

    def page(self, db: Connection, filters: Mapping[str, Mapping[str, Any]], page: Page) -> PageOf[T]:
        """Returns a part of the list.

        Args:
            db: The connection.
            filters: The filters that are asked for, by name, each with its parameters.
            page: Which part.

        Raises:
            InvalidArgument: The order or the token is none.
        """
        orders = (*parse_order(page.order_by, self.orders, self.default_order), *self.keys)
        identity = [self.name, sorted((name, sorted(values.items())) for name, values in filters.items())]
        identity.append([(order.name, order.descending) for order in orders])
        values: dict[str, Any] = {name: value for given in filters.values() for name, value in given.items()}
        values["row_limit"] = page.size + 1
        values["row_offset"] = page.skip
        if page.token:
            types = [_type_of(order) for order in orders]
            for place, value in enumerate(read_token(page.token, identity, types)):
                values[f"after_{place}"] = value
        found = db.fetch(self._statement(tuple(filters), orders, bool(page.token)), values)
        more = len(found) > page.size
        rows = found[: page.size]
        width = len(self.columns)
        token = write_token(identity, rows[-1][width:]) if more else ""
        if more or page.token or page.skip:
            total = self.count(db, filters)
        else:
            total = len(rows)
        return PageOf([self.read(row[:width]) for row in rows], token, total)

    def count(self, db: Connection, filters: Mapping[str, Mapping[str, Any]]) -> int:
        """Returns how many rows the whole list has."""
        values = {name: value for given in filters.values() for name, value in given.items()}
        total: int = db.fetch(self._statement(tuple(filters), (), False), values)[0][0]
        return total

    def _statement(self, names: tuple[str, ...], orders: tuple[Order, ...], goes_on: bool) -> Statement:
        key = (names, tuple((order.name, order.descending) for order in orders), goes_on)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements[key] = Statement(
                lambda dialect: self._build(dialect, names, orders, goes_on)
            )
        return statement

    def _build(
        self, dialect: Dialect, names: Sequence[str], orders: Sequence[Order], goes_on: bool
    ) -> ClauseElement:
        conditions = [self.conditions[name](dialect) for name in names]
        if not orders:
            return select(func.count()).select_from(self.source).where(*conditions)
        if goes_on:
            conditions.append(after(orders))
        return (
            select(*self.columns, *(order.expression.label(f"order_{place}") for place, order in enumerate(orders)))
            .select_from(self.source)
            .where(*conditions)
            .order_by(*order_clauses(orders))
            .limit(number("row_limit"))
            .offset(number("row_offset"))
        )


def _type_of(order: Order) -> type:
    return int if order.nullable or order.column.type.python_type is int else str
