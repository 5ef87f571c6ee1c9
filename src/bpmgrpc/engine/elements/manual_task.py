"""Manual task (BPMN 2.0.2, 10.3.4): done by people without the help of any system, which the engine cannot see.

So it is done at once, as in other engines.
"""

from __future__ import annotations

from typing import ClassVar

from bpmgrpc.engine.elements.base import Element


class ManualTask(Element):
    """Passes the token on."""

    type: ClassVar[str] = "manualTask"
