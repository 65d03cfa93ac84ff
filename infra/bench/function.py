"""The API as Lambda calls it: an event in, a proxy answer out, nothing of a local gateway between."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice

from chalicelib.api.context import ApiContext
from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES

Event = dict[str, Any]  # Any: API Gateway's proxy event, as its documentation has it


class Function:
    """One function container that answers events."""

    def __init__(self, context: ApiContext) -> None:
        self._app = Chalice(app_name="papertape-bench")
        register_routes(self._app, ROUTES, lambda: context)

    def answer(self, event: Event) -> Event:
        """Answer one event."""
        answered: Event = self._app(event, None)
        return answered


def get_event(
    path: str, *, token: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Event:
    """Return the event of a GET, with an access token."""
    return event_of("GET", path, token=token, query=query, headers=headers)


def event_of(
    method: str,
    path: str,
    *,
    token: str,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    path_values: Mapping[str, str] | None = None,
    resource: str | None = None,
) -> Event:
    """Return a proxy event; `resource` is the route's own path where that has a variable part."""
    sent = {"authorization": f"Bearer {token}", "content-type": "application/json", **(headers or {})}
    return {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource or path,
            "identity": {"sourceIp": "127.0.0.1"},
            "path": path,
        },
        "path": path,
        "headers": sent,
        "multiValueHeaders": _each_in_a_list(sent),
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()}
        if query
        else None,
        "pathParameters": dict(path_values or {}),
        "stageVariables": {},
        "body": body,
        "isBase64Encoded": False,
    }


def _each_in_a_list(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}
