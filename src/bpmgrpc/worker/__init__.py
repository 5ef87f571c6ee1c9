"""A worker kit: programs that do the jobs of service tasks, in a few lines of Python.

::

    worker = Worker()

    @worker.job("charge-card")
    def charge(order: Order) -> dict[str, object]:
        return {"receipt": card.charge(order.amount)}

    worker.run()

Rule of this package: it knows the contract (`bpmgrpc.v1`) and nothing else of the product, so that it can stand alone.
"""

from bpmgrpc.worker.errors import BpmnError, BpmnEscalation, JobFailure
from bpmgrpc.worker.inputs import InputError
from bpmgrpc.worker.job import Job
from bpmgrpc.worker.worker import Worker

__all__ = ["BpmnError", "BpmnEscalation", "InputError", "Job", "JobFailure", "Worker"]
