"""Variables as Python values and back, with every number exact.

Rule of this file: an integer is an int of any size, any other number a Decimal; a float is written as Python shows it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

__all__ = ["read", "write", "write_object"]


def read(text: str) -> dict[str, Any]:
    """Reads a JSON object."""
    value: dict[str, Any] = json.loads(text, parse_float=Decimal) if text else {}
    return value


def write_object(value: Any) -> str:
    """Writes variables: a mapping or a dataclass, or None for none.

    Raises:
        TypeError: It is something else, or a part of it is nothing that JSON has.
        ValueError: A number is not finite.
    """
    if value is None:
        return ""
    if not isinstance(value, Mapping) and (not dataclasses.is_dataclass(value) or isinstance(value, type)):
        raise TypeError(f"variables are a mapping, a dataclass or None, not {value!r:.80}")
    return write(value)


def write(value: Any) -> str:
    """Writes a value as JSON: what JSON has, and decimals, dataclasses, enums (their values), dates, times and UUIDs.

    Raises:
        TypeError: The value, or a part of it, is nothing of this.
        ValueError: A number is not finite.
    """
    if isinstance(value, Enum):
        return write(value.value)
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Decimal | float):
        if not Decimal(value).is_finite():
            raise ValueError(f"{value!r} is no number that JSON has")
        return str(value)
    if isinstance(value, date | UUID):
        return json.dumps(value.isoformat() if isinstance(value, date) else str(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(key)}:{write(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(write, value)) + "]"
    raise TypeError(f"a {type(value).__name__} is no value of a variable")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the name of a member has to be a str, not {key!r}")
    return json.dumps(key, ensure_ascii=False)
