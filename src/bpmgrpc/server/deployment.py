"""Deploying files when the server starts, `serve --deploy`: through the contract, as any caller's deployment."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from google.rpc.status_pb2 import Status
from grpc import StatusCode, aio

from bpmgrpc.server.errors import StartError
from bpmgrpc.service.status import STATUS_DETAILS_KEY
from bpmgrpc.v1.process_definition_pb2 import DeploymentRefusal, ElementVerdict
from bpmgrpc.v1.process_runtime_pb2 import DeployProcessDefinitionsRequest, ResourceFile
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["deploy_files"]

_log: Final = logging.getLogger("bpmgrpc.server")


async def deploy_files(channel: aio.Channel, files: Sequence[Path], app_name: str) -> None:
    """Deploys files, all or none; those whose content is deployed already deploy nothing new.

    Args:
        channel: A channel to the server.
        files: The files.
        app_name: Application that the processes belong to.

    Raises:
        StartError: A file cannot be read, or the deployment is refused; the text lists every refused element.
    """
    try:
        resources = [ResourceFile(name=path.name, content=path.read_bytes()) for path in files]
    except OSError as error:
        raise StartError(f"--deploy {error.filename} cannot be read: {error.strerror}", usage=True) from error
    try:
        response = await ProcessRuntimeStub(channel).DeployProcessDefinitions(
            DeployProcessDefinitionsRequest(files=resources, app_name=app_name)
        )
    except aio.AioRpcError as error:
        refused = error.code() is StatusCode.INVALID_ARGUMENT
        raise StartError("\n".join([f"--deploy: {error.details()}", *_refusals(error)]), usage=refused) from error
    for definition in response.process_definitions:
        fields = {
            "app": definition.app_name,
            "process": definition.process_name,
            "version": definition.version,
            "file": definition.resource_name,
        }
        _log.info("deployed", extra={"fields": fields})


def _refusals(error: aio.AioRpcError) -> list[str]:
    packed = (error.trailing_metadata() or {}).get(STATUS_DETAILS_KEY)
    status = Status.FromString(packed) if isinstance(packed, bytes) else Status()
    lines: list[str] = []
    for detail in status.details:
        refusal = DeploymentRefusal()
        if detail.Unpack(refusal):
            lines += [
                f"{v.resource_name}:{v.line}:{v.column}: {v.element_type} {v.element_id}: {v.reason}"
                for v in refusal.verdicts
                if v.verdict == ElementVerdict.VERDICT_REFUSED
            ]
    return lines
