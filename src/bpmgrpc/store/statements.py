"""Statements: built once from the tables with SQLAlchemy Core, compiled once per database to text and parameter order.

Rule of this file: nothing here is executed, and after the first use of a statement SQLAlchemy has no part in it. What
runs is the text, on the raw driver connection, with the parameters in the order that the compiler gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from sqlalchemy import BigInteger, Text, bindparam, cast, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement, Table
    from sqlalchemy.sql.elements import ClauseElement

__all__ = [
    "Compiled",
    "Dialect",
    "Statement",
    "among",
    "among_texts",
    "compile_statement",
    "constant",
    "insert_of",
    "insert_or_count",
    "insert_or_nothing",
    "insert_or_nothing_from",
    "insert_or_replace",
    "insert_or_replace_expired",
    "number",
    "numbers",
    "word",
]

Dialect: TypeAlias = Literal["sqlite", "postgresql"]

_DIALECTS: Final[Mapping[Dialect, Any]] = {
    "sqlite": SQLiteDialect(paramstyle="qmark"),
    # $1, $2: what the protocol itself speaks, so that the driver need not translate the text for each call.
    "postgresql": PGDialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
}

_INSERTS: Final[Mapping[Dialect, Any]] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}


@dataclass(frozen=True, slots=True)
class Compiled:
    """The text of a statement and the names of its parameters, in order."""

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """Returns the parameters in the statement's order.

        Args:
            values: Parameters by name; more than the statement has do no harm.
        """
        constants = self.constants
        if constants:
            return [constants[name] if name in constants else values[name] for name in self.names]
        return [values[name] for name in self.names]

    def picker(self, columns: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """Returns a function that takes the parameters, in order, out of a row: the fastest way to bind many rows.

        Args:
            columns: Names of the row's values.
        """
        places = [columns.index(name) for name in self.names]
        if len(places) == 1:
            place = places[0]
            return lambda row: (row[place],)
        pick: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*places)
        return pick


def compile_statement(element: ClauseElement, dialect: Dialect, column_keys: Sequence[str] | None = None) -> Compiled:
    """Compiles a Core statement.

    Args:
        element: The statement.
        dialect: For which database.
        column_keys: Columns of an INSERT that are parameters of their own name.
    """
    compiled: Any = element.compile(
        dialect=_DIALECTS[dialect],
        column_keys=list(column_keys) if column_keys is not None else None,
        compile_kwargs={"render_postcompile": True},
    )
    names = tuple(compiled.positiontup or ())
    given = frozenset(column_keys or ())
    constants = {
        name: parameter.value
        for name, parameter in compiled.binds.items()
        if not parameter.required and name not in given
    }
    return Compiled(str(compiled), names, constants)


class Statement:
    """A statement for both databases.

    Args:
        build: Makes the Core statement for a database; or the statement, where it is the same for both.
        column_keys: See `compile_statement`.
    """

    __slots__ = ("_build", "_column_keys", "_compiled")

    def __init__(
        self, build: Callable[[Dialect], ClauseElement] | ClauseElement, column_keys: Sequence[str] | None = None
    ) -> None:
        self._build = build
        self._column_keys = column_keys
        self._compiled: dict[Dialect, Compiled] = {}

    def of(self, dialect: Dialect) -> Compiled:
        """Returns the statement's text for a database, compiled at the first call."""
        known = self._compiled.get(dialect)
        if known is None:
            build = self._build
            element = build(dialect) if callable(build) else build
            known = self._compiled[dialect] = compile_statement(element, dialect, self._column_keys)
        return known


def insert_of(table: Table) -> Statement:
    """Returns an INSERT of whole rows: its parameters are the columns in the table's order."""
    return Statement(insert(table), [column.name for column in table.columns])


def insert_or_nothing(table: Table) -> Statement:
    """Returns an INSERT that leaves a row of the same key alone."""
    return Statement(
        lambda dialect: _INSERTS[dialect](table).on_conflict_do_nothing(), [column.name for column in table.columns]
    )


def insert_or_count(table: Table, counter: ColumnElement[int]) -> Statement:
    """Returns an INSERT that adds one to a row's counter where it is there, and returns it; either way nobody else can
    until the end of the transaction.
    """
    keys = list(table.primary_key.columns)

    def build(dialect: Dialect) -> ClauseElement:
        counted = {counter.key: counter + constant("1")}
        statement = _INSERTS[dialect](table).on_conflict_do_update(index_elements=keys, set_=counted)
        element: ClauseElement = statement.returning(counter)
        return element

    return Statement(build, [column.name for column in table.columns])


def insert_or_nothing_from(table: Table, found: Any, dialect: Dialect) -> ClauseElement:
    """Returns an INSERT of the rows that a SELECT with a condition finds, which leaves rows of the same keys alone."""
    statement = _INSERTS[dialect](table).from_select([column.name for column in table.columns], found)
    element: ClauseElement = statement.on_conflict_do_nothing()
    return element


def insert_or_replace(table: Table) -> Statement:
    """Returns an INSERT that replaces a row of the same key."""
    keys = list(table.primary_key.columns)

    def build(dialect: Dialect) -> ClauseElement:
        statement = _INSERTS[dialect](table)
        changed = {column.name: statement.excluded[column.name] for column in table.columns if column not in keys}
        element: ClauseElement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        return element

    return Statement(build, [column.name for column in table.columns])


def insert_or_replace_expired(table: Table, expires: ColumnElement[int]) -> Statement:
    """Returns an INSERT that replaces a row of the same key only where that has expired by the parameter ``now_us``."""
    keys = list(table.primary_key.columns)

    def build(dialect: Dialect) -> ClauseElement:
        statement = _INSERTS[dialect](table)
        changed = {column.name: statement.excluded[column.name] for column in table.columns if column not in keys}
        element: ClauseElement = statement.on_conflict_do_update(
            index_elements=keys, set_=changed, where=expires <= number("now_us")
        )
        return element

    return Statement(build, [column.name for column in table.columns])


def constant(text: str) -> ColumnElement[Any]:
    """A constant of our own, written into the statement: partial indexes are matched by their words."""
    return literal_column(text)


def number(name: str) -> BindParameter[int]:
    """A parameter that is a number or NULL."""
    return bindparam(name, type_=BigInteger, required=True)


def word(name: str) -> BindParameter[str]:
    """A parameter that is a text."""
    return bindparam(name, type_=Text, required=True)


def among(column: ColumnElement[Any], name: str, dialect: Dialect) -> ColumnElement[bool]:
    """``column IN (numbers)``, whatever their count: the parameter is JSON on SQLite, an array on PostgreSQL.

    Both databases look each of the numbers up in an index on the column. See `numbers` for the parameter.
    """
    if dialect == "sqlite":
        return column.in_(_sqlite_values(name))
    return column == func.any(cast(word(name), ARRAY(BigInteger)))


def among_texts(column: ColumnElement[Any], name: str, dialect: Dialect) -> ColumnElement[bool]:
    """``column IN (texts)``, whatever their count; the parameter is a JSON array on both databases."""
    if dialect == "sqlite":
        return column.in_(_sqlite_values(name))
    values = func.json_array_elements_text(cast(word(name), JSON))
    return column == func.any(func.array(select(values).scalar_subquery()))


def _sqlite_values(name: str) -> Any:
    return select(literal_column("value")).select_from(func.json_each(word(name)))


def numbers(values: Sequence[int], dialect: Dialect) -> str:
    """Returns the parameter for `among`."""
    text = ",".join(map(str, values))
    return f"[{text}]" if dialect == "sqlite" else f"{{{text}}}"
