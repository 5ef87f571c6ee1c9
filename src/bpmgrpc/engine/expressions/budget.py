"""An expression costs at most so much, whoever wrote it.

Straight-line code is bounded by the length of its text, so that ``amount > 100`` pays nothing. What can grow is charged
before it is done: every turn of a loop with the number of nodes in its body, every built-in with the size of what it
walks over, every long text with its length, every pattern match with its machine's steps. About 100,000 steps take less
than a tenth of a second on a slow machine. Sizes of single values are limited besides, and so is the depth of calls.
"""

from __future__ import annotations

from typing import Final

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded

__all__ = ["MAX_DEPTH", "MAX_ITEMS", "MAX_STEPS", "MAX_TEXT", "Budget"]

MAX_STEPS: Final = 100_000  # steps of one evaluation, unless the caller gives another budget
MAX_TEXT: Final = 1_000_000  # characters of one text, and of a whole result
MAX_ITEMS: Final = 100_000  # items of one list
MAX_DEPTH: Final = 400  # levels of nodes that calls of the expression's own functions may stack up
_TEXT_SHIFT: Final = 6  # 64 characters of text cost one step


class Budget:
    """What an evaluation, or several of them together, may still spend.

    Args:
        steps: Steps allowed; one is about a microsecond at most.
    """

    __slots__ = ("depth", "steps")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.steps = steps
        self.depth = 0

    def charge(self, steps: int) -> None:
        """Takes steps off.

        Args:
            steps: How many.

        Raises:
            ExpressionBudgetExceeded: There are not so many left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionBudgetExceeded("the expression takes too many steps")

    def text(self, length: int) -> None:
        """Charges a text that is about to be made.

        Args:
            length: Its characters.

        Raises:
            ExpressionBudgetExceeded: It is too long, or the steps are used up.
        """
        if length > MAX_TEXT:
            raise ExpressionBudgetExceeded(f"the expression makes a text of more than {MAX_TEXT:,} characters")
        self.charge(length >> _TEXT_SHIFT)

    def items(self, count: int) -> None:
        """Charges a list that is about to be made or walked over.

        Args:
            count: Its items.

        Raises:
            ExpressionBudgetExceeded: It is too long, or the steps are used up.
        """
        if count > MAX_ITEMS:
            raise ExpressionBudgetExceeded(f"the expression makes a list of more than {MAX_ITEMS:,} items")
        self.charge(count)

    def enter(self, levels: int) -> None:
        """Goes into a call of one of the expression's own functions.

        Args:
            levels: Depth of the function's body, in nodes.

        Raises:
            ExpressionBudgetExceeded: Calls are nested too deeply.
        """
        self.depth += levels
        if self.depth > MAX_DEPTH:
            raise ExpressionBudgetExceeded("the expression calls functions too deeply")

    def leave(self, levels: int) -> None:
        """Comes back from a call that `enter` went into.

        Args:
            levels: As given to `enter`.
        """
        self.depth -= levels
