"""The emulators over HTTP/1.1 on the loopback interface."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from infra.local.emulators.serving.exchange import Effect, Handler, json_response, request_from_target
from infra.local.loopback import LOOPBACK, refusal

HOLD_SECONDS: Final = 35.0
IDLE_SECONDS: Final = 120.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: Handler, hold_seconds: float) -> None:
        self.handler = handler
        self.hold_seconds = hold_seconds
        self.stopping = threading.Event()
        super().__init__((LOOPBACK, port), _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the trade: say nothing of it."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        request = request_from_target(self.command, self.path, dict(self.headers.items()), body)
        reason = refusal(request.headers)
        response = (
            self.server.handler.handle(request)
            if reason is None
            else json_response({"error": reason}, HTTPStatus.FORBIDDEN)
        )
        if response.effect is not Effect.NONE:
            if response.effect is Effect.TIMEOUT:
                self.server.stopping.wait(self.server.hold_seconds)
            self.close_connection = True
            return
        head = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        head.extend(f"{name}: {value}" for name, value in response.headers.items())
        head.append(f"Content-Length: {len(response.body)}")
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + response.body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class dispatches on these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Write nothing: the address line carries tokens."""


class EmulatorServer:
    """One vendor on a port of its own; `port` 0 takes any free one.

    `hold_seconds` of real time is how long a lost answer keeps the caller waiting before the line is cut.
    """

    def __init__(self, handler: Handler, port: int = 0, hold_seconds: float = HOLD_SECONDS) -> None:
        self._server = _Server(port, handler, hold_seconds)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        """The origin, without a path: `http://127.0.0.1:40001`."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> "EmulatorServer":
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and let go of callers kept waiting."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "EmulatorServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
