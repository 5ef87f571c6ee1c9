"""Calling a server: one channel, one way to fail.

A failed call becomes a `Failure` with the server's own sentence, its wrong fields below, and the exit code for its
status. When nobody answered at all the sentence says whom we asked and what to do.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from bpmgrpc.cli.exit_codes import ExitCode, of_status
from bpmgrpc.cli.failures import Failure
from bpmgrpc.cli.options import loaded
from bpmgrpc.settings import split_address

# Read once, when gRPC is imported: its core would otherwise write lines of its own to standard error.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status

from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.batch_runtime_pb2_grpc import BatchRuntimeStub
from bpmgrpc.v1.process_definition_pb2 import DeploymentRefusal
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from google.protobuf.message import Message

__all__ = ["DEFAULT_TIMEOUT", "Client", "connect", "open_channel", "pages", "read_variables"]

DEFAULT_TIMEOUT: Final = 30.0  # seconds
_PAGE: Final = 500
_STATUS_KEY: Final = "grpc-status-details-bin"


class Client:
    """Stubs over one channel.

    Args:
        channel: The channel.
        address: Whom it calls, for messages.
        timeout: Seconds for each call.
    """

    def __init__(self, channel: grpc.Channel, address: str, timeout: float) -> None:
        self.processes = ProcessRuntimeStub(channel)
        self.admin = AdminRuntimeStub(channel)
        self.batches = BatchRuntimeStub(channel)
        self.address = address
        self._timeout = timeout

    def call(self, method: Callable[..., Any], request: Message) -> Any:
        """Calls a method.

        Args:
            method: A stub's method.
            request: The request.

        Returns:
            The response.

        Raises:
            Failure: The call failed.
            RefusedDeploymentError: It failed with a `DeploymentRefusal`.
        """
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise self._failure(error) from error

    def _failure(self, error: grpc.RpcError) -> Failure:
        code = error.code()
        status = _status(error)
        if status is None and code is grpc.StatusCode.UNAVAILABLE:
            return Failure(
                f"no server answers at {self.address}: start one with `bpmgrpc serve`, or name another with --server",
                ExitCode.UNAVAILABLE,
            )
        if status is None and code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return Failure(
                f"the server at {self.address} did not answer within {self._timeout:g} seconds (--timeout)",
                ExitCode.UNAVAILABLE,
            )
        if status is not None and any(detail.Unpack(DeploymentRefusal()) for detail in status.details):
            return RefusedDeploymentError(error.details() or code.name, status)
        return Failure(error.details() or code.name, of_status(code.name), _violations(status, error.details() or ""))


class RefusedDeploymentError(Failure):
    """A deployment was refused.

    Args:
        message: The server's sentence.
        status: The status; its `DeploymentRefusal` may be cut.
    """

    def __init__(self, message: str, status: Status) -> None:
        super().__init__(message, ExitCode.USAGE)
        self.refusal = DeploymentRefusal()
        for detail in status.details:
            if detail.Unpack(self.refusal):
                break


@contextlib.contextmanager
def connect(server: str | None, config: Path | None, timeout: float) -> Iterator[Client]:
    """Opens a channel to a server for a block; nothing is sent before the first call.

    Args:
        server: What `--server` says.
        config: What `--config` says.
        timeout: Seconds for each call.

    Raises:
        Failure: `server` is no address.
    """
    address = server or loaded(config).settings.grpc_address
    try:
        split_address(address)
    except ValueError as error:
        raise Failure(f"--server {error}", ExitCode.USAGE) from error
    with open_channel(address) as channel:
        yield Client(channel, address, timeout)


def open_channel(address: str) -> grpc.Channel:
    """Opens a channel; use it as a context manager.

    Args:
        address: ``HOST:PORT``.
    """
    options = [
        ("grpc.max_receive_message_length", -1),
        # A proxy of the environment is for the web; it would be asked for 127.0.0.1, too.
        ("grpc.enable_http_proxy", 0),
    ]
    return grpc.insecure_channel(address, options=options)


def pages(client: Client, method: Callable[..., Any], request: Any, field: str, limit: int) -> Any:
    """Collects a list that comes in pages.

    Args:
        client: The client.
        method: A stub's List method.
        request: Its request; page size and token are set here.
        field: Name of the response's list.
        limit: How many to collect at the most.

    Returns:
        One response with all items; its `next_page_token` tells whether there are more.
    """
    collected: Any = None
    while True:
        have = 0 if collected is None else len(getattr(collected, field))
        request.page_size = min(_PAGE, limit - have)
        response = client.call(method, request)
        if collected is None:
            collected = response
        else:
            getattr(collected, field).extend(getattr(response, field))
            collected.next_page_token = response.next_page_token
        if not response.next_page_token or len(getattr(collected, field)) >= limit:
            return collected
        request.page_token = response.next_page_token


def read_variables(text: str) -> str:
    """Returns what `--variables` names: the text itself, or the content of a file. The server checks what it says.

    Args:
        text: JSON, ``@FILE`` or ``@-``.

    Raises:
        Failure: The file cannot be read or is not UTF-8.
    """
    if not text.startswith("@"):
        return text
    name = text[1:]
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise Failure(f"--variables {text} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    except UnicodeDecodeError as error:
        raise Failure(
            f"--variables {text} is not UTF-8: {error.reason} at byte {error.start}", ExitCode.USAGE
        ) from error


def _status(error: grpc.RpcError) -> Status | None:
    # Pairs that are tuples, too, which the published types do not say.
    metadata: dict[str, str | bytes] = dict(cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ()))
    packed = metadata.get(_STATUS_KEY)
    return Status.FromString(packed) if isinstance(packed, bytes) else None


def _violations(status: Status | None, message: str) -> list[str]:
    """Returns the wrong fields, unless the sentence is that of the only one already."""
    found = BadRequest()
    if status is None or not any(detail.Unpack(found) for detail in status.details):
        return []
    return [
        f"{violation.field}: {violation.description}"
        for violation in found.field_violations
        if violation.description not in message
    ]
