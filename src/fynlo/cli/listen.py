"""Ports: the one asked for, or else the next free one."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEALS_OUT: Final = sys.platform == "linux"
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


@contextmanager
def shared(host: str, port: int | None, *, default: int, by: int) -> Iterator[list[socket.socket]]:
    """Listen as `listen` does, with a socket for each of `by` processes, which close at the end.

    Processes that accept at one socket do so in bursts: whoever wakes first takes all that wait.
    Linux deals the connections out among sockets of one port. They stay open here, so that callers
    of a process that died wait for the next one. Elsewhere all processes have the same socket.
    """
    first = listen(host, port, default=default)
    if by == 1 or not _DEALS_OUT:
        with first:
            yield [first] * by
        return
    bound = first.getsockname()[:2]
    first.close()  # It made sure that the port is nobody's: sockets that share would not notice.
    with ExitStack() as stack:
        try:
            sockets = [stack.enter_context(_listen(*bound, is_shared=True)) for _ in range(by)]
        except OSError as error:
            raise PortTakenError(f"Cannot listen on {bound[0]} port {bound[1]}: {error}.") from None
        yield sockets


def _listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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
