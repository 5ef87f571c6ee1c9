"""None (abstract) task (BPMN 2.0.2, 10.3.3): does nothing and is done at once."""

from __future__ import annotations

from typing import ClassVar

from bpmgrpc.engine.elements.base import Element


class Task(Element):
    """Passes the token on."""

    type: ClassVar[str] = "task"
