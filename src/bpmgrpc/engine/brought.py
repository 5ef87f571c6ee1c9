"""What events bring along, as an expression sees it before any of it is a variable of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine.expressions import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.engine.expressions import Missing
    from bpmgrpc.values import Value


class Brought:
    """The scope of an expression about an event.

    Args:
        variables: What the event brings along, as JSON texts.
        now_us: The time, microseconds since the epoch.
    """

    def __init__(self, variables: Mapping[str, str], now_us: int) -> None:
        self._variables = variables
        self.now_us = now_us

    def lookup(self, name: str) -> Value | Missing:
        """Returns the value of a name, or that there is none."""
        return values.parse(self._variables[name]) if name in self._variables else MISSING

    def names(self) -> list[str]:
        """Returns all names."""
        return sorted(self._variables)
