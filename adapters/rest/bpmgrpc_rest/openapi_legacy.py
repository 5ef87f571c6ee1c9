"""The legacy routes as OpenAPI operations, written from the rows of the legacy table."""

from __future__ import annotations

from typing import Any, Final

from bpmgrpc_rest.legacy_route import (
    IgnoredBody,
    LegacyRoute,
    Member,
    MemberKind,
    MembersBody,
    NamesBody,
    ObjectBody,
    Parameter,
    Shape,
)
from bpmgrpc_rest.openapi_schemas import REF, Schema
from bpmgrpc_rest.tasks import TASK_MEMBERS

__all__ = ["LEGACY_TAG", "legacy_components", "legacy_operation"]

LEGACY_TAG: Final = "Legacy"

_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_OBJECT: Final[Schema] = {"type": "object", "additionalProperties": True}
_TASK_NUMBERS: Final = {
    "createTime": {"type": ["integer", "null"], "description": "Milliseconds since 1970-01-01 UTC."},
    "dueDate": {"type": ["integer", "null"], "description": "Milliseconds since 1970-01-01 UTC."},
    "priority": {"type": "integer", "minimum": 1, "maximum": 99},
    "loadlinkParam": {"type": "string"},
}
_CLASS_ACTION: Final[Schema] = {
    "type": "object",
    "properties": {
        "businessObjectSize": _COUNT,
        "exception": {"type": ["string", "null"]},
        "fieldDescriptersMapSize": _COUNT,
        "process": {"type": "array", "items": _OBJECT},
        "businessObjectDefSize": _COUNT,
        "files": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": _TEXT, "size": _COUNT}, "required": ["name", "size"]},
        },
        "cacheClassSize": _COUNT,
        "definitionSize": _COUNT,
        "responseStatus": {"const": "SUCCESS"},
        "fieldDescripterSize": _COUNT,
    },
}
_DATA: Final[dict[Shape, Schema]] = {
    Shape.INSTANCE_ID: {"type": "string", "description": "Id of the instance."},
    Shape.NOTHING: {"const": ""},
    Shape.TASKS: {"type": "array", "items": {"$ref": f"{REF}LegacyTask"}},
    Shape.VARIABLES: {**_OBJECT, "description": "The business objects by name."},
    Shape.REFRESHED: {"const": "RefreshCache Success"},
    Shape.CLASS_ACTION: _CLASS_ACTION,
}
_PAGING: Final = (
    ("page", "Which page, from 1. Without it and `volumePerPage` the whole list comes."),
    ("volumePerPage", "How many tasks a page has; 50 by default."),
)
_IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 128},
    "description": "Makes repeating safe: the same key gets the first answer again.",
}


def legacy_components() -> dict[str, Schema]:
    """Returns the schemas that the operations refer to."""
    members = {name: _TASK_NUMBERS.get(name, {"type": ["string", "null"]}) for name in TASK_MEMBERS}
    error_item = {
        "type": "object",
        "properties": {"field": _TEXT, "description": _TEXT},
        "required": ["field", "description"],
    }
    return {
        "LegacyTask": {"type": "object", "properties": members, "required": list(TASK_MEMBERS)},
        "LegacyError": {
            **_envelope(
                {"const": ""}, {"type": "integer", "minimum": 1, "maximum": 16, "description": "gRPC status number."}
            ),
            "description": "A failure.",
        },
        "LegacyErrorItem": error_item,
    }


def legacy_operation(route: LegacyRoute, *, takes_key: bool) -> dict[str, Any]:
    """Writes a row as an operation.

    Args:
        route: The row.
        takes_key: Whether its RPC takes a request id.
    """
    operation: dict[str, Any] = {
        "operationId": f"legacy.{route.name}",
        "tags": [LEGACY_TAG],
        "summary": route.summary,
        "description": route.description,
        "parameters": _parameters(route, takes_key=takes_key),
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"schema": _envelope(_DATA[route.shape], {"const": 0})}},
            },
            "default": {
                "description": "Not done; `code` and `message` say why.",
                "content": {"application/json": {"schema": {"$ref": f"{REF}LegacyError"}}},
            },
        },
    }
    if route.deprecated:
        operation["deprecated"] = True
    body = _body(route)
    if body is not None:
        required = isinstance(route.body, MembersBody)
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return operation


def _envelope(data: Schema, code: Schema) -> Schema:
    properties: dict[str, Schema] = {
        "data": data,
        "code": code,
        "timestamp": {"type": "integer", "description": "Milliseconds since 1970-01-01 UTC."},
        "totalRecordCount": {"type": "integer", "description": "Length of a list, else 1."},
    }
    required = list(properties)
    if code.get("const") != 0:
        properties["message"] = {"type": "string"}
        properties["errors"] = {"type": "array", "items": {"$ref": f"{REF}LegacyErrorItem"}}
        required.append("message")
    return {"type": "object", "properties": properties, "required": required}


def _parameters(route: LegacyRoute, *, takes_key: bool) -> list[Schema]:
    path = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in route.path_fields]
    query = [_query_parameter(route, parameter) for parameter in route.query]
    paging = [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}, "description": description}
        for name, description in (_PAGING if route.paged else ())
    ]
    return [*path, *query, *paging, *([_IDEMPOTENCY_KEY] if takes_key else [])]


def _query_parameter(route: LegacyRoute, parameter: Parameter) -> Schema:
    schema = {"type": "array", "items": _TEXT, "minItems": 1} if parameter.many else _TEXT
    return {"name": parameter.name, "in": "query", "required": not route.exactly_one, "schema": schema}


def _body(route: LegacyRoute) -> Schema | None:
    match route.body:
        case IgnoredBody():
            return None
        case ObjectBody():
            return {**_OBJECT, "description": "The business objects by name."}
        case NamesBody():
            return {"type": "array", "items": _TEXT, "description": "Names of the business objects to return."}
        case MembersBody(members=members):
            required = [member.name for member in members if member.required]
            schema = {"type": "object", "properties": {member.name: _member(member) for member in members}}
            return {**schema, "required": required} if required else schema


def _member(member: Member) -> Schema:
    if member.values is not None:
        return {"type": "string", "enum": list(member.values)}
    shapes = {
        MemberKind.TEXT: _TEXT,
        MemberKind.TEXTS: {"type": "array", "items": _TEXT},
        MemberKind.OBJECT: _OBJECT,
    }
    return shapes[member.kind]
