"""Pages of a list: order, keyset tokens, totals; the same for every list.

Rules of this file. A page begins after the last row of the one before, found by the values it was ordered by (keyset),
so that a page costs the same wherever it is and rows that come and go meanwhile are neither doubled nor passed over.
Every order ends in the row's key, so it is the same each time. A token is opaque, and bound to the list, its filters
and its order: any other token, or one that was changed, is refused. Absent times come last.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

from sqlalchemy import and_, bindparam, func, or_, select

from bpmgrpc.errors import FieldViolation, InvalidArgument
from bpmgrpc.store.statements import Statement, number

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = [
    "ABSENT_LAST",
    "DEFAULT_PAGE_SIZE",
    "MAX_PAGE_SIZE",
    "Listing",
    "Page",
    "PageRequest",
    "Position",
    "Term",
    "beyond",
    "limits",
]

T = TypeVar("T")

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 1_000
MAX_SKIP: Final = 2**31 - 1
ABSENT_LAST: Final = 2**63 - 1  # stands for a time that is absent, wherever rows are ordered by it
_DIGEST_BYTES: Final = 12
_MAX_STATEMENTS: Final = 1_000  # shapes of one list that are kept compiled


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is wanted, as callers say it.

    Attributes:
        skip_total: Whether the total is left out; it is 0 then.
    """

    page_size: int = 0
    page_token: str = ""
    skip: int = 0
    order_by: str = ""
    skip_total: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    items: list[T]
    next_page_token: str = ""
    total_size: int = 0


def limits(request: PageRequest) -> tuple[int, int]:
    """Returns the number of rows on a page, and how many to leave out before it.

    Raises:
        InvalidArgument: ``page_size`` or ``skip`` is negative, or ``skip`` beyond what an int32 holds.
    """
    if request.page_size < 0:
        _refuse("page_size", f"is {request.page_size}, but a page has at least one row (0: {DEFAULT_PAGE_SIZE})")
    if not 0 <= request.skip <= MAX_SKIP:
        _refuse("skip", f"is {request.skip}, but only 0 or more rows can be left out")
    return min(request.page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), request.skip


