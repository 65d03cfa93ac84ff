"""Chalice learns the routes from the table; each view hands its request to the dispatcher."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalice.app import Chalice, Response

from chalicelib.api.answers import COMMON_HEADERS, Written, write_problem
from chalicelib.api.context import ApiContext
from chalicelib.api.dispatch import Incoming, answer
from chalicelib.api.problems import gateway_problem, method_not_allowed
from chalicelib.api.routing import Route

ContextSource = Callable[[], ApiContext]


def register_routes(app: Chalice, routes: Sequence[Route], context: ContextSource) -> None:
    """Register every route; `context` is asked at the first request, so that importing stays cheap."""
    for route in routes:
        view = _view(app, route, context)
        # Chalice's own check of media types answers in another form; ours runs in its turn.
        app.route(route.path, methods=[route.method], name=route.name, content_types=[])(view)
    app.register_middleware(_problems_only(app), "http")


def _view(app: Chalice, route: Route, context: ContextSource) -> Callable[..., Response]:
    def view(**path_values: str) -> Response:
        request = app.current_request
        assert request is not None  # Chalice sets it before it calls a view
        incoming = Incoming(
            path_values=path_values,
            query_values=_query_lists(request.to_original_event()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=_raw_body(request.to_original_event(), request.raw_body),
            request_id=_gateways_id(request.to_original_event()),
        )
        return response_of(answer(route, incoming, context()))

    view.__name__ = route.name
    return view


def _query_lists(event: Mapping[str, Any]) -> Mapping[str, list[str]] | None:  # Any: the gateway's event
    values: Mapping[str, list[str]] | None = event.get("multiValueQueryStringParameters")
    return values


def _gateways_id(event: Mapping[str, Any]) -> str | None:  # Any: the gateway's event
    request_id = event.get("requestContext", {}).get("requestId")
    return str(request_id) if request_id else None


def _raw_body(event: Mapping[str, Any], raw: str | bytes) -> bytes:  # Any: the gateway's event
    return b"" if event.get("body") is None else raw.encode() if isinstance(raw, str) else raw


def response_of(written: Written) -> Response:
    """Return Chalice's form of an answer."""
    body = written.text if written.data is None else written.data
    return Response(body=body, status_code=written.status, headers=dict(written.headers))


def _problems_only(app: Chalice) -> Callable[[Any, Callable[[Any], Response]], Response]:
    """Build a middleware that words Chalice's own refusals (a missing method) as problems, too."""

    def middleware(request: Any, get_response: Callable[[Any], Response]) -> Response:  # Any: Chalice's
        response = get_response(request)
        if response.status_code < 400 or COMMON_HEADERS.keys() <= response.headers.keys():
            return response  # our own words
        if response.status_code == 405 and request is not None:
            return response_of(write_problem(method_not_allowed(list(app.routes.get(request.path, {})))))
        return response_of(write_problem(gateway_problem(response.status_code)))

    return middleware
