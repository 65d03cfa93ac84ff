"""Calls on people, for operators."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

requests: Final = LateModels("requests")

USERS: Final = (
    Route(
        method="GET",
        path="/api/users",
        name="list_users",
        summary="List everybody who may sign in or still holds something",
        handler=Late("users", "list_all"),
        access=Access.OPERATOR,
        answers={200: "PersonPage"},
        problems=("unavailable",),
    ),
    Route(
        method="POST",
        path="/api/users/{name}/disable",
        name="disable_user",
        summary="End tokens and sessions at once, switch live off, withdraw entries",
        handler=Late("users", "disable"),
        access=Access.OPERATOR,
        answers={204: None},
        problems=("unavailable",),
    ),
    Route(
        method="POST",
        path="/api/users/{name}/enable",
        name="enable_user",
        summary="Let a disabled person sign in again",
        handler=Late("users", "enable"),
        access=Access.OPERATOR,
        answers={204: None},
        problems=("unavailable",),
    ),
    Route(
        method="DELETE",
        path="/api/users/{name}",
        name="remove_user",
        summary="Remove a person as by disable, for good, and free the name",
        handler=Late("users", "remove"),
        access=Access.OPERATOR,
        body=requests.RemoveUserBody,
        answers={204: None},
        problems=("trades-open", "unavailable"),
    ),
)
