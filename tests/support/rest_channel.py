"""A channel that reaches the contract over REST, so that what tests do over gRPC they can do over HTTP.

Rule of this file: it is a client of its own. It reads the contract's annotations (`google.api.http`) and JSON as their
documents say, and knows nothing of the adapter's code. Numbers of embedded JSON keep their digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import grpc
import httpx2
from google.api import annotations_pb2
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import (
    error_details_pb2,  # noqa: F401 - the types of details are known by their names then
    status_pb2,
)
from grpc import aio

from bpmgrpc.v1 import options_pb2

Metadata = Sequence[tuple[str, str]]

SECONDS: Final = 60
_VARIABLE: Final = re.compile(r"\{([a-z_.]+)(?:=[^}]*)?\}")
_WELL_KNOWN: Final = "google."


class _Raw(str):
    """JSON text that stands as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """An HTTP request."""

    verb: str
    url: str
    body: bytes | None


def binding_of(path: str) -> tuple[str, str, str]:
    """Returns verb, template and body of a method, by its path in gRPC."""
    service, _, name = path.removeprefix("/").rpartition("/")
    method = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    if verb is None:
        raise LookupError(f"{path} has no address over REST")
    return verb.upper(), getattr(rule, verb), rule.body


def is_over_rest(service: str, name: str) -> bool:
    """Whether a method has an address over REST."""
    try:
        binding_of(f"/{service}/{name}")
    except LookupError:
        return False
    return True


def sent(path: str, message: Any) -> Sent:
    """Makes the HTTP request of a call (AIP-127)."""
    verb, template, body = binding_of(path)
    values = _fields(message)
    taken = set()

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        taken.add(name)
        return quote(str(getattr(message, name)), safe="")

    url = _VARIABLE.sub(fill, template)
    rest = {name: value for name, value in values.items() if name not in {_json_name(message, one) for one in taken}}
    if body == "*":
        return Sent(verb, url, _dump(rest).encode())
    assert not body, "the contract puts whole requests into bodies"
    query = urlencode(list(_query(rest)), quote_via=quote)
    return Sent(verb, f"{url}?{query}" if query else url, None)


def _json_name(message: Any, field: str) -> str:
    name: str = message.DESCRIPTOR.fields_by_name[field].json_name
    return name


def _fields(message: Any) -> dict[str, Any]:
    """A message in the JSON mapping, embedded JSON as JSON."""
    written: dict[str, Any] = json_format.MessageToDict(message)
    return _walk(message.DESCRIPTOR, written, lambda text: _Raw(text) if text else _Raw("null"))


def _walk(descriptor: Any, value: dict[str, Any], embedded: Callable[[Any], Any]) -> dict[str, Any]:
    """Replaces embedded JSON in a message's dictionary."""
    by_name = {field.json_name: field for field in descriptor.fields}
    found = {}
    for name, one in value.items():
        field = by_name[name]
        inner = field.message_type
        if field.GetOptions().HasExtension(options_pb2.json_kind):
            found[name] = [embedded(each) for each in one] if field.is_repeated else embedded(one)
        elif inner is None or inner.full_name.startswith(_WELL_KNOWN) or inner.GetOptions().map_entry:
            found[name] = one
        elif field.is_repeated:
            found[name] = [_walk(inner, each, embedded) for each in one]
        else:
            found[name] = _walk(inner, one, embedded)
    return found


