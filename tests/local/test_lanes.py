"""Calls that wait for a broker have threads of their own (A-07 keeps the read-back in the call)."""

import http.client
import threading
from collections.abc import Iterable

import pytest

from infra.local.front.lanes import waits_for_a_vendor
from infra.local.front.web import Environ, StartResponse, WebServer, listen

THREADS = 2


@pytest.mark.parametrize(
    ("method", "path", "waits"),
    [
        ("POST", "/api/trades", True),
        ("POST", "/api/trades/1/close", True),
        ("POST", "/api/refresh", True),
        ("GET", "/api/market/chain", True),
        ("GET", "/api/trades", False),
        ("GET", "/api/trades/history", False),
        ("GET", "/api/alerts", False),
        ("GET", "/index.html", False),
    ],
)
def test_what_asks_a_vendor_is_known_by_its_call(method: str, path: str, *, waits: bool) -> None:
    """Reads of the database and files are pages."""
    assert waits_for_a_vendor(method, path) is waits


def test_placements_that_wait_leave_the_pages_their_threads() -> None:
    """More placements wait for their broker than a pool has threads; a page is answered meanwhile."""
    released, waiting = threading.Event(), threading.Semaphore(0)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            waiting.release()
            released.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    server = WebServer(app, listen(0), threads=THREADS)
    server.start()
    placing = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) for _ in range(2 * THREADS)]
    for one in placing:
        one.request("POST", "/api/trades", body=b"{}")
    for _ in range(THREADS):
        assert waiting.acquire(timeout=5)
    page = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    page.request("GET", "/api/trades")
    status = page.getresponse().status
    released.set()
    placed = [one.getresponse().status for one in placing]
    for one in (*placing, page):
        one.close()
    server.stop()

    assert (status, placed) == (200, [200] * 2 * THREADS)
