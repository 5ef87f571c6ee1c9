"""What the adapter tells about itself: the OpenAPI document, the page, liveness and readiness."""

import base64
import hashlib
import re
from typing import Any

import grpc
import httpx2
import pytest
from grpc_health.v1 import health_pb2
from openapi_spec_validator import validate

from bpmgrpc_rest import RestSettings, create_app
from bpmgrpc_rest.contract import Comments, services
from bpmgrpc_rest.routes import LEGACY_ROUTES
from bpmgrpc_rest.tasks import TASK_MEMBERS
from bpmgrpc_rest.transcode import contract_bindings
from tests.rest.scripted_runtime import BASE, ScriptedRuntime


@pytest.fixture
async def document(http: httpx2.AsyncClient) -> dict[str, Any]:
    """The OpenAPI document as served."""
    served: dict[str, Any] = (await http.get("/openapi.json")).json()
    return served


async def test_document_is_valid_openapi(document: dict[str, Any]) -> None:
    """The document is OpenAPI 3.1 and passes the specification's own schema."""
    validate(document)

    assert document["openapi"] == "3.1.0"


async def test_document_has_every_route_of_both_surfaces(document: dict[str, Any]) -> None:
    """Each binding and each legacy row is an operation, once, under its full path."""
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]

    assert len(operations) == len(set(operations)) == len(list(contract_bindings())) + len(LEGACY_ROUTES)
    assert "post" in document["paths"][f"{BASE}/tasks/{{taskId}}/claim"]
    assert "get" in document["paths"]["/v1/processInstances/{processInstanceId}/userTasks"]
    assert document["paths"][f"{BASE}/process/{{processName}}/start"]["post"]["deprecated"] is True


async def test_document_speaks_the_words_of_the_protos(document: dict[str, Any]) -> None:
    """Operations, parameters, fields and enum values are described by the comments of the contract."""
    claim = document["paths"]["/v1/userTasks/{userTaskId}:claim"]["post"]
    schemas = document["components"]["schemas"]

    assert claim["summary"] == "Claims an open task for a user, who is then its assignee"
    assert "Of several racing callers exactly one wins." in claim["description"]
    assert claim["x-permission"] == "user_tasks.claim"
    assert claim["parameters"][0]["description"] == "Id of the task. Required."
    user = claim["requestBody"]["content"]["application/json"]["schema"]["properties"]["user"]
    assert user == {"type": "string", "description": "Who claims it. Required."}
    assert schemas["UserTask"]["properties"]["state"] == {
        "$ref": "#/components/schemas/UserTask.State",
        "description": "Where the task stands.",
    }
    assert (
        "- `STATE_CLAIMED`: Claimed by its assignee, who alone may complete it."
        in schemas["UserTask.State"]["description"]
    )


async def test_document_shows_variables_as_objects(document: dict[str, Any]) -> None:
    """A string that holds JSON is described as the object that it is shown as."""
    variables = document["components"]["schemas"]["ProcessInstance"]["properties"]["variables"]

    assert (variables["type"], variables["additionalProperties"]) == ("object", True)


async def test_document_describes_the_task_record(document: dict[str, Any]) -> None:
    """The legacy task record is described with its fifteen members, all required."""
    task = document["components"]["schemas"]["LegacyTask"]

    assert task["required"] == list(TASK_MEMBERS) == list(task["properties"])
    assert len(TASK_MEMBERS) == 15


async def test_document_follows_the_base_path(channel: grpc.aio.Channel) -> None:
    """Under another base path the document says so."""
    app = create_app(channel, settings=RestSettings(legacy_base="/old"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as http:
        paths = (await http.get("/openapi.json")).json()["paths"]

    assert "/old/tasks" in paths
    assert f"{BASE}/tasks" not in paths


def test_every_declaration_of_the_contract_has_a_comment() -> None:
    """No service, method, message or field of the contract is without a comment."""
    comments = Comments()
    names = []
    for service in services():
        names.append(service.full_name)
        for rpc in service.methods:
            names.append(rpc.full_name)
            for message in (rpc.input_type, rpc.output_type):
                names += [message.full_name, *(field.full_name for field in message.fields)]

    assert [name for name in names if not comments.of(name)] == []


async def test_page_needs_nothing_from_elsewhere(http: httpx2.AsyncClient) -> None:
    """The page loads nothing, and its policy allows the script and style that are in it and no others."""
    answer = await http.get("/docs")
    page, policy = answer.text, answer.headers["content-security-policy"]

    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|@import|url\(", page)
    for tag in ("script", "style"):
        found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "innerHTML" not in page


async def test_root_leads_to_the_page(http: httpx2.AsyncClient) -> None:
    """Whoever opens the server's address in a browser is led to the page."""
    answer = await http.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ("/", "/docs", "/openapi.json", "/livez", "/readyz"))
async def test_fixed_path_is_read_only(path: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """The adapter's own paths take GET, HEAD and OPTIONS."""
    get, head = await http.get(path), await http.head(path)
    options, post = await http.options(path), await http.post(path)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_adapter_is_ready_while_the_runtime_serves(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """Readiness follows the runtime's health; liveness does not."""
    ready = await http.get("/readyz")
    await runtime.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    draining = await http.get("/readyz")
    alive = await http.get("/livez")

    assert (ready.status_code, ready.text) == (200, "ok\n")
    assert (draining.status_code, draining.text) == (503, "not ready: NOT_SERVING\n")
    assert alive.status_code == 200


async def test_adapter_is_not_ready_without_a_runtime() -> None:
    """An upstream that cannot be reached is not ready, and calls get 503."""
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nowhere:
        transport = httpx2.ASGITransport(app=create_app(nowhere))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            ready = await http.get("/readyz")
            claim = await http.post(f"{BASE}/tasks/t/claim?user=ann")

    assert ready.status_code == 503
    assert (claim.status_code, claim.json()["code"]) == (503, 14)


async def test_runtime_without_a_health_service_counts_as_ready() -> None:
    """A server that answers that it has no health service has answered."""
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        transport = httpx2.ASGITransport(app=create_app(channel))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            answer = await http.get("/readyz")
    await server.stop(None)

    assert answer.status_code == 200


def test_public_names_are_the_documented_ones() -> None:
    """The package offers these names and no others."""
    import bpmgrpc_rest

    assert bpmgrpc_rest.__all__ == [
        "DEFAULT_LEGACY_BASE",
        "Channel",
        "ErrorStyle",
        "RestSettings",
        "create_app",
    ]
