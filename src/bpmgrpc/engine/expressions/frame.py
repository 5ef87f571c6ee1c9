"""What an expression may reach while it runs: its scope, the names bound around it, and its budget. Nothing else.

The scope is the caller's. Values are JSON; the languages add values of their own, which never leave the evaluation.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.values import Value

__all__ = ["MISSING", "Code", "Frame", "Missing", "Scope"]


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""What `Scope.lookup` answers where there is no variable of the name; null is a value, this is none."""


class Scope(Protocol):
    """Where an expression finds its variables."""

    @property
    def now_us(self) -> int:
        """The time of the command, in microseconds since the epoch, for ``now()`` and ``today()``."""
        ...

    def lookup(self, name: str) -> Value | Literal[Missing.MISSING]:
        """Gives a variable's value, or `MISSING`. What it raises passes through the evaluation unchanged.

        Args:
            name: The variable's name.
        """
        ...

    def names(self) -> Iterable[str]:
        """Gives the names of all variables; asked only by the few expressions that need it."""
        ...


class Frame:
    """Names bound by the expression itself, in front of the scope.

    Args:
        scope: The caller's variables.
        budget: What may still be spent.
        bindings: Names bound here.
        parent: The frame around, if there is one.
    """

    __slots__ = ("bindings", "budget", "parent", "scope")

    def __init__(
        self,
        scope: Scope,
        budget: Budget,
        bindings: Mapping[str, Any] | None = None,
        parent: Frame | None = None,
    ) -> None:
        self.scope = scope
        self.budget = budget
        self.bindings = bindings
        self.parent = parent

    def inner(self, bindings: Mapping[str, Any]) -> Frame:
        """Makes a frame in which some names are bound.

        Args:
            bindings: The names and their values; read when asked, so the caller may fill it later.
        """
        return Frame(self.scope, self.budget, bindings, self)

    def find(self, name: str) -> Any:
        """Looks a name up from the inside out; `MISSING` where nobody knows it.

        Args:
            name: The name.
        """
        frame: Frame | None = self
        while frame is not None:
            if frame.bindings is not None and name in frame.bindings:
                return frame.bindings[name]
            frame = frame.parent
        return self.scope.lookup(name)


Code: TypeAlias = "Callable[[Frame], Any]"
"""A compiled node: called with a frame, gives the node's value."""
