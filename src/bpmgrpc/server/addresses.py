"""Where a server may listen: on loopback freely, elsewhere only when `--insecure` says so aloud.

No caller is authenticated yet, so an address that other machines can reach lets everybody there act as anybody.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Final

from bpmgrpc.server.errors import StartError
from bpmgrpc.settings import split_address

__all__ = ["check_exposure", "is_loopback", "listen", "show_address"]

_BACKLOG: Final = 2048  # connections that wait to be accepted; uvicorn's own default


def is_loopback(host: str) -> bool:
    """Tells whether only this machine can reach a host.

    Args:
        host: An IP address, or a name; a name counts as loopback where all its addresses do, and not where it has none.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(str(address).split("%")[0]).is_loopback for address in found)


def check_exposure(address: str, setting: str, *, insecure: bool) -> None:
    """Refuses to listen where other machines can reach a server that asks nobody who they are.

    Args:
        address: ``HOST:PORT``.
        setting: Name of the setting that the address comes from.
        insecure: Whether the operator allows it.

    Raises:
        StartError: The address is not loopback and not allowed.
    """
    host, _ = split_address(address)
    if not insecure and not is_loopback(host):
        raise StartError(
            f"{setting} {address} can be reached by other machines, and callers are not authenticated: listen on "
            f"127.0.0.1, or say --insecure (BPMGRPC_INSECURE=true) to allow everybody there everything",
            usage=True,
        )


def listen(address: str, setting: str) -> socket.socket:
    """Opens a listening TCP socket.

    Args:
        address: ``HOST:PORT``; port 0 lets the system choose.
        setting: Name of the setting that the address comes from.

    Returns:
        The socket, listening and not blocking.

    Raises:
        StartError: The address is taken, or is not one of this machine.
    """
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartError(f"{setting} {address} cannot be used: {error.strerror or error}") from error
    # A name with both: callers that begin with IPv6 fall back, callers that know IPv4 only cannot.
    family, kind, protocol, _, target = min(found, key=lambda info: info[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            # Only what has been closed may be taken over: a second server still gets "address in use".
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(f"{setting} {address} cannot be used: {error.strerror}{_advice(setting)}") from error
    listener.setblocking(False)
    return listener


def taken(setting: str, address: str) -> StartError:
    """Makes the error for an address that gRPC could not bind; gRPC does not tell the reason apart."""
    return StartError(
        f"{setting} {address} cannot be used: it is taken, or not an address of this machine{_advice(setting)}"
    )


def show_address(address: str, port: int) -> str:
    """Returns an address with the port that the system chose.

    Args:
        address: ``HOST:PORT`` as configured.
        port: The port in use.
    """
    host, _ = split_address(address)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _advice(setting: str) -> str:
    flag = "--" + setting.replace("_", "-")
    return f"; is another server running? Choose another one with {flag} (BPMGRPC_{setting.upper()})"
