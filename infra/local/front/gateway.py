"""What API Gateway is in the cloud: it routes to the Chalice application, and refuses in its own name.

Chalice's local gateway makes the event and calls the application; the refusals that it or Chalice itself
would word differently (unknown path, method, size) become problem+json here, as templated gateway
responses do when deployed. What the application checks itself, in its own order, is left to it.
"""

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit
from uuid import uuid4

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalChalice, LocalGateway, LocalGatewayException, RouteMatcher

from chalicelib.api.answers import COMMON_HEADERS
from chalicelib.api.observing import REQUEST_ID
from chalicelib.api.problems import gateway_problem, method_not_allowed
from infra.local.front.web import Answer, Environ, problem_answer, request_headers

_LOG: Final = logging.getLogger("papertape.gateway")
BODY_BYTES_MAX: Final = 256 * 1024
_API_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


def threaded(app: Chalice) -> Chalice:
    """Give each thread its own current request, as `chalice local` does, without its global class."""
    app.__class__ = type("ThreadedChalice", (LocalChalice, app.__class__), {})
    return app


def target_of(environ: Environ) -> str:
    """Return the request's path and query, percent-encoded as they came."""
    target = str(environ.get("REQUEST_URI", ""))
    if target.startswith("/"):
        return target
    path = quote(str(environ.get("PATH_INFO", "/")), encoding="latin-1")
    query = str(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


class Gateway:
    """Answers `/api` and `/mcp` through one Chalice application."""

    def __init__(self, app: Chalice) -> None:
        self._app = threaded(app)
        self._gateway = LocalGateway(app, Config.create(lambda_timeout=30))
        self._matcher = RouteMatcher(list(app.routes))

    def answer(self, environ: Environ) -> Answer:
        """Answer one request; never with a stack trace."""
        target = target_of(environ)
        asked_method = str(environ["REQUEST_METHOD"]).upper()
        methods = self._methods_at(target)
        if not methods:
            return _finished(problem_answer(gateway_problem(404)))
        method = "GET" if asked_method == "HEAD" and "HEAD" not in methods else asked_method
        if method not in methods:
            return _finished(problem_answer(method_not_allowed(sorted(methods))))
        body = _read_body(environ)
        if body is None:
            return _finished(problem_answer(gateway_problem(413)))
        headers = request_headers(environ)
        return _finished(self._invoke(method, target, headers, body))

    def _methods_at(self, target: str) -> frozenset[str]:
        """Return the methods of the route that a target matches; none when no route does."""
        try:
            route = self._matcher.match_route(target).route
        except ValueError:
            return frozenset()
        return frozenset(self._app.routes[route])

    def _invoke(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            response = self._gateway.handle_request(method, target, dict(headers), body or None)
        except LocalGatewayException as refusal:
            return problem_answer(gateway_problem(refusal.CODE))
        except Exception:  # noqa: BLE001  # nothing of a failure may reach the caller
            _LOG.exception("the application failed outside its own handlers")
            return problem_answer(gateway_problem(500))
        return _answer_of(response)


def _answer_of(response: Mapping[str, Any]) -> Answer:
    """Turn a Lambda proxy response into an answer; an error in Chalice's own words is worded anew."""
    status = int(response["statusCode"])
    headers = [(name, str(value)) for name, value in response["headers"].items()]
    for name, values in (response.get("multiValueHeaders") or {}).items():
        headers.extend((name, str(value)) for value in values)
    ours = {name.lower() for name in COMMON_HEADERS} <= {name.lower() for name, _ in headers}
    if status >= 400 and not ours:
        return problem_answer(gateway_problem(status))
    return Answer(status=status, headers=headers, body=_body_of(response))


def _body_of(response: Mapping[str, Any]) -> bytes:
    body = response.get("body")
    if body is None:
        return b""
    if response.get("isBase64Encoded"):
        return base64.b64decode(body)
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _finished(answer: Answer) -> Answer:
    """Add the headers every answer of the API carries, unless it set them itself."""
    own = {name.lower() for name, _ in answer.headers}
    common = [*_API_HEADERS, (REQUEST_ID, str(uuid4()))]
    missing = [(name, value) for name, value in common if name.lower() not in own]
    return Answer(status=answer.status, headers=[*answer.headers, *missing], body=answer.body)


def _read_body(environ: Environ) -> bytes | None:
    """Read the body; None when it is larger than the bound, whatever length was announced."""
    stream = environ["wsgi.input"]
    if int(environ.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        return None
    body = cast("bytes", stream.read(BODY_BYTES_MAX + 1))
    return None if len(body) > BODY_BYTES_MAX else body


def path_of(target: str) -> str:
    """Return the path of a target, still percent-encoded."""
    return urlsplit(target).path if not target.startswith("//") else target.split("?")[0]
