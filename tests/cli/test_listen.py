"""Which port: the one asked for or none; without one, the default or the next."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress

import pytest

from fynlo.cli.listen import PortTakenError, address, listen, shared


@pytest.fixture
def taken() -> int:
    """Return a port that was just free, with room for the next ones."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_port_that_was_asked_for_and_is_taken_is_refused(taken: int) -> None:
    with (
        socket.create_server(("127.0.0.1", taken)),
        pytest.raises(PortTakenError, match=f"Cannot listen on 127.0.0.1 port {taken}: "),
    ):
        listen("127.0.0.1", taken, default=8000)


def test_a_default_that_is_taken_gives_way_to_the_next_free_port(taken: int) -> None:
    with (
        socket.create_server(("127.0.0.1", taken)),
        listen("127.0.0.1", None, default=taken) as listening,
    ):
        assert listening.getsockname()[1] > taken


def test_the_socket_takes_callers_before_there_is_a_server(taken: int) -> None:
    with (
        listen("127.0.0.1", taken, default=8000) as listening,
        socket.create_connection(("127.0.0.1", taken), timeout=5) as caller,
    ):
        assert caller.getpeername() == listening.getsockname()


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(PortTakenError, match=r"Cannot listen on 192\.0\.2\.1 port 8000"):
        listen("192.0.2.1", None, default=8000)


@pytest.mark.parametrize(
    ("host", "seen"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", None)]
)
def test_the_address_is_one_that_this_machine_reaches(host: str, seen: str | None) -> None:
    with listen(host, None, default=0) as listening:
        port = listening.getsockname()[1]
        assert address(listening) in {
            f"http://{seen or '127.0.0.1'}:{port}",
            f"http://[::1]:{port}",
        }


def test_processes_that_share_a_port_get_a_socket_each_and_callers_are_dealt_out(
    taken: int,
) -> None:
    with shared("127.0.0.1", taken, default=8000, by=2) as sockets, ExitStack() as callers:
        for _ in range(64):
            callers.enter_context(socket.create_connection(("127.0.0.1", taken), timeout=5))

        accepted = [_accepted(one, callers) for one in sockets]

    assert [one.getsockname()[1] if one.fileno() != -1 else None for one in sockets] == [None, None]
    assert sum(accepted) == 64
    assert all(accepted), "One socket got every caller."


def _accepted(listening: socket.socket, keep: ExitStack) -> int:
    listening.setblocking(False)  # Every caller is connected by now.
    count = 0
    with suppress(BlockingIOError):
        while True:
            keep.enter_context(listening.accept()[0])
            count += 1
    return count


def test_a_port_is_not_shared_with_strangers(taken: int) -> None:
    with (
        shared("127.0.0.1", taken, default=8000, by=2),
        pytest.raises(PortTakenError, match=f"port {taken}"),
        shared("127.0.0.1", taken, default=8000, by=2),
    ):
        pass


def test_one_process_has_one_socket(taken: int) -> None:
    with shared("127.0.0.1", taken, default=8000, by=1) as sockets:
        assert [one.getsockname()[1] for one in sockets] == [taken]
