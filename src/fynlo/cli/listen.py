"""Ports: the one asked for, or else the next free one."""

from __future__ import annotations

import socket
from typing import Final

_TRIES_MAX: Final = 100
_BACKLOG: Final = 2048


class PortTakenError(Exception):
    """The port that was asked for is taken, or the address is not ours; the message says so."""


def listen(host: str, port: int | None, *, default: int) -> socket.socket:
    """Listen on the port, or without one on the default or the next free port after it.

    The socket listens before any server exists, so that the first callers wait instead of failing.
    """
    ports = [port] if port is not None else [*range(default, default + _TRIES_MAX), 0]
    for candidate in ports:
        try:
            return _listen(host, candidate)
        except OSError as error:
            reason = error.strerror or str(error)
    raise PortTakenError(f"Cannot listen on {host} port {ports[0]}: {reason}.")


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def address(listening: socket.socket) -> str:
    """Return the URL at which this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
