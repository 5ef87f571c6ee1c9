"""Deployments: all files or none, a version only for what is new, and every finding at once."""

import pytest
from google.rpc import status_pb2
from grpc import aio

from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_definition_pb2 import (
    PROCESS_DEFINITION_VIEW_FULL,
    DeploymentRefusal,
    ElementVerdict,
    ProcessDefinition,
)
from tests.integration.runtime.servers import JOB, USER_TASK, Server, codes, failure
from tests.support.harness import bpmn, flows

OTHER = bpmn('<startEvent id="s"/><userTask id="u"/>' + flows("s -> u"))
SECOND = bpmn('<startEvent id="s"/><userTask id="u"/>' + flows("s -> u"), process="q")
REFUSED = bpmn(
    '<startEvent id="s"/>\n<choreographyTask id="r"/>\n<exclusiveGateway id="g"/>'
    + flows("s -> r", "r -> g", "g -> nowhere"),
    process="bad",
)


async def definitions(server: Server) -> list[ProcessDefinition]:
    request = pb.ListProcessDefinitionsRequest(order_by="process_name,version")
    return list((await server.processes.ListProcessDefinitions(request)).process_definitions)


async def test_same_content_deploys_nothing_new(server: Server) -> None:
    """The same file under the same tag is the version that is there; another file is the next version."""
    first = await server.deploy(USER_TASK)
    again = await server.deploy(USER_TASK)
    other = await server.deploy(OTHER)
    back = await server.deploy(USER_TASK)

    assert first == again
    assert [one.version for one in (*first, *other, *back)] == [1, 2, 3]
    assert first[0].process_definition_id != other[0].process_definition_id


async def test_other_tag_is_a_new_version(server: Server) -> None:
    """The same file under another tag is a new version; under the same tag again it is not."""
    tags = [(await server.deploy(USER_TASK, tag=tag))[0] for tag in ("", "v.1", "v.1", "v.2")]

    assert [(one.version, one.version_tag) for one in tags] == [(1, ""), (2, "v.1"), (2, "v.1"), (3, "v.2")]


async def test_tag_in_the_file_counts_where_none_is_given(server: Server) -> None:
    """The deployer's tag comes before the one in the file."""
    tagged = USER_TASK.replace(b"<process ", b'<process camunda:versionTag="in.file" ')

    found = [(await server.deploy(tagged, tag=tag))[0].version_tag for tag in ("", "given")]

    assert found == ["in.file", "given"]


async def test_same_process_of_two_applications_has_versions_of_its_own(server: Server) -> None:
    """Versions are counted for each application; without a name it is "default"."""
    await server.deploy(USER_TASK)
    await server.deploy(OTHER)
    (found,) = await server.deploy(USER_TASK, app="office")

    assert (found.app_name, found.version) == ("office", 1)
    assert [(one.app_name, one.version) for one in await definitions(server)] == [
        ("default", 1),
        ("office", 1),
        ("default", 2),
    ]


async def test_files_are_deployed_all_or_none(server: Server) -> None:
    """One file that cannot run keeps the others of its deployment out."""
    found = await failure(server.deploy(USER_TASK, REFUSED, SECOND))

    assert found[:2] == ("INVALID_ARGUMENT", "DEPLOYMENT_REFUSED")
    assert await definitions(server) == []


async def test_file_as_it_was_deployed_is_given_back(server: Server) -> None:
    """The file is kept byte for byte, and given only where it is asked for."""
    (deployed,) = await server.deploy(USER_TASK)
    wanted = deployed.process_definition_id

    basic = await server.processes.GetProcessDefinition(pb.GetProcessDefinitionRequest(process_definition_id=wanted))
    full = await server.processes.GetProcessDefinition(
        pb.GetProcessDefinitionRequest(process_definition_id=wanted, view=PROCESS_DEFINITION_VIEW_FULL)
    )

    assert basic.process_definition == deployed
    assert full.process_definition.bpmn_xml == USER_TASK


