"""ProcessRuntime: the methods of its parts under one name."""

from __future__ import annotations

from bpmgrpc.service.cache import CacheMethods
from bpmgrpc.service.definitions import DefinitionMethods
from bpmgrpc.service.instances import InstanceMethods
from bpmgrpc.service.messages import MessageMethods
from bpmgrpc.service.user_tasks import UserTaskMethods


class ProcessRuntime(DefinitionMethods, InstanceMethods, UserTaskMethods, MessageMethods, CacheMethods):
    """Serves ``bpmgrpc.v1.ProcessRuntime``."""
