"""What a row of the legacy table can say; the table itself is routes.py.

A row names its RPC and tells where in the HTTP request each request field comes from. Everything that happens between
the two is one of a few functions that a row points to: how the RPC is called (`legacy_calls`), how its response is
shown (`legacy_answers`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bpmgrpc_rest.exchange import Headers
from bpmgrpc_rest.upstream import CallContext, Rpc, Upstream

__all__ = [
    "Call",
    "IgnoredBody",
    "LegacyRoute",
    "Member",
    "MemberKind",
    "MembersBody",
    "NamesBody",
    "ObjectBody",
    "Page",
    "Parameter",
    "Shape",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter and the request field that it fills; `many` of them may come where the field is repeated."""

    name: str
    field: str
    many: bool = False


class MemberKind(Enum):
    """What a member of a body may hold."""

    TEXT = "a string"
    TEXTS = "a list of strings"
    OBJECT = "an object"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the body's object and the request field that it fills.

    Attributes:
        name: The member's name.
        field: The request field.
        kind: What the member may hold. An object goes on as its source text.
        required: Whether it must be there and not empty.
        values: Where the field is an enum: its values by the texts that callers send.
    """

    name: str
    field: str
    kind: MemberKind = MemberKind.TEXT
    required: bool = False
    values: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class IgnoredBody:
    """Whatever is sent is thrown away unread."""


@dataclass(frozen=True, slots=True)
class ObjectBody:
    """The whole body is an object whose source text fills a field; absent means `{}`."""

    field: str


@dataclass(frozen=True, slots=True)
class NamesBody:
    """The whole body is a list of names, or absent."""

    field: str


@dataclass(frozen=True, slots=True)
class MembersBody:
    """The body is an object with known members; others are passed over, as the older product did."""

    members: tuple[Member, ...]
    exactly_one: tuple[str, ...] = ()  # members of which one, and only one, must be given


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: how many to leave out and how many to return at the most."""

    skip: int
    size: int


@dataclass(frozen=True, slots=True)
class Call:
    """What a call function works with."""

    upstream: Upstream
    rpc: Rpc
    request: Any
    context: CallContext
    page: Page | None = None


class Shape(Enum):
    """What `data` is, for the description of the API."""

    INSTANCE_ID = "instance id"
    NOTHING = "nothing"
    TASKS = "tasks"
    VARIABLES = "variables"
    REFRESHED = "refreshed"
    CLASS_ACTION = "class action"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRoute:
    """One row of the table.

    Attributes:
        name: Unique name.
        verb: HTTP method.
        path: Template under the base, without a slash at the start.
        rpc: The method that is called: `Service.Method`.
        path_fields: Request field by path parameter.
        query: Query parameters. The path's and these are checked before the body is looked at.
        exactly_one: One, and only one, of the query parameters must be given; else each of them must.
        paged: Whether `page` and `volumePerPage` pick a part of the list.
        body: What the body is.
        call: How the RPC is called.
        answer: Gives `data` as JSON text, and `totalRecordCount`, of what the call returned.
        shape: What `data` is, for the description of the API.
        headers: Headers of every answer; `{base}` stands for the base path.
        deprecated: Whether callers should move on.
        summary: A few words for the description of the API.
        description: Sentences for the description of the API.
    """

    name: str
    verb: str
    path: str
    rpc: str
    path_fields: Mapping[str, str] = field(default_factory=dict)
    query: tuple[Parameter, ...] = ()
    exactly_one: bool = False
    paged: bool = False
    body: IgnoredBody | ObjectBody | NamesBody | MembersBody = IgnoredBody()
    call: Callable[[Call], Awaitable[Any]]
    answer: Callable[[Any], tuple[str, int]]
    shape: Shape
    headers: Headers = ()
    deprecated: bool = False
    summary: str
    description: str

    @property
    def legacy_names(self) -> dict[str, str]:
        """The caller's name of each request field, to translate the upstream's violations."""
        names = {request_field: name for name, request_field in self.path_fields.items()}
        names.update((each.field, each.name) for each in self.query)
        match self.body:
            case MembersBody(members=members):
                names.update((each.field, each.name) for each in members)
            case ObjectBody(field=request_field) | NamesBody(field=request_field):
                names[request_field] = "body"
        names["request_id"] = "Idempotency-Key"
        return names