class Position:
    """Reads and writes the tokens of one list with certain filters.

    Args:
        what: Whatever the token is bound to: JSON values and texts.
        field: The field that a token comes in.
    """

    def __init__(self, *what: Any, field: str = "page_token") -> None:
        self._field = field
        self._bound_to = json.dumps(what, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")

    def token(self, values: Sequence[Any]) -> str:
        """Returns the token for a place in the list."""
        payload = json.dumps(list(values), ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._digest(payload) + payload).decode().rstrip("=")

    def values(self, token: str) -> list[Any]:
        """Returns the place that a token stands for.

        Raises:
            InvalidArgument: The token belongs to something else, or was changed.
        """
        try:
            content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            _refuse(self._field, "is not a token of this server")
        digest, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if digest != self._digest(payload):
            _refuse(self._field, "does not belong to this list with these filters and this order")
        values: list[Any] = json.loads(payload)
        return values

    def _digest(self, payload: bytes) -> bytes:
        # No secret: a forged token reads nothing that the caller could not list anyway.
        return hashlib.blake2b(
            payload, key=hashlib.blake2b(self._bound_to).digest(), digest_size=_DIGEST_BYTES
        ).digest()


@dataclass(frozen=True, slots=True)
class Term:
    """One of the things that a list is ordered by."""

    name: str
    descending: bool


@dataclass(slots=True)
class Listing(Generic[T]):
    """One list.

    Attributes:
        name: Its name; tokens of other lists are refused.
        build: Makes the SELECT of all fitting rows, for a shape (which filters there are), and gives the columns that
            the orders speak of. Same shape, same statement.
        orders: What callers may order by: name to an expression of these columns, never NULL.
        default_order: ``order_by`` where the caller says nothing.
        key: Names of the columns of the row's key, which ends every order.
        read: Makes an item of a row.
        more_orders: What else ``orders`` knows, as a message shows it.
    """

    name: str
    build: Callable[[Any, Dialect], tuple[Select[Any], Any]]
    orders: Mapping[str, Callable[[Any], ColumnElement[Any]]]
    default_order: str
    key: Sequence[str]
    read: Callable[[Sequence[Any]], T]
    more_orders: Sequence[str] = ()
    _pages: dict[Hashable, Statement] = field(default_factory=dict, init=False)
    _counts: dict[Hashable, Statement] = field(default_factory=dict, init=False)
    _orders: dict[str, tuple[Term, ...]] = field(default_factory=dict, init=False)

    def page(self, db: Connection, shape: Hashable, values: Mapping[str, Any], request: PageRequest) -> Page[T]:
        """Returns a page.

        Args:
            db: The connection.
            shape: Which filters there are.
            values: Their values.
            request: Which page.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
        """
        size, skip = limits(request)
        terms = self._terms(request.order_by)
        parameters: dict[str, Any] = {**values, "page_limit": size + 1, "page_offset": skip}
        if request.page_token:
            after = self._position(shape, values, terms).values(request.page_token)
            parameters |= {f"after_{index}": value for index, value in enumerate(after)}
        statement = self._page_statement(shape, terms, after=bool(request.page_token))
        found = db.fetch(statement, parameters)
        width = len(terms) + len(self.key)
        items = [self.read(row[:-width]) for row in found[:size]]
        if len(found) > size:
            token = self._position(shape, values, terms).token(found[size - 1][-width:])
            return Page(items, token, 0 if request.skip_total else self.count(db, shape, values))
        if request.skip_total:
            return Page(items)
        if request.page_token or (skip and not items):
            return Page(items, "", self.count(db, shape, values))
        # The last page, counted from the first row: nothing more to ask.
        return Page(items, "", skip + len(items))

    def count(self, db: Connection, shape: Hashable, values: Mapping[str, Any]) -> int:
        """Returns how many rows fit."""
        statement = self._counts.get(shape)
        if statement is None:
            statement = _keep(self._counts, shape, Statement(lambda dialect: self.build_count(shape, dialect)))
        count: int = db.fetch(statement, values)[0][0]
        return count

    def _position(self, shape: Hashable, values: Mapping[str, Any], terms: Sequence[Term]) -> Position:
        return Position(self.name, repr(shape), dict(values), [(term.name, term.descending) for term in terms])

    def _terms(self, order_by: str) -> tuple[Term, ...]:
        known = self._orders.get(order_by)
        if known is None:
            known = self._read_terms(order_by)
            if len(self._orders) < _MAX_STATEMENTS:
                self._orders[order_by] = known
        return known

    def _read_terms(self, order_by: str) -> tuple[Term, ...]:
        terms: list[Term] = []
        for part in (order_by.strip() or self.default_order).split(","):
            words = part.split()
            name = words[0] if words else ""
            if name not in self.orders or words[1:] not in ([], ["asc"], ["desc"]):
                allowed = ", ".join([*self.orders, *self.more_orders])
                _refuse("order_by", f'holds {part.strip()[:80]!r}: expected one of {allowed}, then nothing or "desc"')
            if any(term.name == name for term in terms):
                _refuse("order_by", f"holds {name!r} twice")
            terms.append(Term(name, words[1:] == ["desc"]))
        return tuple(terms)

    def build_count(self, shape: Hashable, dialect: Dialect) -> Any:
        """Makes the statement that counts all fitting rows."""
        fitting, _ = self.build(shape, dialect)
        return select(func.count()).select_from(fitting.subquery())

    def build_page(self, shape: Hashable, terms: tuple[Term, ...], dialect: Dialect, *, after: bool) -> Any:
        """Makes the statement of a page: an item's columns, then what the list is ordered by, then the row's key.

        Args:
            shape: Which filters there are.
            terms: The order.
            dialect: For which database.
            after: Whether the page begins after the values of a token.
        """
        page, columns = self.build(shape, dialect)
        keys = [(self.orders[term.name](columns), term.descending) for term in terms]
        keys += [(columns[name], False) for name in self.key]
        page = page.add_columns(*(key.label(f"key_{index}") for index, (key, _) in enumerate(keys)))
        if after:
            page = page.where(beyond(keys))
        order = [key.desc() if descending else key.asc() for key, descending in keys]
        return page.order_by(*order).limit(number("page_limit")).offset(number("page_offset"))

    def _page_statement(self, shape: Hashable, terms: tuple[Term, ...], *, after: bool) -> Statement:
        kind = (shape, terms, after)
        statement = self._pages.get(kind)
        if statement is None:
            statement = _keep(
                self._pages, kind, Statement(lambda dialect: self.build_page(shape, terms, dialect, after=after))
            )
        return statement


def _keep(statements: dict[Hashable, Statement], kind: Hashable, statement: Statement) -> Statement:
    if len(statements) >= _MAX_STATEMENTS:
        statements.clear()
    statements[kind] = statement
    return statement


def beyond(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> ColumnElement[bool]:
    """Whether a row lies after the values of a token: first key beyond, or equal and the second beyond, and so on."""
    values = [bindparam(f"after_{index}", type_=key.type) for index, (key, _) in enumerate(keys)]
    ways = []
    for index, (key, descending) in enumerate(keys):
        further = key < values[index] if descending else key > values[index]
        ways.append(and_(*(keys[before][0] == values[before] for before in range(index)), further))
    # The first comparison again, as a range that an index can be entered at.
    first, descending = keys[0]
    return and_(first <= values[0] if descending else first >= values[0], or_(*ways))


def _refuse(name: str, problem: str) -> NoReturn:
    raise InvalidArgument(f"{name} {problem}", violations=[FieldViolation(name, problem)]) from None
