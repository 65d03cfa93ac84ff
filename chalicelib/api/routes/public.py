"""Calls that open a session, and those that describe this API and its health."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

requests: Final = LateModels("requests")

PUBLIC: Final = (
    Route(
        method="POST",
        path="/api/session",
        name="sign_in",
        summary="Sign in",
        handler=Late("session", "sign_in"),
        access=Access.PUBLIC,
        body=requests.SignInBody,
        answers={200: "Session"},
        problems=("unauthenticated", "too-many-requests", "unavailable"),
        headers={"Set-Cookie": "The refresh token, limited to /api/session"},
    ),
    Route(
        method="POST",
        path="/api/session/refresh",
        name="refresh_session",
        summary="Make a new access token",
        handler=Late("session", "refresh"),
        access=Access.PUBLIC,
        answers={200: "Session"},
        problems=("unauthenticated", "too-many-requests", "unavailable"),
    ),
    Route(
        method="DELETE",
        path="/api/session",
        name="sign_out",
        summary="Sign out",
        handler=Late("session", "sign_out"),
        access=Access.PUBLIC,
        answers={204: None},
        problems=("too-many-requests", "unavailable"),
        headers={"Set-Cookie": "Takes the cookie back"},
    ),
    Route(
        method="GET",
        path="/api/health",
        name="read_health",
        summary="Say that the API answers",
        handler=Late("account", "shallow_health"),
        access=Access.PUBLIC,
        answers={200: "Health"},
    ),
    Route(
        method="GET",
        path="/api/health/deep",
        name="read_deep_health",
        summary="Look at database, broker, quotes and jobs",
        handler=Late("account", "deep_health"),
        access=Access.READ,
        answers={200: "Health"},
    ),
    Route(
        method="GET",
        path="/api/openapi.json",
        name="read_openapi",
        summary="Describe this API",
        handler=Late("document", "openapi"),
        access=Access.PUBLIC,
        answers={200: "OpenApi"},
    ),
)
