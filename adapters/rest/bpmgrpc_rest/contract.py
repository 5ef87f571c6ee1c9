"""The contract as this process knows it: services, methods and fields from the descriptors, texts from the proto
comments.

This file alone names the modules of `bpmgrpc.v1`. A service or method that is added there is served without a change
here, a new file of services needs one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from bpmgrpc.v1 import (
    admin_runtime_pb2,
    batch_runtime_pb2,
    command_runtime_pb2,
    job_runtime_pb2,
    options_pb2,
    process_runtime_pb2,
    user_task_runtime_pb2,
)

__all__ = [
    "CONTRACT_FILES",
    "Comments",
    "is_json_object",
    "map_entry",
    "message_class",
    "method",
    "rpc_path",
    "services",
]

CONTRACT_FILES: Final[tuple[FileDescriptor, ...]] = (
    process_runtime_pb2.DESCRIPTOR,
    job_runtime_pb2.DESCRIPTOR,
    admin_runtime_pb2.DESCRIPTOR,
    user_task_runtime_pb2.DESCRIPTOR,
    command_runtime_pb2.DESCRIPTOR,
    batch_runtime_pb2.DESCRIPTOR,
)


def services() -> Iterator[ServiceDescriptor]:
    """Yields the contract's services in their order."""
    for file in CONTRACT_FILES:
        yield from file.services_by_name.values()


def method(name: str) -> MethodDescriptor:
    """Finds a method by service and name, such as `ProcessRuntime.ClaimUserTask`.

    Raises:
        LookupError: There is none.
    """
    service_name, _, method_name = name.partition(".")
    for service in services():
        if service.name == service_name:
            return service.methods_by_name[method_name]
    raise LookupError(f"no service {service_name!r} in the contract")


def rpc_path(rpc: MethodDescriptor) -> str:
    """Returns the path by which gRPC calls a method: `/bpmgrpc.v1.ProcessRuntime/ClaimUserTask`."""
    return f"/{rpc.containing_service.full_name}/{rpc.name}"


def message_class(descriptor: Any) -> type[Message]:
    """Returns the class of a message type."""
    found: type[Message] = GetMessageClass(descriptor)
    return found


@cache
def is_json_object(field: FieldDescriptor) -> bool:
    """Tells whether a string field holds the text of a JSON object, which JSON shows as the object itself."""
    options: Any = field.GetOptions()
    kind = options.Extensions[options_pb2.json_kind]
    return bool(kind == options_pb2.JSON_KIND_OBJECT)


def map_entry(field: FieldDescriptor) -> Descriptor | None:
    """Returns the entry type of a map field, whose fields are `key` and `value`; None for other fields."""
    entry: Descriptor | None = field.message_type
    return entry if entry is not None and entry.GetOptions().map_entry else None


class Comments:
    """The leading comments of the protos, by the full name of what they stand before: service, method, message, field,
    enum.
    """

    def __init__(self, descriptor_set: bytes | None = None) -> None:
        """Reads the comments.

        Args:
            descriptor_set: A FileDescriptorSet with source info; by default the one packed beside the generated code.
        """
        if descriptor_set is None:
            descriptor_set = files("bpmgrpc.v1").joinpath("descriptors.binpb").read_bytes()
        self._texts: dict[str, str] = {}
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
            for location in file.source_code_info.location:
                if location.leading_comments and len(location.path) % 2 == 0:
                    name = _named(file, location.path)
                    if name:
                        self._texts[f"{file.package}.{name}"] = _unwrapped(location.leading_comments)

    def of(self, full_name: str) -> str:
        """Returns the comment before a declaration, its lines joined to paragraphs; "" where there is none."""
        return self._texts.get(full_name, "")


def _named(file: descriptor_pb2.FileDescriptorProto, path: Any) -> str:
    """Follows a source location's path, pairs of field number and index, to the declaration's name."""
    names = []
    place: Any = file
    for number, index in zip(path[::2], path[1::2], strict=True):
        field = place.DESCRIPTOR.fields_by_number.get(number)
        if field is None or not field.is_repeated:
            return ""
        place = getattr(place, field.name)[index]
        if not hasattr(place, "name"):
            return ""
        names.append(place.name)
    return ".".join(names)


def _unwrapped(comment: str) -> str:
    paragraphs = [[]] if comment else []  # type: list[list[str]]
    for line in comment.splitlines():
        text = line.strip()
        if not text:
            paragraphs.append([])
        else:
            paragraphs[-1].append(text)
    return "\n\n".join(" ".join(lines) for lines in paragraphs if lines)
