"""The BPMN elements that run: one file each, and this list.

Rule of this package: an element's behaviour is in its own file, its join included. To add one, write the file and
add one line to ``ELEMENTS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bpmgrpc.engine.elements.ad_hoc_sub_process import AdHocSubProcess
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.elements.boundary_event import BoundaryEvent
from bpmgrpc.engine.elements.business_rule_task import BusinessRuleTask
from bpmgrpc.engine.elements.call_activity import CallActivity
from bpmgrpc.engine.elements.complex_gateway import ComplexGateway
from bpmgrpc.engine.elements.end_event import EndEvent
from bpmgrpc.engine.elements.event_based_gateway import EventBasedGateway
from bpmgrpc.engine.elements.exclusive_gateway import ExclusiveGateway
from bpmgrpc.engine.elements.inclusive_gateway import InclusiveGateway
from bpmgrpc.engine.elements.intermediate_catch_event import IntermediateCatchEvent
from bpmgrpc.engine.elements.intermediate_throw_event import IntermediateThrowEvent
from bpmgrpc.engine.elements.manual_task import ManualTask
from bpmgrpc.engine.elements.multi_instance import MultiInstance
from bpmgrpc.engine.elements.parallel_gateway import ParallelGateway
from bpmgrpc.engine.elements.receive_task import ReceiveTask
from bpmgrpc.engine.elements.script_task import ScriptTask
from bpmgrpc.engine.elements.send_task import SendTask
from bpmgrpc.engine.elements.service_task import ServiceTask
from bpmgrpc.engine.elements.standard_loop import StandardLoop
from bpmgrpc.engine.elements.start_event import StartEvent
from bpmgrpc.engine.elements.sub_process import SubProcess
from bpmgrpc.engine.elements.task import Task
from bpmgrpc.engine.elements.transaction import Transaction
from bpmgrpc.engine.elements.user_task import UserTask

__all__ = ["ELEMENTS", "Element"]

ELEMENTS: Final[Mapping[str, Element]] = MappingProxyType(
    {
        element.type: element
        for element in (
            AdHocSubProcess(),
            BoundaryEvent(),
            BusinessRuleTask(),
            CallActivity(),
            ComplexGateway(),
            EndEvent(),
            EventBasedGateway(),
            ExclusiveGateway(),
            InclusiveGateway(),
            IntermediateCatchEvent(),
            IntermediateThrowEvent(),
            ManualTask(),
            MultiInstance(),
            ParallelGateway(),
            ReceiveTask(),
            ScriptTask(),
            SendTask(),
            ServiceTask(),
            StandardLoop(),
            StartEvent(),
            SubProcess(),
            Task(),
            Transaction(),
            UserTask(),
        )
    }
)
