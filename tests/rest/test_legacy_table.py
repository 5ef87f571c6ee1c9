"""The legacy table against the contract: each row names things that exist, and no row hides another."""

import pytest

from bpmgrpc_rest.contract import method
from bpmgrpc_rest.legacy_route import IgnoredBody, LegacyRoute, MembersBody, NamesBody, ObjectBody
from bpmgrpc_rest.router import Router
from bpmgrpc_rest.routes import LEGACY_ROUTES
from bpmgrpc_rest.template import Template

ROWS = [pytest.param(row, id=row.name) for row in LEGACY_ROUTES]


def test_table_has_the_documented_routes() -> None:
    """The table is the eleven documented methods, unclaim, and GET for refreshCache."""
    routes = [f"{row.verb} {row.path}" for row in LEGACY_ROUTES]

    assert routes == [
        "POST process/start",
        "POST process/{processName}/start",
        "POST tasks/{taskId}/claim",
        "POST tasks/{taskId}/unclaim",
        "POST tasks/{taskId}/complete",
        "GET instance/{instanceId}/tasks",
        "GET tasks",
        "POST tasks/{taskId}/variables",
        "POST tasks/{taskId}/assign",
        "POST instance/{instanceId}/tasks/assign",
        "POST refreshCache",
        "GET refreshCache",
        "POST classAction",
    ]


@pytest.mark.parametrize("row", ROWS)
def test_route_calls_an_rpc_that_exists(row: LegacyRoute) -> None:
    """Every route's RPC is a unary method of the contract."""
    descriptor = method(row.rpc)

    assert not descriptor.client_streaming
    assert not descriptor.server_streaming


@pytest.mark.parametrize("row", ROWS)
def test_route_fills_request_fields_that_exist(row: LegacyRoute) -> None:
    """Every path parameter, query parameter and body member of a route is a field of its RPC's request."""
    fields = method(row.rpc).input_type.fields_by_name

    assert {variable.field_path for variable in Template.parse(f"/{row.path}").variables} == set(row.path_fields)
    assert set(row.path_fields.values()) <= set(fields)
    for parameter in row.query:
        assert fields[parameter.field].is_repeated == parameter.many
    match row.body:
        case MembersBody(members=members):
            assert {member.field for member in members} <= set(fields)
        case ObjectBody(field=field) | NamesBody(field=field):
            assert field in fields
        case IgnoredBody():
            pass


@pytest.mark.parametrize("row", ROWS)
def test_route_is_not_hidden_by_another(row: LegacyRoute) -> None:
    """A request made after a route's template finds that route."""
    router = Router((each.verb, Template.parse(f"/{each.path}"), each.name) for each in LEGACY_ROUTES)
    path = [b"x" if piece.startswith("{") else piece.encode() for piece in row.path.split("/")]

    found, values = router.find(row.verb, path)

    assert found == row.name
    assert values == dict.fromkeys(row.path_fields, "x")


def test_route_names_are_unique() -> None:
    """No two rows have one name: the description of the API refers to them."""
    names = [row.name for row in LEGACY_ROUTES]

    assert len(set(names)) == len(names)


def test_process_named_start_is_startable() -> None:
    """A process whose name is a word of the paths is found by its name all the same."""
    router = Router((each.verb, Template.parse(f"/{each.path}"), each.name) for each in LEGACY_ROUTES)

    assert router.find("POST", [b"process", b"start", b"start"]) == ("startByName", {"processName": "start"})
    assert router.find("POST", [b"process", b"start"]) == ("start", {})
