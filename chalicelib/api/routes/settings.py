"""Calls on settings, the live switch and personal tokens."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, LeadsOut, Route
from chalicelib.services.requests.ownership import find_token

queries: Final = LateModels("queries")
requests: Final = LateModels("requests")

SETTINGS: Final = (
    Route(
        method="GET",
        path="/api/settings",
        name="read_settings",
        summary="Show the settings, tokens masked",
        handler=Late("settings", "read"),
        access=Access.SESSION,
        answers={200: "Settings"},
    ),
    Route(
        method="PUT",
        path="/api/settings",
        name="change_settings",
        summary="Change the fields that are named; null clears one",
        handler=Late("settings", "change"),
        access=Access.SESSION,
        body=requests.SettingsBody,
        answers={200: "Settings"},
        problems=("stale-version", "trades-open", "broker-refused", "unavailable"),
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/settings/test-connection",
        name="test_connection",
        summary="Try a broker's stored token and account",
        handler=Late("settings", "test_connection"),
        access=Access.SESSION,
        body=requests.TestConnectionBody,
        answers={200: "Connection"},
    ),
    Route(
        method="POST",
        path="/api/settings/live",
        name="switch_live",
        summary="Switch live trading on or off",
        handler=Late("settings", "switch_live"),
        access=Access.SESSION,
        leads_out=LeadsOut.SWITCHING_OFF,
        body=requests.LiveSwitchBody,
        answers={200: "Settings"},
        problems=("broker-refused", "unavailable"),
        mutates=True,
    ),
    Route(
        method="GET",
        path="/api/tokens",
        name="list_tokens",
        summary="List personal access tokens",
        handler=Late("tokens", "list_all"),
        access=Access.SESSION,
        query=queries.PageQuery,
        answers={200: "TokenPage"},
    ),
    Route(
        method="POST",
        path="/api/tokens",
        name="create_token",
        summary="Make a personal access token, shown once",
        handler=Late("tokens", "create"),
        access=Access.SESSION,
        body=requests.NewTokenBody,
        answers={201: "NewToken", 200: "NewToken"},
        mutates=True,
        seals_answer=True,
        headers={"Location": "The token's address"},
    ),
    Route(
        method="DELETE",
        path="/api/tokens/{id}",
        name="delete_token",
        summary="Take a personal access token back",
        handler=Late("tokens", "delete"),
        access=Access.SESSION,
        leads_out=LeadsOut.ALWAYS,
        find=find_token,
        answers={204: None},
    ),
)
