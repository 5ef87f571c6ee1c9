"""Reads a legacy request into the fields of an RPC's request, as the route's row says.

The order of checks is part of the contract: path and query first, then the body. Empty strings count as absent
everywhere; names and ids hold no NUL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bpmgrpc_rest.errors import Problem, invalid, shown
from bpmgrpc_rest.json_reader import not_json
from bpmgrpc_rest.json_text import JsonError, Number, Part, check_end, first, members, value_at
from bpmgrpc_rest.legacy_route import LegacyRoute, Member, MemberKind, MembersBody, Page
from bpmgrpc_rest.scalars import checked_text

__all__ = ["fields_of_body_members", "names_of_body", "object_of_body", "page_of_query", "path_and_query_fields"]

_PAGE_SIZE: Final = 50  # where a page is asked for without saying how long it is
_MOST: Final = 2**31 - 1  # items: the contract counts in 32 bits
_PAGE_DIGITS: Final = 10


def path_and_query_fields(
    route: LegacyRoute, path: Mapping[str, str], query: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Takes the fields that path and query fill.

    Raises:
        Problem: INVALID_ARGUMENT; a parameter is missing, doubled or holds NUL.
    """
    fields: dict[str, Any] = {}
    for parameter in route.query:
        given = [_name(parameter.name, value) for value in query.get(parameter.name, ()) if value]
        if parameter.many:
            if not given:
                raise invalid(parameter.name, f"{parameter.name} is required, once or several times.")
            fields[parameter.field] = given
        elif len(given) > 1:
            raise invalid(parameter.name, f"{parameter.name} is there {len(given)} times; it takes one value.")
        elif given:
            fields[parameter.field] = given[0]
        elif not route.exactly_one:
            raise invalid(parameter.name, f"{parameter.name} is required.")
    if route.exactly_one and len(fields) != 1:
        names = [parameter.name for parameter in route.query]
        raise _not_exactly_one(names, [parameter.name for parameter in route.query if parameter.field in fields])
    for name, field in route.path_fields.items():
        fields[field] = _name(name, path[name])
    return fields


def page_of_query(query: Mapping[str, list[str]]) -> Page | None:
    """Takes `page` (from 1) and `volumePerPage`; None where neither is given.

    Raises:
        Problem: INVALID_ARGUMENT; one is no number from 1, or both together lead too far.
    """
    number, size = _counting("page", query), _counting("volumePerPage", query)
    if number is None and size is None:
        return None
    size = size or _PAGE_SIZE
    skip = ((number or 1) - 1) * size
    if skip + size > _MOST:
        raise invalid("page", f"page {number} of {size} is out of range: at most {_MOST} items can be counted.")
    return Page(skip, size)


def object_of_body(text: str) -> str:
    """Takes a body that is an object: its source text; `{}` where there is no body.

    Raises:
        Problem: INVALID_ARGUMENT; it is not JSON or not an object.
    """
    start = first(text)
    if start == len(text):
        return "{}"
    value, end = _parsed(text, start)
    if not isinstance(value, dict):
        raise invalid("body", "The body must be a JSON object.")
    return checked_text("body", text[start:end])


def names_of_body(text: str) -> list[str]:
    """Takes a body that is a list of names; empty where there is no body.

    Raises:
        Problem: INVALID_ARGUMENT; it is not JSON or not a list of strings.
    """
    start = first(text)
    if start == len(text):
        return []
    value, _ = _parsed(text, start)
    return _names("body", value)


def fields_of_body_members(text: str, body: MembersBody) -> dict[str, Any]:
    """Takes the fields that the members of the body's object fill.

    Raises:
        Problem: INVALID_ARGUMENT; it is not JSON or not an object, or a member is missing, doubled or does not fit.
    """
    fields: dict[str, Any] = {}
    given = _split(text)
    for member in body.members:
        part = given.get(member.name)
        # Absent, null and "" are the same to callers of the older product.
        value = None if part is None or part.value is None or part.value == "" else _member(text, member, part)
        if value:
            fields[member.field] = value
        elif member.required:
            raise invalid(member.name, f"{member.name} is required.")
    if body.exactly_one:
        present = [each.name for each in body.members if each.name in body.exactly_one and each.field in fields]
        if len(present) != 1:
            raise _not_exactly_one(body.exactly_one, present)
    return fields


def _split(text: str) -> dict[str, Part]:
    start = first(text)
    if start == len(text):
        return {}
    if text[start] != "{":
        _parsed(text, start)
        raise invalid("body", "The body must be a JSON object.")
    try:
        parts, end = members(text, start)
        check_end(text, end)
    except JsonError as error:
        raise not_json(error) from error
    found = {part.name: part for part in parts}
    if len(found) < len(parts):
        names = [part.name for part in parts]
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid(twice, f"{shown(twice)} is in the body twice.")
    return found


def _member(text: str, member: Member, part: Part) -> Any:
    if member.values is not None:
        if not isinstance(part.value, str) or part.value not in member.values:
            raise invalid(member.name, f"{member.name} must be one of {', '.join(member.values)}.")
        return member.values[part.value]
    match member.kind:
        case MemberKind.OBJECT:
            if not isinstance(part.value, dict):
                raise invalid(member.name, f"{member.name} must be a JSON object.")
            return checked_text(member.name, text[part.start : part.end])
        case MemberKind.TEXTS:
            return _names(member.name, part.value)
        case MemberKind.TEXT:
            if not _is_string(part.value):
                raise invalid(member.name, f"{member.name} must be a string.")
            return _name(member.name, part.value)


def _parsed(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = value_at(text, start)
        check_end(text, end)
    except JsonError as error:
        raise not_json(error) from error
    return value, end


def _names(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(_is_string(each) and each for each in value):
        where = "The body" if name == "body" else name
        raise invalid(name, f"{where} must be a list of strings, none of them empty.")
    return [_name(name, each) for each in value]


def _name(name: str, text: str) -> str:
    """Names and ids hold no NUL; what else is wrong with them the upstream tells."""
    if "\0" in text:
        raise invalid(name, f"{name} holds the character NUL.")
    return checked_text(name, text)


def _is_string(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _counting(name: str, query: Mapping[str, list[str]]) -> int | None:
    given = [value for value in query.get(name, ()) if value]
    if not given:
        return None
    text = given[0]
    if len(given) > 1 or not (text.isascii() and text.isdigit()) or len(text) > _PAGE_DIGITS or int(text) < 1:
        raise invalid(name, f"{name} must be one number from 1, not {shown(', '.join(given))}.")
    return int(text)


def _not_exactly_one(names: list[str] | tuple[str, ...], given: list[str]) -> Problem:
    found = f"{' and '.join(given)} are given" if given else "none is"
    return invalid(given[-1] if given else names[0], f"Exactly one of {', '.join(names)} must be given, but {found}.")
