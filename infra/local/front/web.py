"""A WSGI server in a thread, for the site's origin and for the control interface, and small answer types."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from chalicelib.api.problems import CONTENT_TYPE, Problem, gateway_problem
from infra.local.front.lanes import Lanes
from infra.local.loopback import LOOPBACK

SPOOLED_BYTES_MAX: Final = 32 * 1024 * 1024
"""A larger body is cut off; up to here it is read (to disk), so that its sender hears the refusal."""

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., object]
WsgiApp: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers: TypeAlias = Sequence[tuple[str, str]]


class PortTaken(Exception):
    """Somebody listens on this port already."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on {LOOPBACK} is taken by another program. "
            f"Choose another one with --port, for example: python3 dev.py up --port {port + 1}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Headers
    body: bytes


def json_answer(value: object, status: int = 200) -> Answer:
    body = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    return Answer(status=status, headers=[("Content-Type", "application/json")], body=body)


def problem_answer(problem: Problem) -> Answer:
    """Word a refusal as application/problem+json."""
    headers = [("Content-Type", CONTENT_TYPE), *problem.headers.items()]
    return Answer(status=problem.status, headers=headers, body=json.dumps(problem.body()).encode())


def send(answer: Answer, start_response: StartResponse, *, head: bool = False) -> list[bytes]:
    """Hand an answer to the server; a HEAD keeps the length and loses the body."""
    bodiless = answer.status in {204, 304}
    headers = list(answer.headers)
    if not bodiless:
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {_phrase(answer.status)}", headers)
    return [] if head or bodiless else [answer.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def request_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the request's headers, names in lower case."""
    found = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-").lower()] = str(environ[name])
    return found


class _ProblemTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What the server refuses itself (unreadable request, far too large), in the form of all refusals."""

    def execute(self) -> None:
        code = self.request.error.code
        problem = gateway_problem(413 if code == 413 else 400)
        body = json.dumps(problem.body()).encode()
        self.status = f"{problem.status} {_phrase(problem.status)}"
        self.response_headers.append(("Content-Type", CONTENT_TYPE))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    error_task_class = _ProblemTask


def listen(port: int) -> socket.socket:
    """Take a port on loopback, 0 for any free one. Raises PortTaken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise PortTaken(port) from error
    return listener


class WebServer:
    """A WSGI application served on a listening socket by two pools of threads (`lanes`)."""

    def __init__(self, app: WsgiApp, listener: socket.socket, *, threads: int) -> None:
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._server = create_server(
            app,
            sockets=[listener],
            threads=threads,
            ident="papertape",
            clear_untrusted_proxy_headers=True,
            max_request_body_size=SPOOLED_BYTES_MAX,
            connection_limit=500,
            expose_tracebacks=False,
            _dispatcher=Lanes(threads),
        )
        self._server.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name=f"web-{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5) -> None:
        """Let running requests finish, then close."""
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=wait_seconds)
        with suppress(OSError):  # the loop closed all, its trigger included, before it had to be woken
            self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(wait_seconds)

    def _close_all(self) -> None:
        """Close every socket, from within the server's own loop, which ends when none is left."""
        for dispatcher in list(self._server._map.values()):
            dispatcher.close()
