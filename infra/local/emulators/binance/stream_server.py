"""The market streams over WebSockets on the loopback interface; pages may read them, as in life."""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.emulators.binance.streams import StreamSession
from infra.local.emulators.serving.websocket import NoWebSocket, Opcode, accepted, frame, read_frame
from infra.local.loopback import LOOPBACK, refusal

#: How often it is looked whether something is to be told, in real seconds.
LOOK_SECONDS: Final = 0.25
#: The exchange asks whether anybody is there.
PING_SECONDS: Final = 20.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, exchange: BinanceEmulator) -> None:
        self.exchange = exchange
        self.stopping = threading.Event()
        super().__init__((LOOPBACK, port), _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A page that is closed is part of the trade: say nothing of it."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Switch to WebSockets, and push until either side has enough."""
        self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = _streams(self.path)
        try:
            reason = refusal(headers, is_for_pages=True)
            if reason is not None or asked is None:
                raise NoWebSocket(reason or "there is no such path")
            answer = accepted(headers)
        except NoWebSocket as error:
            self.send_error(400, str(error))
            return
        names, is_combined = asked
        self._ended, self._writing = threading.Event(), threading.Lock()
        self.wfile.write(answer)
        session = self.server.exchange.stream(names, is_combined=is_combined)
        listening = threading.Thread(target=self._listen, args=(session,), daemon=True)
        listening.start()
        self._push(session)

    def _push(self, session: StreamSession) -> None:
        waited = 0.0
        while not self._ended.is_set() and not self.server.stopping.is_set():
            for message in self.server.exchange.due(session):
                self._send(Opcode.TEXT, json.dumps(message, separators=(",", ":")).encode())
            self.server.stopping.wait(LOOK_SECONDS)
            waited += LOOK_SECONDS
            if waited >= PING_SECONDS:
                waited = 0.0
                self._send(Opcode.PING, b"")
        self._send(Opcode.CLOSE, b"")

    def _listen(self, session: StreamSession) -> None:
        try:
            while not self._ended.is_set():
                opcode, payload = read_frame(self.rfile)
                if opcode == Opcode.CLOSE:
                    break
                if opcode == Opcode.PING:
                    self._send(Opcode.PONG, payload)
                if opcode == Opcode.TEXT:
                    self._send(Opcode.TEXT, json.dumps(self._answer(session, payload)).encode())
        except (NoWebSocket, OSError, ValueError):
            pass  # a client that hangs up, or speaks another tongue, is let go of
        self._ended.set()

    def _answer(self, session: StreamSession, payload: bytes) -> dict[str, object]:
        try:
            request: Any = json.loads(payload)
        except ValueError:
            return {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}
        return self.server.exchange.asked(session, request)

    def _send(self, opcode: Opcode, payload: bytes) -> None:
        try:
            with self._writing:
                self.wfile.write(frame(opcode, payload))
        except OSError:
            self._ended.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Calls are not written anywhere."""


def _streams(path: str) -> tuple[Sequence[str], bool] | None:
    """Return the streams of an address, and whether they come wrapped; None for another address."""
    parts = urlsplit(path)
    if parts.path == "/stream":
        return parse_qs(parts.query).get("streams", [""])[0].split("/"), True
    if parts.path == "/ws" or parts.path.startswith("/ws/"):
        return parts.path.removeprefix("/ws").strip("/").split("/"), False
    return None


class StreamServer:
    """The streams on a port of their own; `port` 0 takes any free one."""

    def __init__(self, exchange: BinanceEmulator, port: int = 0) -> None:
        self._server = _Server(port, exchange)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        """The origin: `ws://127.0.0.1:40001`."""
        return f"ws://{LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> "StreamServer":
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "StreamServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
