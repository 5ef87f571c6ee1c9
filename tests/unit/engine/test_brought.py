"""What events bring along, before any of it is a variable of an instance."""

from __future__ import annotations

from bpmgrpc.engine.brought import Brought
from bpmgrpc.engine.expressions import MISSING


def test_what_events_bring_is_found_by_its_name():
    """As an expression asks for it: one by one, or all."""
    brought = Brought({"n": "1", "a": '["x"]'}, 5)

    assert (brought.lookup("a"), brought.lookup("b"), brought.names(), brought.now_us) == (
        ["x"],
        MISSING,
        ["a", "n"],
        5,
    )
