"""What can go wrong with an expression, and where in its text.

::

    ExpressionFault                message, position
    ├── ExpressionSyntaxError      found when compiling: the model is refused at deployment
    └── ExpressionError            found when evaluating: an incident at the element
        └── ExpressionBudgetExceeded   stopped because it costs too much, not because it is wrong

Whatever `Scope.lookup` raises is none of these and passes through unchanged.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ExpressionBudgetExceeded", "ExpressionError", "ExpressionFault", "ExpressionSyntaxError", "Position"]


class Position(NamedTuple):
    """A place in the text of an expression; both numbers count from 1, columns in characters."""

    line: int
    column: int

    @classmethod
    def of(cls, text: str, offset: int) -> Position:
        """Finds line and column of an offset.

        Args:
            text: The whole text of the expression.
            offset: Characters before the place.
        """
        return cls(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class ExpressionFault(Exception):
    """Base of all errors of expressions.

    Args:
        message: One sentence: what was expected and what was found; without the place.
        position: Where in the text of the expression; None while nobody knows.
    """

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        if self.position is None:
            return self.message
        return f"{self.message} (line {self.position.line}, column {self.position.column})"


class ExpressionSyntaxError(ExpressionFault):
    """The text is not an expression of its language, or goes beyond what the reader accepts.

    Args:
        message: One sentence.
        line: Line in the text, from 1.
        column: Character in the line, from 1.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message, Position(line, column))
        self.line = line
        self.column = column


class ExpressionError(ExpressionFault):
    """The expression failed on the values it met: unknown variable, type mismatch, division by zero."""

    offset: int | None = None
    """Characters before the failing part; evaluation turns it into `position` on the way out."""


class ExpressionBudgetExceeded(ExpressionError):
    """The expression was stopped: too many steps, too large a value, or too deep a recursion."""
