"""Messages and fields as JSON Schemas, with the proto comments as descriptions.

The schemas say what `json_writer` writes and `json_reader` reads; a JSON object in a string field is an object here
too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from bpmgrpc_rest.contract import Comments, is_json_object, map_entry

__all__ = ["REF", "Schema", "Schemas"]

Schema = dict[str, Any]

REF: Final = "#/components/schemas/"

_INT32: Final[Schema] = {"type": "integer", "format": "int32"}
_UINT32: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
# 64 bits are strings in JSON: a JavaScript reader would round them.
_INT64: Final[Schema] = {"type": "string", "format": "int64"}
_UINT64: Final[Schema] = {"type": "string", "format": "uint64"}
_SCALARS: Final[dict[int, Schema]] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_FIXED32: _UINT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT64: _UINT64,
    FieldDescriptor.TYPE_FIXED64: _UINT64,
}
_WELL_KNOWN: Final[dict[str, Schema]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": ["1.5s"]},
    "google.protobuf.FieldMask": {"type": "string"},
}


class Schemas:
    """Collects the component schemas that the operations refer to."""

    def __init__(self, comments: Comments) -> None:
        """Takes the proto comments."""
        self._comments = comments
        self.components: dict[str, Schema] = {}

    def message(self, descriptor: Descriptor, *, always: bool = False) -> Schema:
        """Refers to a message's schema, making it on first use.

        Args:
            descriptor: The message type.
            always: Whether its fields without presence are always there: true of responses, not of requests.
        """
        if descriptor.full_name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[descriptor.full_name])
        name = _component(descriptor)
        if name not in self.components:
            self.components[name] = {}  # There before its fields are: a message may hold itself.
            self.components[name].update(self.object(descriptor.fields))
            if always:
                required = [field.json_name for field in descriptor.fields if not field.has_presence]
                if required:
                    self.components[name]["required"] = required
            self._describe(self.components[name], descriptor.full_name)
        return {"$ref": REF + name}

    def object(self, fields: Iterable[FieldDescriptor]) -> Schema:
        """Returns the schema of an object with these fields, written out in place."""
        return {"type": "object", "properties": {field.json_name: self.field(field) for field in fields}}

    def field(self, field: FieldDescriptor) -> Schema:
        """Returns a field's schema with its comment."""
        entry = map_entry(field)
        if entry is not None:
            values = self._value(entry.fields_by_name["value"])
            schema: Schema = {"type": "object", "additionalProperties": values}
        elif field.is_repeated:
            schema = {"type": "array", "items": self._value(field)}
        else:
            schema = self._value(field)
        return self._describe(schema, field.full_name)

    def _value(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.message(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.type == FieldDescriptor.TYPE_STRING and is_json_object(field):
            return {"type": "object", "additionalProperties": True}
        return dict(_SCALARS[field.type])

    def _enum(self, enum: EnumDescriptor) -> Schema:
        name = _component(enum)
        if name not in self.components:
            lines = [self._comments.of(enum.full_name)]
            for value in enum.values:
                comment = self._comments.of(f"{enum.full_name}.{value.name}")
                lines.append(f"- `{value.name}`: {comment}" if comment else f"- `{value.name}`")
            description = "\n".join(line for line in lines if line)
            self.components[name] = {
                "type": "string",
                "enum": [each.name for each in enum.values],
                "description": description,
            }
        return {"$ref": REF + name}

    def _describe(self, schema: Schema, full_name: str) -> Schema:
        comment = self._comments.of(full_name)
        if comment:
            schema["description"] = comment
        return schema


def _component(descriptor: Descriptor | EnumDescriptor) -> str:
    """The name without its package: `UserTask.State`."""
    package: str = descriptor.file.package
    full_name: str = descriptor.full_name
    return full_name.removeprefix(f"{package}.")
