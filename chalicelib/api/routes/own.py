"""Calls on what is the caller's own: performance, account, alerts."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route
from chalicelib.services.requests.ownership import find_alert

queries: Final = LateModels("queries")
requests: Final = LateModels("requests")

OWN: Final = (
    Route(
        method="GET",
        path="/api/performance",
        name="read_performance",
        summary="Show what ended trades amount to",
        handler=Late("performance", "read"),
        access=Access.READ,
        query=queries.PerformanceQuery,
        answers={200: "Performance", 304: None},
        has_etag=True,
    ),
    Route(
        method="GET",
        path="/api/account",
        name="read_account",
        summary="Show the account's money and what is at risk",
        handler=Late("account", "read_account"),
        access=Access.READ,
        query=queries.AccountQuery,
        answers={200: "Account"},
    ),
    Route(
        method="GET",
        path="/api/me",
        name="read_me",
        summary="Show who is signed in, the limits and the market",
        handler=Late("account", "read_me"),
        access=Access.READ,
        answers={200: "Me"},
    ),
    Route(
        method="GET",
        path="/api/me/export",
        name="export_me",
        summary="Download everything of yours, a JSON file a table, without secrets",
        handler=Late("own_data", "export_all"),
        access=Access.SESSION,
        answers={200: None, 303: None},
        files=("application/zip",),
        headers={
            "Content-Disposition": "The archive's name, when it is in the answer",
            "Location": "Where a larger archive is, for five minutes (303)",
        },
    ),
    Route(
        method="DELETE",
        path="/api/me",
        name="leave",
        summary="Leave for good: what is held is closed, all is hidden now and erased after 90 days",
        handler=Late("own_data", "leave"),
        access=Access.SESSION,
        body=requests.LeaveBody,
        answers={202: "Leaving"},
        mutates=True,
    ),
    Route(
        method="GET",
        path="/api/alerts",
        name="list_alerts",
        summary="List alerts, newest first",
        handler=Late("alerts", "list_all"),
        access=Access.READ,
        query=queries.AlertsQuery,
        answers={200: "AlertPage"},
    ),
    Route(
        method="POST",
        path="/api/alerts/{id}/ack",
        name="acknowledge_alert",
        summary="Acknowledge an alert, and answer its question",
        handler=Late("alerts", "acknowledge"),
        access=Access.TRADE,
        find=find_alert,
        body=requests.AckBody,
        answers={200: "Alert"},
        mutates=True,
    ),
)