def _query(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _query(one, f"{prefix}{name}.")
        else:
            for each in one if isinstance(one, list) else [one]:
                yield f"{prefix}{name}", str(each).lower() if isinstance(each, bool) else str(each)


def _dump(value: Any) -> str:
    """Writes JSON, raw texts and numbers as they are."""
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_dump(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _load(text: str) -> Any:
    return json.loads(text, parse_int=_Raw, parse_float=_Raw)


def _plain(value: Any) -> Any:
    """The same with numbers as numbers."""
    if isinstance(value, _Raw):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def received(path: str, status: int, text: str) -> Any:
    """Reads the answer to a call.

    Raises:
        grpc.aio.AioRpcError: The call failed.
    """
    value = _load(text)
    if status != httpx2.codes.OK:
        raise _failure(value)
    if set(value) == {"error"}:  # what went wrong after a stream's first line
        raise _failure(value["error"])
    service, _, name = path.removeprefix("/").rpartition("/")
    output = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name].output_type
    message = message_factory.GetMessageClass(output)()
    json_format.ParseDict(_plain(_walk(output, value, _dump)), message)
    return message


def _failure(error: Any) -> aio.AioRpcError:
    """The error that gRPC would have raised."""
    status = json_format.ParseDict(_plain(error), status_pb2.Status())
    (code,) = (one for one in grpc.StatusCode if one.value[0] == status.code)
    trailing = aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return aio.AioRpcError(code, aio.Metadata(), trailing, status.message)


class _Channel:
    """What both channels do."""

    def stream_stream(self, path: str, **_stub: Any) -> Any:
        """Refuses: streams of requests are for gRPC only."""

        def call(*_arguments: Any, **_call: Any) -> Any:
            raise LookupError(f"{path} is not reached over REST")

        return call


class RestChannel(_Channel):
    """What generated stubs of grpc.aio call; the calls go out as HTTP requests.

    Args:
        address: Of the adapter, such as "http://127.0.0.1:8080".
    """

    def __init__(self, address: str) -> None:
        self._http = httpx2.AsyncClient(base_url=address, timeout=SECONDS)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    def unary_unary(self, path: str, **_stub: Any) -> Any:
        """Makes what calls a method."""

        async def call(message: Any, metadata: Metadata = (), **_call: Any) -> Any:
            request = sent(path, message)
            answer = await self._http.request(
                request.verb, request.url, content=request.body, headers=_headers(request, metadata)
            )
            return received(path, answer.status_code, answer.text)

        return call

    def unary_stream(self, path: str, **_stub: Any) -> Any:
        """Makes what calls a method that answers with a stream: one JSON text a line."""

        async def call(message: Any, metadata: Metadata = (), **_call: Any) -> AsyncIterator[Any]:
            request = sent(path, message)
            headers = _headers(request, metadata)
            async with self._http.stream(request.verb, request.url, content=request.body, headers=headers) as answer:
                if answer.status_code != httpx2.codes.OK:
                    received(path, answer.status_code, (await answer.aread()).decode())
                async for line in answer.aiter_lines():
                    yield received(path, answer.status_code, line)

        return call


class BlockingRestChannel(_Channel):
    """The same for the stubs of grpc.

    Args:
        address: Of the adapter.
    """

    def __init__(self, address: str) -> None:
        self._http = httpx2.Client(base_url=address, timeout=SECONDS)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def unary_unary(self, path: str, **_stub: Any) -> Any:
        """Makes what calls a method."""

        def call(message: Any, metadata: Metadata = (), **_call: Any) -> Any:
            request = sent(path, message)
            answer = self._http.request(
                request.verb, request.url, content=request.body, headers=_headers(request, metadata)
            )
            return received(path, answer.status_code, answer.text)

        return call

    def unary_stream(self, path: str, **_stub: Any) -> Any:
        """Makes what calls a method that answers with a stream."""

        def call(message: Any, metadata: Metadata = (), **_call: Any) -> Iterator[Any]:
            request = sent(path, message)
            headers = _headers(request, metadata)
            with self._http.stream(request.verb, request.url, content=request.body, headers=headers) as answer:
                if answer.status_code != httpx2.codes.OK:
                    received(path, answer.status_code, answer.read().decode())
                for line in answer.iter_lines():
                    yield received(path, answer.status_code, line)

        return call


def _headers(request: Sent, metadata: Metadata) -> dict[str, str]:
    return dict(metadata) | ({"content-type": "application/json"} if request.body is not None else {})
