"""Which events of a history are wanted.

Rule of this file: a filter is applied to events that were read, in the order of the history; it narrows what is given
and never what a place in the history means.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

__all__ = ["ALL_EVENTS", "HistoryEventFilter"]

_VARIABLE_SET: Final = "VARIABLE_SET"


class HistoryEventFilter(NamedTuple):
    """Conditions on events, combined with "and"; an empty one does not filter.

    Attributes:
        types: Only these types.
        elements: Only these BPMN elements.
        from_us: Only what happened then or later.
        until_us: Only what happened before.
        actor: Only what this caller did.
        variable: Only changes of variables of this name.
        seq: Only of this element instance.
    """

    types: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    from_us: int | None = None
    until_us: int | None = None
    actor: str = ""
    variable: str = ""
    seq: int = 0

    def fits_command(self, time_us: int, actor: str) -> bool:
        """Whether the events of a command may be wanted.

        Args:
            time_us: When it was done.
            actor: By whom.
        """
        return (
            (self.from_us is None or time_us >= self.from_us)
            and (self.until_us is None or time_us < self.until_us)
            and (not self.actor or actor == self.actor)
        )

    def fits_event(self, type_: str, element_id: str, attributes: dict[str, Any]) -> bool:
        """Whether an event of such a command is wanted.

        Args:
            type_: Name of its type.
            element_id: Its BPMN element.
            attributes: Its attributes.
        """
        return (
            (not self.types or type_ in self.types)
            and (not self.elements or element_id in self.elements)
            and (not self.variable or (type_ == _VARIABLE_SET and attributes.get("name") == self.variable))
        )


ALL_EVENTS: Final = HistoryEventFilter()
