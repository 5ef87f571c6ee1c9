"""One connection, whatever the database: fetch rows, run a change, count the statement, translate the driver's error.

Rule of this file: everything that is not hot runs on these three calls, written once for both databases.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from bpmgrpc.store.statements import Compiled, Dialect, Statement

__all__ = ["Connection"]

Row = Sequence[Any]


class Connection(ABC):
    """A connection of a driver, without its peculiarities."""

    dialect: ClassVar[Dialect]

    def fetch(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Runs a statement and returns its rows.

        Args:
            statement: The statement.
            values: Its parameters by name.
        """
        compiled = statement.of(self.dialect)
        return self.fetch_compiled(compiled, compiled.bind(values or {}))

    def run(self, statement: Statement, values: Mapping[str, Any] | None = None) -> int:
        """Runs a change and returns how many rows it touched.

        Args:
            statement: The statement.
            values: Its parameters by name.
        """
        compiled = statement.of(self.dialect)
        return self.run_compiled(compiled, compiled.bind(values or {}))

    @abstractmethod
    def fetch_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> list[Row]:
        """Runs a compiled statement with its parameters in order and returns its rows."""

    @abstractmethod
    def run_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> int:
        """Runs a compiled change with its parameters in order and returns how many rows it touched."""

    @abstractmethod
    def run_many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a change for each of some rows of parameters, which are in the statement's order."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @abstractmethod
    def command(self, text: str) -> None:
        """Runs BEGIN, SAVEPOINT and the like."""

    @abstractmethod
    def begin_text(self) -> str:
        """How a transaction that will write begins here."""

    @abstractmethod
    def snapshot_text(self) -> str:
        """How a transaction begins here whose reads all see one state."""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self.in_transaction:
            yield
            return
        self.command(self.begin_text())
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        try:
            self.command("COMMIT")
        except BaseException:
            self.rollback()
            raise

    def transaction(self) -> AbstractContextManager[None]:
        """Begins, and commits at the end of the block; an exception rolls back. Joins an open transaction."""
        return self._transaction()

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        if self.in_transaction:
            yield
            return
        self.command(self.snapshot_text())
        try:
            yield
        finally:
            self.rollback()

    def snapshot(self) -> AbstractContextManager[None]:
        """Makes all reads of the block see one state. Joins an open transaction."""
        return self._snapshot()

    def rollback(self) -> None:
        """Takes an open transaction back; does nothing where there is none."""
        if self.in_transaction:
            self.command("ROLLBACK")
