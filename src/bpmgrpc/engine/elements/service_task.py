"""Service task (BPMN 2.0.2, 10.3.3): a worker calls the service. See ``job_element``."""

from __future__ import annotations

from typing import ClassVar

from bpmgrpc.engine.elements.job_element import JobElement


class ServiceTask(JobElement):
    """Waits for a worker."""

    type: ClassVar[str] = "serviceTask"