async def test_refusal_tells_every_finding_with_its_place(server: Server) -> None:
    """Findings of all files come at once, those that refuse first, each with element, line, column and reason."""
    files = [pb.ResourceFile(name=name, content=REFUSED) for name in ("a.bpmn", "b.bpmn")]

    with pytest.raises(aio.AioRpcError) as caught:
        await server.processes.DeployProcessDefinitions(pb.DeployProcessDefinitionsRequest(files=files))

    status = status_pb2.Status.FromString(dict(caught.value.trailing_metadata())["grpc-status-details-bin"])
    refusal = DeploymentRefusal()
    assert any(detail.Unpack(refusal) for detail in status.details)
    refused = [one for one in refusal.verdicts if one.verdict == ElementVerdict.VERDICT_REFUSED]
    assert list(refusal.verdicts[: len(refused)]) == refused
    assert {one.resource_name for one in refused} == {"a.bpmn", "b.bpmn"}
    assert {(one.element_id, one.line) for one in refused if one.element_id == "r"} == {("r", 2)}
    assert all(one.reason and one.column > 0 for one in refused)
    assert (caught.value.details() or "").startswith("a.bpmn:")


async def test_validation_gives_the_verdicts_and_deploys_nothing(server: Server) -> None:
    """With validate_only a file that cannot run is no error: its verdicts say what is wrong."""
    files = [pb.ResourceFile(name="a.bpmn", content=REFUSED), pb.ResourceFile(name="b.bpmn", content=USER_TASK)]

    found = await server.processes.DeployProcessDefinitions(
        pb.DeployProcessDefinitionsRequest(files=files, validate_only=True)
    )

    verdicts = {(one.resource_name, one.element_id): one.verdict for one in found.verdicts}
    assert verdicts["a.bpmn", "r"] == ElementVerdict.VERDICT_REFUSED
    assert verdicts["b.bpmn", "t"] == ElementVerdict.VERDICT_RUNS
    assert list(found.process_definitions) == []
    assert await definitions(server) == []


async def test_process_in_two_files_of_a_deployment_is_refused(server: Server) -> None:
    """One deployment holds one of each process, so that no file silently hides another."""
    code, reason, text = await failure(server.deploy(USER_TASK, OTHER))

    assert (code, reason) == ("INVALID_ARGUMENT", "DEPLOYMENT_REFUSED")
    assert "process 'p' is in file '0.bpmn' too" in text
    assert await definitions(server) == []


async def test_deployments_of_many_files_at_once_over_two_servers_all_succeed(pair: tuple[Server, Server]) -> None:
    """Two servers that deploy the same processes in opposite order wait for each other; versions have no gap."""
    contents = [
        bpmn(f'<startEvent id="s"/><userTask id="t{version}"/>' + flows(f"s -> t{version}"), process=name)
        for version in range(6)
        for name in "abc"
    ]
    deployments = [contents[3 * version : 3 * version + 3] for version in range(6)]

    found = await codes(
        pair[number % 2].deploy(*(files if number % 2 else reversed(files))) for number, files in enumerate(deployments)
    )

    assert found == ["OK"] * 6
    assert [(one.process_name, one.version) for one in await definitions(pair[0])] == [
        (name, version) for name in "abc" for version in (1, 2, 3, 4, 5, 6)
    ]


async def test_same_file_deployed_at_once_over_two_servers_is_one_version(pair: tuple[Server, Server]) -> None:
    """Equal deployments that race give the same version to everyone."""
    found = await codes(pair[number % 2].deploy(JOB, SECOND) for number in range(8))

    assert found == ["OK"] * 8
    assert [(one.process_name, one.version) for one in await definitions(pair[0])] == [("p", 1), ("q", 1)]


@pytest.mark.parametrize("text", ("P1M", "-P1D", "36501", "30 days", "P36501D", "1.5"))
async def test_time_to_live_that_is_none_is_refused(server: Server, text: str) -> None:
    """The refusal names attribute and reason; nothing is deployed."""
    content = USER_TASK.replace(b'<process id="p"', f'<process camunda:historyTimeToLive="{text}" id="p"'.encode())

    code, _, message = await failure(server.deploy(content))

    assert (code, "historyTimeToLive" in message) == ("INVALID_ARGUMENT", True)
