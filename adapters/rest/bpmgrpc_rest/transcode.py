"""HTTP to gRPC by the google.api.http annotations, read from the descriptors when the adapter starts.

One `Binding` is one line of an annotation: a method, a path template, what the body fills and what of the response is
shown. A binding that cannot work (a path variable that is no field, a stream of requests) is refused at start-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor

from bpmgrpc_rest.contract import message_class, services
from bpmgrpc_rest.errors import invalid
from bpmgrpc_rest.json_reader import merge_field, merge_message
from bpmgrpc_rest.json_writer import field_json, message_json
from bpmgrpc_rest.query import FieldPath, merge_query, resolve, set_field
from bpmgrpc_rest.template import Template

__all__ = ["Binding", "BindingError", "contract_bindings", "method_bindings"]


class BindingError(ValueError):
    """An annotation cannot be served; the message names the method and the reason."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One way to call a method over HTTP.

    Attributes:
        rpc: The method.
        verb: HTTP method, upper case; `*` for any.
        template: The path.
        variables: Request fields that the path fills, by the variable's name in the template.
        whole_body: Whether the body is the request itself (`body: "*"`).
        body_field: The request field that the body is, or None.
        response_field: The response field that is the answer, or None for the response itself.
        ordinal: 0 for the annotation itself, then its additional bindings from 1.
    """

    rpc: MethodDescriptor
    verb: str
    template: Template
    variables: Mapping[str, FieldPath]
    whole_body: bool
    body_field: FieldDescriptor | None
    response_field: FieldDescriptor | None
    ordinal: int

    @classmethod
    def from_rule(cls, rpc: MethodDescriptor, rule: http_pb2.HttpRule, ordinal: int = 0) -> Binding:
        """Makes a binding of a rule.

        Raises:
            BindingError: The rule does not fit the method.
            TemplateError: The path template is malformed.
        """
        pattern = rule.WhichOneof("pattern")
        if pattern is None:
            raise BindingError(f"{rpc.full_name}: the rule has no path")
        if rpc.client_streaming:
            raise BindingError(f"{rpc.full_name}: a stream of requests has no HTTP form")
        verb, path = (rule.custom.kind, rule.custom.path) if pattern == "custom" else (pattern, getattr(rule, pattern))
        template = Template.parse(path)
        variables = {each.field_path: _leaf(rpc, each.field_path) for each in template.variables}
        named_body = "" if rule.body == "*" else rule.body
        return cls(
            rpc,
            verb.upper(),
            template,
            variables,
            rule.body == "*",
            _top_field(rpc, rpc.input_type, named_body),
            _top_field(rpc, rpc.output_type, rule.response_body),
            ordinal,
        )

    @property
    def takes_body(self) -> bool:
        """Whether the body means anything."""
        return self.whole_body or self.body_field is not None

    @property
    def bound(self) -> frozenset[str]:
        """Dotted field paths that the query cannot fill."""
        paths = [".".join(field.name for field in path) for path in self.variables.values()]
        return frozenset([*paths, self.body_field.name] if self.body_field is not None else paths)

    def request(self, values: Mapping[str, str], query: Mapping[str, Sequence[str]], body: str) -> Any:
        """Makes the request.

        Args:
            values: The path variables' texts.
            query: The query parameters.
            body: The body's text; "" where there is none or it means nothing.

        Raises:
            Problem: INVALID_ARGUMENT; something does not fit.
        """
        message: Any = message_class(self.rpc.input_type)()
        if self.whole_body:
            merge_message(body, message)
            if query:
                name = next(iter(query))
                raise invalid(name, f"This method takes no query parameters: put {name} into the body.")
        else:
            if self.body_field is not None:
                merge_field(body, message, self.body_field)
            merge_query(query, message, self.bound)
        for name, path in self.variables.items():
            self._set_variable(message, path, values[name], name)
        return message

    def response(self, message: Any) -> str:
        """Writes the answer."""
        return message_json(message) if self.response_field is None else field_json(message, self.response_field)

    def _set_variable(self, message: Any, path: FieldPath, text: str, name: str) -> None:
        """The path names the resource; a body that names another one is a mistake, not an override."""
        holder = message
        for field in path[:-1]:
            holder = getattr(holder, field.name)
        before = getattr(holder, path[-1].name)
        set_field(message, path, text, name)
        if before and before != getattr(holder, path[-1].name):
            raise invalid(name, f"{name} differs between path and body.")


def contract_bindings() -> Iterator[Binding]:
    """Yields the bindings of all annotated methods of the contract."""
    for service in services():
        for rpc in service.methods:
            yield from method_bindings(rpc)


def method_bindings(rpc: MethodDescriptor) -> Iterator[Binding]:
    """Yields the bindings of a method: its annotation, then the additional ones; none where it has no annotation."""
    options = rpc.GetOptions()
    if options.HasExtension(annotations_pb2.http):
        rule = options.Extensions[annotations_pb2.http]
        for ordinal, each in enumerate([rule, *rule.additional_bindings]):
            if ordinal and each.additional_bindings:
                raise BindingError(f"{rpc.full_name}: additional bindings do not nest")
            yield Binding.from_rule(rpc, each, ordinal)


def _leaf(rpc: MethodDescriptor, dotted: str) -> FieldPath:
    path = resolve(rpc.input_type, dotted)
    if path is None or path[-1].is_repeated or path[-1].message_type is not None:
        raise BindingError(f"{rpc.full_name}: path variable {dotted!r} is no single primitive field of the request")
    return path


def _top_field(rpc: MethodDescriptor, descriptor: Any, name: str) -> FieldDescriptor | None:
    if not name:
        return None
    field: FieldDescriptor | None = descriptor.fields_by_name.get(name)
    if field is None:
        raise BindingError(f"{rpc.full_name}: {descriptor.name} has no field {name!r}")
    return field
