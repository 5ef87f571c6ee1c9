"""Conditions on searchable fields as the contract has them: ``order.amount >= 100``.

Rule of this file: what stands after the operator is a JSON text, a number or true or false, so that nobody has to guess
whether 007 is a number.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.search_fields import MOST_CHARACTERS, search_key
from bpmgrpc.errors import InvalidArgument
from bpmgrpc.service import checks
from bpmgrpc.store.views import FieldCondition
from bpmgrpc.values import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_CONDITIONS", "field_conditions"]

MOST_CONDITIONS: Final = 10
_CONDITION: Final = re.compile(r"\s*([^<>=\0]*[^<>=\0\s])\s*(<=|>=|<|>|=)\s*(.+)", re.DOTALL)


def field_conditions(texts: Sequence[str], field: str) -> tuple[FieldCondition, ...]:
    """Reads conditions.

    Args:
        texts: The conditions.
        field: The field that they came in.

    Raises:
        InvalidArgument: One of them cannot be read, or there are too many.
    """
    if len(texts) > MOST_CONDITIONS:
        checks.invalid(field, f"has {len(texts)} conditions, at most {MOST_CONDITIONS} are allowed")
    return tuple(_read(text, f"{field}[{number}]") for number, text in enumerate(texts))


def _read(text: str, field: str) -> FieldCondition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        checks.invalid(field, 'has to be a path, one of = < <= > >=, and a value: order.customer = "Malee"')
    path, operator, written = match.groups()
    try:
        value = parse(written)
    except InvalidArgument:
        value = None
    if not isinstance(value, str | int | Decimal):  # bool is an int
        checks.invalid(field, 'needs a text in quotes, a number, true or false as its value: order.customer = "Malee"')
    key = search_key(value)
    if not key or len(path) > MOST_CHARACTERS:
        checks.invalid(field, f"is longer than the {MOST_CHARACTERS} characters that can be searched by")
    return FieldCondition(path, operator, key)
