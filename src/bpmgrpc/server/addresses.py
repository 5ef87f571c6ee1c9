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

__all__ = ["check_exposure", "is_loopback", "listen", "reserve", "show_address"]

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


def listen(address: str, setting: str, *, shared: bool = False) -> socket.socket:
    """Opens a listening TCP socket.

    Args:
        address: ``HOST:PORT``; port 0 lets the system choose.
        setting: Name of the setting that the address comes from.
        shared: Whether other processes that ask for it may listen there too (SO_REUSEPORT).

    Returns:
        The socket, listening and not blocking.

    Raises:
        StartError: The address is taken, or is not one of this machine.
    """
    bound = _bind(address, setting, shared=shared)
    try:
        bound.listen(_BACKLOG)
    except OSError as error:  # another socket was bound before and listens now
        bound.close()
        raise StartError(f"{setting} {address} cannot be used: {error.strerror}{_advice(setting)}") from error
    return bound


def reserve(address: str, setting: str) -> socket.socket:
    """Takes an address for processes that will share it, and itself gets none of its connections.

    Args:
        address: ``HOST:PORT``; port 0 lets the system choose.
        setting: Name of the setting that the address comes from.

    Returns:
        A socket that is bound and does not listen; the address is kept until it is closed.

    Raises:
        StartError: The address is taken, or is not one of this machine.
    """
    with listen(address, setting) as tried:  # shared, the next line would succeed beside a stranger's server
        port = tried.getsockname()[1]
    host, _ = split_address(address)
    return _bind(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", setting, shared=True)


def _bind(address: str, setting: str, *, shared: bool) -> socket.socket:
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartError(f"{setting} {address} cannot be used: {error.strerror or error}") from error
    # A name with both: callers that begin with IPv6 fall back, callers that know IPv4 only cannot.
    family, kind, protocol, _, target = min(found, key=lambda info: info[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            # Only what has been closed may be taken over: a second server still gets "address in use".
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(target)
    except OSError as error:
        bound.close()
        raise StartError(f"{setting} {address} cannot be used: {error.strerror}{_advice(setting)}") from error
    bound.setblocking(False)
    return bound


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
