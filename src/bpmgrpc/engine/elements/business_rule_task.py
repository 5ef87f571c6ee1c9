"""Business rule task (BPMN 2.0.2, 10.3.3): a worker evaluates the rules. See ``job_element``."""

from __future__ import annotations

from typing import ClassVar

from bpmgrpc.engine.elements.job_element import JobElement


class BusinessRuleTask(JobElement):
    """Waits for a worker."""

    type: ClassVar[str] = "businessRuleTask"
