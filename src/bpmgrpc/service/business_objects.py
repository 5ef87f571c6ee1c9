"""The business objects that a process declares, as JSON Schema (2020-12).

Rule of this file: a declared type becomes the JSON type that its values have in variables; dates and times are texts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpmgrpc.bpmn.model import BusinessObjectField

_TYPES: Final[dict[str, dict[str, str]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
}


def schema(declared: BusinessObjectField) -> str:
    """Returns the JSON Schema of one business object, as JSON text."""
    found = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": declared.name,
        **_schema(declared),
    }
    return json.dumps(found, ensure_ascii=False)


def field_count(declared: Iterable[BusinessObjectField]) -> int:
    """Returns how many fields business objects have, nested ones included."""
    return sum(len(one.fields) + field_count(one.fields) for one in declared)


def _schema(declared: BusinessObjectField) -> dict[str, Any]:
    if declared.fields or declared.type == "object":
        properties = {field.name: _schema(field) for field in declared.fields}
        found: dict[str, Any] = {"type": "object", "properties": properties}
    else:
        found = dict(_TYPES.get(declared.type, {}))
    return {"type": "array", "items": found} if declared.is_list else found
