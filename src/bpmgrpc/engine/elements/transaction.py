"""Transaction (BPMN 2.0.2, 10.3.5.2): a sub-process that ends in one of three ways.

It succeeds like any sub-process; it is canceled by a cancel end event, which undoes what was completed in it before the
cancel boundary event takes over (``event_definitions.cancel``); or an error leaves it without undoing anything (a
hazard), caught as from any sub-process. There is no transaction protocol behind ``method``: what was done outside is
undone by the handlers of the model.
"""

from __future__ import annotations

from typing import ClassVar

from bpmgrpc.engine.elements.sub_process import SubProcess


class Transaction(SubProcess):
    """A sub-process that can be canceled."""

    type: ClassVar[str] = "transaction"
