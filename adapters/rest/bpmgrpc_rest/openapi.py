"""The description of the API: one OpenAPI 3.1 document for both surfaces, with full paths.

Nothing is written by hand that the adapter does not itself run on: /v1 comes from the bindings that the router uses and
the comments of the protos, the legacy paths from the legacy table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from bpmgrpc.v1 import options_pb2
from bpmgrpc_rest.contract import Comments, method, services
from bpmgrpc_rest.json_text import to_json
from bpmgrpc_rest.legacy_route import LegacyRoute
from bpmgrpc_rest.openapi_legacy import LEGACY_TAG, legacy_components, legacy_operation
from bpmgrpc_rest.openapi_schemas import REF, Schema, Schemas
from bpmgrpc_rest.settings import RestSettings
from bpmgrpc_rest.transcode import Binding

__all__ = ["OpenApi"]

_STATUS: Final[Schema] = {
    "type": "object",
    "description": "A google.rpc.Status.",
    "properties": {
        "code": {"type": "integer", "description": "gRPC status number."},
        "message": {"type": "string"},
        "details": {
            "type": "array",
            "items": {"type": "object", "properties": {"@type": {"type": "string"}}, "additionalProperties": True},
        },
    },
    "required": ["code", "message", "details"],
}
_REQUEST_ID: Final = "request_id"
_DEEPEST_QUERY: Final = 3  # names in a dotted query parameter


class OpenApi:
    """Writes the document when it is first asked for, and keeps it."""

    def __init__(self, bindings: Sequence[Binding], routes: Sequence[LegacyRoute], settings: RestSettings) -> None:
        """Takes what is served; nothing is written yet."""
        self._bindings = bindings
        self._routes = routes
        self._base = settings.legacy_prefix
        self._document: bytes | None = None

    def document(self) -> bytes:
        """Returns the document as JSON."""
        if self._document is None:
            self._document = to_json(self._written()).encode()
        return self._document

    def _written(self) -> Schema:
        comments = Comments()
        schemas = Schemas(comments)
        paths: dict[str, dict[str, Any]] = {}
        for binding in self._bindings:
            if binding.verb != "*":  # OpenAPI knows no "any method"
                path = paths.setdefault(_path(binding), {})
                path[binding.verb.lower()] = _operation(binding, schemas, comments)
        for route in self._routes:
            takes_key = _REQUEST_ID in method(route.rpc).input_type.fields_by_name
            path = paths.setdefault(f"{self._base}/{route.path}", {})
            path[route.verb.lower()] = legacy_operation(route, takes_key=takes_key)
        tags = [{"name": each.name, "description": comments.of(each.full_name)} for each in services()]
        legacy_tag = {"name": LEGACY_TAG, "description": "The calls of the older product, each answer in its envelope."}
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "bpmgrpc",
                "version": _version(),
                "description": "A business-process runtime over HTTP. In answers under /v1 every field is there, "
                "set or not, but messages and times that are not set.",
            },
            "tags": [*tags, legacy_tag],
            "paths": paths,
            "components": {
                "schemas": {"Status": _STATUS, **legacy_components(), **schemas.components},
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            },
            "security": [{}, {"bearer": []}],
        }


def _operation(binding: Binding, schemas: Schemas, comments: Comments) -> Schema:
    rpc = binding.rpc
    comment = comments.of(rpc.full_name)
    options: Any = rpc.GetOptions()
    permission = options.Extensions[options_pb2.permission]
    content_types = ("application/x-ndjson", "text/event-stream") if rpc.server_streaming else ("application/json",)
    content = {each: {"schema": _response(binding, schemas)} for each in content_types}
    suffix = f".{binding.ordinal}" if binding.ordinal else ""
    operation: Schema = {
        "operationId": f"{rpc.containing_service.name}.{rpc.name}{suffix}",
        "tags": [rpc.containing_service.name],
        "summary": comment.partition(". ")[0].rstrip("."),
        "description": comment,
        "parameters": list(_parameters(binding, schemas)),
        "responses": {
            "200": {"description": "Done.", "content": content},
            "default": {
                "description": "Not done.",
                "content": {"application/json": {"schema": {"$ref": f"{REF}Status"}}},
            },
        },
    }
    if permission:
        operation["x-permission"] = permission
    body = _body(binding, schemas)
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _response(binding: Binding, schemas: Schemas) -> Schema:
    if binding.response_field is not None:
        return schemas.field(binding.response_field)
    return schemas.message(binding.rpc.output_type, always=True)


def _body(binding: Binding, schemas: Schemas) -> Schema | None:
    if binding.body_field is not None:
        return schemas.field(binding.body_field)
    if not binding.whole_body:
        return None
    bound = binding.bound
    return schemas.object(field for field in binding.rpc.input_type.fields if field.name not in bound)


def _parameters(binding: Binding, schemas: Schemas) -> Iterator[Schema]:
    for variable in binding.template.variables:
        schema = schemas.field(binding.variables[variable.field_path][-1])
        yield {
            "name": _json_path(binding, variable.field_path),
            "in": "path",
            "required": True,
            "description": schema.pop("description", ""),
            "schema": schema,
        }
    fields = binding.rpc.input_type.fields_by_name
    if not binding.whole_body:
        yield from _query_parameters(binding.rpc.input_type, binding.bound, schemas)
    if _REQUEST_ID in fields:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "maxLength": 128},
            "description": "The same as requestId.",
        }


def _query_parameters(
    descriptor: Descriptor, bound: frozenset[str], schemas: Schemas, within: tuple[FieldDescriptor, ...] = ()
) -> Iterable[Schema]:
    for field in descriptor.fields:
        path = (*within, field)
        if ".".join(each.name for each in path) in bound:
            continue
        nested = field.message_type
        if nested is not None and not nested.full_name.startswith("google.protobuf."):
            if not field.is_repeated and len(path) < _DEEPEST_QUERY:
                yield from _query_parameters(nested, bound, schemas, path)
            continue
        schema = schemas.field(field)
        description = schema.pop("description", "")
        name = ".".join(each.json_name for each in path)
        yield {"name": name, "in": "query", "description": description, "schema": schema}


def _path(binding: Binding) -> str:
    """Writes the template as OpenAPI has it: the fields' JSON names, and nothing about their inner patterns."""
    template = binding.template
    pieces: list[str] = [segment or "*" for segment in template.segments]
    if template.open_ended:
        pieces.append("**")
    for variable in reversed(template.variables):
        pieces[variable.start : variable.end] = [f"{{{_json_path(binding, variable.field_path)}}}"]
    verb = f":{template.verb}" if template.verb else ""
    return "/" + "/".join(pieces) + verb


def _json_path(binding: Binding, field_path: str) -> str:
    return ".".join(field.json_name for field in binding.variables[field_path])


def _version() -> str:
    try:
        return version("bpmgrpc")
    except PackageNotFoundError:
        return "0"  # run from a source tree that is not installed
