"""A stack starts again whatever became of its demo users."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.local.seed.demo_settings import SettingsRefused, ensure_settings


class Api(BaseHTTPRequestHandler):
    """Answers every reading of settings with the status that its path asks for."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.split("/")[1]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def settle(address: str, status: int) -> bool:
    return ensure_settings(
        f"{address}/{status}", "bob", "token", broker_account="VA1", broker_token="t", limits=None
    )


def test_whoever_was_removed_is_let_be(address: str) -> None:
    """401 is no fault of the start: the user was disabled or removed by the operator."""
    assert settle(address, 401) is False


def test_what_else_goes_wrong_is_told(address: str) -> None:
    with pytest.raises(SettingsRefused):
        settle(address, 503)
