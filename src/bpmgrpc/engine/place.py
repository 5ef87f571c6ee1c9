"""Where an event listens.

Rule of this file: data only, so that whatever makes an event wait can say where.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """On what a listening event hangs.

    Attributes:
        element_seq: The element instance; for an event sub-process the scope that it stands in.
        scope: Scope that the event's expressions see.
        inside: Whether it is the start of an event sub-process in the scope ``element_seq``.
        part: Which of the event's definitions, where it has several.
    """

    element_seq: int
    scope: int
    inside: bool = False
    part: int = 0
