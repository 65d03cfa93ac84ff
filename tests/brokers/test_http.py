"""One exchange over a real socket: its time limit holds whatever happens; no redirect is followed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable
from chalicelib.vendors.http import HttpPool, HttpRequest
from tests.brokers.support import HandClock


class RealClock(HandClock):
    """A clock whose monotonic seconds are real."""

    def monotonic(self) -> float:
        return time.monotonic()

    def real_seconds_since(self, product_instant: datetime) -> float:
        return 0.0


Server = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Server], str]]:
    """Serve one connection after the other by a function; returns the address."""
    sockets = []

    def start(answer: Server) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    try:
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for one in sockets:
        one.close()


def exchange(url: str, seconds: float) -> tuple[int, str]:
    """Send one GET and return status and text."""
    pool = HttpPool()
    try:
        request = HttpRequest(method="GET", url=url)
        reply = pool.send(request, vendor="The vendor", deadline=Deadline(RealClock(), seconds))
        return reply.status, reply.text
    finally:
        pool.close()


def test_an_answer_that_trickles_is_cut_at_the_time_limit(serve: Callable[[Server], str]) -> None:
    """A-12: each step of the transport has a limit; together they must not exceed it either."""

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        exchange(serve(trickle), 0.3)

    assert time.monotonic() - began < 1.0


def test_a_silent_vendor_is_left_at_the_time_limit(serve: Callable[[Server], str]) -> None:
    with pytest.raises(OutcomeUnknown):
        exchange(serve(lambda _connection: time.sleep(0.5)), 0.2)


def test_no_redirect_is_followed_and_no_cookie_kept(serve: Callable[[Server], str]) -> None:
    """I-29: a token is sent to the host of its own environment alone."""

    def redirect(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n"
            b"Connection: close\r\n\r\n"
        )

    assert exchange(serve(redirect), 2.0) == (302, "")


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for address in (url, "nonsense", "ftp://127.0.0.1/", "http://[bad/"):
        with pytest.raises(VendorUnreachable):
            exchange(address, 1.0)
