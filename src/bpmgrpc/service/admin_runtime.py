"""AdminRuntime: incidents, history, the directory; with operations on instances."""

from __future__ import annotations

from bpmgrpc.service.directory import DirectoryMethods
from bpmgrpc.service.history import HistoryMethods
from bpmgrpc.service.incidents import IncidentMethods
from bpmgrpc.service.operations import OperationMethods


class AdminRuntime(IncidentMethods, HistoryMethods, DirectoryMethods, OperationMethods):
    """Serves ``bpmgrpc.v1.AdminRuntime``."""
