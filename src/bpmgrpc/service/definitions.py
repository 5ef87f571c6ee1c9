"""The methods of ProcessRuntime about process definitions and their cache."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bpmgrpc.bpmn.model import Verdict
from bpmgrpc.errors import InvalidArgument
from bpmgrpc.runtime.deployment import (
    DEFAULT_APP_NAME,
    CheckedFile,
    DeploymentRefused,
    ResourceFile,
    check_files,
)
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.store.views import DefinitionFilter
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_definition_pb2 import (
    PROCESS_DEFINITION_VIEW_FULL,
    DeploymentRefusal,
    ElementVerdict,
    ProcessDefinition,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.queries import Queries

_MOST_FILES: Final = 100
_VERDICTS: Final = {
    Verdict.RUNS: ElementVerdict.VERDICT_RUNS,
    Verdict.IGNORED: ElementVerdict.VERDICT_IGNORED,
    Verdict.REFUSED: ElementVerdict.VERDICT_REFUSED,
}


class DefinitionMethods(Servicer):
    """Deploys and shows process definitions."""

    async def DeployProcessDefinitions(
        self, request: pb.DeployProcessDefinitionsRequest, call: CallContext
    ) -> pb.DeployProcessDefinitionsResponse:
        """Deploys files, all or none; with ``validate_only`` judges them and deploys nothing."""
        app_name = checks.name(request.app_name, "app_name") or DEFAULT_APP_NAME
        version_tag = checks.name(request.version_tag, "version_tag")
        if not 1 <= len(request.files) <= _MOST_FILES:
            checks.invalid("files", f"1 to {_MOST_FILES} are needed, {len(request.files)} were given")
        idempotency = self.request_id(request, request.request_id, call)
        files = [
            ResourceFile(checks.name(file.name, f"files[{index}].name", required=True), file.content)
            for index, file in enumerate(request.files)
        ]
        try:
            # Reading and compiling takes a second where the files are large: other calls go on meanwhile.
            checked = await asyncio.to_thread(check_files, files, self.runtime.javascript)
            if request.validate_only:
                return pb.DeployProcessDefinitionsResponse(verdicts=_verdicts(checked))

            def reply(rows: list[DefinitionRow]) -> pb.DeployProcessDefinitionsResponse:
                return pb.DeployProcessDefinitionsResponse(
                    process_definitions=[mapping.process_definition(row) for row in rows],
                    verdicts=_verdicts(checked),
                )

            outcome = await self.runtime.deployments.deploy(
                checked,
                app_name=app_name,
                version_tag=version_tag,
                deadline=call.deadline,
                request=idempotency,
                reply=reply,
            )
        except DeploymentRefused as refusal:
            raise _with_verdicts(refusal) from refusal
        return respond(pb.DeployProcessDefinitionsResponse, outcome, reply)

    async def GetProcessDefinition(
        self, request: pb.GetProcessDefinitionRequest, call: CallContext
    ) -> pb.GetProcessDefinitionResponse:
        """Returns one version, with its file where that is asked for."""
        wanted = checks.opaque_id(request.process_definition_id, "process_definition_id")
        full = request.view == PROCESS_DEFINITION_VIEW_FULL

        def read(queries: Queries) -> ProcessDefinition:
            message = mapping.process_definition(queries.get_definition(wanted))
            if full:
                message.bpmn_xml = queries.load_resource(wanted)
            return message

        return pb.GetProcessDefinitionResponse(process_definition=await self.runtime.read(read))

    async def ListProcessDefinitions(
        self, request: pb.ListProcessDefinitionsRequest, call: CallContext
    ) -> pb.ListProcessDefinitionsResponse:
        """Lists versions."""
        wanted_page = page(request, request.order_by)
        wanted = DefinitionFilter(
            process_name=checks.name(request.process_name, "process_name"),
            app_name=checks.name(request.app_name, "app_name"),
            version_tag=checks.name(request.version_tag, "version_tag"),
            latest_only=request.latest_only,
        )
        found = await self.runtime.read(lambda queries: queries.list_definitions(wanted, wanted_page))
        return pb.ListProcessDefinitionsResponse(
            process_definitions=[mapping.process_definition(row) for row in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )


def _with_verdicts(refusal: DeploymentRefused) -> InvalidArgument:
    verdicts = _verdicts(refusal.files)
    verdicts.sort(key=lambda verdict: verdict.verdict != ElementVerdict.VERDICT_REFUSED)
    error = InvalidArgument(
        refusal.message, reason=refusal.reason, violations=refusal.violations, metadata=refusal.metadata
    )
    error.details = (DeploymentRefusal(verdicts=verdicts),)
    return error


def _verdicts(files: Sequence[CheckedFile]) -> list[ElementVerdict]:
    return [
        ElementVerdict(
            resource_name=entry.file.name,
            process_name=finding.process_id,
            element_id=finding.element_id,
            element_type=finding.element_type,
            verdict=_VERDICTS[finding.verdict],
            reason=finding.reason,
            line=finding.position.line,
            column=finding.position.column,
        )
        for entry in files
        for finding in entry.findings
    ]
